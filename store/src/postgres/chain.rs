//! Appends that were sent in the belief that the one before them would be placed.
//!
//! Owns the memory of failed appends for as long as their senders may not know of it. A writer may send its next
//! append before the answer to the last. When the last one fails because another node was first, the stream may by
//! chance end just where the next one expects it; but that was decided on events that never happened, and must fail
//! too.

use std::sync::Arc;

use dashmap::DashMap;
use domain::StreamId;

/// Where failed appends would have ended their streams, and how many of them did.
#[derive(Clone, Default)]
pub(super) struct Chains(Arc<DashMap<(StreamId, u64), u32>>);

/// Travels with the answer of a failed append. The failure is forgotten when it is dropped: then its sender knows.
pub(super) struct Broken {
    chains: Chains,
    end: (StreamId, u64),
}

impl Chains {
    /// Remembers that an append that would have ended `stream` at `end` failed.
    pub(super) fn break_at(&self, stream: StreamId, end: u64) -> Broken {
        let end = (stream, end);
        *self.0.entry(end.clone()).or_insert(0) += 1;
        Broken { chains: self.clone(), end }
    }

    /// Whether an append at `expected` follows one that failed.
    pub(super) fn is_broken(&self, stream: &StreamId, expected: u64) -> bool {
        !self.0.is_empty() && self.0.contains_key(&(stream.clone(), expected))
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        if let Some(mut count) = self.chains.0.get_mut(&self.end) {
            *count -= 1;
        }
        self.chains.0.remove_if(&self.end, |_, count| *count == 0);
    }
}
