//! What a visitor's phone shows of one ticket. Tickets stay until the next day of their site opens.
//!
//! Never knows who the visitor is. Position and estimate come from the line, on read.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::directory::Directory;
use domain::service_day::DayEvent;
use domain::{Event, QueueId, TicketId};
use serde::Serialize;

use crate::hall::{Step, Ticket};
use crate::id_map::IdMap;
use crate::line::Lines;
use crate::projection::{Moment, Projection};

/// What is kept of one ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrackRow {
    pub ticket_id: TicketId,
    pub number: Arc<str>,
    pub queue_id: QueueId,
    pub status: &'static str,
    pub called_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub counter: Option<Arc<str>>,
    pub updated_at: DateTime<Utc>,
}

/// One step of a ticket's track.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TrackChange {
    Put(TrackRow),
    /// The next day of its site opened.
    Remove(TicketId),
}

impl TrackChange {
    /// The ticket whose track changed.
    #[must_use]
    pub fn ticket_id(&self) -> TicketId {
        match self {
            Self::Put(row) => row.ticket_id,
            Self::Remove(ticket_id) => *ticket_id,
        }
    }
}

/// Every ticket of the latest day of each site.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tracks {
    rows: IdMap<TicketId, TrackRow>,
}

/// What a phone shows at one moment, with the field names of the seed system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TrackView {
    pub ticket_id: TicketId,
    pub ticket_number: Arc<str>,
    pub queue_id: QueueId,
    /// The queue's name.
    pub queue: Arc<str>,
    pub service_name: Arc<str>,
    pub status: &'static str,
    /// 1 is next; absent unless it waits.
    pub position: Option<u32>,
    /// The wait still ahead, in seconds; absent unless it waits and enough is known.
    pub eta_seconds: Option<u32>,
    pub called_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub counter: Option<Arc<str>>,
    pub updated_at: DateTime<Utc>,
}

impl TrackRow {
    fn new(ticket: &Ticket) -> Self {
        Self {
            ticket_id: ticket.id,
            number: ticket.number.clone(),
            queue_id: ticket.queue_id,
            status: ticket.stage.status(),
            called_at: ticket.called_at,
            started_at: ticket.started_at,
            ended_at: ticket.ended_at,
            counter: ticket.counter.clone(),
            updated_at: ticket.updated_at,
        }
    }
}

impl Tracks {
    /// What the phone of a ticket's holder shows at `now`; none where the ticket is unknown or of a day gone by.
    #[must_use]
    pub fn track(
        &self,
        ticket_id: TicketId,
        directory: &Directory,
        lines: &Lines,
        now: DateTime<Utc>,
    ) -> Option<TrackView> {
        let row = self.rows.get(&ticket_id)?;
        let queue = directory.queues.get(&row.queue_id).map(|entry| &entry.queue);
        let name = queue.map_or_else(|| Arc::from(""), |queue| queue.name.clone());
        let service_name = queue.and_then(|queue| queue.service_name.clone());
        let place = lines.place(row.queue_id, ticket_id, now);
        Some(TrackView {
            ticket_id,
            ticket_number: row.number.clone(),
            queue_id: row.queue_id,
            service_name: service_name.unwrap_or_else(|| name.clone()),
            queue: name,
            status: row.status,
            position: place.map(|(position, _)| position),
            eta_seconds: place.and_then(|(_, eta_seconds)| eta_seconds),
            called_at: row.called_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            counter: row.counter.clone(),
            updated_at: row.updated_at,
        })
    }

    fn follow(&mut self, moment: &Moment<'_>, id: TicketId, tell: &mut impl FnMut(TrackChange)) {
        if let Some(ticket) = moment.hall.ticket(id) {
            let row = TrackRow::new(ticket);
            self.rows.insert(id, row.clone());
            tell(TrackChange::Put(row));
        }
    }
}

impl Projection for Tracks {
    type Change = TrackChange;
    type Snapshot = BTreeMap<TicketId, TrackRow>;

    fn apply(&mut self, moment: &Moment<'_>, tell: &mut impl FnMut(TrackChange)) {
        match moment.step {
            Step::Nothing | Step::Agent { .. } => {}
            Step::Ticket { ticket_id, .. } => self.follow(moment, *ticket_id, tell),
            Step::DayOpened { left, .. } => {
                for id in left {
                    self.rows.remove(id);
                    tell(TrackChange::Remove(*id));
                }
                if let Event::Day(DayEvent::DayOpened { carried, .. }) = &moment.recorded.event {
                    for carried in carried {
                        self.follow(moment, carried.ticket.id, tell);
                    }
                }
            }
            Step::DayClosed { .. } => {
                let Event::Day(DayEvent::DayClosed { expired, carried, .. }) =
                    &moment.recorded.event
                else {
                    return;
                };
                for id in expired.iter().chain(carried.iter().map(|carried| &carried.ticket.id)) {
                    self.follow(moment, *id, tell);
                }
            }
        }
    }

    fn snapshot(&self) -> Self::Snapshot {
        self.rows.iter().map(|(id, row)| (*id, row.clone())).collect()
    }

    fn fold(rows: &mut Self::Snapshot, change: &TrackChange) {
        match change {
            TrackChange::Put(row) => {
                rows.insert(row.ticket_id, row.clone());
            }
            TrackChange::Remove(id) => {
                rows.remove(id);
            }
        }
    }
}
