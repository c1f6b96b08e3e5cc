//! The door to the log for those who change something.
//!
//! Owns opening and shutdown, and the execution of one command on one stream. Never holds state of a stream itself.

use std::sync::Arc;

use domain::directory::{Directory, DirectoryCommand, DirectoryRefusal};
use domain::service_day::ServiceDay;
use domain::{Clock, CommandId, Ids, Metadata, Position, SiteId, StreamId, TenantSlug, TicketId};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::actor::{Message, NotExecuted, Request};
use super::keys::fingerprint;
use super::kind::Kind;
use super::registry::Registry;
use super::renew::renew_directories;
use super::state::Shared;
use super::{ExecuteError, Executed, Issuer};
use crate::error::{OpenError, ReadError};
use crate::log::EventLog;
use crate::options::StoreOptions;
use crate::postgres::PostgresLog;
use crate::sqlite::{SqliteLog, sqlite_file};

/// The log and the execution of commands on it. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// Ends what listens to other processes.
    stop: CancellationToken,
    pub(super) shared: Arc<Shared>,
    tracker: TaskTracker,
    pub(super) directories: Registry<Directory>,
    days: Registry<ServiceDay>,
}

impl Store {
    /// Opens the log at `url`: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`], in words that tell what to do.
    pub async fn open(
        url: &str,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, OpenError> {
        let log: Arc<dyn EventLog> = match (sqlite_file(url), url.split_once(':')) {
            (Some(file), _) => {
                Arc::new(SqliteLog::open(file, &options, clock.clone(), &*ids).await?)
            }
            (None, Some(("postgres" | "postgresql", rest))) if rest.starts_with("//") => {
                Arc::new(PostgresLog::open(url, &options, clock.clone(), &*ids).await?)
            }
            (None, Some((engine @ "kurrentdb", _))) => {
                return Err(OpenError::NotBuiltIn(engine.into()));
            }
            (None, _) => return Err(OpenError::UnknownUrl(without_password(url))),
        };
        Ok(Self::on(log, options, clock, ids))
    }

    /// Executes on a log that is open already.
    #[must_use]
    pub fn on(
        log: Arc<dyn EventLog>,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let directories = dashmap::DashMap::new();
        let shared = Arc::new(Shared { log, clock, ids, options, directories });
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let inner = Inner {
            stop: stop.clone(),
            directories: Registry::new(shared.clone(), tracker.clone()),
            days: Registry::new(shared.clone(), tracker.clone()),
            shared,
            tracker,
        };
        let store = Self { inner: Arc::new(inner) };
        if store.log().has_other_writers() {
            let renewing = renew_directories(Arc::downgrade(&store.inner), store.log().commits());
            store.inner.tracker.spawn(stop.run_until_cancelled_owned(renewing));
        }
        store
    }

    /// The log itself, for those who read and follow.
    #[must_use]
    pub fn log(&self) -> Arc<dyn EventLog> {
        self.inner.shared.log.clone()
    }

    /// The tenant's configuration as it stands; with `tenant == None` where no such tenant is known.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read.
    pub async fn directory(&self, tenant: &TenantSlug) -> Result<Arc<Directory>, ReadError> {
        let shared = &self.inner.shared;
        if let Some(directory) = shared.directories.get(tenant) {
            return Ok(directory.clone());
        }
        // Names that nobody registered leave nothing in memory.
        if shared.log.head(tenant).await? == Position::START {
            return Ok(Arc::default());
        }
        let (seen, seeing) = oneshot::channel();
        // The actor publishes what it loads before anyone looks.
        let look = Box::new(move |_: &Directory| {
            let _ = seen.send(());
        });
        let stream = StreamId::Directory(tenant.clone());
        let unavailable = |what: &str| ReadError::Unavailable(what.into());
        self.inner
            .directories
            .send::<DirectoryRefusal>(&stream, Message::Inspect(look))
            .map_err(|error| unavailable(&error.to_string()))?;
        if seeing.await.is_err() {
            // Say why, as the actor cannot.
            shared.log.read_stream(&stream, 0, usize::MAX).await?;
        }
        let directory = shared.directories.get(tenant).map(|directory| directory.clone());
        directory.ok_or_else(|| unavailable("the configuration could not be loaded"))
    }

    /// Changes the tenant's configuration. What [`Store::directory`] gives is changed before this answers.
    ///
    /// # Errors
    /// [`ExecuteError`]. A refused command is decided anew when it is sent again under the same key.
    pub async fn execute_directory(
        &self,
        tenant: &TenantSlug,
        command: DirectoryCommand,
        issuer: Issuer,
    ) -> Result<Executed, ExecuteError<DirectoryRefusal>> {
        let stream = StreamId::Directory(tenant.clone());
        ask(self, self.registry_of_directories(), &stream, command, &issuer).await.map_err(failed)
    }

    /// The site where a ticket was last seen.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    pub async fn site_of_ticket(
        &self,
        tenant: &TenantSlug,
        ticket: TicketId,
    ) -> Result<Option<SiteId>, ReadError> {
        let stream = self.inner.shared.log.stream_of_ticket(tenant, ticket).await?;
        Ok(stream.and_then(|stream| match stream {
            StreamId::ServiceDay { site, .. } => Some(site),
            StreamId::Directory(_) => None,
        }))
    }

    /// Takes no more commands, waits for those that were sent, and closes the log.
    pub async fn shutdown(self) {
        self.inner.days.close();
        self.inner.directories.close();
        self.inner.stop.cancel();
        self.inner.tracker.close();
        self.inner.tracker.wait().await;
        self.inner.shared.log.close().await;
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    pub(super) fn registry_of_days(&self) -> &Registry<ServiceDay> {
        &self.inner.days
    }

    fn registry_of_directories(&self) -> &Registry<Directory> {
        &self.inner.directories
    }
}

/// Sends one command to its stream and waits for the answer.
pub(super) async fn ask<D: Kind>(
    store: &Store,
    registry: &Registry<D>,
    stream: &StreamId,
    command: D::Command,
    issuer: &Issuer,
) -> Result<Executed, NotExecuted<D::Error>> {
    let key = issuer.key.as_ref();
    let metadata = Metadata {
        actor: issuer.actor,
        key: key.map(|key| key.shared().clone()),
        fingerprint: key.map(|_| fingerprint(&command, D::remove_own_parts)),
    };
    let (answer, answered) = oneshot::channel();
    let command_id = CommandId(store.shared().ids.fresh());
    let request = Request { command, command_id, metadata, answer };
    registry.send(stream, Message::Execute(request)).map_err(NotExecuted::Failed)?;
    answered.await.unwrap_or_else(|_| {
        let what = "the command was interrupted".into();
        Err(NotExecuted::Failed(ExecuteError::Unavailable(what)))
    })
}

fn failed<R>(not_executed: NotExecuted<R>) -> ExecuteError<R> {
    match not_executed {
        NotExecuted::Failed(error) => error,
        NotExecuted::Elsewhere => ExecuteError::overloaded(),
    }
}

/// An address for a message: what stands before an `@` may be a password.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, rest)) => format!("...@{rest}"),
        None => url.chars().take(200).collect(),
    }
}
