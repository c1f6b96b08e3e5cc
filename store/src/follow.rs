//! Following one tenant's log: every event once, in order.
//!
//! Owns the cursor and the choice between what was handed over and what must be read. Never skips: what does not
//! follow the cursor is read from the log, and a hole in the log stops it with an error.

use std::sync::Arc;

use domain::{Position, Recorded, TenantSlug};

use crate::commits::{Commits, CommitsEnded};
use crate::error::ReadError;
use crate::log::EventLog;

/// Most events that one [`Follower::next`] returns.
const FOLLOW_BATCH_MAX: usize = 1000;

/// A cursor in one tenant's log that waits at the head.
pub struct Follower {
    log: Arc<dyn EventLog>,
    tenant: TenantSlug,
    cursor: Position,
    commits: Commits,
    /// Whether everything up to the beginning of `commits` was read.
    caught_up: bool,
}

/// Follows the log of `tenant` from the event after `after`.
///
/// The subscription is made before the first read, so that nothing falls between the two.
pub async fn follow(log: Arc<dyn EventLog>, tenant: TenantSlug, after: Position) -> Follower {
    let commits = log.commits_of(&tenant);
    Follower { log, tenant, cursor: after, commits, caught_up: false }
}

impl Follower {
    /// The position of the last event that was returned.
    #[must_use]
    pub fn cursor(&self) -> Position {
        self.cursor
    }

    /// Waits for the next events: at least one, in position order, beginning right after the cursor. Loses
    /// nothing when it is dropped while it waits, so it may stand in a `select!`.
    ///
    /// # Errors
    /// [`ReadError::Hole`] or [`ReadError::Corrupt`], again on each call; [`ReadError::Unavailable`] when the log
    /// cannot be read just now or is closed.
    pub async fn next(&mut self) -> Result<Vec<Arc<Recorded>>, ReadError> {
        loop {
            if !self.caught_up {
                let events =
                    self.log.read_tenant(&self.tenant, self.cursor, FOLLOW_BATCH_MAX).await?;
                self.caught_up = events.len() < FOLLOW_BATCH_MAX;
                if let Some(last) = events.last() {
                    self.cursor = last.position;
                    return Ok(events);
                }
                continue;
            }
            match self.commits.next().await {
                Ok(batch) => {
                    let mut events = Vec::new();
                    self.take(&batch, &mut events);
                    self.take_ready(&mut events);
                    if !events.is_empty() {
                        return Ok(events);
                    }
                }
                Err(CommitsEnded::Missed) => self.caught_up = false,
                Err(CommitsEnded::Closed) => {
                    return Err(ReadError::Unavailable("the log is closed".into()));
                }
            }
        }
    }

    /// Takes in what follows the cursor and drops what was read already.
    fn take(&mut self, batch: &[Arc<Recorded>], events: &mut Vec<Arc<Recorded>>) {
        for event in batch {
            if event.position <= self.cursor {
                continue;
            }
            if event.position != self.cursor.next() {
                self.caught_up = false;
                return;
            }
            self.cursor = event.position;
            events.push(event.clone());
        }
    }

    fn take_ready(&mut self, events: &mut Vec<Arc<Recorded>>) {
        while self.caught_up && events.len() < FOLLOW_BATCH_MAX {
            match self.commits.ready() {
                Ok(Some(batch)) => self.take(&batch, events),
                Ok(None) => return,
                Err(CommitsEnded::Missed) => self.caught_up = false,
                // Said by the next call.
                Err(CommitsEnded::Closed) => return,
            }
        }
    }
}
