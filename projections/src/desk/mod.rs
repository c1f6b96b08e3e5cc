//! What the consoles of a site show: who sits where, which ticket each has in hand, what is parked, how long the
//! lines are. Names come from the configuration on read. Never shows a day that is closed.

mod fold;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::directory::{Directory, QueueState};
use domain::{AgentId, CounterId, QueueId, SiteId, TicketId};
use serde::Serialize;

use crate::line::Lines;

/// A seated agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeatRow {
    pub agent_id: AgentId,
    pub counter_id: CounterId,
    pub counter: Arc<str>,
    pub paused: bool,
    /// The ticket in hand.
    pub ticket_id: Option<TicketId>,
}

/// A ticket in hand or parked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HeldRow {
    pub ticket_id: TicketId,
    pub number: Arc<str>,
    pub queue_id: QueueId,
    /// `appele`, `en_service` or `pause`.
    pub status: &'static str,
    pub priority: u8,
    pub agent_id: AgentId,
    pub counter: Arc<str>,
    pub called_at: DateTime<Utc>,
    /// When its service began, if it did.
    pub started_at: Option<DateTime<Utc>>,
    /// How often it was called in this hold.
    pub calls: u32,
}

/// One step of a desk.
#[derive(Clone, PartialEq, Debug)]
pub enum DeskChange {
    /// The day that is open; none once it is closed.
    Day(SiteId, Option<NaiveDate>),
    PutSeat(SiteId, SeatRow),
    RemoveSeat(SiteId, AgentId),
    PutHeld(SiteId, HeldRow),
    RemoveHeld(SiteId, TicketId),
}

impl DeskChange {
    /// The site whose desk changed.
    #[must_use]
    pub fn site_id(&self) -> SiteId {
        match self {
            Self::Day(site_id, _)
            | Self::PutSeat(site_id, _)
            | Self::RemoveSeat(site_id, _)
            | Self::PutHeld(site_id, _)
            | Self::RemoveHeld(site_id, _) => *site_id,
        }
    }
}

/// What is kept of one site.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Desk {
    /// The day that is open.
    pub date: Option<NaiveDate>,
    pub seats: BTreeMap<AgentId, SeatRow>,
    pub held: BTreeMap<TicketId, HeldRow>,
}

/// The desks of all sites of a tenant.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Desks {
    sites: BTreeMap<SiteId, Desk>,
}

/// What the consoles of a site show at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeskView {
    pub site_id: SiteId,
    /// The day that is open; none while the site is closed.
    pub date: Option<NaiveDate>,
    pub agents: Vec<DeskAgent>,
    pub queues: Vec<DeskQueue>,
    /// In hand and parked, oldest call first.
    pub tickets: Vec<HeldRow>,
}

/// A seated agent with a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeskAgent {
    pub id: AgentId,
    pub name: Arc<str>,
    pub counter_id: CounterId,
    pub counter: Arc<str>,
    pub paused: bool,
    pub ticket_id: Option<TicketId>,
}

/// A queue and how long its line is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeskQueue {
    pub id: QueueId,
    pub name: Arc<str>,
    pub prefix: Arc<str>,
    pub state: QueueState,
    pub waiting_count: u32,
    /// How long the first of them has waited, in seconds.
    pub longest_wait_seconds: Option<u32>,
    /// How many agents serve it now.
    pub agents: u32,
}

impl Desks {
    /// What the consoles of a site show at `now`; none where there is no such site.
    #[must_use]
    pub fn desk(
        &self,
        site_id: SiteId,
        directory: &Directory,
        lines: &Lines,
        now: DateTime<Utc>,
    ) -> Option<DeskView> {
        directory.sites.get(&site_id)?;
        let nothing = Desk::default();
        let desk = self.sites.get(&site_id).unwrap_or(&nothing);
        let queues = directory.queues_of(site_id).into_iter().map(|entry| {
            let (waiting_count, first, agents) = lines.summary(entry.queue.id);
            let seconds = |since: DateTime<Utc>| u32::try_from((now - since).num_seconds().max(0));
            DeskQueue {
                id: entry.queue.id,
                name: entry.queue.name.clone(),
                prefix: entry.queue.prefix.clone(),
                state: entry.state,
                waiting_count,
                longest_wait_seconds: first.map(|since| seconds(since).unwrap_or(u32::MAX)),
                agents,
            }
        });
        let agents = desk.seats.values().map(|seat| DeskAgent {
            id: seat.agent_id,
            name: directory
                .agents
                .get(&seat.agent_id)
                .map_or_else(|| Arc::from(""), |a| a.name.clone()),
            counter_id: seat.counter_id,
            counter: seat.counter.clone(),
            paused: seat.paused,
            ticket_id: seat.ticket_id,
        });
        let mut tickets: Vec<HeldRow> = desk.held.values().cloned().collect();
        tickets.sort_by_key(|row| (row.called_at, row.ticket_id));
        let (agents, queues) = (agents.collect(), queues.collect());
        Some(DeskView { site_id, date: desk.date, agents, queues, tickets })
    }
}
