//! From the log to the live views: one follower per tenant hands committed events to the hub, in order.
//!
//! Owns waking the tenants at start and noticing new ones. Never skips a position: a hole in a tenant's log stops
//! that tenant and raises the alarm.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::{Position, StreamId, TenantSlug};
use gateway::Hub;
use store::{CommitsEnded, EventLog, ReadError, Store, follow};
use tokio_util::sync::CancellationToken;

use crate::replay::Replay;
use crate::shutdown::Shutdown;

/// After a log that could not be read, before it is read again.
const PAUSE: Duration = Duration::from_millis(200);

/// Feeds the hub until told to stop.
#[derive(Clone)]
pub struct Feed {
    store: Store,
    log: Arc<dyn EventLog>,
    hub: Arc<Hub>,
    shutdown: Shutdown,
}

impl Feed {
    /// A feed from a store to a hub.
    #[must_use]
    pub fn new(store: Store, hub: Arc<Hub>, shutdown: Shutdown) -> Self {
        let log = store.log();
        Self { store, log, hub, shutdown }
    }

    /// Wakes every tenant of the log, lets readers in, and goes on in the background.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read; a tenant whose log is damaged is stopped.
    pub async fn start(&self) -> Result<(), ReadError> {
        // Subscribed before the first look, so that no tenant falls between.
        let mut commits = self.log.commits();
        let mut followed = HashSet::new();
        self.wake_all(&mut followed).await?;
        self.hub.mark_ready();
        let feed = self.clone();
        self.shutdown.tasks.spawn(async move {
            let mut seen = feed.until_stop(commits.next()).await;
            while let Some(news) = seen {
                let outcome = match news {
                    Ok(batch) => {
                        let tenant = batch.first().map(|event| event.stream.tenant());
                        match tenant.filter(|tenant| !followed.contains(*tenant)) {
                            Some(tenant) => feed.wake(tenant.clone(), &mut followed).await,
                            None => Ok(()),
                        }
                    }
                    Err(CommitsEnded::Missed) => feed.wake_all(&mut followed).await,
                    Err(CommitsEnded::Closed) => return,
                };
                seen = match outcome {
                    Ok(()) => feed.until_stop(commits.next()).await,
                    // Nobody may ever write to that tenant again, so that its next event is not waited for.
                    Err(error) => {
                        tracing::warn!(%error, "a new tenant cannot be followed yet");
                        let pause = feed.until_stop(tokio::time::sleep(PAUSE)).await;
                        pause.map(|()| Err(CommitsEnded::Missed))
                    }
                };
            }
        });
        Ok(())
    }

    async fn wake_all(&self, followed: &mut HashSet<TenantSlug>) -> Result<(), ReadError> {
        for tenant in self.log.tenants().await? {
            if !followed.contains(&tenant) {
                self.wake(tenant, followed).await?;
            }
        }
        Ok(())
    }

    /// Builds a tenant's views and follows it from there; stops it where its log is damaged.
    async fn wake(
        &self,
        tenant: TenantSlug,
        followed: &mut HashSet<TenantSlug>,
    ) -> Result<(), ReadError> {
        match self.build(&tenant).await {
            Ok(head) => {
                let (feed, tenant) = (self.clone(), tenant.clone());
                self.shutdown.tasks.spawn(async move { feed.follow(tenant, head).await });
            }
            Err(error @ (ReadError::Hole { .. } | ReadError::Corrupt(_))) => {
                self.stop(&tenant, &error);
            }
            Err(error @ ReadError::Unavailable(_)) => return Err(error),
        }
        followed.insert(tenant);
        Ok(())
    }

    /// Builds a tenant's views from its directory and each site's latest day, also where that is closed: its figures
    /// are shown until the next one opens. Gives the position from which it must be followed.
    async fn build(&self, tenant: &TenantSlug) -> Result<Position, ReadError> {
        let head = self.log.head(tenant).await?;
        let mut streams = vec![StreamId::Directory(tenant.clone())];
        for site in self.store.directory(tenant).await?.sites.keys() {
            streams.extend(self.log.latest_day(tenant, *site).await?);
        }
        let mut replay = Replay::of(self.log.clone(), streams, head).await?;
        let mut bootstrap = self.hub.bootstrap(tenant.clone());
        while let Some(event) = replay.next().await? {
            bootstrap.feed([event]);
        }
        self.hub.install(bootstrap, head);
        Ok(head)
    }

    async fn follow(&self, tenant: TenantSlug, after: Position) {
        let mut follower = follow(self.log.clone(), tenant.clone(), after).await;
        while let Some(next) = self.until_stop(follower.next()).await {
            match next {
                Ok(events) => {
                    if let Err(gap) = self.hub.apply(&tenant, &events) {
                        return self.stop(&tenant, &gap);
                    }
                }
                Err(ReadError::Unavailable(what)) => {
                    tracing::warn!(%tenant, %what, "the log cannot be followed just now");
                    self.until_stop(tokio::time::sleep(PAUSE)).await;
                }
                Err(error) => return self.stop(&tenant, &error),
            }
        }
    }

    /// Going on would show something that is not true: the tenant's readers are let go, and its commands refused.
    fn stop(&self, tenant: &TenantSlug, error: &dyn std::fmt::Display) {
        metrics::counter!("smartqueue_tenants_stopped_total").increment(1);
        tracing::error!(%tenant, %error, "the log of this tenant is damaged; the tenant is stopped");
        self.hub.stop(tenant);
    }

    /// The outcome, or none once the program ends.
    async fn until_stop<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let stop: &CancellationToken = &self.shutdown.stop;
        stop.run_until_cancelled(work).await
    }
}
