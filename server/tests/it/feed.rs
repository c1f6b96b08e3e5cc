//! What a start reads of a log: the streams that the views need, in the order of their positions.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{Days, NaiveDate};
use domain::directory::{DirectoryEvent, TenantRegistered};
use domain::service_day::DayEvent;
use domain::{
    Actor, Clock as _, CommandId, Event, Ids as _, Metadata, Position, Recorded, SiteId, StreamId,
    TenantSlug, TicketId,
};
use serde_json::json;
use server::feed::Feed;
use server::replay::Replay;
use server::shutdown::Shutdown;
use server::system::{RandomIds, SystemClock};
use store::{
    AppendError, Appended, Commits, EventLog, NewEvent, OpenDay, ReadError, SqliteLog, Store,
    StoreOptions, StreamAppend,
};
use tokio_util::task::TaskTracker;

/// Longest that anything in a test may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A log that remembers which streams were read.
struct Watched {
    log: SqliteLog,
    read: Mutex<BTreeSet<String>>,
    /// Whoever reads the tenant's log meets a hole.
    has_hole: bool,
}

impl Watched {
    fn note(&self, events: Vec<Arc<Recorded>>) -> Vec<Arc<Recorded>> {
        self.read.lock().unwrap().extend(events.iter().map(|event| event.stream.to_string()));
        events
    }
}

#[async_trait]
impl EventLog for Watched {
    fn epoch(&self) -> &str {
        self.log.epoch()
    }
    async fn append(&self, append: StreamAppend) -> Result<Appended, AppendError> {
        self.log.append(append).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        Ok(self.note(self.log.read_stream(stream, after, limit).await?))
    }
    async fn read_tenant(
        &self,
        tenant: &TenantSlug,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        if self.has_hole {
            let (tenant, expected) = (tenant.clone(), after.next());
            return Err(ReadError::Hole { tenant, expected, found: expected.next() });
        }
        Ok(self.note(self.log.read_tenant(tenant, after, limit).await?))
    }
    async fn head(&self, tenant: &TenantSlug) -> Result<Position, ReadError> {
        self.log.head(tenant).await
    }
    async fn tenants(&self) -> Result<Vec<TenantSlug>, ReadError> {
        self.log.tenants().await
    }
    async fn stream_of_ticket(
        &self,
        tenant: &TenantSlug,
        ticket: TicketId,
    ) -> Result<Option<StreamId>, ReadError> {
        self.log.stream_of_ticket(tenant, ticket).await
    }
    async fn open_days(&self, tenant: &TenantSlug) -> Result<Vec<OpenDay>, ReadError> {
        self.log.open_days(tenant).await
    }
    async fn latest_day(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
    ) -> Result<Option<StreamId>, ReadError> {
        self.log.latest_day(tenant, site).await
    }
    async fn day_before(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
        date: NaiveDate,
    ) -> Result<Option<StreamId>, ReadError> {
        self.log.day_before(tenant, site, date).await
    }
    fn commits(&self) -> Commits {
        self.log.commits()
    }
    fn commits_of(&self, tenant: &TenantSlug) -> Commits {
        self.log.commits_of(tenant)
    }
    async fn close(&self) {
        self.log.close().await;
    }
}

fn tenant() -> TenantSlug {
    "clinic".parse().unwrap()
}

fn day(site: SiteId, n: u64) -> StreamId {
    let first: NaiveDate = "2026-03-02".parse().unwrap();
    StreamId::ServiceDay { tenant: tenant(), site, date: first + Days::new(n) }
}

async fn append(log: &SqliteLog, stream: StreamId, events: Vec<Event>) {
    let new = |event| NewEvent {
        event,
        metadata: Metadata { actor: Actor::System, key: None, fingerprint: None },
        command_id: CommandId(RandomIds.fresh()),
    };
    let events = events.into_iter().map(new).collect();
    log.append(StreamAppend { stream, expected: 0, events }).await.unwrap();
}

/// A site of which every day but the first few is over, and one that opened once and never again.
async fn log(folder: &std::path::Path, has_hole: bool) -> (Arc<Watched>, [SiteId; 2]) {
    let options = StoreOptions::default();
    let clock = Arc::new(SystemClock);
    let log = SqliteLog::open(&folder.join("x.db"), &options, clock, &RandomIds).await.unwrap();
    let sites = [SiteId(RandomIds.fresh()), SiteId(RandomIds.fresh())];
    let site = |id| {
        let site = json!({ "id": id, "name": format!("{id}"), "time_zone": "Africa/Dakar" });
        DirectoryEvent::SiteDefined { site: serde_json::from_value(site).unwrap() }.into()
    };
    let registered = TenantRegistered { name: "Clinic".into(), locale: "fr".into() };
    let registered = DirectoryEvent::TenantRegistered(registered).into();
    let directory = vec![registered, site(sites[0]), site(sites[1])];
    append(&log, StreamId::Directory(tenant()), directory).await;
    let at = SystemClock.now();
    for (site_id, days) in [(sites[0], 1), (sites[1], 20)] {
        for n in 0..days {
            let stream = day(site_id, n);
            let StreamId::ServiceDay { date, .. } = stream else { unreachable!() };
            let opened = DayEvent::DayOpened { site_id, date, at, carried: Vec::new() };
            let (expired, carried) = (Vec::new(), Vec::new());
            let closed = DayEvent::DayClosed { site_id, at, expired, carried };
            append(&log, stream, vec![opened.into(), closed.into()]).await;
        }
    }
    (Arc::new(Watched { log, read: Mutex::default(), has_hole }), sites)
}

/// A hub that is fed from the log.
async fn fed(log: &Arc<Watched>) -> Arc<gateway::Hub> {
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
    let store = Store::on(log.clone(), StoreOptions::default(), clock.clone(), ids);
    let hub = gateway::Hub::new(gateway::Settings {
        epoch: "e1".into(),
        build: "0.0.0-test".into(),
        allowed_origins: Vec::new(),
        limits: gateway::Limits::default(),
        clock,
        tracker: TaskTracker::new(),
    });
    Feed::new(store, hub.clone(), Shutdown::default()).start().await.unwrap();
    assert!(hub.is_ready());
    hub
}

#[tokio::test]
async fn a_start_reads_no_day_but_the_latest_of_each_site() {
    let folder = tempfile::tempdir().unwrap();
    let (log, sites) = log(folder.path(), false).await;
    let hub = fed(&log).await;
    assert!(!hub.is_stopped(&tenant()));
    let needed = [StreamId::Directory(tenant()), day(sites[0], 0), day(sites[1], 19)];
    let needed: BTreeSet<String> = needed.iter().map(ToString::to_string).collect();
    assert_eq!(*log.read.lock().unwrap(), needed);
}

#[tokio::test]
async fn lv49_a_hole_met_while_following_stops_the_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = log(folder.path(), true).await;
    let hub = fed(&log).await;
    let stopped = async {
        while !hub.is_stopped(&tenant()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, stopped).await.expect("the tenant should be stopped");
}

#[tokio::test]
async fn streams_are_replayed_in_the_order_of_their_positions_up_to_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let (log, sites) = log(folder.path(), false).await;
    let streams = [day(sites[1], 19), day(sites[1], 2), StreamId::Directory(tenant())];
    let positions = async |head| {
        let mut replay = Replay::of(log.clone(), streams.clone(), Position(head)).await.unwrap();
        let mut positions = Vec::new();
        while let Some(event) = replay.next().await.unwrap() {
            positions.push(event.position.0);
        }
        positions
    };
    assert_eq!(positions(45).await, [1, 2, 3, 10, 11, 44, 45]);
    assert_eq!(positions(10).await, [1, 2, 3, 10]);
    assert_eq!(positions(2).await, [1, 2]);
}
