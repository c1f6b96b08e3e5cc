//! How an event changes a desk.

use std::collections::BTreeMap;

use domain::service_day::{AgentDay, Stage};
use domain::{AgentId, SiteId, TicketId};

use super::{Desk, DeskChange, Desks, HeldRow, SeatRow};
use crate::hall::{Before, Hall, Step, Ticket};
use crate::projection::{Moment, Projection};

/// The ticket as consoles see it; none where nobody has it.
fn held(ticket: &Ticket) -> Option<HeldRow> {
    let hold = ticket.stage.hold()?;
    Some(HeldRow {
        ticket_id: ticket.id,
        number: ticket.number.clone(),
        queue_id: ticket.queue_id,
        status: ticket.stage.status(),
        priority: ticket.priority,
        agent_id: hold.agent_id,
        counter: hold.counter.clone(),
        called_at: hold.called_at,
        started_at: ticket.started_at,
        calls: hold.calls,
    })
}

fn seat(agent_id: AgentId, agent: &AgentDay) -> SeatRow {
    let AgentDay { counter_id, counter, paused, ticket } = agent;
    let counter = counter.clone();
    SeatRow { agent_id, counter_id: *counter_id, counter, paused: *paused, ticket_id: *ticket }
}

impl Desks {
    /// Takes a change in, by the rule that readers follow, and tells of it.
    fn take(&mut self, change: DeskChange, tell: &mut impl FnMut(DeskChange)) {
        Self::fold(&mut self.sites, &change);
        tell(change);
    }

    fn agent_moved(
        &mut self,
        hall: &Hall,
        site_id: SiteId,
        agent_id: AgentId,
        tell: &mut impl FnMut(DeskChange),
    ) {
        let old = self.sites.get(&site_id).and_then(|desk| desk.seats.get(&agent_id));
        match (old, hall.agent(site_id, agent_id)) {
            (None, None) => {}
            (Some(_), None) => self.take(DeskChange::RemoveSeat(site_id, agent_id), tell),
            (old, Some(agent)) => {
                let row = seat(agent_id, agent);
                if old != Some(&row) {
                    self.take(DeskChange::PutSeat(site_id, row), tell);
                }
            }
        }
    }

    fn ticket_moved(
        &mut self,
        hall: &Hall,
        (site_id, ticket_id): (SiteId, TicketId),
        before: Option<&Before>,
        tell: &mut impl FnMut(DeskChange),
    ) {
        let Some(ticket) = hall.ticket(ticket_id) else { return };
        let was = before.and_then(|before| before.stage.hold());
        match held(ticket) {
            Some(row) => self.take(DeskChange::PutHeld(site_id, row), tell),
            None if was.is_some() => self.take(DeskChange::RemoveHeld(site_id, ticket_id), tell),
            None => {}
        }
        let was = was.map(|hold| hold.agent_id);
        let is = ticket.stage.hold().map(|hold| hold.agent_id);
        for agent_id in was.into_iter().chain(is.filter(|is| was != Some(*is))) {
            self.agent_moved(hall, site_id, agent_id, tell);
        }
    }

    /// Brings a whole site in line with the hall: at the opening and the close of a day.
    fn resync(&mut self, hall: &Hall, site_id: SiteId, tell: &mut impl FnMut(DeskChange)) {
        let date = hall.day(site_id).filter(|day| day.open).map(|day| day.date);
        let old = self.sites.get(&site_id).cloned().unwrap_or_default();
        if old.date != date {
            self.take(DeskChange::Day(site_id, date), tell);
        }
        for agent_id in old.seats.into_keys() {
            self.agent_moved(hall, site_id, agent_id, tell);
        }
        let waits = |ticket: &Ticket| matches!(ticket.stage, Stage::Parked { .. });
        for ticket_id in old.held.into_keys() {
            let stays = date.is_some() && hall.ticket(ticket_id).is_some_and(waits);
            if !stays {
                self.take(DeskChange::RemoveHeld(site_id, ticket_id), tell);
            }
        }
    }
}

impl Projection for Desks {
    type Change = DeskChange;
    type Snapshot = BTreeMap<SiteId, Desk>;

    fn apply(&mut self, moment: &Moment<'_>, tell: &mut impl FnMut(DeskChange)) {
        match moment.step {
            Step::Nothing => {}
            Step::DayOpened { site_id, .. } | Step::DayClosed { site_id } => {
                self.resync(moment.hall, *site_id, tell);
            }
            Step::Agent { site_id, agent_id } => {
                self.agent_moved(moment.hall, *site_id, *agent_id, tell);
            }
            Step::Ticket { site_id, ticket_id, before } => {
                self.ticket_moved(moment.hall, (*site_id, *ticket_id), before.as_ref(), tell);
            }
        }
    }

    fn snapshot(&self) -> Self::Snapshot {
        self.sites.clone()
    }

    fn fold(sites: &mut Self::Snapshot, change: &DeskChange) {
        match change {
            DeskChange::Day(site_id, date) => sites.entry(*site_id).or_default().date = *date,
            DeskChange::PutSeat(site_id, row) => {
                sites.entry(*site_id).or_default().seats.insert(row.agent_id, row.clone());
            }
            DeskChange::RemoveSeat(site_id, agent_id) => {
                sites.entry(*site_id).or_default().seats.remove(agent_id);
            }
            DeskChange::PutHeld(site_id, row) => {
                sites.entry(*site_id).or_default().held.insert(row.ticket_id, row.clone());
            }
            DeskChange::RemoveHeld(site_id, ticket_id) => {
                sites.entry(*site_id).or_default().held.remove(ticket_id);
            }
        }
    }
}
