//! The clock and the ids of the running program.
//!
//! Owns the only place that asks the system for the time or for randomness. Never used by tests of rules:
//! those set their own.

use chrono::{DateTime, SubsecRound as _, Utc};
use domain::{Clock, Ids};
use uuid::Uuid;

const MICROSECOND_DIGITS: u16 = 6;

/// The system's clock, in whole microseconds, as the log keeps them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the time is taken")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(MICROSECOND_DIGITS)
    }
}

/// Random ids that sort by time (UUID version 7).
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "the one place where ids are drawn")]
    fn fresh(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_in_whole_microseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000, 0);
    }

    #[test]
    fn ids_sort_by_time() {
        let ids: Vec<Uuid> = (0..100).map(|_| RandomIds.fresh()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }
}
