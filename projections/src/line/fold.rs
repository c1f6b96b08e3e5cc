//! How an event changes the lines.

use std::collections::BTreeMap;

use domain::directory::{Directory, DirectoryEvent};
use domain::service_day::{Candidate, DayEvent, QueueTurn, Stage};
use domain::{Event, QueueId, SiteId, TicketId};

use super::{Line, LineChange, LineHead, LineRow, Lines};
use crate::hall::{Before, Hall, QueueNow, Step, Ticket};
use crate::id_map::IdMap;
use crate::projection::{Moment, Projection};

impl LineHead {
    fn new(site_id: SiteId) -> Self {
        let QueueNow { queue_turn: QueueTurn { turn, .. }, services, .. } = QueueNow::default();
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
        ordinal: ticket.ordinal,
        priority: ticket.priority,
        arrived_at: ticket.arrived_at,
        place,
        reserved_for,
    };
    Some(LineRow { candidate, number: ticket.number.clone() })
}

/// How many agents serve each queue of a site now, counted as the estimate on the issued ticket is; queues that nobody
/// serves are not named.
fn serving(directory: &Directory, hall: &Hall, site_id: SiteId) -> IdMap<QueueId, u32> {
    let mut serving = IdMap::default();
    let seats = hall.day(site_id).into_iter().flat_map(|day| &day.agents);
    let agents =
        seats.filter(|(_, seat)| !seat.paused).filter_map(|(id, _)| directory.agents.get(id));
    for agent in agents {
        for (n, queue_id) in agent.queues.iter().enumerate() {
            // An agent who was given a queue twice serves it once.
            if !agent.queues[..n].contains(queue_id) {
                *serving.entry(*queue_id).or_insert(0) += 1;
            }
        }
    }
    serving
}

impl Line {
    /// What a reader does with a change of this line.
    fn fold(&mut self, change: &LineChange) {
        match change {
            LineChange::Head(_, head) => self.head = *head,
            LineChange::Put(_, row) => {
                let id = row.candidate.ticket_id;
                match self.rows.iter_mut().find(|old| old.candidate.ticket_id == id) {
                    Some(old) => old.clone_from(row),
                    None => self.rows.push(row.clone()),
                }
            }
            LineChange::Remove(_, ticket_id) => {
                self.rows.retain(|row| row.candidate.ticket_id != *ticket_id);
            }
        }
    }

    /// Takes a change in, by the rule that readers follow, and tells of it.
    fn take(&mut self, change: LineChange, tell: &mut impl FnMut(LineChange)) {
        self.fold(&change);
        tell(change);
    }

    /// Turn and service times as the hall has them.
    fn follow(&mut self, queue_id: QueueId, now: QueueNow, tell: &mut impl FnMut(LineChange)) {
        let QueueNow { queue_turn: QueueTurn { turn, .. }, services, .. } = now;
        if (self.head.turn, self.head.services) != (turn, services) {
            let head = LineHead { turn, services, ..self.head };
            self.take(LineChange::Head(queue_id, head), tell);
        }
    }
}

impl Lines {
    fn set_head(&mut self, queue_id: QueueId, head: LineHead, tell: &mut impl FnMut(LineChange)) {
        match self.queues.get_mut(&queue_id) {
            Some(line) if line.head == head => {}
            Some(line) => line.take(LineChange::Head(queue_id, head), tell),
            None => {
                self.queues.insert(queue_id, Line { head, rows: Vec::new() });
                tell(LineChange::Head(queue_id, head));
            }
        }
    }

    /// The lines of a site, in the order of their ids.
    fn lines_of(&mut self, site_id: SiteId) -> Vec<(QueueId, &mut Line)> {
        let lines = self.queues.iter_mut().map(|(id, line)| (*id, line));
        let mut lines: Vec<_> = lines.filter(|(_, line)| line.head.site_id == site_id).collect();
        lines.sort_by_key(|(id, _)| *id);
        lines
    }

    /// The line of a queue, which is told of where it is new.
    fn line_mut(
        &mut self,
        site_id: SiteId,
        queue_id: QueueId,
        tell: &mut impl FnMut(LineChange),
    ) -> &mut Line {
        self.queues.entry(queue_id).or_insert_with(|| {
            let head = LineHead::new(site_id);
            tell(LineChange::Head(queue_id, head));
            Line { head, rows: Vec::new() }
        })
    }

    /// Everything about who serves and whose turn it is in a site's queues.
    fn follow_site(
        &mut self,
        moment: &Moment<'_>,
        site_id: SiteId,
        tell: &mut impl FnMut(LineChange),
    ) {
        let serving = serving(moment.directory, moment.hall, site_id);
        for (id, line) in self.lines_of(site_id) {
            let QueueNow { queue_turn: QueueTurn { turn, .. }, services, .. } =
                moment.hall.queue(site_id, id);
            let agents = serving.get(&id).copied().unwrap_or(0);
            let head = LineHead { turn, services, agents, ..line.head };
            if line.head != head {
                line.take(LineChange::Head(id, head), tell);
            }
        }
    }

    /// Takes out of a site's lines whoever waits no more.
    fn clear(&mut self, hall: &Hall, site_id: SiteId, tell: &mut impl FnMut(LineChange)) {
        for (queue_id, line) in self.lines_of(site_id) {
            let waits = |t: &Ticket| t.is_waiting() && t.queue_id == queue_id;
            let ids = line.rows.iter().map(|row| row.candidate.ticket_id);
            let gone: Vec<TicketId> =
                ids.filter(|id| !hall.ticket(*id).is_some_and(waits)).collect();
            for ticket_id in gone {
                line.take(LineChange::Remove(queue_id, ticket_id), tell);
            }
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
        let queue_id = ticket.queue_id;
        let mut waited_here = false;
        if let Some(before) = before {
            let waited = matches!(before.stage, Stage::Waiting { .. });
            waited_here = waited && before.queue_id == queue_id;
            if before.queue_id != queue_id {
                let line = self.line_mut(site_id, before.queue_id, tell);
                line.follow(before.queue_id, hall.queue(site_id, before.queue_id), tell);
                if waited {
                    line.take(LineChange::Remove(before.queue_id, ticket_id), tell);
                }
            }
        }
        let line = self.line_mut(site_id, queue_id, tell);
        line.follow(queue_id, hall.queue(site_id, queue_id), tell);
        match waiting(ticket) {
            Some(row) => line.take(LineChange::Put(queue_id, row), tell),
            None if waited_here => line.take(LineChange::Remove(queue_id, ticket_id), tell),
            None => {}
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
                let QueueNow { queue_turn: QueueTurn { turn, .. }, services, .. } =
                    moment.hall.queue(queue.site_id, queue.id);
                let serving = serving(moment.directory, moment.hall, queue.site_id);
                let agents = serving.get(&queue.id).copied().unwrap_or(0);
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
                    let line = self.line_mut(*site_id, ticket.queue_id, tell);
                    if let Some(row) = waiting(ticket) {
                        line.take(LineChange::Put(ticket.queue_id, row), tell);
                    }
                }
            }
        }
    }

    fn snapshot(&self) -> Self::Snapshot {
        self.queues.iter().map(|(id, line)| (*id, line.clone())).collect()
    }

    fn fold(queues: &mut Self::Snapshot, change: &LineChange) {
        match change {
            LineChange::Head(queue_id, head) => {
                let line = queues.entry(*queue_id);
                line.or_insert_with(|| Line { head: *head, rows: Vec::new() }).fold(change);
            }
            LineChange::Put(queue_id, _) | LineChange::Remove(queue_id, _) => {
                if let Some(line) = queues.get_mut(queue_id) {
                    line.fold(change);
                }
            }
        }
    }
}
