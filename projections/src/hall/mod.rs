//! The hall: every ticket and every seated agent as they stand. The one fold of tickets that the views share.
//!
//! It agrees with the aggregate (`domain::service_day::ServiceDay`), which a property test holds, but keeps what
//! readers need (times, the order of calls) and finds a ticket with one look-up. Never decides anything.

mod fold;
#[cfg(test)]
mod tests;
mod ticket;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::service_day::{AgentDay, QueueTurn, ServiceTimes, Stage};
use domain::{AgentId, QueueId, SiteId, TicketId};

use crate::id_map::IdMap;

pub use ticket::Ticket;

/// The tickets and agents of all sites of a tenant, each site on its latest day.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Hall {
    days: BTreeMap<SiteId, HallDay>,
    tickets: IdMap<TicketId, Ticket>,
}

/// The latest day of a site.
#[derive(Clone, PartialEq, Debug)]
pub struct HallDay {
    pub date: NaiveDate,
    pub open: bool,
    pub(crate) agents: IdMap<AgentId, AgentDay>,
    /// Per queue: whose turn it is, how long services took, how many wait.
    pub(crate) queues: IdMap<QueueId, QueueNow>,
    /// Tickets called or served, in no order.
    pub in_hand: Vec<TicketId>,
    /// Every ticket of the day, in the order of arrival.
    tickets: Vec<TicketId>,
}

/// What a queue's order and estimate depend on, besides who waits.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct QueueNow {
    pub queue_turn: QueueTurn,
    pub services: ServiceTimes,
    pub waiting: u32,
}

/// What an event did to the hall.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// Nothing: another aggregate's event, or one about a ticket or a day that is not there (any more).
    Nothing,
    /// The site's day opened: the next one, or the same again.
    DayOpened {
        site_id: SiteId,
        /// The tickets of the day before, unless they were carried over. Empty when the same day opened again.
        left: Vec<TicketId>,
    },
    /// The site's day closed; the event names those who still waited.
    DayClosed { site_id: SiteId },
    /// An agent took or left a seat, paused or resumed.
    Agent { site_id: SiteId, agent_id: AgentId },
    /// A ticket came or changed.
    Ticket { site_id: SiteId, ticket_id: TicketId, before: Option<Before> },
}

impl Step {
    /// The site where it happened; none where nothing did.
    #[must_use]
    pub fn site_id(&self) -> Option<SiteId> {
        match self {
            Self::Nothing => None,
            Self::DayOpened { site_id, .. }
            | Self::DayClosed { site_id }
            | Self::Agent { site_id, .. }
            | Self::Ticket { site_id, .. } => Some(*site_id),
        }
    }
}

/// What a ticket was before a step.
#[derive(Clone, PartialEq, Debug)]
pub struct Before {
    pub queue_id: QueueId,
    pub stage: Stage,
}

impl Before {
    /// Whether it waited in that queue.
    #[must_use]
    pub fn waited_in(&self, queue_id: QueueId) -> bool {
        self.queue_id == queue_id && matches!(self.stage, Stage::Waiting { .. })
    }
}

impl Hall {
    /// The latest day of a site; none before its first.
    #[must_use]
    pub fn day(&self, site_id: SiteId) -> Option<&HallDay> {
        self.days.get(&site_id)
    }

    /// A ticket of the latest day of its site.
    #[must_use]
    pub fn ticket(&self, ticket_id: TicketId) -> Option<&Ticket> {
        self.tickets.get(&ticket_id)
    }

    /// What stands of a queue; the start of a day where nothing happened yet.
    #[must_use]
    pub fn queue(&self, site_id: SiteId, queue_id: QueueId) -> QueueNow {
        self.day(site_id).and_then(|day| day.queues.get(&queue_id)).copied().unwrap_or_default()
    }

    /// The seat of an agent; none where the agent has none.
    #[must_use]
    pub fn agent(&self, site_id: SiteId, agent_id: AgentId) -> Option<&AgentDay> {
        self.day(site_id).and_then(|day| day.agents.get(&agent_id))
    }
}
