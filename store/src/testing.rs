//! A clock and ids for tests.
//!
//! Owns fakes of time and ids only. Never used by the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, Ids};
use uuid::Uuid;

/// A clock that shows what it was set to.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that stands at this RFC 3339 time.
    ///
    /// # Panics
    /// When the text is no time.
    #[must_use]
    pub fn at(time: &str) -> Arc<Self> {
        let time: DateTime<Utc> = time.parse().expect("a time as in RFC 3339");
        Arc::new(Self(AtomicI64::new(time.timestamp_nanos_opt().expect("a time near ours"))))
    }

    /// Moves it, also back.
    pub fn advance(&self, by: TimeDelta) {
        let nanos = by.num_nanoseconds().expect("less than 292 years");
        self.0.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// Ids that count: `start`, `start + 1`, ...
#[derive(Debug)]
pub struct TestIds(AtomicU64);

impl TestIds {
    /// Ids from `start` on.
    #[must_use]
    pub fn from(start: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(start)))
    }
}

impl Ids for TestIds {
    fn fresh(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst)))
    }
}
