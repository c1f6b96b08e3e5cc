//! Commands become events: who asks, what came of it, and why it did not.
//!
//! Owns the values of execution; [`Store`] is the door. Never decides: a domain `Decider` does.

mod actor;
mod day;
mod keys;
mod kind;
mod registry;
mod renew;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod verdict;

pub use store::Store;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use domain::{Actor, BadId, Position, Recorded};

use crate::error::{AppendError, ReadError};

/// How long a client should wait before it tries again when the store is overloaded, in seconds.
const RETRY_AFTER_SECONDS: u32 = 1;

/// A client's name for one command, so that a repeat has no second effect: 8 to 64 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct IdempotencyKey(Arc<str>);

impl IdempotencyKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(Self(text.into()));
        }
        let expected = "an idempotency key (8 to 64 visible ASCII characters, such as a UUID)";
        Err(BadId { text: text.chars().take(80).collect(), expected })
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who issues a command, and under which key. Keys of different actors never meet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
    /// Who asks.
    pub actor: Actor,
    /// The key under which a repeat is recognised; without one, each sending is a command of its own.
    pub key: Option<IdempotencyKey>,
}

impl Issuer {
    /// The program itself, without a key.
    #[must_use]
    pub fn system() -> Self {
        Self { actor: Actor::System, key: None }
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The events that it caused, in order; none when things were so already.
    pub events: Vec<Arc<Recorded>>,
    /// The position of its last event; the tenant's head where it caused none.
    pub position: Position,
    /// It was executed before under the same key; this is the same answer again.
    pub replayed: bool,
}

/// Why a command was not executed. Except after [`ExecuteError::Unavailable`] it had no effect.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExecuteError<R> {
    /// The rules refuse. Nothing is remembered of it: the same key is decided anew.
    #[error("{0}")]
    Refused(R),
    /// The key was used before for something else.
    #[error("this idempotency key was used for another command: use a new key for each command")]
    KeyReused,
    /// More is asked at once than can be done.
    #[error("too much is asked at once: try again in {retry_after_seconds} s")]
    Overloaded {
        /// When to try again, in seconds.
        retry_after_seconds: u32,
    },
    /// The disk takes no more; it goes on by itself once there is space.
    #[error("the disk is full: free some space, nothing was changed")]
    StorageFull,
    /// The log cannot be reached, and whether the command had an effect is unknown.
    #[error("the log is not available ({0}): try again with the same key")]
    Unavailable(Arc<str>),
    /// The log is damaged.
    #[error("the log is damaged ({0}): restore it from a backup")]
    Corrupt(Arc<str>),
}

impl<R> ExecuteError<R> {
    pub(crate) fn overloaded() -> Self {
        Self::Overloaded { retry_after_seconds: RETRY_AFTER_SECONDS }
    }

    pub(crate) fn closed() -> Self {
        Self::Unavailable("the store is shutting down".into())
    }
}

impl<R> From<ReadError> for ExecuteError<R> {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Hole { .. } => Self::Corrupt(error.to_string().into()),
            ReadError::Corrupt(what) => Self::Corrupt(what),
            ReadError::Unavailable(what) => Self::Unavailable(what),
        }
    }
}

impl<R> From<AppendError> for ExecuteError<R> {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { .. } | AppendError::Overloaded => Self::overloaded(),
            AppendError::StorageFull => Self::StorageFull,
            AppendError::Unavailable(what) => Self::Unavailable(what),
        }
    }
}
