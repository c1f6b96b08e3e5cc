//! Promises of execution, on a real file with a clock that the test sets.

mod cutover;
mod keys;
mod load;
mod nodes;
mod time;

use std::str::FromStr;
use std::sync::Arc;

use domain::directory::{Agent, Counter, DayEnd, DirectoryCommand, Queue, Site};
use domain::service_day::{Channel, DayCommand, DayEvent, DayRefusal};
use domain::{Actor, AgentId, CounterId, Event, QueueId, Recorded, SiteId, TenantSlug, TicketId};
use tempfile::TempDir;
use uuid::Uuid;

use super::{ExecuteError, Executed, Issuer, Store};
use crate::options::StoreOptions;
use crate::testing::{TestClock, TestIds};

const AGENTS: u128 = 64;

/// A clinic with one site, one queue and [`AGENTS`] agents, on a Monday morning in Dakar.
pub(super) struct Clinic {
    url: String,
    /// Gone after the test.
    _folder: Option<TempDir>,
    pub(super) clock: Arc<TestClock>,
    pub(super) store: Store,
    options: StoreOptions,
}

impl Clinic {
    pub(super) async fn new() -> Self {
        Self::with(StoreOptions::default()).await
    }

    pub(super) async fn with(options: StoreOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("log.db").display());
        Self::at(url, Some(folder), options).await
    }

    /// On a PostgreSQL database of its own.
    pub(super) async fn on_postgres(options: StoreOptions) -> Self {
        Self::at(scratch::database().unwrap(), None, options).await
    }

    async fn at(url: String, _folder: Option<TempDir>, options: StoreOptions) -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z");
        let store = open(&url, &options, &clock, 1_000_000).await;
        let clinic = Self { url, _folder, clock, store, options };
        clinic.configure().await;
        clinic
    }

    /// The same clinic on another node; the engine must allow several.
    pub(super) async fn another_node(&self, first_id: u64) -> Self {
        let (url, clock, options) = (self.url.clone(), self.clock.clone(), self.options.clone());
        let store = open(&url, &options, &clock, first_id).await;
        Self { url, _folder: None, clock, store, options }
    }

    /// Stops the server and starts it again.
    pub(super) async fn restart(&mut self) {
        self.store.clone().shutdown().await;
        self.store = open(&self.url, &self.options, &self.clock, 2_000_000).await;
    }

    async fn configure(&self) {
        let mut commands = vec![
            DirectoryCommand::RegisterTenant { name: "Clinique".into(), locale: "fr".into() },
            DirectoryCommand::DefineSite(Site {
                id: site(),
                name: "Plateau".into(),
                time_zone: chrono_tz::Africa::Dakar,
                cutover_hour: 0,
                day_end: DayEnd::CarryOver,
            }),
            DirectoryCommand::DefineQueue(a_queue()),
        ];
        for n in 0..AGENTS {
            commands.push(DirectoryCommand::DefineCounter(Counter {
                id: counter(n),
                site_id: site(),
                label: n.to_string().into(),
                active: true,
            }));
            commands.push(DirectoryCommand::DefineAgent(Agent {
                id: agent(n),
                site_id: site(),
                name: format!("Agent {n}").into(),
                queues: vec![queue()],
                active: true,
            }));
        }
        for command in commands {
            self.store.execute_directory(&tenant(), command, by_staff(None)).await.unwrap();
        }
    }

    pub(super) async fn day(
        &self,
        command: DayCommand,
        key: Option<&str>,
    ) -> Result<Executed, ExecuteError<DayRefusal>> {
        self.store.execute_day(&tenant(), site(), command, by_staff(key)).await
    }

    pub(super) async fn seat(&self, n: u128) {
        let command = DayCommand::SeatAgent { agent_id: agent(n), counter_id: counter(n) };
        self.day(command, None).await.unwrap();
    }
}

async fn open(url: &str, options: &StoreOptions, clock: &Arc<TestClock>, first_id: u64) -> Store {
    let ids = TestIds::from(first_id);
    Store::open(url, options.clone(), clock.clone(), ids).await.unwrap()
}

pub(super) fn tenant() -> TenantSlug {
    "clinique".parse().unwrap()
}

pub(super) fn site() -> SiteId {
    SiteId(Uuid::from_u128(1))
}

fn queue() -> QueueId {
    QueueId(Uuid::from_u128(2))
}

fn a_queue() -> Queue {
    Queue {
        id: queue(),
        site_id: site(),
        name: "Accueil".into(),
        service_name: None,
        prefix: "A".into(),
        policy: domain::directory::Policy::Fifo,
        capacity: None,
        sla_seconds: 600,
        calls_before_no_show_min: 1,
        color: None,
    }
}

pub(super) fn agent(n: u128) -> AgentId {
    AgentId(Uuid::from_u128(100 + n))
}

fn counter(n: u128) -> CounterId {
    CounterId(Uuid::from_u128(300 + n))
}

pub(super) fn by_staff(key: Option<&str>) -> Issuer {
    Issuer { actor: Actor::Staff, key: key.map(|key| FromStr::from_str(key).unwrap()) }
}

pub(super) fn issue(ticket: u128) -> DayCommand {
    DayCommand::Issue {
        ticket_id: TicketId(Uuid::from_u128(10_000 + ticket)),
        queue_id: queue(),
        priority: 0,
        channel: Channel::Kiosk,
        contact: false,
    }
}

pub(super) fn call_next(n: u128) -> DayCommand {
    DayCommand::CallNext { agent_id: agent(n), queue_id: None }
}

/// The number that an event is about.
pub(super) fn number(event: &Recorded) -> String {
    match &event.event {
        Event::Day(day) => day.ticket().map(|ticket| ticket.number.to_string()),
        Event::Directory(_) | Event::Unknown { .. } => None,
    }
    .unwrap_or_default()
}

pub(super) fn as_day(event: &Recorded) -> &DayEvent {
    match &event.event {
        Event::Day(day) => day,
        other @ (Event::Directory(_) | Event::Unknown { .. }) => panic!("not of a day: {other:?}"),
    }
}
