//! Who is called, by whom, and why: the next of the line, a chosen one, or the same one again.

use super::{Decision, Refusal, Rules, named, not_yours, seconds_between, wrong_stage};
use crate::directory::{Agent, QueueEntry, QueueState};
use crate::ids::{AgentId, QueueId, TicketId};
use crate::service_day::{
    AgentDay, CallKind, CallReason, Candidate, DayEvent, Ordering, Stage, Ticket,
};

impl Rules<'_> {
    /// Of each queue that the agent serves, the order gives its next; among these, whose place is the earliest.
    pub(super) fn call_next(&self, agent_id: AgentId, queue_id: Option<QueueId>) -> Decision {
        let seat = self.free_seat(agent_id)?;
        let agent = self.agent(agent_id)?;
        let queues = match queue_id {
            Some(id) => vec![self.callable(agent, id)?],
            None => self.callable_queues(agent),
        };
        let heads = queues.into_iter().filter_map(|entry| {
            let for_agent =
                self.waiting(entry.queue.id).iter().filter(|c| open_to(c, entry, agent));
            Some((entry, self.ordering(entry).choose(for_agent)?))
        });
        let next = heads.min_by_key(|(_, c)| Ordering::between_queues(c));
        let (entry, candidate) = next.ok_or(Refusal::NobodyWaiting)?;
        let ticket = self.ticket(candidate.ticket_id)?;
        Ok(self.called(seat, agent_id, entry, candidate, ticket, CallKind::Next))
    }

    pub(super) fn call(&self, agent_id: AgentId, ticket_id: TicketId) -> Decision {
        let ticket = self.ticket(ticket_id)?;
        let agent = self.agent(agent_id)?;
        if !matches!(ticket.stage, Stage::Waiting { .. }) {
            let counter = ticket.stage.hold().map(|hold| hold.counter.clone());
            let (number, status) = (ticket.number.clone(), ticket.stage.status());
            return Err(Refusal::TicketNotWaiting { number, status, counter });
        }
        let seat = self.free_seat(agent_id)?;
        let waiting = self.waiting(ticket.queue_id);
        let candidate = waiting.iter().find(|c| c.ticket_id == ticket_id);
        let candidate = candidate.ok_or(Refusal::UnknownTicket(ticket_id))?;
        let entry = match candidate.reserved_for {
            Some(other) if other != agent_id => {
                return Err(Refusal::TicketReserved { number: ticket.number.clone() });
            }
            Some(_) => self.unpaused(ticket.queue_id)?,
            None => self.callable(agent, ticket.queue_id)?,
        };
        Ok(self.called(seat, agent_id, entry, candidate, ticket, CallKind::Chosen))
    }

    pub(super) fn recall(&self, agent_id: AgentId, ticket_id: TicketId) -> Decision {
        self.agent(agent_id)?;
        let ticket = self.ticket(ticket_id)?;
        let Stage::Called(hold) = &ticket.stage else { return Err(wrong_stage(ticket)) };
        if hold.agent_id != agent_id {
            return Err(not_yours(ticket, hold));
        }
        Ok(vec![DayEvent::TicketRecalled {
            ticket: named(ticket_id, ticket),
            agent_id,
            counter_id: hold.counter_id,
            counter: hold.counter.clone(),
            calls: hold.calls + 1,
            at: self.now,
        }])
    }

    fn called(
        &self,
        seat: &AgentDay,
        agent_id: AgentId,
        entry: &QueueEntry,
        candidate: &Candidate,
        ticket: &Ticket,
        kind: CallKind,
    ) -> Vec<DayEvent> {
        let waiting = self.waiting(entry.queue.id);
        let reason = CallReason {
            kind,
            policy: entry.queue.policy,
            policy_version: entry.policy_version,
            rank: self.ordering(entry).rank(waiting, candidate),
            waiting: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            waited_seconds: seconds_between(ticket.arrived_at, self.now),
        };
        vec![DayEvent::TicketCalled {
            ticket: named(candidate.ticket_id, ticket),
            agent_id,
            counter_id: seat.counter_id,
            counter: seat.counter.clone(),
            reason,
            at: self.now,
        }]
    }

    /// A queue whose tickets may be called: closed ones too, paused ones not.
    fn unpaused(&self, id: QueueId) -> Result<&QueueEntry, Refusal> {
        let entry = self.queue(id)?;
        if entry.state == QueueState::Paused {
            return Err(Refusal::QueuePaused { name: entry.queue.name.clone() });
        }
        Ok(entry)
    }

    fn callable(&self, agent: &Agent, id: QueueId) -> Result<&QueueEntry, Refusal> {
        let entry = self.unpaused(id)?;
        // The agent's own queues first: the line need not be searched for a reservation then.
        let reserved = || self.waiting(id).iter().any(|c| c.reserved_for == Some(agent.id));
        if agent.queues.contains(&id) || reserved() {
            return Ok(entry);
        }
        Err(Refusal::AgentDoesNotServe { name: entry.queue.name.clone() })
    }

    fn callable_queues(&self, agent: &Agent) -> Vec<&QueueEntry> {
        self.state.queues.keys().filter_map(|id| self.callable(agent, *id).ok()).collect()
    }
}

/// Whether the agent may be given this ticket: one reserved for the agent, or anybody's of the agent's queues.
fn open_to(candidate: &Candidate, entry: &QueueEntry, agent: &Agent) -> bool {
    match candidate.reserved_for {
        Some(reserved) => reserved == agent.id,
        None => agent.queues.contains(&entry.queue.id),
    }
}
