//! From the log to the live views: one follower per tenant hands committed events to the hub, in order.
//!
//! Owns waking the tenants at start and noticing new ones. Never skips a position: a hole in a tenant's log stops
//! that tenant and raises the alarm.

use std::collections::HashSet;
use std::sync::Arc;

use domain::{Position, StreamId, TenantSlug};
use gateway::Hub;
use store::{CommitsEnded, EventLog, ReadError, Store, follow};
use tokio_util::sync::CancellationToken;

use crate::shutdown::Shutdown;

/// Events read from the log at a time while waking.
const READ_MAX: usize = 4_096;

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
    /// [`ReadError`] when the log cannot be read; a tenant whose log has a hole is left out and logged.
    pub async fn start(&self) -> Result<(), ReadError> {
        // Subscribed before the first look, so that no tenant falls between.
        let mut commits = self.log.commits();
        let mut followed = HashSet::new();
        self.wake_all(&mut followed).await?;
        self.hub.mark_ready();
        let feed = self.clone();
        self.shutdown.tasks.spawn(async move {
            while let Some(seen) = feed.until_stop(commits.next()).await {
                let outcome = match seen {
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
                if let Err(error) = outcome {
                    tracing::error!(%error, "a new tenant cannot be followed yet");
                }
            }
        });
        Ok(())
    }

    async fn wake_all(&self, followed: &mut HashSet<TenantSlug>) -> Result<(), ReadError> {
        for tenant in self.log.tenants().await? {
            if followed.contains(&tenant) {
                continue;
            }
            match self.wake(tenant.clone(), followed).await {
                Err(error @ (ReadError::Hole { .. } | ReadError::Corrupt(_))) => {
                    alarm(&tenant, &error)
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// Builds a tenant's views from its directory and each site's latest day, and follows it from there.
    async fn wake(
        &self,
        tenant: TenantSlug,
        followed: &mut HashSet<TenantSlug>,
    ) -> Result<(), ReadError> {
        let head = self.log.head(&tenant).await?;
        let directory = StreamId::Directory(tenant.clone());
        let (mut wanted, mut first) = (HashSet::from([directory.clone()]), head.next());
        for site in self.store.directory(&tenant).await?.sites.keys() {
            let Some(day) = self.log.latest_day(&tenant, *site).await? else { continue };
            if let Some(opening) = self.log.read_stream(&day, 0, 1).await?.first() {
                first = first.min(opening.position);
            }
            wanted.insert(day);
        }

        let mut bootstrap = self.hub.bootstrap(tenant.clone());
        let mut sequence = 0;
        loop {
            let events = self.log.read_stream(&directory, sequence, READ_MAX).await?;
            let Some(last) = events.last() else { break };
            sequence = last.sequence;
            let older = last.position < first;
            bootstrap.feed(events.into_iter().filter(|event| event.position < first));
            if !older {
                break;
            }
        }
        let mut position = Position(first.0 - 1);
        while position < head {
            let events = self.log.read_tenant(&tenant, position, READ_MAX).await?;
            let Some(last) = events.last() else { break };
            position = last.position;
            let upto = events.into_iter().filter(|event| event.position <= head);
            bootstrap.feed(upto.filter(|event| wanted.contains(&event.stream)));
        }
        self.hub.install(bootstrap, head);
        followed.insert(tenant.clone());
        let feed = self.clone();
        self.shutdown.tasks.spawn(async move { feed.follow(tenant, head).await });
        Ok(())
    }

    async fn follow(&self, tenant: TenantSlug, after: Position) {
        let mut follower = follow(self.log.clone(), tenant.clone(), after).await;
        while let Some(next) = self.until_stop(follower.next()).await {
            match next {
                Ok(events) => {
                    if let Err(gap) = self.hub.apply(&tenant, &events) {
                        alarm(&tenant, &gap);
                        return;
                    }
                }
                Err(ReadError::Unavailable(what)) => {
                    tracing::warn!(%tenant, %what, "the log cannot be followed just now");
                    let pause = tokio::time::sleep(std::time::Duration::from_millis(200));
                    self.until_stop(pause).await;
                }
                Err(error) => {
                    alarm(&tenant, &error);
                    return;
                }
            }
        }
    }

    /// The outcome, or none once the program ends.
    async fn until_stop<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let stop: &CancellationToken = &self.shutdown.stop;
        stop.run_until_cancelled(work).await
    }
}

/// The tenant's screens stay as they are: showing on would show something that is not true.
fn alarm(tenant: &TenantSlug, error: &dyn std::fmt::Display) {
    metrics::counter!("smartqueue_tenants_stopped_total").increment(1);
    tracing::error!(%tenant, %error, "the log of this tenant is damaged; its screens are stopped");
}
