//! Promises that only a database makes, on a real server.

mod copies;
mod cut;
mod faults;
mod guards;
mod nodes;
mod order;

use std::sync::Arc;

use async_trait::async_trait;
use domain::directory::{DirectoryEvent, TenantRegistered};
use domain::{Actor, Clock, CommandId, Metadata, StreamId, TenantSlug};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::PostgresLog;
use crate::contract::Engine;
use crate::error::{AppendError, OpenError};
use crate::log::{Appended, EventLog, NewEvent, StreamAppend};
use crate::options::StoreOptions;
use crate::testing::{TestClock, TestIds};

/// A database of its own, gone with its cluster.
pub(super) struct Database {
    pub(super) url: String,
}

impl Database {
    pub(super) fn new() -> Self {
        Self { url: scratch::database().unwrap() }
    }

    pub(super) async fn try_open(&self, options: &StoreOptions) -> Result<PostgresLog, OpenError> {
        PostgresLog::open(&self.url, options, clock(), &*TestIds::from(7)).await
    }

    pub(super) async fn log(&self, options: &StoreOptions) -> Arc<dyn EventLog> {
        Arc::new(self.try_open(options).await.unwrap())
    }

    /// The database as somebody outside the program sees it.
    pub(super) async fn outside(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}

#[async_trait]
impl Engine for Database {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventLog> {
        let (options, ids) = (StoreOptions::default(), TestIds::from(1));
        Arc::new(PostgresLog::open(&self.url, &options, clock, &*ids).await.unwrap())
    }
}

pub(super) fn clock() -> Arc<dyn Clock> {
    TestClock::at("2026-03-02T09:00:00Z")
}

pub(super) fn tenant(name: &str) -> TenantSlug {
    name.parse().unwrap()
}

pub(super) fn stream(name: &str) -> StreamId {
    StreamId::Directory(tenant(name))
}

/// One event, as one command.
pub(super) fn event(name: &str) -> NewEvent {
    let registered = TenantRegistered { name: name.into(), locale: "fr".into() };
    NewEvent {
        event: DirectoryEvent::TenantRegistered(registered).into(),
        metadata: Metadata { actor: Actor::System, key: None, fingerprint: None },
        command_id: CommandId(Uuid::from_u128(1)),
    }
}

pub(super) async fn append(
    log: &dyn EventLog,
    stream: &StreamId,
    expected: u64,
    count: usize,
) -> Result<Appended, AppendError> {
    let events = vec![event("A"); count];
    log.append(StreamAppend { stream: stream.clone(), expected, events }).await
}

/// Waits until so many connections of this database listen to hints.
pub(super) async fn until_listening(outside: &mut PgConnection, nodes: i64) {
    let sql = "SELECT count(*) FROM pg_stat_activity \
               WHERE datname = current_database() AND query = 'LISTEN \"smartqueue\"'";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *outside).await.unwrap() < nodes {
        tokio::task::yield_now().await;
    }
}

/// A database that its owner prepares and a role uses that can only append and read, and one tenant at a time.
pub(super) struct AppRole {
    pub(super) owner: Database,
    /// Roles belong to the whole cluster, which other tests share: the name is the database's.
    pub(super) role: String,
    pub(super) app: Database,
}

impl AppRole {
    pub(super) fn new() -> Self {
        let owner = Database::new();
        let (_, place) = owner.url.rsplit_once('@').unwrap();
        let role = owner.url.rsplit('/').next().unwrap().to_owned();
        let app = Database { url: format!("postgres://{role}:app@{place}") };
        let create = format!("CREATE ROLE {role} LOGIN PASSWORD 'app'");
        scratch::execute(&owner.url, &create).unwrap();
        Self { owner, role, app }
    }

    /// What an operator does: a first start as the owner, then the file.
    pub(super) async fn prepare(&self) {
        self.owner.log(&StoreOptions::default()).await.close().await;
        let grants = include_str!("../../../../deploy/postgresql/app-role.sql");
        scratch::execute(&self.owner.url, &grants.replace("smartqueue_app", &self.role)).unwrap();
    }
}

#[async_trait]
impl Engine for AppRole {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventLog> {
        self.prepare().await;
        self.app.open(clock).await
    }
}

mod contract {
    crate::contract_of!(super::Database::new());
}

mod contract_as_app_role {
    crate::contract_of!(super::AppRole::new());
}
