//! A visitor takes a ticket: its number, and what the visitor is told about the wait.

use std::sync::Arc;

use super::{Decision, Refusal, Rules};
use crate::directory::{QueueEntry, QueueState};
use crate::ids::{QueueId, TicketId};
use crate::service_day::{Candidate, Channel, DayEvent, Place, TicketRef, wait_estimate_seconds};

impl Rules<'_> {
    pub(super) fn issue(
        &self,
        ticket_id: TicketId,
        queue_id: QueueId,
        priority: u8,
        channel: Channel,
        contact: bool,
    ) -> Decision {
        let entry = self.queue(queue_id)?;
        self.takes_tickets(entry)?;
        if self.state.tickets.contains_key(&ticket_id) {
            return Err(Refusal::TicketExists(ticket_id));
        }
        let prefix = &entry.queue.prefix;
        let ordinal = self.state.last_ordinals.get(prefix).copied().unwrap_or(0) + 1;
        let place = Place { front: 0, since: self.now };
        let (arrived_at, reserved_for) = (self.now, None);
        let candidate = Candidate { ticket_id, ordinal, priority, arrived_at, place, reserved_for };
        let rank = self.ordering(entry).rank(self.waiting(queue_id), &candidate);
        Ok(vec![DayEvent::TicketIssued {
            ticket: TicketRef { id: ticket_id, number: number(prefix, ordinal), queue_id },
            ordinal,
            priority,
            channel,
            contact,
            position_in_line: rank,
            estimate_seconds: self.estimate(queue_id, rank),
            at: self.now,
        }])
    }

    fn takes_tickets(&self, entry: &QueueEntry) -> Result<(), Refusal> {
        let name = entry.queue.name.clone();
        match entry.state {
            QueueState::Paused => return Err(Refusal::QueuePaused { name }),
            QueueState::Closed => return Err(Refusal::QueueClosed { name }),
            QueueState::Active => {}
        }
        match entry.queue.capacity {
            Some(capacity) if self.waiting(entry.queue.id).len() >= capacity as usize => {
                Err(Refusal::QueueFull { name, capacity })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn estimate(&self, queue_id: QueueId, rank: u32) -> Option<u32> {
        let services = self.queue_day(queue_id)?.services;
        let serves =
            |id| self.directory.agents.get(id).is_some_and(|a| a.queues.contains(&queue_id));
        let agents =
            self.state.agents.iter().filter(|(id, seat)| !seat.paused && serves(id)).count();
        wait_estimate_seconds(rank, services, u32::try_from(agents).unwrap_or(u32::MAX))
    }
}

/// `A001`, ... `A999`, `A1000`: the prefix and at least three digits.
fn number(prefix: &str, ordinal: u32) -> Arc<str> {
    format!("{prefix}{ordinal:03}").into()
}
