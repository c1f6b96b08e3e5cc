//! A tenant's log, written by hand: each event at the next position.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use domain::directory::{DirectoryEvent, Policy, TenantRegistered};
use domain::service_day::{CallKind, CallReason, Channel, DayEvent, TicketRef};
use domain::{
    Actor, AgentId, CommandId, CounterId, DisplayId, Event, Metadata, Position, QueueId, Recorded,
    SiteId, SoundId, StreamId, TenantSlug, ThemeId, TicketId,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{at, ticket_id};

/// The tenant of the tests.
pub(crate) const TENANT: &str = "clinic";
/// Its site.
pub(crate) const SITE: SiteId = SiteId(Uuid::from_u128(0x51));
/// Its queue.
pub(crate) const QUEUE: QueueId = QueueId(Uuid::from_u128(0x61));
/// Its counter.
const COUNTER: CounterId = CounterId(Uuid::from_u128(0x71));
/// Its display.
pub(crate) const DISPLAY: DisplayId = DisplayId(Uuid::from_u128(0xD1));

const AGENT: AgentId = AgentId(Uuid::from_u128(0xA1));

/// Every event so far.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<Arc<Recorded>>,
    sequences: BTreeMap<StreamId, u64>,
    /// How many of the events were handed out.
    handed_out: usize,
    /// How many days after the first the log has come.
    days_later: u64,
}

impl Log {
    /// A tenant with a site, a queue, a counter, an agent and a display: positions 1 to 6.
    pub(crate) fn configured() -> Self {
        let mut log = Self::default();
        let tenant = TenantRegistered { name: "Clinic".into(), locale: "fr".into() };
        log.directory(DirectoryEvent::TenantRegistered(tenant));
        let site = json!({ "id": SITE, "name": "Dakar", "time_zone": "Africa/Dakar" });
        log.directory(DirectoryEvent::SiteDefined { site: read(site) });
        let queue = json!({ "id": QUEUE, "site_id": SITE, "name": "Accueil", "prefix": "A" });
        log.directory(DirectoryEvent::QueueDefined { queue: read(queue), policy_version: 1 });
        let counter = json!({ "id": COUNTER, "site_id": SITE, "label": "4" });
        log.directory(DirectoryEvent::CounterDefined { counter: read(counter) });
        let agent = json!({ "id": AGENT, "site_id": SITE, "name": "Awa", "queues": [QUEUE] });
        log.directory(DirectoryEvent::AgentDefined { agent: read(agent) });
        log.display(true);
        log
    }

    /// [`Log::configured`], and the day opened at position 7.
    pub(crate) fn open() -> Self {
        let mut log = Self::configured();
        log.open_day();
        log
    }

    /// The position of the last event.
    pub(crate) fn head(&self) -> Position {
        self.events.last().map_or(Position::START, |event| event.position)
    }

    /// What was added since the last time.
    pub(crate) fn fresh(&mut self) -> &[Arc<Recorded>] {
        let from = std::mem::replace(&mut self.handed_out, self.events.len());
        &self.events[from..]
    }

    /// Defines the display, active or not.
    pub(crate) fn display(&mut self, active: bool) {
        self.define_display("Hall", active);
    }

    /// Gives the display another name.
    pub(crate) fn rename_display(&mut self, name: &str) {
        self.define_display(name, true);
    }

    /// Gives the queue a colour, and the display a theme, a sound and messages.
    pub(crate) fn paint(&mut self) {
        let (theme, sound) = (ThemeId(Uuid::from_u128(0xC1)), SoundId(Uuid::from_u128(0xC2)));
        let queue = json!({
            "id": QUEUE, "site_id": SITE, "name": "Accueil", "prefix": "A", "color": "#009e73"
        });
        self.directory(DirectoryEvent::QueueDefined { queue: read(queue), policy_version: 1 });
        let painted = json!({
            "id": theme, "name": "Nuit", "primary": "#ffcc00", "background": "#101820", "text": "#ffffff"
        });
        self.directory(DirectoryEvent::ThemeDefined { theme: read(painted) });
        let soft = json!({ "id": sound, "name": "Doux", "chime": "soft" });
        self.directory(DirectoryEvent::SoundDefined { sound: read(soft) });
        let display = json!({
            "id": DISPLAY, "site_id": SITE, "name": "Hall", "active": true, "theme_id": theme,
            "sound_id": sound, "custom_message": "Bienvenue"
        });
        self.directory(DirectoryEvent::DisplayDefined { display: read(display) });
    }

    fn define_display(&mut self, name: &str, active: bool) {
        let display = json!({ "id": DISPLAY, "site_id": SITE, "name": name, "active": active });
        self.directory(DirectoryEvent::DisplayDefined { display: read(display) });
    }

    /// Opens the day and seats the agent.
    pub(crate) fn open_day(&mut self) {
        let (at, date) = (self.now(), self.date());
        self.day(DayEvent::DayOpened { site_id: SITE, date, at, carried: Vec::new() });
        let (agent_id, counter_id, counter) = (AGENT, COUNTER, "4".into());
        self.day(DayEvent::AgentSeated { agent_id, counter_id, counter, at });
    }

    /// Closes the day and opens the next one.
    pub(crate) fn next_day(&mut self) {
        self.close_day();
        self.days_later += 1;
        self.open_day();
    }

    /// The events that a start replays: the configuration, and the latest day.
    pub(crate) fn to_replay(&self) -> impl Iterator<Item = &Recorded> {
        let latest = self.day_stream();
        self.events.iter().map(Arc::as_ref).filter(move |event| match &event.stream {
            StreamId::Directory(_) => true,
            StreamId::ServiceDay { .. } => event.stream == latest,
        })
    }

    /// Closes the day.
    pub(crate) fn close_day(&mut self) {
        let (at, expired, carried) = (self.now(), Vec::new(), Vec::new());
        self.day(DayEvent::DayClosed { site_id: SITE, at, expired, carried });
    }

    /// A visitor takes ticket `n` and the agent calls it.
    pub(crate) fn issue_and_call(&mut self, n: u32) -> TicketId {
        self.issue(n);
        self.call(n)
    }

    /// A visitor takes ticket `n`.
    pub(crate) fn issue(&mut self, n: u32) -> TicketId {
        let at = self.now();
        self.day(DayEvent::TicketIssued {
            ticket: ticket(n),
            ordinal: n,
            priority: 0,
            channel: Channel::Kiosk,
            contact: false,
            position_in_line: 1,
            estimate_seconds: None,
            at,
        });
        ticket_id(n)
    }

    /// The agent calls ticket `n`.
    pub(crate) fn call(&mut self, n: u32) -> TicketId {
        let reason = CallReason {
            kind: CallKind::Next,
            policy: Policy::Fifo,
            policy_version: 1,
            rank: 1,
            waiting: 1,
            waited_seconds: 0,
        };
        let (ticket, agent_id, counter_id, counter) = (ticket(n), AGENT, COUNTER, "4".into());
        let at = self.now();
        self.day(DayEvent::TicketCalled { ticket, agent_id, counter_id, counter, reason, at });
        ticket_id(n)
    }

    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        at(i64::try_from(self.events.len()).unwrap())
    }

    fn directory(&mut self, event: DirectoryEvent) {
        self.push(StreamId::Directory(TENANT.parse().unwrap()), event.into());
    }

    fn day(&mut self, event: DayEvent) {
        self.push(self.day_stream(), event.into());
    }

    fn day_stream(&self) -> StreamId {
        let tenant: TenantSlug = TENANT.parse().unwrap();
        StreamId::ServiceDay { tenant, site: SITE, date: self.date() }
    }

    fn date(&self) -> NaiveDate {
        at(0).date_naive() + Days::new(self.days_later)
    }

    fn push(&mut self, stream: StreamId, event: Event) {
        let position = self.head().next();
        let sequence = self.sequences.entry(stream.clone()).or_default();
        *sequence += 1;
        let sequence = *sequence;
        self.events.push(Arc::new(Recorded {
            position,
            stream,
            sequence,
            recorded_at: self.now(),
            command_id: CommandId(Uuid::from_u128(position.0.into())),
            metadata: Metadata { actor: Actor::System, key: None, fingerprint: None },
            event,
        }));
    }
}

fn ticket(n: u32) -> TicketRef {
    TicketRef { id: ticket_id(n), number: format!("A{n:03}").into(), queue_id: QUEUE }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}
