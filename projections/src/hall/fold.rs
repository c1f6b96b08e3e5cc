//! How an event changes the hall. Never fails: an event that fits nothing changes nothing.

use chrono::{DateTime, NaiveDate, Utc};
use domain::service_day::{
    AgentDay, CarriedTicket, DayEvent, Place, Stage, Step as Kind, TicketRef,
};
use domain::{AgentId, Event, Position, Recorded, SiteId, StreamId, TicketId};

use super::ticket::next_stage;
use super::{Before, Hall, HallDay, Step, Ticket};
use crate::id_map::IdMap;

impl HallDay {
    fn new(date: NaiveDate) -> Self {
        Self {
            date,
            open: true,
            agents: IdMap::default(),
            queues: IdMap::default(),
            in_hand: Vec::new(),
            tickets: Vec::new(),
        }
    }
}

impl Hall {
    /// Takes in one event, which the caller has not given before.
    pub(crate) fn apply(&mut self, recorded: &Recorded) -> Step {
        let (StreamId::ServiceDay { site, date, .. }, Event::Day(event)) =
            (&recorded.stream, &recorded.event)
        else {
            return Step::Nothing;
        };
        let site_id = *site;
        if let DayEvent::DayOpened { carried, at, .. } = event {
            return self.open(site_id, *date, carried, *at);
        }
        let Self { days, tickets } = self;
        // A site has one day at a time: what still happens to an earlier one concerns no screen.
        let Some(day) = days.get_mut(&site_id).filter(|day| day.date == *date) else {
            return Step::Nothing;
        };
        match event {
            DayEvent::DayOpened { .. } => Step::Nothing,
            DayEvent::DayClosed { expired, carried, at, .. } => {
                day.open = false;
                day.agents.clear();
                day.in_hand.clear();
                let expired = expired.iter().map(|id| (*id, Stage::Expired));
                let carried = carried.iter().map(|c| (c.ticket.id, Stage::CarriedOver));
                for (ticket_id, stage) in expired.chain(carried) {
                    end(day, tickets, ticket_id, stage, *at);
                }
                Step::DayClosed { site_id }
            }
            DayEvent::AgentSeated { agent_id, counter_id, counter, .. } => {
                let ticket = day.agents.get(agent_id).and_then(|agent| agent.ticket);
                let (counter_id, counter) = (*counter_id, counter.clone());
                let agent = AgentDay { counter_id, counter, paused: false, ticket };
                day.agents.insert(*agent_id, agent);
                Step::Agent { site_id, agent_id: *agent_id }
            }
            DayEvent::AgentPaused { agent_id, .. } => pause(day, site_id, *agent_id, true),
            DayEvent::AgentResumed { agent_id, .. } => pause(day, site_id, *agent_id, false),
            DayEvent::AgentReleased { agent_id, .. } => {
                day.agents.remove(agent_id);
                Step::Agent { site_id, agent_id: *agent_id }
            }
            DayEvent::TicketIssued { ticket, at, .. } => {
                let before =
                    issued(event).and_then(|carried| take_over(day, tickets, &carried, *at));
                Step::Ticket { site_id, ticket_id: ticket.id, before }
            }
            DayEvent::TicketCalled { ticket, .. }
            | DayEvent::TicketRecalled { ticket, .. }
            | DayEvent::ServiceStarted { ticket, .. }
            | DayEvent::ServiceFinished { ticket, .. }
            | DayEvent::TicketNoShow { ticket, .. }
            | DayEvent::TicketReturned { ticket, .. }
            | DayEvent::TicketParked { ticket, .. }
            | DayEvent::TicketResumed { ticket, .. }
            | DayEvent::TicketTransferred { ticket, .. }
            | DayEvent::TicketCancelled { ticket, .. }
            | DayEvent::PriorityChanged { ticket, .. }
            | DayEvent::StepUndone { ticket, .. } => tickets
                .get_mut(&ticket.id)
                .and_then(|found| advance(day, found, ticket, event, recorded.position))
                .map_or(Step::Nothing, |before| Step::Ticket {
                    site_id,
                    ticket_id: ticket.id,
                    before: Some(before),
                }),
        }
    }

    fn open(
        &mut self,
        site_id: SiteId,
        date: NaiveDate,
        carried: &[CarriedTicket],
        at: DateTime<Utc>,
    ) -> Step {
        let day = self.days.entry(site_id).or_insert_with(|| HallDay::new(date));
        if day.date > date {
            return Step::Nothing;
        }
        let mut left = Vec::new();
        if day.date < date {
            left = std::mem::replace(day, HallDay::new(date)).tickets;
            for id in &left {
                self.tickets.remove(id);
            }
        }
        day.open = true;
        for ticket in carried {
            take_over(day, &mut self.tickets, ticket, at);
        }
        left.retain(|id| !self.tickets.contains_key(id));
        Step::DayOpened { site_id, left }
    }
}

fn pause(day: &mut HallDay, site_id: SiteId, agent_id: AgentId, paused: bool) -> Step {
    if let Some(agent) = day.agents.get_mut(&agent_id) {
        agent.paused = paused;
    }
    Step::Agent { site_id, agent_id }
}

/// A new ticket as one that is taken over: it waits from now on.
fn issued(event: &DayEvent) -> Option<CarriedTicket> {
    let DayEvent::TicketIssued { ticket, ordinal, priority, channel, at, .. } = event else {
        return None;
    };
    Some(CarriedTicket {
        ticket: ticket.clone(),
        issued_in: ticket.queue_id,
        ordinal: *ordinal,
        priority: *priority,
        channel: *channel,
        arrived_at: *at,
        place: Place { front: 0, since: *at },
        reserved_for: None,
    })
}

fn take_over(
    day: &mut HallDay,
    tickets: &mut IdMap<TicketId, Ticket>,
    carried: &CarriedTicket,
    at: DateTime<Utc>,
) -> Option<Before> {
    let ticket = Ticket::waiting(carried, at);
    let (ticket_id, queue_id) = (ticket.id, ticket.queue_id);
    let before = tickets.insert(ticket_id, ticket).map(|old| {
        if old.is_waiting() {
            leave_line(day, &old);
        }
        day.in_hand.retain(|id| *id != ticket_id);
        Before { queue_id: old.queue_id, stage: old.stage }
    });
    if before.is_none() {
        day.tickets.push(ticket_id);
    }
    day.queues.entry(queue_id).or_default().waiting += 1;
    before
}

fn leave_line(day: &mut HallDay, ticket: &Ticket) {
    let queue = day.queues.entry(ticket.queue_id).or_default();
    queue.waiting = queue.waiting.saturating_sub(1);
}

fn end(
    day: &mut HallDay,
    tickets: &mut IdMap<TicketId, Ticket>,
    ticket_id: TicketId,
    stage: Stage,
    at: DateTime<Utc>,
) {
    if let Some(ticket) = tickets.get_mut(&ticket_id) {
        if ticket.is_waiting() {
            leave_line(day, ticket);
        }
        ticket.enter(stage, at);
        ticket.turn_before_call = None;
    }
}

/// One step of a ticket that is there.
fn advance(
    day: &mut HallDay,
    ticket: &mut Ticket,
    ticket_ref: &TicketRef,
    event: &DayEvent,
    position: Position,
) -> Option<Before> {
    let stage = next_stage(event, &ticket.stage)?;
    if ticket.is_waiting() {
        leave_line(day, ticket);
    }
    note(day, ticket, event, position);
    let queue_id = std::mem::replace(&mut ticket.queue_id, ticket_ref.queue_id);
    let before = Before { queue_id, stage: ticket.enter(stage, event.at()) };
    let (was, is) = (&before.stage, &ticket.stage);
    if ticket.is_waiting() {
        day.queues.entry(ticket.queue_id).or_default().waiting += 1;
    }
    if was.in_hand()
        && let Some(agent) = was.hold().and_then(|hold| day.agents.get_mut(&hold.agent_id))
    {
        agent.ticket = None;
    }
    if is.in_hand()
        && let Some(agent) = is.hold().and_then(|hold| day.agents.get_mut(&hold.agent_id))
    {
        agent.ticket = Some(ticket.id);
    }
    if !is.in_hand() {
        day.in_hand.retain(|id| *id != ticket.id);
    } else if !day.in_hand.contains(&ticket.id) {
        day.in_hand.push(ticket.id);
    }
    Some(before)
}

/// What a step leaves behind besides the new stage: whose turn it is, how long things took, when it was called.
fn note(day: &mut HallDay, ticket: &mut Ticket, event: &DayEvent, position: Position) {
    let queue = day.queues.entry(ticket.queue_id).or_default();
    match event {
        DayEvent::TicketCalled { reason, .. } => {
            ticket.turn_before_call = Some(queue.queue_turn);
            ticket.call = position;
            ticket.waited_seconds = reason.waited_seconds;
            queue.queue_turn = queue.queue_turn.after(ticket.id, ticket.priority);
        }
        DayEvent::TicketRecalled { .. } => ticket.call = position,
        DayEvent::PriorityChanged { to, .. } => ticket.priority = *to,
        DayEvent::StepUndone { step, .. } => {
            if let (Kind::Called, Some(before)) = (step, ticket.turn_before_call.take()) {
                queue.queue_turn = queue.queue_turn.without(ticket.id, before);
            }
            ticket.turn_before_call = None;
            if *step == Kind::Finished {
                queue.services.take_back(ticket.service_seconds);
            }
        }
        DayEvent::ServiceFinished { service_seconds, .. } => {
            ticket.turn_before_call = None;
            ticket.service_seconds = *service_seconds;
            queue.services.add(*service_seconds);
        }
        DayEvent::TicketResumed { hold, .. } => {
            ticket.turn_before_call = None;
            // Where taking it up again counts as a call, it is the newest one.
            if ticket.called_at != Some(hold.called_at) {
                ticket.call = position;
            }
        }
        DayEvent::ServiceStarted { .. }
        | DayEvent::TicketNoShow { .. }
        | DayEvent::TicketReturned { .. }
        | DayEvent::TicketParked { .. }
        | DayEvent::TicketTransferred { .. }
        | DayEvent::TicketCancelled { .. } => ticket.turn_before_call = None,
        DayEvent::DayOpened { .. }
        | DayEvent::DayClosed { .. }
        | DayEvent::AgentSeated { .. }
        | DayEvent::AgentPaused { .. }
        | DayEvent::AgentResumed { .. }
        | DayEvent::AgentReleased { .. }
        | DayEvent::TicketIssued { .. } => {}
    }
}
