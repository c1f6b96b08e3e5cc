//! How an event changes the figures of a day.

use std::collections::{BTreeMap, BTreeSet};

use domain::service_day::{DayEvent, Step as Kind};
use domain::{Event, QueueId, SiteId, TicketId};

use super::{DayChange, DayView, Days, Figures};
use crate::hall::{Hall, Step, Ticket};
use crate::projection::{Moment, Projection};

impl Days {
    /// Changes the figures of one queue and tells the new ones.
    fn count(
        &mut self,
        (site_id, queue_id): (SiteId, QueueId),
        tell: &mut impl FnMut(DayChange),
        count: impl FnOnce(&mut Figures),
    ) {
        if let Some(day) = self.sites.get_mut(&site_id) {
            let figures = day.queues.entry(queue_id).or_default();
            count(figures);
            tell(DayChange::Put(site_id, queue_id, *figures));
        }
    }

    fn ticket_moved(
        &mut self,
        site_id: SiteId,
        ticket: &Ticket,
        event: &DayEvent,
        tell: &mut impl FnMut(DayChange),
    ) {
        let here = (site_id, ticket.queue_id);
        match event {
            DayEvent::TicketIssued { .. } => self.count(here, tell, |f| f.issued += 1),
            DayEvent::TicketCalled { .. } => self.count(here, tell, |f| {
                f.called += 1;
                f.waits.add(ticket.waited_seconds);
            }),
            DayEvent::TicketRecalled { .. } => self.count(here, tell, |f| f.recalled += 1),
            DayEvent::ServiceFinished { .. } => self.count(here, tell, |f| {
                f.finished += 1;
                f.services.add(ticket.service_seconds);
            }),
            DayEvent::TicketNoShow { .. } => self.count(here, tell, |f| f.no_show += 1),
            DayEvent::TicketCancelled { .. } => self.count(here, tell, |f| f.cancelled += 1),
            DayEvent::TicketTransferred { from_queue_id, .. } => {
                self.count((site_id, *from_queue_id), tell, |f| f.transferred += 1);
            }
            DayEvent::StepUndone { step, .. } => {
                self.count(here, tell, |f| take_back(f, *step, ticket));
            }
            DayEvent::ServiceStarted { .. }
            | DayEvent::TicketReturned { .. }
            | DayEvent::TicketParked { .. }
            | DayEvent::TicketResumed { .. }
            | DayEvent::PriorityChanged { .. }
            | DayEvent::DayOpened { .. }
            | DayEvent::DayClosed { .. }
            | DayEvent::AgentSeated { .. }
            | DayEvent::AgentPaused { .. }
            | DayEvent::AgentResumed { .. }
            | DayEvent::AgentReleased { .. } => {}
        }
    }

    /// One change per queue of these tickets.
    fn count_all(
        &mut self,
        (site_id, hall): (SiteId, &Hall),
        tickets: impl Iterator<Item = TicketId>,
        tell: &mut impl FnMut(DayChange),
        field: impl Fn(&mut Figures) -> &mut u32,
    ) {
        let mut per_queue: BTreeMap<QueueId, u32> = BTreeMap::new();
        for ticket in tickets.collect::<BTreeSet<_>>().into_iter().filter_map(|id| hall.ticket(id))
        {
            *per_queue.entry(ticket.queue_id).or_default() += 1;
        }
        for (queue_id, count) in per_queue {
            self.count((site_id, queue_id), tell, |f| *field(f) += count);
        }
    }
}

/// The figures as if the step had not been made; an undo itself is counted.
fn take_back(figures: &mut Figures, step: Kind, ticket: &Ticket) {
    figures.undone += 1;
    let less = |count: &mut u32| *count = count.saturating_sub(1);
    match step {
        Kind::Called => {
            less(&mut figures.called);
            figures.waits.take_back(ticket.waited_seconds);
        }
        Kind::Finished => {
            less(&mut figures.finished);
            figures.services.take_back(ticket.service_seconds);
        }
        Kind::NoShow => less(&mut figures.no_show),
        Kind::Cancelled => less(&mut figures.cancelled),
        Kind::Transferred => less(&mut figures.transferred),
        Kind::Started | Kind::Returned | Kind::Parked | Kind::Resumed => {}
    }
}

impl Projection for Days {
    type Change = DayChange;
    type Snapshot = BTreeMap<SiteId, DayView>;

    fn apply(&mut self, moment: &Moment<'_>, tell: &mut impl FnMut(DayChange)) {
        let Event::Day(event) = &moment.recorded.event else { return };
        match moment.step {
            Step::Nothing | Step::Agent { .. } => {}
            Step::Ticket { site_id, ticket_id, .. } => {
                if let Some(ticket) = moment.hall.ticket(*ticket_id) {
                    self.ticket_moved(*site_id, ticket, event, tell);
                }
            }
            Step::DayOpened { site_id, .. } => {
                let Some(date) = moment.hall.day(*site_id).map(|day| day.date) else { return };
                if self.sites.get(site_id).is_none_or(|day| day.date != date) {
                    let change = DayChange::Opened(*site_id, date);
                    Self::fold(&mut self.sites, &change);
                    tell(change);
                }
                if let DayEvent::DayOpened { carried, .. } = event {
                    let ids = carried.iter().map(|carried| carried.ticket.id);
                    self.count_all((*site_id, moment.hall), ids, tell, |f| &mut f.carried_in);
                }
            }
            Step::DayClosed { site_id } => {
                let here = (*site_id, moment.hall);
                if let DayEvent::DayClosed { expired, carried, .. } = event {
                    let ids = carried.iter().map(|carried| carried.ticket.id);
                    self.count_all(here, expired.iter().copied(), tell, |f| &mut f.expired);
                    self.count_all(here, ids, tell, |f| &mut f.carried_over);
                }
            }
        }
    }

    fn snapshot(&self) -> Self::Snapshot {
        self.sites.clone()
    }

    fn fold(sites: &mut Self::Snapshot, change: &DayChange) {
        match change {
            DayChange::Opened(site_id, date) => {
                let (site_id, date) = (*site_id, *date);
                sites.insert(site_id, DayView { site_id, date, queues: BTreeMap::new() });
            }
            DayChange::Put(site_id, queue_id, figures) => {
                if let Some(day) = sites.get_mut(site_id) {
                    day.queues.insert(*queue_id, *figures);
                }
            }
        }
    }
}
