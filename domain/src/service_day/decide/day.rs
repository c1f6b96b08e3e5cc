//! Opening and closing the day.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Decision, Refusal, Rules, named, seconds_between};
use crate::directory::{DayEnd, Directory};
use crate::ids::{AgentId, SiteId, TicketId};
use crate::service_day::ticket::LastStep;
use crate::service_day::{CarriedTicket, DayEvent, Place, Restored, ServiceDay, Stage, Ticket};

/// Opens a day, or opens it again. Who was carried over comes back from this day's own close first; where a later
/// day has them already, this one is over for good.
pub(super) fn open(
    state: &ServiceDay,
    now: DateTime<Utc>,
    directory: &Directory,
    (site_id, date): (SiteId, NaiveDate),
    carried: &[CarriedTicket],
    latest: Option<NaiveDate>,
) -> Decision {
    if state.is_open() {
        return Err(Refusal::DayOpen);
    }
    if state.day.is_some_and(|day| day != (site_id, date)) {
        return Err(Refusal::AnotherDay);
    }
    if !directory.sites.contains_key(&site_id) {
        return Err(Refusal::UnknownSite(site_id));
    }
    if let Some(latest) = latest.filter(|latest| *latest > date) {
        return Err(Refusal::DayOver { latest });
    }
    let again = state.closed;
    let carried = if again { state.carried.clone() } else { carried.to_vec() };
    Ok(vec![DayEvent::DayOpened { site_id, date, at: now, carried }])
}

impl Rules<'_> {
    /// Whoever is being served is finished. Those who wait, are parked, or were called and never answered expire or
    /// are carried over.
    pub(super) fn close(&self, end: Option<DayEnd>) -> Decision {
        let end = end.unwrap_or(self.site()?.day_end);
        let mut events = Vec::new();
        let (mut expired, mut carried) = (Vec::new(), Vec::new());
        for (id, ticket) in &self.state.tickets {
            match &ticket.stage {
                Stage::Serving { hold, .. } => {
                    events.push(DayEvent::ServiceFinished {
                        ticket: named(*id, ticket),
                        agent_id: hold.agent_id,
                        service_seconds: service_seconds(ticket, self.now),
                        at: self.now,
                    });
                }
                Stage::Waiting { .. } | Stage::Called(_) | Stage::Parked { .. } => match end {
                    DayEnd::Expire => expired.push(*id),
                    DayEnd::CarryOver => carried.push(carry(*id, ticket)),
                },
                Stage::Finished
                | Stage::NoShow
                | Stage::Cancelled
                | Stage::Expired
                | Stage::CarriedOver => {}
            }
        }
        events.push(DayEvent::DayClosed { site_id: self.day.0, at: self.now, expired, carried });
        Ok(events)
    }
}

fn carry(id: TicketId, ticket: &Ticket) -> CarriedTicket {
    let (place, reserved_for) = place_of(ticket);
    CarriedTicket {
        ticket: named(id, ticket),
        issued_in: ticket.issued_in,
        ordinal: ticket.ordinal,
        priority: ticket.priority,
        channel: ticket.channel,
        arrived_at: ticket.arrived_at,
        place,
        reserved_for,
    }
}

/// Where a ticket stands in its line, or stood before it was called; else where its arrival puts it.
fn place_of(ticket: &Ticket) -> (Place, Option<AgentId>) {
    if let Stage::Waiting { place, reserved_for, .. } = &ticket.stage {
        return (*place, *reserved_for);
    }
    if let (Stage::Called(_), Some(LastStep { before, .. })) = (&ticket.stage, &ticket.last_step)
        && let Restored::Waiting { place, reserved_for, .. } = before
    {
        return (*place, *reserved_for);
    }
    (Place { front: 0, since: ticket.arrived_at }, None)
}

/// How long the service of a ticket in hand has taken, from its start or, without one, from its call.
pub(super) fn service_seconds(ticket: &Ticket, now: DateTime<Utc>) -> u32 {
    let since = if let Stage::Serving { started_at, .. } = &ticket.stage {
        Some(*started_at)
    } else {
        ticket.stage.hold().map(|hold| hold.called_at)
    };
    since.map_or(0, |since| seconds_between(since, now))
}
