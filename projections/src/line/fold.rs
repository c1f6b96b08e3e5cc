//! How an event changes the lines.

use std::collections::BTreeMap;

use domain::directory::{Directory, DirectoryEvent};
use domain::service_day::{Candidate, DayEvent, Stage};
use domain::{Event, QueueId, SiteId, TicketId};

use super::{Line, LineChange, LineHead, LineRow, Lines};
use crate::hall::{Before, Hall, QueueNow, Step, Ticket};
use crate::projection::{Moment, Projection};

impl LineHead {
    fn new(site_id: SiteId) -> Self {
        let QueueNow { turn, services, .. } = QueueNow::default();
        Self {
            site_id,
            policy: domain::directory::Policy::Fifo,
            sla_seconds: 0,
            turn,
            services,
            agents: 0,
        }
    }
}

/// The ticket as its line sees it; none where it does not wait.
fn waiting(ticket: &Ticket) -> Option<LineRow> {
    let Stage::Waiting { place, reserved_for, .. } = ticket.stage else { return None };
    let candidate = Candidate {
        ticket_id: ticket.id,
        priority: ticket.priority,
        arrived_at: ticket.arrived_at,
        place,
        reserved_for,
    };
    Some(LineRow { candidate, number: ticket.number.clone() })
}

/// How many agents serve a queue now, counted as the estimate on the issued ticket is.
fn serving(directory: &Directory, hall: &Hall, site_id: SiteId, queue_id: QueueId) -> u32 {
    let Some(day) = hall.day(site_id) else { return 0 };
    let serves =
        |id| directory.agents.get(id).is_some_and(|agent| agent.queues.contains(&queue_id));
    let agents = day.agents.iter().filter(|(id, seat)| !seat.paused && serves(id)).count();
    u32::try_from(agents).unwrap_or(u32::MAX)
}

impl Lines {
    /// Takes a change in, by the rule that readers follow, and tells of it.
    fn take(&mut self, change: LineChange, tell: &mut impl FnMut(LineChange)) {
        Self::fold(&mut self.queues, &change);
        tell(change);
    }

    fn head(&self, site_id: SiteId, queue_id: QueueId) -> LineHead {
        self.queues.get(&queue_id).map_or_else(|| LineHead::new(site_id), |line| line.head)
    }

    fn set_head(&mut self, queue_id: QueueId, head: LineHead, tell: &mut impl FnMut(LineChange)) {
        if self.queues.get(&queue_id).is_none_or(|line| line.head != head) {
            self.take(LineChange::Head(queue_id, head), tell);
        }
    }

    /// Turn and service times as the hall has them.
    fn follow(
        &mut self,
        hall: &Hall,
        site_id: SiteId,
        queue_id: QueueId,
        tell: &mut impl FnMut(LineChange),
    ) {
        let QueueNow { turn, services, .. } = hall.queue(site_id, queue_id);
        let head = LineHead { turn, services, ..self.head(site_id, queue_id) };
        self.set_head(queue_id, head, tell);
    }

    /// Everything about who serves and whose turn it is in a site's queues.
    fn follow_site(
        &mut self,
        moment: &Moment<'_>,
        site_id: SiteId,
        tell: &mut impl FnMut(LineChange),
    ) {
        let mine = |line: &Line| line.head.site_id == site_id;
        let ids: Vec<QueueId> =
            self.queues.iter().filter(|(_, line)| mine(line)).map(|(id, _)| *id).collect();
        for id in ids {
            let QueueNow { turn, services, .. } = moment.hall.queue(site_id, id);
            let agents = serving(moment.directory, moment.hall, site_id, id);
            let head = LineHead { turn, services, agents, ..self.head(site_id, id) };
            self.set_head(id, head, tell);
        }
    }

    /// Takes out of a site's lines whoever waits no more.
    fn clear(&mut self, hall: &Hall, site_id: SiteId, tell: &mut impl FnMut(LineChange)) {
        let mut gone = Vec::new();
        for (queue_id, line) in self.queues.iter().filter(|(_, l)| l.head.site_id == site_id) {
            for ticket_id in line.rows.iter().map(|row| row.candidate.ticket_id) {
                let waits = |t: &Ticket| t.is_waiting() && t.queue_id == *queue_id;
                if !hall.ticket(ticket_id).is_some_and(waits) {
                    gone.push(LineChange::Remove(*queue_id, ticket_id));
                }
            }
        }
        for change in gone {
            self.take(change, tell);
        }
    }

    fn ticket_moved(
        &mut self,
        hall: &Hall,
        (site_id, ticket_id): (SiteId, TicketId),
        before: Option<&Before>,
        tell: &mut impl FnMut(LineChange),
    ) {
        let Some(ticket) = hall.ticket(ticket_id) else { return };
        let row = waiting(ticket);
        if let Some(before) = before {
            let stays = row.is_some() && before.queue_id == ticket.queue_id;
            if before.waited_in(before.queue_id) && !stays {
                self.take(LineChange::Remove(before.queue_id, ticket_id), tell);
            }
            if before.queue_id != ticket.queue_id {
                self.follow(hall, site_id, before.queue_id, tell);
            }
        }
        self.follow(hall, site_id, ticket.queue_id, tell);
        if let Some(row) = row {
            self.take(LineChange::Put(ticket.queue_id, row), tell);
        }
    }

    fn configured(
        &mut self,
        moment: &Moment<'_>,
        event: &DirectoryEvent,
        tell: &mut impl FnMut(LineChange),
    ) {
        match event {
            DirectoryEvent::QueueDefined { queue, .. } => {
                let QueueNow { turn, services, .. } = moment.hall.queue(queue.site_id, queue.id);
                let agents = serving(moment.directory, moment.hall, queue.site_id, queue.id);
                let (policy, sla_seconds, site_id) =
                    (queue.policy, queue.sla_seconds, queue.site_id);
                let head = LineHead { site_id, policy, sla_seconds, turn, services, agents };
                self.set_head(queue.id, head, tell);
            }
            DirectoryEvent::AgentDefined { agent } => {
                self.follow_site(moment, agent.site_id, tell);
            }
            DirectoryEvent::TenantRegistered(_)
            | DirectoryEvent::SiteDefined { .. }
            | DirectoryEvent::QueueStateChanged { .. }
            | DirectoryEvent::CounterDefined { .. }
            | DirectoryEvent::DisplayDefined { .. }
            | DirectoryEvent::KioskDefined { .. }
            | DirectoryEvent::ThemeDefined { .. }
            | DirectoryEvent::SoundDefined { .. } => {}
        }
    }
}

impl Projection for Lines {
    type Change = LineChange;
    type Snapshot = BTreeMap<QueueId, Line>;

    fn apply(&mut self, moment: &Moment<'_>, tell: &mut impl FnMut(LineChange)) {
        if let Event::Directory(event) = &moment.recorded.event {
            self.configured(moment, event, tell);
        }
        match moment.step {
            Step::Nothing => {}
            Step::Agent { site_id, .. } => self.follow_site(moment, *site_id, tell),
            Step::Ticket { site_id, ticket_id, before } => {
                self.ticket_moved(moment.hall, (*site_id, *ticket_id), before.as_ref(), tell);
            }
            Step::DayClosed { site_id } => {
                self.clear(moment.hall, *site_id, tell);
                self.follow_site(moment, *site_id, tell);
            }
            Step::DayOpened { site_id, .. } => {
                self.clear(moment.hall, *site_id, tell);
                self.follow_site(moment, *site_id, tell);
                let Event::Day(DayEvent::DayOpened { carried, .. }) = &moment.recorded.event else {
                    return;
                };
                for ticket in carried.iter().filter_map(|c| moment.hall.ticket(c.ticket.id)) {
                    self.follow(moment.hall, *site_id, ticket.queue_id, tell);
                    if let Some(row) = waiting(ticket) {
                        self.take(LineChange::Put(ticket.queue_id, row), tell);
                    }
                }
            }
        }
    }

    fn snapshot(&self) -> Self::Snapshot {
        self.queues.clone()
    }

    fn fold(queues: &mut Self::Snapshot, change: &LineChange) {
        match change {
            LineChange::Head(queue_id, head) => {
                let line = queues.entry(*queue_id);
                line.or_insert(Line { head: *head, rows: Vec::new() }).head = *head;
            }
            LineChange::Put(queue_id, row) => {
                let Some(line) = queues.get_mut(queue_id) else { return };
                let id = row.candidate.ticket_id;
                match line.rows.iter_mut().find(|old| old.candidate.ticket_id == id) {
                    Some(old) => old.clone_from(row),
                    None => line.rows.push(row.clone()),
                }
            }
            LineChange::Remove(queue_id, ticket_id) => {
                if let Some(line) = queues.get_mut(queue_id) {
                    line.rows.retain(|row| row.candidate.ticket_id != *ticket_id);
                }
            }
        }
    }
}
