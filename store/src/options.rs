//! The limits of the store, each with its unit.
//!
//! Owns the numbers and their defaults. Never reads the environment: the server does.

use crate::error::OpenError;

/// Limits of the store. [`Default`] fits one machine with a few hundred sites.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Most commands in one transaction. Whatever waits goes into it, so a larger number costs no time when
    /// little waits. 1 is one commit for each command.
    pub append_batch_max: usize,
    /// Most appends that wait for the writer; one stream has one append at a time. Beyond it: overloaded.
    pub append_queue_len: usize,
    /// Most commands that wait at one stream. Beyond it: overloaded.
    pub mailbox_len: usize,
    /// How long a stream's state stays in memory after its last command, in seconds. 0 is not at all.
    pub actors_idle_seconds: u64,
    /// Connections that read at the same time.
    pub readers: usize,
    /// Transactions that are kept for a subscriber that falls behind; beyond it, it reads the log.
    pub handover_len: usize,
    /// Pages (of 4096 bytes, estimated) written to the write-ahead file before they move into the main file.
    pub checkpoint_pages: usize,
    /// Connections to PostgreSQL that append; one tenant uses one at a time.
    pub append_connections: usize,
    /// How long a free connection to PostgreSQL is waited for, in milliseconds: so long an append outlasts a
    /// restart of the server. Beyond it: unavailable.
    pub connect_timeout_ms: u64,
    /// Longest time that PostgreSQL may take for one statement, in milliseconds.
    pub statement_timeout_ms: u64,
    /// How often PostgreSQL is asked what other nodes appended, in milliseconds.
    pub poll_interval_ms: u64,
    /// Whether nodes also tell one another of appends at once (NOTIFY). Without it the interval alone counts.
    pub hints: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            append_batch_max: 1024,
            append_queue_len: 4096,
            mailbox_len: 1024,
            actors_idle_seconds: 600,
            readers: 4,
            handover_len: 256,
            checkpoint_pages: 2000,
            append_connections: 8,
            connect_timeout_ms: 5_000,
            statement_timeout_ms: 10_000,
            poll_interval_ms: 50,
            hints: true,
        }
    }
}

impl StoreOptions {
    /// Every limit but the idle time must be at least 1.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let whole = |milliseconds: u64| usize::try_from(milliseconds).unwrap_or(usize::MAX);
        let limits = [
            ("append_batch_max", self.append_batch_max),
            ("append_queue_len", self.append_queue_len),
            ("mailbox_len", self.mailbox_len),
            ("readers", self.readers),
            ("handover_len", self.handover_len),
            ("checkpoint_pages", self.checkpoint_pages),
            ("append_connections", self.append_connections),
            ("connect_timeout_ms", whole(self.connect_timeout_ms)),
            ("statement_timeout_ms", whole(self.statement_timeout_ms)),
            ("poll_interval_ms", whole(self.poll_interval_ms)),
        ];
        match limits.into_iter().find(|(_, value)| *value == 0) {
            None => Ok(()),
            Some((name, value)) => Err(OpenError::BadOption { name, value, min: 1 }),
        }
    }
}
