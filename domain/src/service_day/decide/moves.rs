//! A ticket goes back, goes elsewhere, goes away, or gets another priority.

use super::{Decision, Refusal, Rules, named, wrong_stage};
use crate::directory::QueueState;
use crate::ids::{AgentId, QueueId, TicketId};
use crate::service_day::{DayEvent, Place, ReturnPlace, Stage, Ticket, TransferTarget};

impl Rules<'_> {
    /// Back into its queue: a called, served, parked or missed ticket.
    pub(super) fn return_ticket(
        &self,
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
        to: ReturnPlace,
    ) -> Decision {
        let ticket = self.ticket_for(agent_id, ticket_id)?;
        match ticket.stage {
            Stage::Called(_) | Stage::Serving { .. } | Stage::Parked { .. } | Stage::NoShow => {}
            Stage::Waiting { .. } => {
                return Err(Refusal::TicketWaiting { number: ticket.number.clone() });
            }
            Stage::Finished | Stage::Cancelled | Stage::Expired | Stage::CarriedOver => {
                return Err(wrong_stage(ticket));
            }
        }
        let place = match to {
            ReturnPlace::Front => self.front_of(ticket),
            ReturnPlace::End => Place { front: 0, since: self.now },
            ReturnPlace::Arrival => by_arrival(ticket),
        };
        let ticket = named(ticket_id, ticket);
        Ok(vec![DayEvent::TicketReturned { ticket, agent_id, to, place, at: self.now }])
    }

    /// Number and arrival time are kept, and the ticket stays callable.
    pub(super) fn transfer(
        &self,
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
        to: TransferTarget,
    ) -> Decision {
        let ticket = self.ticket_for(agent_id, ticket_id)?;
        let reserved_now = match &ticket.stage {
            Stage::Waiting { reserved_for, .. } => *reserved_for,
            Stage::Called(_) | Stage::Serving { .. } | Stage::Parked { .. } => None,
            Stage::Finished
            | Stage::NoShow
            | Stage::Cancelled
            | Stage::Expired
            | Stage::CarriedOver => return Err(wrong_stage(ticket)),
        };
        let from_queue_id = ticket.queue_id;
        let (queue_id, reserved_for) = match to {
            TransferTarget::Queue(id) => (self.takes_transfers(id)?, None),
            TransferTarget::Agent(id) => (from_queue_id, Some(self.agent(id)?.id)),
        };
        if queue_id == from_queue_id && reserved_for == reserved_now {
            return Err(Refusal::SameQueue { number: ticket.number.clone() });
        }
        let place = by_arrival(ticket);
        let mut ticket = named(ticket_id, ticket);
        ticket.queue_id = queue_id;
        let at = self.now;
        Ok(vec![DayEvent::TicketTransferred {
            ticket,
            agent_id,
            from_queue_id,
            reserved_for,
            place,
            at,
        }])
    }

    /// Who is in the building is not turned away by a full queue, only by a closed one.
    fn takes_transfers(&self, id: QueueId) -> Result<QueueId, Refusal> {
        let entry = self.queue(id)?;
        if entry.state == QueueState::Closed {
            return Err(Refusal::QueueClosed { name: entry.queue.name.clone() });
        }
        Ok(id)
    }

    pub(super) fn cancel(&self, agent_id: Option<AgentId>, ticket_id: TicketId) -> Decision {
        let ticket = self.ticket_for(agent_id, ticket_id)?;
        if is_over(ticket) {
            return Err(wrong_stage(ticket));
        }
        let ticket = named(ticket_id, ticket);
        Ok(vec![DayEvent::TicketCancelled { ticket, agent_id, at: self.now }])
    }

    pub(super) fn change_priority(
        &self,
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
        to: u8,
    ) -> Decision {
        let ticket = self.ticket_for(agent_id, ticket_id)?;
        if is_over(ticket) {
            return Err(wrong_stage(ticket));
        }
        let from = ticket.priority;
        if from == to {
            return Ok(vec![]);
        }
        let ticket = named(ticket_id, ticket);
        Ok(vec![DayEvent::PriorityChanged { ticket, from, to, at: self.now }])
    }

    /// Before all who were returned to the front of any queue, as agents may call from several.
    fn front_of(&self, ticket: &Ticket) -> Place {
        let waiting = self.state.queues.values().flat_map(|queue| &queue.waiting);
        let highest = waiting.map(|c| c.place.front).max().unwrap_or(0);
        Place { front: highest + 1, since: ticket.arrived_at }
    }
}

fn by_arrival(ticket: &Ticket) -> Place {
    Place { front: 0, since: ticket.arrived_at }
}

fn is_over(ticket: &Ticket) -> bool {
    match ticket.stage {
        Stage::Waiting { .. } | Stage::Called(_) | Stage::Serving { .. } | Stage::Parked { .. } => {
            false
        }
        Stage::Finished
        | Stage::NoShow
        | Stage::Cancelled
        | Stage::Expired
        | Stage::CarriedOver => true,
    }
}
