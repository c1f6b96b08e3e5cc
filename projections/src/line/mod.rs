//! The line of each queue: who waits, at which rank and how long still, under the same policy as the call.
//!
//! Owns what the order depends on; the order itself is the domain's and is computed on read, because a policy may
//! look at the time. Never keeps a second opinion of who is next.

mod fold;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::directory::Policy;
use domain::service_day::{Candidate, Ordering, ServiceTimes, Turn, wait_estimate_seconds};
use domain::{AgentId, QueueId, SiteId, TicketId};
use serde::Serialize;

use crate::id_map::IdMap;

/// What the order and the estimate of a queue depend on, besides who waits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LineHead {
    pub site_id: SiteId,
    pub policy: Policy,
    pub sla_seconds: u32,
    pub turn: Turn,
    pub services: ServiceTimes,
    /// How many agents serve the queue now: seated, not paused.
    pub agents: u32,
}

/// Who waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineRow {
    pub candidate: Candidate,
    pub number: Arc<str>,
}

/// One step of a line.
#[derive(Clone, PartialEq, Debug)]
pub enum LineChange {
    /// What the order depends on, whole.
    Head(QueueId, LineHead),
    /// A ticket waits, or waits under other terms.
    Put(QueueId, LineRow),
    /// A ticket waits no more.
    Remove(QueueId, TicketId),
}

impl LineChange {
    /// The queue whose line changed.
    #[must_use]
    pub fn queue_id(&self) -> QueueId {
        match self {
            Self::Head(queue_id, _) | Self::Put(queue_id, _) | Self::Remove(queue_id, _) => {
                *queue_id
            }
        }
    }
}

/// One line: what the order depends on, and who waits, in no order.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    pub head: LineHead,
    pub rows: Vec<LineRow>,
}

/// The lines of all queues of a tenant.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lines {
    queues: IdMap<QueueId, Line>,
}

/// A line at one moment, next one first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LineView {
    pub queue_id: QueueId,
    pub waiting: Vec<WaitingRow>,
}

/// Where a visitor stands in the line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WaitingRow {
    pub ticket_id: TicketId,
    pub number: Arc<str>,
    /// 1 is who is next.
    pub position: u32,
    /// The wait still ahead, in seconds; absent where too little is known.
    pub eta_seconds: Option<u32>,
    pub priority: u8,
    pub arrived_at: DateTime<Utc>,
    /// Only this agent may call it.
    pub reserved_for: Option<AgentId>,
}

impl Line {
    fn ordering(&self, now: DateTime<Utc>) -> Ordering {
        let LineHead { policy, sla_seconds, turn, .. } = self.head;
        Ordering { policy, sla_seconds, turn, now }
    }

    fn candidates(&self) -> Vec<Candidate> {
        self.rows.iter().map(|row| row.candidate).collect()
    }

    fn eta_seconds(&self, position: u32) -> Option<u32> {
        wait_estimate_seconds(position, self.head.services, self.head.agents)
    }

    /// Position (1 is next) and wait estimate of one ticket; none where it does not wait here.
    fn place(&self, ticket_id: TicketId, now: DateTime<Utc>) -> Option<(u32, Option<u32>)> {
        let of = self.rows.iter().find(|row| row.candidate.ticket_id == ticket_id)?.candidate;
        let position = self.ordering(now).rank(&self.candidates(), &of);
        Some((position, self.eta_seconds(position)))
    }

    fn view(&self, queue_id: QueueId, now: DateTime<Utc>) -> LineView {
        let order = self.ordering(now).order(&self.candidates());
        let rows: BTreeMap<TicketId, &LineRow> =
            self.rows.iter().map(|row| (row.candidate.ticket_id, row)).collect();
        let rows = order.iter().filter_map(|id| rows.get(id));
        let waiting = (1..).zip(rows).map(|(position, row)| WaitingRow {
            ticket_id: row.candidate.ticket_id,
            number: row.number.clone(),
            position,
            eta_seconds: self.eta_seconds(position),
            priority: row.candidate.priority,
            arrived_at: row.candidate.arrived_at,
            reserved_for: row.candidate.reserved_for,
        });
        LineView { queue_id, waiting: waiting.collect() }
    }
}

impl Lines {
    /// The line of a queue at `now`, next one first; none where there is no such queue.
    #[must_use]
    pub fn line(&self, queue_id: QueueId, now: DateTime<Utc>) -> Option<LineView> {
        self.queues.get(&queue_id).map(|line| line.view(queue_id, now))
    }

    /// Position (1 is next) and wait estimate in seconds of a ticket at `now`; none where it does not wait.
    #[must_use]
    pub fn place(
        &self,
        queue_id: QueueId,
        ticket_id: TicketId,
        now: DateTime<Utc>,
    ) -> Option<(u32, Option<u32>)> {
        self.queues.get(&queue_id)?.place(ticket_id, now)
    }

    /// How long a service in this queue takes on average, in seconds; none while too few were finished.
    #[must_use]
    pub fn mean_service_seconds(&self, queue_id: QueueId) -> Option<u32> {
        let line = self.queues.get(&queue_id)?;
        // With one agent, who is next waits for one service.
        wait_estimate_seconds(1, line.head.services, 1)
    }

    /// How many wait in a queue, since when the first of them, and how many agents serve it.
    #[must_use]
    pub fn summary(&self, queue_id: QueueId) -> (u32, Option<DateTime<Utc>>, u32) {
        let Some(line) = self.queues.get(&queue_id) else { return (0, None, 0) };
        let first = line.rows.iter().map(|row| row.candidate.arrived_at).min();
        (u32::try_from(line.rows.len()).unwrap_or(u32::MAX), first, line.head.agents)
    }
}
