//! Events of a type or version that this program does not know: counted, and said once per tenant.
//!
//! The views go on without them, so that somebody must be told that what screens show may lack something.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, counter};

/// How many unknown events of one tenant were told.
pub(super) struct UnknownEvents {
    tenant: String,
    told: AtomicU64,
    counter: Counter,
}

impl UnknownEvents {
    pub(super) fn of(tenant: String) -> Self {
        let counter = counter!("smartqueue_unknown_events_total", "tenant" => tenant.clone());
        Self { tenant, told: AtomicU64::new(0), counter }
    }

    /// The views have met so many by now.
    pub(super) fn see(&self, met: u64) {
        // The owner of the tenant alone writes this.
        let told = self.told.swap(met, Ordering::Relaxed);
        if met > told {
            self.counter.increment(met - told);
        }
        if told == 0 && met > 0 {
            tracing::warn!(
                tenant = self.tenant,
                "the log holds events that this program does not know; a newer program wrote them, use that one"
            );
        }
    }
}
