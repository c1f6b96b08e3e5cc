//! Letting all readers go: each at its own moment, spread evenly over a window, so that they do not all knock at
//! the next process at once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// When the readers go.
#[derive(Default)]
pub(crate) struct Drain {
    plan: OnceLock<Plan>,
    /// How many readers have asked for their moment.
    asked: AtomicU32,
}

struct Plan {
    begun: Instant,
    window: Duration,
    readers: u32,
}

impl Drain {
    /// Begins; a second time changes nothing.
    pub(super) fn begin(&self, window: Duration, readers: usize) {
        let readers = u32::try_from(readers).unwrap_or(u32::MAX).max(1);
        self.plan.get_or_init(|| Plan { begun: Instant::now(), window, readers });
    }

    /// Whether the readers are let go.
    pub(crate) fn has_begun(&self) -> bool {
        self.plan.get().is_some()
    }

    /// The moment at which one more reader goes, once a drain has begun; each reader asks once.
    pub(crate) fn moment(&self) -> Option<Instant> {
        let plan = self.plan.get()?;
        let rank = self.asked.fetch_add(1, Ordering::Relaxed).min(plan.readers);
        Some(plan.begun + plan.window.mul_f64(f64::from(rank) / f64::from(plan.readers)))
    }

    /// Within how many seconds a reader that goes now should be back.
    pub(crate) fn reconnect_seconds_max(&self) -> u32 {
        let window = self.plan.get().map_or(Duration::ZERO, |plan| plan.window);
        u32::try_from(window.as_secs()).unwrap_or(u32::MAX).max(5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lv40_the_readers_go_one_after_the_other_all_over_the_window() {
        let drain = Drain::default();
        assert_eq!(drain.moment(), None);
        drain.begin(Duration::from_secs(10), 5);
        let moments: Vec<Instant> = (0..5).filter_map(|_| drain.moment()).collect();
        let after = |moment: &Instant| (*moment - moments[0]).as_secs();
        assert_eq!(moments.iter().map(after).collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
        // Who came in while it began goes with the last.
        assert_eq!((0..3).filter_map(|_| drain.moment()).map(|m| after(&m)).max(), Some(10));
    }
}
