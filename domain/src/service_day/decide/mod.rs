//! The rules of the day. `decide` sends each command to its rule; the rules are methods of [`Rules`], which
//! holds what a rule may look at and nothing it could change.

mod agents;
mod call;
mod day;
mod issue;
mod moves;
mod serve;
mod undo;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use cqrs_es::event_sink::EventSink;

use super::{
    AgentDay, Candidate, DayCommand as Command, DayEvent, DayRefusal as Refusal, Hold, Ordering,
    QueueDay, ServiceDay, Stage, Ticket, TicketRef,
};
use crate::decider::{Decider, handle};
use crate::directory::{Agent, Counter, Directory, QueueEntry, Site};
use crate::ids::{AgentId, CounterId, QueueId, SiteId, TicketId};

/// What a decision of the day may know besides the day itself.
#[derive(Clone, Debug)]
pub struct DayContext {
    pub now: DateTime<Utc>,
    /// The tenant's configuration as it stands.
    pub directory: Arc<Directory>,
}

type Decision = Result<Vec<DayEvent>, Refusal>;

impl cqrs_es::Aggregate for ServiceDay {
    const TYPE: &'static str = "service_day";
    type Command = Command;
    type Event = DayEvent;
    type Error = Refusal;
    type Services = DayContext;

    async fn handle(
        &mut self,
        command: Command,
        context: &DayContext,
        sink: &EventSink<Self>,
    ) -> Result<(), Refusal> {
        handle(self, command, context, sink).await
    }

    fn apply(&mut self, event: DayEvent) {
        ServiceDay::evolve(self, &event);
    }
}

impl Decider for ServiceDay {
    fn decide(&self, command: &Command, context: &DayContext) -> Decision {
        let (now, directory) = (context.now, context.directory.as_ref());
        if let Command::Open { site_id, date, carried, latest } = command {
            return day::open(self, now, directory, (*site_id, *date), carried, *latest);
        }
        let day = self.day.ok_or(Refusal::DayNotOpen)?;
        if self.closed {
            return Err(Refusal::DayClosed);
        }
        Rules { state: self, now, directory, day }.decide(command)
    }

    fn evolve(&mut self, event: &DayEvent) {
        ServiceDay::evolve(self, event);
    }
}

/// An open day, the configuration and the time: what the rules look at.
struct Rules<'a> {
    state: &'a ServiceDay,
    now: DateTime<Utc>,
    directory: &'a Directory,
    day: (SiteId, NaiveDate),
}

impl<'a> Rules<'a> {
    fn decide(&self, command: &Command) -> Decision {
        match command {
            Command::Open { .. } => Err(Refusal::DayOpen),
            Command::Close { end } => self.close(*end),
            Command::SeatAgent { agent_id, counter_id } => self.seat_agent(*agent_id, *counter_id),
            Command::PauseAgent { agent_id, reason } => self.pause_agent(*agent_id, *reason),
            Command::ResumeAgent { agent_id } => self.resume_agent(*agent_id),
            Command::ReleaseAgent { agent_id } => self.release_agent(*agent_id),
            Command::Issue { ticket_id, queue_id, priority, channel, contact } => {
                self.issue(*ticket_id, *queue_id, *priority, *channel, *contact)
            }
            Command::CallNext { agent_id, queue_id } => self.call_next(*agent_id, *queue_id),
            Command::Call { agent_id, ticket_id } => self.call(*agent_id, *ticket_id),
            Command::Recall { agent_id, ticket_id } => self.recall(*agent_id, *ticket_id),
            Command::StartService { agent_id, ticket_id } => self.start(*agent_id, *ticket_id),
            Command::Finish { agent_id, ticket_id } => self.finish(*agent_id, *ticket_id),
            Command::MarkNoShow { agent_id, ticket_id } => self.no_show(*agent_id, *ticket_id),
            Command::Park { agent_id, ticket_id } => self.park(*agent_id, *ticket_id),
            Command::Resume { agent_id, ticket_id } => self.resume(*agent_id, *ticket_id),
            Command::Return { agent_id, ticket_id, place } => {
                self.return_ticket(*agent_id, *ticket_id, *place)
            }
            Command::Transfer { agent_id, ticket_id, to } => {
                self.transfer(*agent_id, *ticket_id, *to)
            }
            Command::Cancel { agent_id, ticket_id } => self.cancel(*agent_id, *ticket_id),
            Command::ChangePriority { agent_id, ticket_id, priority } => {
                self.change_priority(*agent_id, *ticket_id, *priority)
            }
            Command::Undo { agent_id, ticket_id } => self.undo(*agent_id, *ticket_id),
        }
    }

    fn site(&self) -> Result<&'a Site, Refusal> {
        let id = self.day.0;
        self.directory.sites.get(&id).map(AsRef::as_ref).ok_or(Refusal::UnknownSite(id))
    }

    /// A queue of this site.
    fn queue(&self, id: QueueId) -> Result<&'a QueueEntry, Refusal> {
        let entry = self.directory.queues.get(&id).filter(|e| e.queue.site_id == self.day.0);
        entry.ok_or(Refusal::UnknownQueue(id))
    }

    fn queue_day(&self, id: QueueId) -> Option<&'a QueueDay> {
        self.state.queues.get(&id)
    }

    fn waiting(&self, id: QueueId) -> &'a [Candidate] {
        self.queue_day(id).map(|q| q.waiting.as_slice()).unwrap_or_default()
    }

    /// How a queue orders its line now.
    fn ordering(&self, entry: &QueueEntry) -> Ordering {
        let turn = self.queue_day(entry.queue.id).map(|q| q.queue_turn.turn).unwrap_or_default();
        let (policy, sla_seconds) = (entry.queue.policy, entry.queue.sla_seconds);
        Ordering { policy, sla_seconds, turn, now: self.now }
    }

    /// An active agent of this site.
    fn agent(&self, id: AgentId) -> Result<&'a Agent, Refusal> {
        let agent = self.directory.agents.get(&id);
        let here = agent.filter(|a| a.active && a.site_id == self.day.0);
        here.map(AsRef::as_ref).ok_or(Refusal::UnknownAgent(id))
    }

    /// An active counter of this site.
    fn counter(&self, id: CounterId) -> Result<&'a Counter, Refusal> {
        let counter = self.directory.counters.get(&id);
        let here = counter.filter(|c| c.active && c.site_id == self.day.0);
        here.map(AsRef::as_ref).ok_or(Refusal::UnknownCounter(id))
    }

    /// The seat of an active agent.
    fn seat(&self, id: AgentId) -> Result<&'a AgentDay, Refusal> {
        self.agent(id)?;
        self.state.agents.get(&id).ok_or(Refusal::AgentNotSeated)
    }

    /// The seat of an agent who may take a ticket now.
    fn free_seat(&self, id: AgentId) -> Result<&'a AgentDay, Refusal> {
        let seat = self.seat(id)?;
        if seat.paused {
            return Err(Refusal::AgentPaused);
        }
        match seat.ticket {
            Some(ticket_id) => Err(Refusal::AgentHasTicket { number: self.number(ticket_id) }),
            None => Ok(seat),
        }
    }

    fn ticket(&self, id: TicketId) -> Result<&'a Ticket, Refusal> {
        self.state.tickets.get(&id).ok_or(Refusal::UnknownTicket(id))
    }

    fn number(&self, id: TicketId) -> Arc<str> {
        self.state.tickets.get(&id).map_or_else(|| "?".into(), |t| t.number.clone())
    }

    /// A ticket that `agent_id` (or, without one, the reception) may act on: nobody's, or the agent's own.
    fn ticket_for(&self, agent_id: Option<AgentId>, id: TicketId) -> Result<&'a Ticket, Refusal> {
        let ticket = self.ticket(id)?;
        let Some(agent_id) = agent_id else { return Ok(ticket) };
        self.agent(agent_id)?;
        let other = ticket.stage.hold().filter(|hold| {
            hold.agent_id != agent_id && !matches!(ticket.stage, Stage::Parked { .. })
        });
        match other {
            Some(hold) => Err(not_yours(ticket, hold)),
            None => Ok(ticket),
        }
    }
}

/// The ticket as its events name it, in the queue it is in.
fn named(id: TicketId, ticket: &Ticket) -> TicketRef {
    TicketRef { id, number: ticket.number.clone(), queue_id: ticket.queue_id }
}

fn not_yours(ticket: &Ticket, hold: &Hold) -> Refusal {
    Refusal::NotYourTicket { number: ticket.number.clone(), counter: hold.counter.clone() }
}

fn wrong_stage(ticket: &Ticket) -> Refusal {
    Refusal::WrongStage { number: ticket.number.clone(), status: ticket.stage.status() }
}

/// Whole seconds from `from` to `to`, never below 0.
fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
    u32::try_from((to - from).num_seconds().max(0)).unwrap_or(u32::MAX)
}
