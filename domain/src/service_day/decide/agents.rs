//! Agents take seats, pause and leave.

use super::{Decision, Refusal, Rules};
use crate::ids::{AgentId, CounterId};
use crate::service_day::{DayEvent, PauseReason};

impl Rules<'_> {
    pub(super) fn seat_agent(&self, agent_id: AgentId, counter_id: CounterId) -> Decision {
        self.agent(agent_id)?;
        let counter = self.counter(counter_id)?.label.clone();
        let taken =
            self.state.agents.iter().find(|(id, a)| **id != agent_id && a.counter_id == counter_id);
        if let Some((other, _)) = taken {
            return Err(Refusal::CounterTaken { counter, agent_id: *other });
        }
        if let Some(seat) = self.state.agents.get(&agent_id) {
            if seat.counter_id == counter_id && !seat.paused {
                return Ok(vec![]);
            }
            if let Some(ticket_id) = seat.ticket.filter(|_| seat.counter_id != counter_id) {
                return Err(Refusal::AgentHasTicket { number: self.number(ticket_id) });
            }
        }
        Ok(vec![DayEvent::AgentSeated { agent_id, counter_id, counter, at: self.now }])
    }

    /// A ticket in hand stays in hand: the pause begins with the next one.
    pub(super) fn pause_agent(&self, agent_id: AgentId, reason: Option<PauseReason>) -> Decision {
        if self.seat(agent_id)?.paused {
            return Ok(vec![]);
        }
        Ok(vec![DayEvent::AgentPaused { agent_id, reason, at: self.now }])
    }

    pub(super) fn resume_agent(&self, agent_id: AgentId) -> Decision {
        if !self.seat(agent_id)?.paused {
            return Ok(vec![]);
        }
        Ok(vec![DayEvent::AgentResumed { agent_id, at: self.now }])
    }

    pub(super) fn release_agent(&self, agent_id: AgentId) -> Decision {
        // An agent who was deactivated meanwhile may still leave.
        match self.state.agents.get(&agent_id) {
            None => self.agent(agent_id).map(|_| vec![]),
            Some(seat) => match seat.ticket {
                Some(id) => Err(Refusal::AgentHasTicket { number: self.number(id) }),
                None => Ok(vec![DayEvent::AgentReleased { agent_id, at: self.now }]),
            },
        }
    }
}
