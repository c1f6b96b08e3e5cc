//! The clock and the ids of the parts that work on a log without a server. Owns the only place here that asks the
//! system for either.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use domain::{Clock, Ids};
use uuid::Uuid;

/// The system's clock, or one that was set back.
pub(super) struct BenchClock {
    micros_behind: AtomicI64,
}

impl BenchClock {
    /// A clock that is so far behind.
    pub(super) fn behind(by: TimeDelta) -> Arc<Self> {
        let micros = by.num_microseconds().unwrap_or_default();
        Arc::new(Self { micros_behind: AtomicI64::new(micros) })
    }

    /// Moves it forward.
    pub(super) fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or_default();
        self.micros_behind.fetch_sub(micros, Ordering::Relaxed);
    }
}

impl Clock for BenchClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        let behind = TimeDelta::microseconds(self.micros_behind.load(Ordering::Relaxed));
        Utc::now().trunc_subsecs(6) - behind
    }
}

/// Random ids that sort by time, as the server's.
pub(super) struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "here ids are drawn")]
    fn fresh(&self) -> Uuid {
        Uuid::now_v7()
    }
}
