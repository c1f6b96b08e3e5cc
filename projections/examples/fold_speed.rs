//! How fast the views of one tenant fold a clinic's history: `fold_speed [events]` prints one line of JSON.
//!
//! Real rules make the history, a day at a time, outside the measured time. Never touches a disk or a socket.

use std::error::Error;
use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::directory::{Agent, Counter, Directory, DirectoryCommand, Display, Queue, Site, Theme};
use domain::service_day::{
    Channel, DayCommand, DayContext, ReturnPlace, ServiceDay, TransferTarget,
};
use domain::{
    Actor, Decider, Event, Metadata, Position, QueueId, Recorded, SiteId, StreamId, TenantSlug,
};
use projections::TenantViews;

const EVENTS_DEFAULT: u64 = 1_000_000;
const TICKETS_PER_DAY: u64 = 2_000;
const WAITING_PER_QUEUE: usize = 20;
const QUEUES: u64 = 4;
const AGENTS: u64 = 14;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn id<T: FromStr<Err: Error + 'static>>(kind: u8, number: u64) -> Outcome<T> {
    // Shaped like the time-ordered ids of the server: the number in front, noise behind.
    let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    Ok(format!("{number:08x}-{kind:04x}-7000-8000-{noise:012x}").parse()?)
}

fn main() -> Outcome<()> {
    let events = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => EVENTS_DEFAULT,
    };
    let mut clinic = Clinic::new()?;
    let mut views = TenantViews::default();
    let (mut folded, mut changes, mut spent) = (0_u64, 0_usize, Duration::ZERO);
    while folded < events {
        let log = std::mem::take(&mut clinic.log);
        let started = Instant::now();
        for recorded in &log {
            changes += std::hint::black_box(views.apply(recorded)?).len();
        }
        spent += started.elapsed();
        folded += log.len() as u64;
        clinic.next_day()?;
    }
    let seconds = spent.as_secs_f64();
    let line = serde_json::json!({
        "events": folded,
        "seconds": (seconds * 1e6).round() / 1e6,
        "events_per_second": (folded as f64 / seconds).round(),
        "changes": changes,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// One site with 4 queues, 14 agents and 5 displays.
struct Clinic {
    log: Vec<Recorded>,
    position: Position,
    sequence: u64,
    directory: Arc<Directory>,
    day: ServiceDay,
    stream: StreamId,
    tenant: TenantSlug,
    site: SiteId,
    now: DateTime<Utc>,
    tickets: u64,
    dice: u64,
}

impl Clinic {
    fn new() -> Outcome<Self> {
        let tenant: TenantSlug = "clinique-madeleine".parse()?;
        let mut clinic = Self {
            log: Vec::new(),
            position: Position::START,
            sequence: 0,
            directory: Arc::default(),
            day: ServiceDay::default(),
            stream: StreamId::Directory(tenant.clone()),
            tenant,
            site: id(1, 1)?,
            now: "2026-03-02T08:00:00Z".parse()?,
            tickets: 0,
            dice: 7,
        };
        for command in configuration()? {
            for event in clinic.directory.decide(&command, &())? {
                Arc::make_mut(&mut clinic.directory).evolve(&event);
                clinic.record(event.into())?;
            }
        }
        Ok(clinic)
    }

    fn record(&mut self, event: Event) -> Outcome<()> {
        self.position = self.position.next();
        self.sequence += 1;
        self.log.push(Recorded {
            position: self.position,
            stream: self.stream.clone(),
            sequence: self.sequence,
            recorded_at: self.now,
            command_id: id(9, self.position.0)?,
            metadata: Metadata { actor: Actor::Staff, key: None, fingerprint: None },
            event,
        });
        Ok(())
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.dice >> 33) % sides
    }

    /// Whether the rules granted it.
    fn wish(&mut self, command: &DayCommand) -> Outcome<bool> {
        self.now += chrono::Duration::milliseconds(1_500);
        let context = DayContext { now: self.now, directory: self.directory.clone() };
        let Ok(events) = self.day.decide(command, &context) else { return Ok(false) };
        for event in events {
            self.day.evolve(&event);
            self.record(event.into())?;
        }
        Ok(true)
    }

    fn next_day(&mut self) -> Outcome<()> {
        self.now += chrono::Duration::days(1);
        let (site, date) = (self.site, self.now.date_naive());
        self.stream = StreamId::ServiceDay { tenant: self.tenant.clone(), site, date };
        self.sequence = 0;
        self.day = ServiceDay::default();
        self.wish(&DayCommand::Open { site_id: site, date, carried: vec![], latest: None })?;
        for agent in 1..=AGENTS {
            self.wish(&DayCommand::SeatAgent {
                agent_id: id(4, agent)?,
                counter_id: id(3, agent)?,
            })?;
        }
        let last = self.tickets + TICKETS_PER_DAY;
        while self.tickets < last {
            let queue = 1 + self.roll(QUEUES);
            let queue_id: QueueId = id(2, queue)?;
            if self.day.queues.get(&queue_id).map_or(0, |q| q.waiting.len()) < WAITING_PER_QUEUE {
                self.tickets += 1;
                let priority = u8::from(self.roll(8) == 0);
                self.wish(&DayCommand::Issue {
                    ticket_id: id(8, self.tickets)?,
                    queue_id,
                    priority,
                    channel: Channel::Kiosk,
                    contact: false,
                })?;
            } else {
                self.serve()?;
            }
        }
        self.wish(&DayCommand::Close { end: None })?;
        Ok(())
    }

    /// One step of some agent: calls the next, or goes on with the ticket in hand.
    fn serve(&mut self) -> Outcome<()> {
        let agent_id = id(4, 1 + self.roll(AGENTS))?;
        let Some(ticket_id) = self.day.agents.get(&agent_id).and_then(|seat| seat.ticket) else {
            self.wish(&DayCommand::CallNext { agent_id, queue_id: None })?;
            return Ok(());
        };
        let command = match self.roll(40) {
            0..8 => DayCommand::Recall { agent_id, ticket_id },
            8 => DayCommand::MarkNoShow { agent_id, ticket_id },
            9 => {
                let place = ReturnPlace::Front;
                DayCommand::Return { agent_id: Some(agent_id), ticket_id, place }
            }
            10 => {
                let to = TransferTarget::Queue(id(2, 1 + self.roll(QUEUES))?);
                DayCommand::Transfer { agent_id: Some(agent_id), ticket_id, to }
            }
            _ => DayCommand::StartService { agent_id, ticket_id },
        };
        if !self.wish(&command)? {
            self.wish(&DayCommand::Finish { agent_id, ticket_id })?;
        }
        Ok(())
    }
}

fn configuration() -> Outcome<Vec<DirectoryCommand>> {
    let site_id: SiteId = id(1, 1)?;
    let site: Site = serde_json::from_value(serde_json::json!({
        "id": site_id, "name": "Main site", "time_zone": "Africa/Dakar",
    }))?;
    let mut commands = vec![
        DirectoryCommand::RegisterTenant { name: "Clinic".into(), locale: "fr".into() },
        DirectoryCommand::DefineSite(site),
    ];
    let mut queues: Vec<QueueId> = Vec::new();
    for (number, prefix) in (1..=QUEUES).zip(["A", "B", "C", "D"]) {
        let policy = if number == 2 {
            serde_json::json!({"kind": "priority", "normal_per_priority": 2})
        } else {
            serde_json::json!({"kind": "fifo"})
        };
        let queue: Queue = serde_json::from_value(serde_json::json!({
            "id": id::<QueueId>(2, number)?, "site_id": site_id, "name": format!("Queue {prefix}"),
            "prefix": prefix, "policy": policy,
        }))?;
        queues.push(queue.id);
        commands.push(DirectoryCommand::DefineQueue(queue));
    }
    for number in 1..=AGENTS {
        let label = number.to_string().into();
        let counter = Counter { id: id(3, number)?, site_id, label, active: true };
        commands.push(DirectoryCommand::DefineCounter(counter));
        let (name, queues) = (format!("Agent {number}").into(), queues.clone());
        let agent = Agent { id: id(4, number)?, site_id, name, queues, active: true };
        commands.push(DirectoryCommand::DefineAgent(agent));
    }
    let theme: Theme = serde_json::from_value(serde_json::json!({
        "id": id::<domain::ThemeId>(6, 1)?, "name": "House", "primary": "#003366",
        "background": "#ffffff", "text": "#000000",
    }))?;
    commands.push(DirectoryCommand::DefineTheme(theme));
    for (number, shown) in (1..=5_u64).zip([None, None, Some(0..1), Some(1..3), Some(2..4)]) {
        let display: Display = serde_json::from_value(serde_json::json!({
            "id": id::<domain::DisplayId>(5, number)?, "site_id": site_id,
            "name": format!("Screen {number}"), "show_agent_names": number == 1,
            "queues": shown.map(|shown: std::ops::Range<usize>| queues[shown].to_vec()),
        }))?;
        commands.push(DirectoryCommand::DefineDisplay(display));
    }
    Ok(commands)
}
