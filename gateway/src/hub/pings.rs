//! When each display last pinged over HTTP; only in memory, for operators.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::{DisplayId, TenantSlug};

/// The last ping per display.
pub(super) struct Pings {
    last: Mutex<HashMap<(TenantSlug, DisplayId), DateTime<Utc>>>,
    len_max: usize,
}

impl Pings {
    /// Remembers at most so many displays.
    pub(super) fn new(len_max: usize) -> Self {
        Self { last: Mutex::default(), len_max }
    }

    /// Notes a ping; where too many are remembered, a new display is not.
    pub(super) fn remember(&self, tenant: &TenantSlug, display: DisplayId, now: DateTime<Utc>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant.clone(), display);
        if last.len() < self.len_max || last.contains_key(&key) {
            last.insert(key, now);
        }
    }

    /// The last ping of a display.
    pub(super) fn last(&self, tenant: &TenantSlug, display: DisplayId) -> Option<DateTime<Utc>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&(tenant.clone(), display)).copied()
    }
}
