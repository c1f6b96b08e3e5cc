//! What the read side counts. The handles are taken once: the way of a message asks no registry.

use metrics::{Counter, Gauge, counter, gauge};

/// Counters and gauges of the read side.
pub(crate) struct Meters {
    /// Sockets and event streams open.
    pub(crate) sockets: Gauge,
    /// Messages written, to all readers together.
    pub(crate) messages_sent: Counter,
    /// Readers that got exactly what they missed.
    pub(crate) resumed: Counter,
    /// Readers that asked to resume and got the snapshot.
    pub(crate) resume_refused: Counter,
    /// Readers that came without a past.
    pub(crate) joined_fresh: Counter,
    /// Snapshots in place of messages that a reader was too late for.
    pub(crate) skipped: Counter,
    /// Sockets closed because a write blocked too long.
    pub(crate) too_slow: Counter,
    /// Sockets closed because nothing was heard of the client.
    pub(crate) silent: Counter,
    /// Client messages that were not understood.
    pub(crate) bad_messages: Counter,
    /// Readers refused because a limit was reached.
    pub(crate) refused: Counter,
}

impl Default for Meters {
    fn default() -> Self {
        let resume = |outcome| counter!("smartqueue_live_resume_total", "outcome" => outcome);
        Self {
            sockets: gauge!("smartqueue_live_sockets"),
            messages_sent: counter!("smartqueue_live_messages_sent_total"),
            resumed: resume("resumed"),
            resume_refused: resume("snapshot"),
            joined_fresh: resume("fresh"),
            skipped: counter!("smartqueue_live_skipped_total"),
            too_slow: counter!("smartqueue_live_too_slow_closes_total"),
            silent: counter!("smartqueue_live_silent_closes_total"),
            bad_messages: counter!("smartqueue_live_bad_messages_total"),
            refused: counter!("smartqueue_live_refused_total"),
        }
    }
}
