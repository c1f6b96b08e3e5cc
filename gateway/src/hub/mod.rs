//! The hub: every tenant's live views and rooms, fed with committed events and read by sockets and HTTP.
//!
//! Owns who may join and when the process lets its readers go. Never reads the log: the server hands it what was
//! committed, in the order of the positions, from one owner per tenant.

mod admission;
mod bootstrap;
mod drain;
mod meters;
mod rooms;
mod tenant;
#[cfg(test)]
mod tests;
mod timing;
mod unknown;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use dashmap::{DashMap, DashSet};
use domain::{Clock, Position, Recorded, TenantSlug};
use metrics::gauge;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::limits::Limits;
use admission::Admission;
use drain::Drain;
use meters::Meters;

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
    /// Tenants whose log cannot be followed; they are not among the tenants.
    stopped: DashSet<TenantSlug>,
    /// Changes when a tenant or a display appears.
    arrivals: watch::Sender<()>,
    ready: AtomicBool,
    admission: Admission,
    drain: Drain,
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
        Arc::new(Self {
            settings,
            tenants: DashMap::new(),
            stopped: DashSet::new(),
            arrivals: watch::Sender::new(()),
            ready: AtomicBool::new(false),
            admission: Admission::default(),
            drain: Drain::default(),
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
        self.arrivals.send_replace(());
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
        if events.is_empty() || self.is_stopped(tenant) {
            return Ok(());
        }
        let found = self.tenants.get(tenant).map(|entry| entry.value().clone());
        let tenant = found.unwrap_or_else(|| {
            let fresh = || Arc::new(Tenant::new(tenant, self.settings.limits.clone()));
            self.tenants.entry(tenant.clone()).or_insert_with(fresh).clone()
        });
        let taken_in = tenant.apply(events);
        if taken_in.display_appeared {
            self.arrivals.send_replace(());
        }
        taken_in.outcome
    }

    /// The log of a tenant cannot be followed further: its readers are let go and what it shows is taken back, because
    /// it may not be true any more. Nothing undoes this but another start.
    pub fn stop(&self, tenant: &TenantSlug) {
        // First the word, then the end: whoever is let go finds out why.
        self.stopped.insert(tenant.clone());
        gauge!("smartqueue_tenant_stopped", "tenant" => tenant.as_str().to_owned()).set(1.0);
        if let Some((_, tenant)) = self.tenants.remove(tenant) {
            tenant.stop();
        }
        self.arrivals.send_replace(());
    }

    /// Whether a tenant was stopped because its log cannot be followed.
    #[must_use]
    pub fn is_stopped(&self, tenant: &TenantSlug) -> bool {
        self.stopped.contains(tenant)
    }

    /// What `find` finds: now, or once a tenant or a display appeared within `timeout`.
    pub(crate) async fn soon<T>(
        &self,
        timeout: Duration,
        find: impl Fn() -> Option<T>,
    ) -> Option<T> {
        let mut arrivals = self.arrivals.subscribe();
        let found = async {
            loop {
                if let Some(found) = find() {
                    return found;
                }
                // The sender lives in `self`: the channel cannot close.
                let _appeared = arrivals.changed().await;
            }
        };
        tokio::time::timeout(timeout, found).await.ok()
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

    /// The last position that a tenant's views have taken in.
    #[cfg(test)]
    pub(crate) fn position(&self, tenant: &TenantSlug) -> Position {
        self.tenants.get(tenant).map_or(Position::START, |entry| entry.position())
    }

    /// How many sockets and event streams are open.
    #[cfg(test)]
    pub(crate) fn sockets(&self) -> usize {
        self.admission.count()
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
