//! What an agent does with the ticket in hand.

use super::day::service_seconds;
use super::{Decision, Hold, Refusal, Rules, named, not_yours, wrong_stage};
use crate::ids::{AgentId, TicketId};
use crate::service_day::{DayEvent, Stage, Ticket};

impl<'a> Rules<'a> {
    pub(super) fn start(&self, agent_id: AgentId, ticket_id: TicketId) -> Decision {
        let (ticket, _) = self.in_hand(agent_id, ticket_id)?;
        if !matches!(ticket.stage, Stage::Called(_)) {
            return Err(wrong_stage(ticket));
        }
        let ticket = named(ticket_id, ticket);
        Ok(vec![DayEvent::ServiceStarted { ticket, agent_id, at: self.now }])
    }

    /// Also straight from the call, for those who do not press "start".
    pub(super) fn finish(&self, agent_id: AgentId, ticket_id: TicketId) -> Decision {
        let (ticket, _) = self.in_hand(agent_id, ticket_id)?;
        let service_seconds = service_seconds(ticket, self.now);
        let ticket = named(ticket_id, ticket);
        Ok(vec![DayEvent::ServiceFinished { ticket, agent_id, service_seconds, at: self.now }])
    }

    pub(super) fn no_show(&self, agent_id: AgentId, ticket_id: TicketId) -> Decision {
        let (ticket, hold) = self.in_hand(agent_id, ticket_id)?;
        if !matches!(ticket.stage, Stage::Called(_)) {
            return Err(wrong_stage(ticket));
        }
        let min = u32::from(self.queue(ticket.queue_id)?.queue.calls_before_no_show_min);
        let calls = hold.calls;
        if calls < min {
            return Err(Refusal::TooFewCalls { number: ticket.number.clone(), calls, min });
        }
        let ticket = named(ticket_id, ticket);
        Ok(vec![DayEvent::TicketNoShow { ticket, agent_id, calls, at: self.now }])
    }

    pub(super) fn park(&self, agent_id: AgentId, ticket_id: TicketId) -> Decision {
        let (ticket, _) = self.in_hand(agent_id, ticket_id)?;
        Ok(vec![DayEvent::TicketParked {
            ticket: named(ticket_id, ticket),
            agent_id,
            at: self.now,
        }])
    }

    /// Any free agent may take up a parked ticket: who parked it may be at lunch.
    pub(super) fn resume(&self, agent_id: AgentId, ticket_id: TicketId) -> Decision {
        let ticket = self.ticket(ticket_id)?;
        let seat = self.free_seat(agent_id)?;
        let Stage::Parked { hold, .. } = &ticket.stage else { return Err(wrong_stage(ticket)) };
        let hold = Hold {
            agent_id,
            counter_id: seat.counter_id,
            counter: seat.counter.clone(),
            called_at: hold.called_at,
            calls: hold.calls,
        };
        Ok(vec![DayEvent::TicketResumed { ticket: named(ticket_id, ticket), hold, at: self.now }])
    }

    /// The ticket, called or served by this agent.
    fn in_hand(
        &self,
        agent_id: AgentId,
        ticket_id: TicketId,
    ) -> Result<(&'a Ticket, &'a Hold), Refusal> {
        self.agent(agent_id)?;
        let ticket = self.ticket(ticket_id)?;
        match ticket.stage.hold().filter(|_| ticket.stage.in_hand()) {
            Some(hold) if hold.agent_id != agent_id => Err(not_yours(ticket, hold)),
            Some(hold) => Ok((ticket, hold)),
            None => Err(wrong_stage(ticket)),
        }
    }
}
