//! Taking the last step of a ticket back, by a compensating event.

use super::{Decision, Hold, Refusal, Rules, named, seconds_between};
use crate::ids::{AgentId, TicketId};
use crate::service_day::{DayEvent, Restored, Ticket};

/// How old a step may be, in seconds, for an undo: a slip is noticed at once, and later steps of others rely
/// on what stands.
const UNDO_SECONDS_MAX: u32 = 30;

impl Rules<'_> {
    pub(super) fn undo(&self, agent_id: Option<AgentId>, ticket_id: TicketId) -> Decision {
        let ticket = self.ticket(ticket_id)?;
        let number = ticket.number.clone();
        let Some(last) = &ticket.last_step else { return Err(Refusal::NothingToUndo { number }) };
        // Who took the step, not who has the ticket: the two differ after a resumption or a return.
        if let Some(agent_id) = agent_id
            && last.by != Some(self.agent(agent_id)?.id)
        {
            return Err(Refusal::NotYourStep { number });
        }
        if seconds_between(last.at, self.now) > UNDO_SECONDS_MAX {
            return Err(Refusal::UndoTooLate { number, seconds_max: UNDO_SECONDS_MAX });
        }
        match &last.before {
            Restored::Called(hold) | Restored::Serving { hold, .. } => {
                self.can_take_back(hold, ticket_id, ticket)?;
            }
            Restored::Waiting { .. } | Restored::Parked { .. } | Restored::NoShow => {}
        }
        let mut restored_ticket = named(ticket_id, ticket);
        restored_ticket.queue_id = last.queue_before;
        Ok(vec![DayEvent::StepUndone {
            ticket: restored_ticket,
            from_queue_id: ticket.queue_id,
            step: last.step,
            restored: last.before.clone(),
            at: self.now,
        }])
    }

    /// The agent must still sit there, with empty hands or with this very ticket.
    fn can_take_back(&self, hold: &Hold, id: TicketId, ticket: &Ticket) -> Result<(), Refusal> {
        let free = self.state.agents.get(&hold.agent_id).is_some_and(|seat| {
            seat.counter_id == hold.counter_id && seat.ticket.is_none_or(|held| held == id)
        });
        if free {
            return Ok(());
        }
        let held = self.state.agents.get(&hold.agent_id).and_then(|seat| seat.ticket);
        let number = held.map_or_else(|| ticket.number.clone(), |held| self.number(held));
        Err(Refusal::AgentNotFree { number })
    }
}
