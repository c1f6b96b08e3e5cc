//! The rules of docs/spec/queue.md, told as small stories on a clinic of two queues, two counters and three agents.

mod calls;
mod days;
mod golden;
mod issue;
mod model;
mod steps;
mod undo;

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::*;
use crate::decider::Decider;
use crate::directory::{
    Agent, Counter, DayEnd, Directory, DirectoryCommand, Policy, Queue, QueueState, Site,
};
use crate::ids::{AgentId, CounterId, QueueId, SiteId, TicketId};

pub(super) const SITE: SiteId = SiteId(Uuid::from_u128(1));
/// Prefix A, fifo unless a story says otherwise.
pub(super) const CONSULT: QueueId = QueueId(Uuid::from_u128(10));
/// Prefix B.
pub(super) const PHARMACY: QueueId = QueueId(Uuid::from_u128(11));
pub(super) const COUNTER_1: CounterId = CounterId(Uuid::from_u128(20));
pub(super) const COUNTER_2: CounterId = CounterId(Uuid::from_u128(21));
pub(super) const COUNTER_3: CounterId = CounterId(Uuid::from_u128(22));
/// Serves both queues.
pub(super) const ANTA: AgentId = AgentId(Uuid::from_u128(30));
/// Serves both queues.
pub(super) const BINTA: AgentId = AgentId(Uuid::from_u128(31));
/// Serves the pharmacy only.
pub(super) const CODOU: AgentId = AgentId(Uuid::from_u128(32));

pub(super) fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

pub(super) fn eight_o_clock() -> DateTime<Utc> {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

pub(super) fn ticket_id(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(0x1000 + n))
}

pub(super) fn queue(id: QueueId, prefix: &str, name: &str) -> Queue {
    Queue {
        id,
        site_id: SITE,
        name: name.into(),
        service_name: None,
        prefix: prefix.into(),
        policy: Policy::Fifo,
        capacity: None,
        sla_seconds: 600,
        calls_before_no_show_min: 2,
        color: None,
    }
}

pub(super) fn clinic() -> Directory {
    let mut directory = Directory::default();
    let agent = |id, queues: &[QueueId]| {
        let (queues, active) = (queues.to_vec(), true);
        DirectoryCommand::DefineAgent(Agent { id, site_id: SITE, name: "x".into(), queues, active })
    };
    let counter = |id, label: &str| {
        let label = label.into();
        DirectoryCommand::DefineCounter(Counter { id, site_id: SITE, label, active: true })
    };
    let site = Site {
        id: SITE,
        name: "Dakar".into(),
        time_zone: chrono_tz::Africa::Dakar,
        cutover_hour: 4,
        day_end: DayEnd::Expire,
    };
    for command in [
        DirectoryCommand::RegisterTenant { name: "Clinique".into(), locale: "fr".into() },
        DirectoryCommand::DefineSite(site),
        DirectoryCommand::DefineQueue(queue(CONSULT, "A", "Consultations")),
        DirectoryCommand::DefineQueue(queue(PHARMACY, "B", "Pharmacie")),
        counter(COUNTER_1, "1"),
        counter(COUNTER_2, "2"),
        counter(COUNTER_3, "3"),
        agent(ANTA, &[CONSULT, PHARMACY]),
        agent(BINTA, &[CONSULT, PHARMACY]),
        agent(CODOU, &[PHARMACY]),
    ] {
        for event in directory.decide(&command, &()).unwrap() {
            directory.evolve(&event);
        }
    }
    directory
}

/// A day at the clinic that a test plays by hand.
pub(super) struct Story {
    pub(super) day: ServiceDay,
    pub(super) directory: Directory,
    pub(super) now: DateTime<Utc>,
    pub(super) history: Vec<DayEvent>,
}

impl Story {
    /// Before anything happened.
    pub(super) fn unopened() -> Self {
        let (day, directory) = (ServiceDay::default(), clinic());
        Self { day, directory, now: eight_o_clock(), history: vec![] }
    }

    /// The day is open, Anta sits at counter 1 and Binta at counter 2.
    pub(super) fn opened() -> Self {
        let mut story = Self::unopened();
        story.does(DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest: None });
        story.does(DayCommand::SeatAgent { agent_id: ANTA, counter_id: COUNTER_1 });
        story.does(DayCommand::SeatAgent { agent_id: BINTA, counter_id: COUNTER_2 });
        story
    }

    pub(super) fn context(&self) -> DayContext {
        DayContext { now: self.now, directory: Arc::new(self.directory.clone()) }
    }

    pub(super) fn tries(&mut self, command: DayCommand) -> Result<Vec<DayEvent>, DayRefusal> {
        let events = self.day.decide(&command, &self.context())?;
        for event in &events {
            self.day.evolve(event);
        }
        self.history.extend(events.iter().cloned());
        Ok(events)
    }

    pub(super) fn does(&mut self, command: DayCommand) -> Vec<DayEvent> {
        self.tries(command.clone()).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"))
    }

    pub(super) fn refuses(&mut self, command: DayCommand) -> DayRefusal {
        self.tries(command.clone()).expect_err(&format!("{command:?} is refused"))
    }

    pub(super) fn after(&mut self, seconds: i64) -> &mut Self {
        self.now += Duration::seconds(seconds);
        self
    }

    /// Issues ticket `n` with a priority, one second after what went before.
    pub(super) fn arrives(&mut self, n: u128, queue_id: QueueId, priority: u8) -> &mut Self {
        self.after(1);
        let (ticket_id, channel) = (ticket_id(n), Channel::Kiosk);
        self.does(DayCommand::Issue { ticket_id, queue_id, priority, channel, contact: false });
        self
    }

    /// Calls the next one in any queue; the number called.
    pub(super) fn calls_next(&mut self, agent_id: AgentId) -> String {
        let events = self.does(DayCommand::CallNext { agent_id, queue_id: None });
        events[0].ticket().unwrap().number.to_string()
    }

    /// Calls and finishes until nobody waits; the numbers in the order of the calls.
    pub(super) fn calls_all(&mut self, agent_id: AgentId) -> Vec<String> {
        let mut numbers = vec![];
        while let Ok(events) = self.tries(DayCommand::CallNext { agent_id, queue_id: None }) {
            let ticket = events[0].ticket().unwrap().clone();
            numbers.push(ticket.number.to_string());
            self.does(DayCommand::Finish { agent_id, ticket_id: ticket.id });
        }
        numbers
    }

    pub(super) fn status(&self, n: u128) -> &'static str {
        self.day.tickets[&ticket_id(n)].stage.status()
    }

    pub(super) fn set_policy(&mut self, policy: Policy) {
        let queue = Queue { policy, ..queue(CONSULT, "A", "Consultations") };
        self.configure(DirectoryCommand::DefineQueue(queue));
    }

    pub(super) fn set_state(&mut self, queue_id: QueueId, state: QueueState) {
        self.configure(DirectoryCommand::SetQueueState { queue_id, state });
    }

    pub(super) fn configure(&mut self, command: DirectoryCommand) {
        for event in self.directory.decide(&command, &()).unwrap() {
            self.directory.evolve(&event);
        }
    }

    /// The cqrs-es test framework, given what happened so far.
    pub(super) fn given(&self) -> cqrs_es::test::AggregateTestExecutor<ServiceDay> {
        TestFramework::<ServiceDay>::with(self.context()).given(self.history.clone())
    }
}
