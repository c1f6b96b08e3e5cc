//! The log in a PostgreSQL database, which several processes may share.
//!
//! Owns the connections and the tasks that use them. Never keeps a transaction open between two statements.

mod append;
mod chain;
mod connect;
mod ends;
mod fault;
mod hint;
mod lane;
mod lanes;
mod migrate;
mod poll;
mod rows;
mod select;
mod settle;
mod target;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::{Clock, Ids, Position, Recorded, SiteId, StreamId, TenantSlug, TicketId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::commits::Commits;
use crate::error::{AppendError, OpenError, ReadError};
use crate::log::{Appended, EventLog, OpenDay, StreamAppend};
use crate::options::StoreOptions;
use connect::Connections;
use fault::Fault;
use lanes::Lanes;

pub(crate) use target::Target;

/// The log in a PostgreSQL database. Other processes may append to it at the same time.
pub struct PostgresLog {
    epoch: String,
    lanes: Arc<Lanes>,
    /// Ends the tasks that learn from other nodes and tell them.
    stop: CancellationToken,
    tracker: TaskTracker,
}

impl PostgresLog {
    /// Connects to `postgres://USER:PASSWORD@HOST:PORT/NAME` and brings the database to the newest format; one
    /// process at a time does that. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`], in words that tell what to do and without the password.
    pub async fn open(
        url: &str,
        options: &StoreOptions,
        clock: Arc<dyn Clock>,
        ids: &dyn Ids,
    ) -> Result<Self, OpenError> {
        options.check()?;
        let connections = Connections::open(url, options).await?;
        let new_epoch = ids.fresh().simple().to_string();
        let epoch = migrate::migrate(&connections, &new_epoch).await?;
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let lanes = Arc::new(Lanes::new(connections, options.clone(), clock, tracker.clone()));
        let log = Self { epoch, lanes, stop, tracker };
        log.start().await?;
        Ok(log)
    }

    async fn start(&self) -> Result<(), OpenError> {
        let connections = &self.lanes.connections;
        let unreachable = |fault: Fault| OpenError::Unreachable {
            place: connections.place.clone(),
            reason: fault.what().to_string(),
        };
        for (tenant, head) in select::heads(&connections.appends).await.map_err(unreachable)? {
            if let Ok(tenant) = tenant.parse() {
                self.lanes.known_at_start(tenant, head);
            }
        }
        self.spawn(poll::poll(self.lanes.clone()));
        if self.lanes.options.hints {
            self.spawn(hint::notify(self.lanes.clone()));
            self.spawn(hint::listen(self.lanes.clone(), connections.listener()));
        }
        Ok(())
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }
}

impl Drop for PostgresLog {
    /// Without [`EventLog::close`] nobody waits, but the tasks end all the same.
    fn drop(&mut self) {
        self.lanes.close();
        self.stop.cancel();
        self.lanes.handover.close();
    }
}

#[async_trait]
impl EventLog for PostgresLog {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    fn has_other_writers(&self) -> bool {
        true
    }

    fn reachable(&self) -> watch::Receiver<bool> {
        self.lanes.reachable.subscribe()
    }

    async fn append(&self, append: StreamAppend) -> Result<Appended, AppendError> {
        if append.events.is_empty() {
            return Ok(Appended::default());
        }
        self.lanes.append(append).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after_sequence: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        let read = select::stream(&self.lanes.connections.reads, stream, after_sequence, limit);
        read.await.map_err(Fault::into_read_error)?
    }

    async fn read_tenant(
        &self,
        tenant: &TenantSlug,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        let read = select::tenant(&self.lanes.connections.reads, tenant, after, limit);
        read.await.map_err(Fault::into_read_error)?
    }

    async fn head(&self, tenant: &TenantSlug) -> Result<Position, ReadError> {
        let head = select::head(&self.lanes.connections.reads, tenant);
        head.await.map_err(Fault::into_read_error)
    }

    async fn tenants(&self) -> Result<Vec<TenantSlug>, ReadError> {
        select::tenants(&self.lanes.connections.reads).await
    }

    async fn stream_of_ticket(
        &self,
        tenant: &TenantSlug,
        ticket: TicketId,
    ) -> Result<Option<StreamId>, ReadError> {
        let found = select::stream_of_ticket(&self.lanes.connections.reads, tenant, ticket);
        let found = found.await.map_err(Fault::into_read_error)?;
        found.map(|(kind, id)| select::parse(&kind, &id)).transpose()
    }

    async fn open_days(&self, tenant: &TenantSlug) -> Result<Vec<OpenDay>, ReadError> {
        let days = select::open_days(&self.lanes.connections.reads, tenant);
        days.await.map_err(Fault::into_read_error)?
    }

    async fn latest_day(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
    ) -> Result<Option<StreamId>, ReadError> {
        // `:` comes after every digit.
        self.newest_day(tenant, site, ":").await
    }

    async fn day_before(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
        date: NaiveDate,
    ) -> Result<Option<StreamId>, ReadError> {
        self.newest_day(tenant, site, &date.to_string()).await
    }

    fn commits(&self) -> Commits {
        self.lanes.handover.all()
    }

    fn commits_of(&self, tenant: &TenantSlug) -> Commits {
        self.lanes.handover.of(tenant)
    }

    async fn close(&self) {
        self.lanes.close();
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
        self.lanes.connections.close().await;
        self.lanes.handover.close();
    }
}

impl PostgresLog {
    async fn newest_day(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
        before: &str,
    ) -> Result<Option<StreamId>, ReadError> {
        let found = select::latest_day(&self.lanes.connections.reads, tenant, site, before);
        let found = found.await.map_err(Fault::into_read_error)?;
        found.map(|id| select::parse("service_day", &id)).transpose()
    }
}
