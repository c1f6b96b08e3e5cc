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
        }
    }
}

impl StoreOptions {
    /// Every limit but the idle time must be at least 1.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let limits = [
            ("append_batch_max", self.append_batch_max),
            ("append_queue_len", self.append_queue_len),
            ("mailbox_len", self.mailbox_len),
            ("readers", self.readers),
            ("handover_len", self.handover_len),
            ("checkpoint_pages", self.checkpoint_pages),
        ];
        match limits.into_iter().find(|(_, value)| *value == 0) {
            None => Ok(()),
            Some((name, value)) => Err(OpenError::BadOption { name, value, min: 1 }),
        }
    }
}
