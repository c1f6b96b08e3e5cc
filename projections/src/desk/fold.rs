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

/// Whether the row still says what the hall has.
fn same(row: &SeatRow, agent: &AgentDay) -> bool {
    let AgentDay { counter_id, counter, paused, ticket } = agent;
    row.ticket_id == *ticket
        && row.paused == *paused
        && row.counter_id == *counter_id
        && row.counter == *counter
}

impl Desk {
    /// What a reader does with a change of this desk.
    fn fold(&mut self, change: &DeskChange) {
        match change {
            DeskChange::Day(_, date) => self.date = *date,
            DeskChange::PutSeat(_, row) => {
                self.seats.insert(row.agent_id, row.clone());
            }
            DeskChange::RemoveSeat(_, agent_id) => {
                self.seats.remove(agent_id);
            }
            DeskChange::PutHeld(_, row) => {
                self.held.insert(row.ticket_id, row.clone());
            }
            DeskChange::RemoveHeld(_, ticket_id) => {
                self.held.remove(ticket_id);
            }
        }
    }

    /// Takes a change in, by the rule that readers follow, and tells of it.
    fn take(&mut self, change: DeskChange, tell: &mut impl FnMut(DeskChange)) {
        self.fold(&change);
        tell(change);
    }

    fn agent_moved(
        &mut self,
        hall: &Hall,
        site_id: SiteId,
        agent_id: AgentId,
        tell: &mut impl FnMut(DeskChange),
    ) {
        match (self.seats.get_mut(&agent_id), hall.agent(site_id, agent_id)) {
            (None, None) => {}
            (Some(_), None) => self.take(DeskChange::RemoveSeat(site_id, agent_id), tell),
            (Some(row), Some(agent)) if same(row, agent) => {}
            (Some(_) | None, Some(agent)) => {
                self.take(DeskChange::PutSeat(site_id, seat(agent_id, agent)), tell);
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

    /// Brings the desk in line with the hall: at the opening and the close of a day.
    fn resync(&mut self, hall: &Hall, site_id: SiteId, tell: &mut impl FnMut(DeskChange)) {
        let date = hall.day(site_id).filter(|day| day.open).map(|day| day.date);
        if self.date != date {
            self.take(DeskChange::Day(site_id, date), tell);
        }
        let seats: Vec<AgentId> = self.seats.keys().copied().collect();
        for agent_id in seats {
            self.agent_moved(hall, site_id, agent_id, tell);
        }
        let parked = |ticket: &Ticket| matches!(ticket.stage, Stage::Parked { .. });
        let stays = |id: TicketId| date.is_some() && hall.ticket(id).is_some_and(parked);
        let gone: Vec<TicketId> = self.held.keys().copied().filter(|id| !stays(*id)).collect();
        for ticket_id in gone {
            self.take(DeskChange::RemoveHeld(site_id, ticket_id), tell);
        }
    }
}

impl Projection for Desks {
    type Change = DeskChange;
    type Snapshot = BTreeMap<SiteId, Desk>;

    fn apply(&mut self, moment: &Moment<'_>, tell: &mut impl FnMut(DeskChange)) {
        let Some(site_id) = moment.step.site_id() else { return };
        let desk = self.sites.entry(site_id).or_default();
        match moment.step {
            Step::Nothing => {}
            Step::DayOpened { .. } | Step::DayClosed { .. } => {
                desk.resync(moment.hall, site_id, tell);
            }
            Step::Agent { agent_id, .. } => {
                desk.agent_moved(moment.hall, site_id, *agent_id, tell);
            }
            Step::Ticket { ticket_id, before, .. } => {
                desk.ticket_moved(moment.hall, (site_id, *ticket_id), before.as_ref(), tell);
            }
        }
    }

    fn snapshot(&self) -> Self::Snapshot {
        self.sites.clone()
    }

    fn fold(sites: &mut Self::Snapshot, change: &DeskChange) {
        sites.entry(change.site_id()).or_default().fold(change);
    }
}
