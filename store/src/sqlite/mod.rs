//! The log in one SQLite file.
//!
//! Owns the only read-write connection (in the writer's thread) and a few read-only ones. Never lets anything else
//! write or checkpoint: SQLite 3.46 has a fault that needs two of them.

mod backup;
mod fault;
mod insert;
mod open;
mod readers;
mod rows;
mod select;
mod source;
#[cfg(test)]
mod tests;
mod whereabouts;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::{Clock, Ids, Position, Recorded, SiteId, StreamId, TenantSlug, TicketId};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::commits::{Commits, Handover};
use crate::error::{AppendError, OpenError, ReadError};
use crate::log::{Appended, EventLog, OpenDay, StreamAppend};
use crate::options::StoreOptions;
use crate::row::Row;
use readers::Readers;
use writer::{Job, Message, Writer};

pub use backup::{Copied, backup, restore};
pub(crate) use source::Source;

/// The file that an address names: `sqlite:PATH` or `sqlite://PATH`; none where it is no address of a file.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (!matches!(path, "" | ":memory:")).then_some(Path::new(path))
}

/// The log in one SQLite file.
pub struct SqliteLog {
    epoch: String,
    writer: mpsc::Sender<Message>,
    readers: Readers,
    handover: Arc<Handover>,
}

impl SqliteLog {
    /// Opens the file, or makes it and its folder. Takes the lock that keeps a second server out; the lock is the
    /// system's, so it is gone when the process is, however it ended.
    ///
    /// # Errors
    /// [`OpenError`], in words that tell what to do.
    pub async fn open(
        path: &Path,
        options: &StoreOptions,
        clock: Arc<dyn Clock>,
        ids: &dyn Ids,
    ) -> Result<Self, OpenError> {
        options.check()?;
        let new_epoch = ids.fresh().simple().to_string();
        let (file_path, readers_len) = (path.to_path_buf(), options.readers);
        let opening = tokio::task::spawn_blocking(move || {
            let file = open::writable(&file_path, &new_epoch)?;
            let readers: Result<Vec<_>, OpenError> =
                (0..readers_len).map(|_| open::read_only(&file_path)).collect();
            Ok((file, Readers::new(readers?)))
        });
        let engine = |reason| OpenError::Engine { path: path.into(), reason };
        let (file, readers) =
            opening.await.unwrap_or_else(|panic| Err(engine(panic.to_string())))?;
        let handover = Arc::new(Handover::new(options.handover_len));
        let epoch = file.epoch.clone();
        let (sender, receiver) = mpsc::channel(options.append_queue_len);
        Writer::new(file, options, clock, handover.clone())
            .start(receiver)
            .map_err(|error| engine(error.to_string()))?;
        Ok(Self { epoch, writer: sender, readers, handover })
    }
}

#[async_trait]
impl EventLog for SqliteLog {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    async fn append(&self, append: StreamAppend) -> Result<Appended, AppendError> {
        if append.events.is_empty() {
            return Ok(Appended::default());
        }
        let (answer, answered) = oneshot::channel();
        let rows = append.events.into_iter().map(Row::encode).collect();
        let job = Job { stream: append.stream, expected: append.expected, rows, answer };
        self.writer.try_send(Message::Append(job)).map_err(|refused| match refused {
            TrySendError::Full(_) => AppendError::Overloaded,
            TrySendError::Closed(_) => AppendError::Unavailable("the log is closed".into()),
        })?;
        answered
            .await
            .unwrap_or_else(|_| Err(AppendError::Unavailable("the log was closed".into())))
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after_sequence: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        let stream = stream.clone();
        self.readers.run(move |file| select::stream(file, &stream, after_sequence, limit)).await
    }

    async fn read_tenant(
        &self,
        tenant: &TenantSlug,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        let tenant = tenant.clone();
        self.readers.run(move |file| select::tenant(file, &tenant, after, limit)).await
    }

    async fn head(&self, tenant: &TenantSlug) -> Result<Position, ReadError> {
        let tenant = tenant.clone();
        self.readers.run(move |file| select::head(file, &tenant)).await
    }

    async fn tenants(&self) -> Result<Vec<TenantSlug>, ReadError> {
        self.readers.run(select::tenants).await
    }

    async fn stream_of_ticket(
        &self,
        tenant: &TenantSlug,
        ticket: TicketId,
    ) -> Result<Option<StreamId>, ReadError> {
        let tenant = tenant.clone();
        self.readers.run(move |file| select::stream_of_ticket(file, &tenant, ticket)).await
    }

    async fn open_days(&self, tenant: &TenantSlug) -> Result<Vec<OpenDay>, ReadError> {
        let tenant = tenant.clone();
        self.readers.run(move |file| select::open_days(file, &tenant)).await
    }

    async fn latest_day(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
    ) -> Result<Option<StreamId>, ReadError> {
        let tenant = tenant.clone();
        // `:` comes after every digit.
        self.readers.run(move |file| select::latest_day(file, &tenant, site, ":")).await
    }

    async fn day_before(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
        date: NaiveDate,
    ) -> Result<Option<StreamId>, ReadError> {
        let (tenant, before) = (tenant.clone(), date.to_string());
        self.readers.run(move |file| select::latest_day(file, &tenant, site, &before)).await
    }

    fn commits(&self) -> Commits {
        self.handover.all()
    }

    fn commits_of(&self, tenant: &TenantSlug) -> Commits {
        self.handover.of(tenant)
    }

    async fn close(&self) {
        self.readers.close().await;
        let (closed, waiting) = oneshot::channel();
        if self.writer.send(Message::Close(closed)).await.is_ok() {
            // An error means that another call closed it.
            let _ = waiting.await;
        }
        self.handover.close();
    }
}
