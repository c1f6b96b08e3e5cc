//! Plausible random histories for the property tests: real rules decide, chance only wishes.

mod config;
mod wishes;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::directory::{Directory, DirectoryCommand};
use domain::service_day::{DayCommand, DayContext, DayEvent, ServiceDay};
use domain::{
    Actor, CommandId, Decider, Event, Metadata, Position, Recorded, SiteId, StreamId, TenantSlug,
};
use proptest::prelude::{Strategy, any};

pub(crate) use config::{SITES, agent, counter, display, queue, site};

/// An id that reads well in a failing test: its kind and its number.
pub(crate) fn id<T: FromStr<Err: std::fmt::Debug>>(kind: u8, number: u64) -> T {
    format!("{kind:08x}-0000-4000-8000-{number:012x}").parse().unwrap()
}

/// A tenant whose log grows by commands.
pub(crate) struct History {
    pub(crate) log: Vec<Recorded>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) days: BTreeMap<SiteId, (NaiveDate, ServiceDay)>,
    pub(crate) now: DateTime<Utc>,
    sequences: BTreeMap<StreamId, u64>,
    tickets: u64,
}

impl History {
    /// A tenant with a configuration and both sites open.
    pub(crate) fn new() -> Self {
        let mut history = Self {
            log: Vec::new(),
            directory: Arc::default(),
            days: BTreeMap::new(),
            now: "2026-03-02T08:00:00Z".parse().unwrap(),
            sequences: BTreeMap::new(),
            tickets: 0,
        };
        for command in config::initial() {
            history.configure(&command);
        }
        for site_id in SITES.map(site) {
            history.open(site_id);
        }
        history
    }

    /// A tenant after the wishes that these numbers stand for.
    pub(crate) fn of(numbers: &[u64]) -> Self {
        let mut history = Self::new();
        for number in numbers {
            wishes::wish(&mut history, wishes::Chance(*number));
        }
        history
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += Duration::seconds(seconds);
    }

    /// Records what a command to the configuration causes; nothing where it is refused.
    pub(crate) fn configure(&mut self, command: &DirectoryCommand) {
        let events = self.directory.decide(command, &()).unwrap_or_default();
        for event in events {
            Arc::make_mut(&mut self.directory).evolve(&event);
            self.record(StreamId::Directory(tenant()), event.into());
        }
    }

    /// Records what a command to a site's day causes; whether it was granted.
    pub(crate) fn day(&mut self, site_id: SiteId, command: &DayCommand) -> bool {
        let context = DayContext { now: self.now, directory: self.directory.clone() };
        let Some((date, day)) = self.days.get_mut(&site_id) else { return false };
        let Ok(events) = day.decide(command, &context) else { return false };
        for event in &events {
            day.evolve(event);
        }
        let stream = StreamId::ServiceDay { tenant: tenant(), site: site_id, date: *date };
        for event in events {
            self.record(stream.clone(), event.into());
        }
        true
    }

    /// Opens the next day of a site, or the same one again where it was closed today.
    pub(crate) fn open(&mut self, site_id: SiteId) {
        let date = self.now.date_naive();
        let carried = match self.days.get(&site_id) {
            Some((old, day)) if *old != date && day.closed => day.carried.clone(),
            Some(_) | None => Vec::new(),
        };
        if self.days.get(&site_id).is_none_or(|(old, day)| *old != date && day.closed) {
            self.days.insert(site_id, (date, ServiceDay::default()));
        }
        let date = self.days[&site_id].0;
        self.day(site_id, &DayCommand::Open { site_id, date, carried, latest: None });
    }

    /// Records an event that this program does not know.
    pub(crate) fn unknown(&mut self, site_id: SiteId) {
        let date = self.days[&site_id].0;
        let stream = StreamId::ServiceDay { tenant: tenant(), site: site_id, date };
        let (event_type, event_version) = ("ticket_blessed".into(), "7".into());
        self.record(stream, Event::Unknown { event_type, event_version });
    }

    /// Records an event of a site's day that no rule would cause.
    pub(crate) fn forge(&mut self, site_id: SiteId, date: NaiveDate, event: DayEvent) {
        let stream = StreamId::ServiceDay { tenant: tenant(), site: site_id, date };
        self.record(stream, event.into());
    }

    fn record(&mut self, stream: StreamId, event: Event) {
        let sequence = self.sequences.entry(stream.clone()).or_default();
        *sequence += 1;
        let position = Position(self.log.len() as u64 + 1);
        self.log.push(Recorded {
            position,
            sequence: *sequence,
            recorded_at: self.now,
            command_id: id::<CommandId>(9, position.0),
            metadata: Metadata { actor: Actor::System, key: None, fingerprint: None },
            stream,
            event,
        });
    }
}

fn tenant() -> TenantSlug {
    "clinique-madeleine".parse().unwrap()
}

/// Numbers for [`History::of`].
pub(crate) fn numbers() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(any::<u64>(), 0..400)
}
