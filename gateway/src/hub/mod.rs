//! The hub: every tenant's live views and rooms, fed with committed events and read by sockets and HTTP.
//!
//! Owns who may join and when the process lets its readers go. Never reads the log: the server hands it what was
//! committed, in the order of the positions, from one owner per tenant.

mod admission;
mod bootstrap;
mod drain;
mod meters;
mod pings;
mod rooms;
mod tenant;
#[cfg(test)]
mod tests;
mod timing;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use domain::{Clock, DisplayId, Position, Recorded, TenantSlug};
use tokio_util::task::TaskTracker;

use crate::limits::Limits;
use admission::Admission;
use drain::Drain;
use meters::Meters;
use pings::Pings;

pub(crate) use admission::{Permit, Refused};
pub use bootstrap::Bootstrap;
pub use projections::Gap;
pub(crate) use tenant::Tenant;

/// What the server decides about the read side.
#[derive(Clone)]
pub struct Settings {
    /// Names the history that positions belong to: another one after a restore of an older copy. Letters, digits
    /// and dashes.
    pub epoch: Arc<str>,
    /// The version of the program, for screens that reload after an update.
    pub build: Arc<str>,
    /// Origins besides our own whose pages may watch, such as `https://www.example.org`.
    pub allowed_origins: Vec<String>,
    /// What the read side may use.
    pub limits: Limits,
    /// The time on messages that are not in a room's ring.
    pub clock: Arc<dyn Clock>,
    /// Counts the tasks of the sockets, so that a shutdown can wait for them.
    pub tracker: TaskTracker,
}

/// All tenants' live views and rooms.
pub struct Hub {
    settings: Settings,
    tenants: DashMap<TenantSlug, Arc<Tenant>>,
    ready: AtomicBool,
    admission: Admission,
    drain: Drain,
    pings: Pings,
    meters: Meters,
    /// How many heartbeats were planned: spreads them.
    heartbeats: AtomicU32,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("tenants", &self.tenants.len()).finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub without tenants, not ready yet. Install the recorder of metrics before.
    #[must_use]
    pub fn new(settings: Settings) -> Arc<Self> {
        let pings = Pings::new(settings.limits.pings_remembered_max);
        Arc::new(Self {
            settings,
            tenants: DashMap::new(),
            ready: AtomicBool::new(false),
            admission: Admission::default(),
            drain: Drain::default(),
            pings,
            meters: Meters::default(),
            heartbeats: AtomicU32::new(0),
        })
    }

    /// Begins to build a tenant's views from its log; readers see nothing of it before [`Hub::install`].
    #[must_use]
    pub fn bootstrap(&self, tenant: TenantSlug) -> Bootstrap {
        Bootstrap::new(tenant, self.settings.limits.clone())
    }

    /// Puts a tenant's views before the readers, as of `head`, the last position of its log.
    pub fn install(&self, bootstrap: Bootstrap, head: Position) {
        let (slug, tenant) = bootstrap.finish(head);
        self.tenants.insert(slug, Arc::new(tenant));
    }

    /// All tenants of the log are installed: from now on a name that is not here is unknown. Before, every reader
    /// is asked to come back.
    pub fn mark_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Whether readers are let in.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Takes in committed events of one tenant, in order. What was seen before changes nothing. A tenant that
    /// is not installed begins here.
    ///
    /// # Errors
    /// [`Gap`] when an event is missing before one of these: read it from the log and hand both over again.
    /// Those before the gap are taken in.
    pub fn apply(&self, tenant: &TenantSlug, events: &[Arc<Recorded>]) -> Result<(), Gap> {
        if events.is_empty() {
            return Ok(());
        }
        let found = self.tenants.get(tenant).map(|entry| entry.value().clone());
        let tenant = found.unwrap_or_else(|| {
            let fresh = || Arc::new(Tenant::new(tenant, self.settings.limits.clone()));
            self.tenants.entry(tenant.clone()).or_insert_with(fresh).clone()
        });
        tenant.apply(events)
    }

    /// The last position that a tenant's views have taken in; 0 for a tenant that is not here.
    #[must_use]
    pub fn position(&self, tenant: &TenantSlug) -> Position {
        self.tenants.get(tenant).map_or(Position::START, |entry| entry.position())
    }

    /// Waits until a tenant's views have taken in `position`; false when that takes longer than `timeout`.
    pub async fn wait_for(
        &self,
        tenant: &TenantSlug,
        position: Position,
        timeout: Duration,
    ) -> bool {
        let Some(tenant) = self.tenants.get(tenant).map(|entry| entry.value().clone()) else {
            return position == Position::START;
        };
        tenant.wait_for(position, timeout).await
    }

    /// Lets all sockets and event streams go, spread evenly over `window`, and refuses new ones. Returns when the
    /// last one is gone, at the latest after the window and the grace of a close.
    pub async fn drain(&self, window: Duration) {
        self.drain.begin(window, self.admission.count());
        let tenants: Vec<_> = self.tenants.iter().map(|entry| entry.value().clone()).collect();
        for tenant in tenants {
            tenant.wake_all();
        }
        let grace = Duration::from_secs(self.limits().close_grace_seconds.into());
        let patience = window + grace + Duration::from_secs(1);
        // Those who are left after that are cut with the process.
        let _left = tokio::time::timeout(patience, self.admission.empty()).await;
    }

    /// How many sockets and event streams are open.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.admission.count()
    }

    /// How many readers a display has.
    #[must_use]
    pub fn readers(&self, tenant: &TenantSlug, display: DisplayId) -> usize {
        let room = self.tenant(tenant).and_then(|tenant| tenant.room(display));
        room.map_or(0, |room| room.readers())
    }

    /// When a display last sent `ping/`, as far as this process remembers.
    #[must_use]
    pub fn last_ping(
        &self,
        tenant: &TenantSlug,
        display: DisplayId,
    ) -> Option<chrono::DateTime<chrono::Utc>> {
        self.pings.last(tenant, display)
    }

    pub(crate) fn remember_ping(&self, tenant: &TenantSlug, display: DisplayId) {
        self.pings.remember(tenant, display, self.settings.clock.now());
    }

    pub(crate) fn tenant(&self, slug: &TenantSlug) -> Option<Arc<Tenant>> {
        self.tenants.get(slug).map(|entry| entry.value().clone())
    }

    /// All tenants, by name.
    pub(crate) fn tenants(&self) -> Vec<(TenantSlug, Arc<Tenant>)> {
        let mut tenants: Vec<_> =
            self.tenants.iter().map(|e| (e.key().clone(), e.value().clone())).collect();
        tenants.sort_by(|a, b| a.0.cmp(&b.0));
        tenants
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.meters
    }

    pub(crate) fn drain_state(&self) -> &Drain {
        &self.drain
    }
}
