//! The day as it stands: a fold of its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::line::{Candidate, QueueTurn, ServiceTimes};
use super::ticket::{LastStep, Left, next_stage, taken_by};
use super::{CarriedTicket, DayEvent, Place, Restored, Stage, Step, Ticket, TicketRef};
use crate::ids::{AgentId, CounterId, QueueId, SiteId, TicketId};

/// What the day knows of a queue.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct QueueDay {
    /// Who waits, in no order; [`super::Ordering`] gives one.
    pub waiting: Vec<Candidate>,
    pub queue_turn: QueueTurn,
    pub services: ServiceTimes,
}

/// What the day knows of an agent who took a seat.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AgentDay {
    pub counter_id: CounterId,
    pub counter: Arc<str>,
    pub paused: bool,
    /// The ticket in hand: one at most.
    pub ticket: Option<TicketId>,
}

/// All tickets of one site on one business day.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceDay {
    /// Site and date, once opened.
    pub day: Option<(SiteId, NaiveDate)>,
    pub closed: bool,
    pub tickets: BTreeMap<TicketId, Ticket>,
    pub queues: BTreeMap<QueueId, QueueDay>,
    /// The last number given of each prefix. A prefix may pass from one queue to another on the same day.
    pub last_ordinals: BTreeMap<Arc<str>, u32>,
    pub agents: BTreeMap<AgentId, AgentDay>,
    /// Those whom the last close carried over.
    pub carried: Vec<CarriedTicket>,
}

impl ServiceDay {
    /// Whether tickets can be issued and called.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.day.is_some() && !self.closed
    }

    /// Takes in what happened. An event about a ticket that is not there changes nothing.
    pub fn evolve(&mut self, event: &DayEvent) {
        match event {
            DayEvent::DayOpened { site_id, date, carried, .. } => {
                self.day = Some((*site_id, *date));
                self.closed = false;
                self.carried.clear();
                for ticket in carried {
                    self.take_over(ticket);
                }
            }
            DayEvent::DayClosed { expired, carried, .. } => {
                self.closed = true;
                self.agents.clear();
                self.end(expired.iter().copied(), &Stage::Expired);
                self.end(carried.iter().map(|c| c.ticket.id), &Stage::CarriedOver);
                self.carried.clone_from(carried);
            }
            DayEvent::AgentSeated { agent_id, counter_id, counter, .. } => {
                let ticket = self.agents.get(agent_id).and_then(|a| a.ticket);
                let (counter_id, counter) = (*counter_id, counter.clone());
                let agent = AgentDay { counter_id, counter, paused: false, ticket };
                self.agents.insert(*agent_id, agent);
            }
            DayEvent::AgentPaused { agent_id, .. } => self.set_paused(*agent_id, true),
            DayEvent::AgentResumed { agent_id, .. } => self.set_paused(*agent_id, false),
            DayEvent::AgentReleased { agent_id, .. } => {
                self.agents.remove(agent_id);
            }
            DayEvent::TicketIssued { ticket, ordinal, priority, channel, at, .. } => {
                let place = Place { front: 0, since: *at };
                self.take_over(&CarriedTicket {
                    ticket: ticket.clone(),
                    issued_in: ticket.queue_id,
                    ordinal: *ordinal,
                    priority: *priority,
                    channel: *channel,
                    arrived_at: *at,
                    place,
                    reserved_for: None,
                });
            }
            DayEvent::PriorityChanged { ticket, to, .. } => self.set_priority(ticket.id, *to),
            DayEvent::TicketRecalled { ticket, calls, at, .. } => {
                if let Some(Ticket { stage: Stage::Called(hold), .. }) =
                    self.tickets.get_mut(&ticket.id)
                {
                    hold.calls = *calls;
                    hold.called_at = *at;
                }
            }
            DayEvent::StepUndone { ticket, restored, .. } => self.undo(ticket, restored),
            DayEvent::TicketCalled { .. }
            | DayEvent::ServiceStarted { .. }
            | DayEvent::ServiceFinished { .. }
            | DayEvent::TicketNoShow { .. }
            | DayEvent::TicketReturned { .. }
            | DayEvent::TicketParked { .. }
            | DayEvent::TicketResumed { .. }
            | DayEvent::TicketTransferred { .. }
            | DayEvent::TicketCancelled { .. } => self.step(event),
        }
    }

    /// The steps of a ticket that an undo can take back.
    fn step(&mut self, event: &DayEvent) {
        let Some(ticket_ref) = event.ticket() else {
            return;
        };
        let Some(ticket) = self.tickets.get(&ticket_ref.id) else {
            return;
        };
        let Some((step, stage)) = next_stage(event, &ticket.stage) else {
            return;
        };
        let queue = self.queues.entry(ticket.queue_id).or_default();
        let left = if step == Step::Called {
            let before = queue.queue_turn;
            queue.queue_turn = before.after(ticket_ref.id, ticket.priority);
            Left::Turn { before }
        } else if let DayEvent::ServiceFinished { service_seconds: seconds, .. } = event {
            queue.services.add(*seconds);
            Left::Service { seconds: *seconds }
        } else {
            Left::Nothing
        };
        let (before, queue_before) = (ticket.stage.restorable(), ticket.queue_id);
        self.move_to(ticket_ref, stage);
        if let Some(ticket) = self.tickets.get_mut(&ticket_ref.id) {
            let (by, at) = (taken_by(event), event.at());
            ticket.last_step =
                before.map(|before| LastStep { step, by, at, before, queue_before, left });
        }
    }

    fn undo(&mut self, ticket_ref: &TicketRef, restored: &Restored) {
        let last_step = self.tickets.get_mut(&ticket_ref.id).and_then(|t| t.last_step.take());
        if let Some(LastStep { left, queue_before, .. }) = last_step {
            let queue = self.queues.entry(queue_before).or_default();
            match left {
                Left::Nothing => {}
                Left::Turn { before } => {
                    queue.queue_turn = queue.queue_turn.without(ticket_ref.id, before);
                }
                Left::Service { seconds } => queue.services.take_back(seconds),
            }
        }
        self.move_to(ticket_ref, restored.clone().into());
    }

    /// Puts a ticket into another stage (and maybe queue), keeping lines and agents in step with it.
    fn move_to(&mut self, ticket_ref: &TicketRef, stage: Stage) {
        let Some(ticket) = self.tickets.get_mut(&ticket_ref.id) else {
            return;
        };
        let old = std::mem::replace(&mut ticket.stage, stage);
        let old_queue = std::mem::replace(&mut ticket.queue_id, ticket_ref.queue_id);
        if matches!(old, Stage::Waiting { .. }) {
            let waiting = &mut self.queues.entry(old_queue).or_default().waiting;
            waiting.retain(|c| c.ticket_id != ticket_ref.id);
        }
        if let (true, Some(hold)) = (old.in_hand(), old.hold())
            && let Some(agent) = self.agents.get_mut(&hold.agent_id)
        {
            agent.ticket = None;
        }
        match &ticket.stage {
            Stage::Waiting { place, reserved_for, .. } => {
                let candidate = Candidate {
                    ticket_id: ticket_ref.id,
                    ordinal: ticket.ordinal,
                    priority: ticket.priority,
                    arrived_at: ticket.arrived_at,
                    place: *place,
                    reserved_for: *reserved_for,
                };
                self.queues.entry(ticket.queue_id).or_default().waiting.push(candidate);
            }
            Stage::Called(hold) | Stage::Serving { hold, .. } => {
                if let Some(agent) = self.agents.get_mut(&hold.agent_id) {
                    agent.ticket = Some(ticket_ref.id);
                }
            }
            Stage::Parked { .. }
            | Stage::Finished
            | Stage::NoShow
            | Stage::Cancelled
            | Stage::Expired
            | Stage::CarriedOver => {}
        }
    }

    fn take_over(&mut self, carried: &CarriedTicket) {
        let (place, reserved_for) = (carried.place, carried.reserved_for);
        let prefix = prefix_of(&carried.ticket.number);
        match self.last_ordinals.get_mut(prefix) {
            Some(last) => *last = (*last).max(carried.ordinal),
            None => drop(self.last_ordinals.insert(prefix.into(), carried.ordinal)),
        }
        let queue = self.queues.entry(carried.ticket.queue_id).or_default();
        queue.waiting.push(Candidate {
            ticket_id: carried.ticket.id,
            ordinal: carried.ordinal,
            priority: carried.priority,
            arrived_at: carried.arrived_at,
            place,
            reserved_for,
        });
        let ticket = Ticket {
            number: carried.ticket.number.clone(),
            issued_in: carried.issued_in,
            ordinal: carried.ordinal,
            queue_id: carried.ticket.queue_id,
            priority: carried.priority,
            channel: carried.channel,
            arrived_at: carried.arrived_at,
            stage: Stage::Waiting { place, transferred: false, reserved_for },
            last_step: None,
        };
        self.tickets.insert(carried.ticket.id, ticket);
    }

    fn end(&mut self, ids: impl Iterator<Item = TicketId>, stage: &Stage) {
        for id in ids {
            if let Some(ticket) = self.tickets.get_mut(&id) {
                ticket.stage = stage.clone();
                ticket.last_step = None;
                let waiting = &mut self.queues.entry(ticket.queue_id).or_default().waiting;
                waiting.retain(|c| c.ticket_id != id);
            }
        }
    }

    fn set_paused(&mut self, agent_id: AgentId, paused: bool) {
        if let Some(agent) = self.agents.get_mut(&agent_id) {
            agent.paused = paused;
        }
    }

    fn set_priority(&mut self, id: TicketId, priority: u8) {
        let Some(ticket) = self.tickets.get_mut(&id) else {
            return;
        };
        ticket.priority = priority;
        let waiting = &mut self.queues.entry(ticket.queue_id).or_default().waiting;
        if let Some(candidate) = waiting.iter_mut().find(|c| c.ticket_id == id) {
            candidate.priority = priority;
        }
    }
}

/// The letters with which a number begins.
fn prefix_of(number: &str) -> &str {
    number.trim_end_matches(|c: char| c.is_ascii_digit())
}
