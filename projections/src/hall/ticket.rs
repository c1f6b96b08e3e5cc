//! One ticket as it stands, with the times that screens and phones show.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::service_day::{CarriedTicket, DayEvent, Hold, Place, QueueTurn, Stage};
use domain::{Position, QueueId, TicketId};

/// A visitor's ticket, from its issue to the opening of the next day.
#[derive(Clone, PartialEq, Debug)]
pub struct Ticket {
    pub id: TicketId,
    pub number: Arc<str>,
    /// The number without its prefix.
    pub ordinal: u32,
    pub queue_id: QueueId,
    pub priority: u8,
    pub arrived_at: DateTime<Utc>,
    pub stage: Stage,
    /// Where the log has its last call or recall: boards order by it.
    pub call: Position,
    /// When it was last called; none while it waits.
    pub called_at: Option<DateTime<Utc>>,
    /// When its service began; none while it waits.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was finished, missed, cancelled or expired.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Where it was last called to; none while it waits.
    pub counter: Option<Arc<str>>,
    /// How long it had waited at its last call, in seconds.
    pub waited_seconds: u32,
    /// How long its service took, once finished.
    pub service_seconds: u32,
    /// The turn of its queue before the call, as long as an undo would bring it back.
    pub(super) turn_before_call: Option<QueueTurn>,
}

impl Ticket {
    /// A ticket that begins to wait.
    pub(super) fn waiting(carried: &CarriedTicket, at: DateTime<Utc>) -> Self {
        let (place, reserved_for) = (carried.place, carried.reserved_for);
        Self {
            id: carried.ticket.id,
            number: carried.ticket.number.clone(),
            ordinal: carried.ordinal,
            queue_id: carried.ticket.queue_id,
            priority: carried.priority,
            arrived_at: carried.arrived_at,
            stage: Stage::Waiting { place, transferred: false, reserved_for },
            call: Position::START,
            called_at: None,
            started_at: None,
            ended_at: None,
            updated_at: at,
            counter: None,
            waited_seconds: 0,
            service_seconds: 0,
            turn_before_call: None,
        }
    }

    /// Whether it can be called: it waits, also after a transfer.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    /// Enters another stage and brings the times in line with it; gives the old one back.
    pub(super) fn enter(&mut self, stage: Stage, at: DateTime<Utc>) -> Stage {
        let (hold, started_at) = match &stage {
            Stage::Called(hold) => (Some(hold), None),
            Stage::Serving { hold, started_at } => (Some(hold), Some(*started_at)),
            Stage::Parked { hold, started_at } => (Some(hold), *started_at),
            Stage::Waiting { .. }
            | Stage::Finished
            | Stage::NoShow
            | Stage::Cancelled
            | Stage::Expired
            | Stage::CarriedOver => (None, None),
        };
        match &stage {
            Stage::Waiting { .. }
            | Stage::CarriedOver
            | Stage::Called(_)
            | Stage::Serving { .. }
            | Stage::Parked { .. } => {
                self.called_at = hold.map(|hold| hold.called_at);
                self.counter = hold.map(|hold| hold.counter.clone());
                self.started_at = started_at;
                self.ended_at = None;
            }
            Stage::Finished | Stage::NoShow | Stage::Cancelled | Stage::Expired => {
                self.ended_at = Some(at);
            }
        }
        self.updated_at = at;
        std::mem::replace(&mut self.stage, stage)
    }
}

/// The stage that a step leads to; none where the ticket is not where that step begins.
pub(super) fn next_stage(event: &DayEvent, old: &Stage) -> Option<Stage> {
    match event {
        DayEvent::TicketCalled { agent_id, counter_id, counter, at, .. } => {
            let (agent_id, counter_id, counter) = (*agent_id, *counter_id, counter.clone());
            Some(Stage::Called(Hold { agent_id, counter_id, counter, called_at: *at, calls: 1 }))
        }
        DayEvent::TicketRecalled { calls, at, .. } => {
            let Stage::Called(hold) = old else { return None };
            Some(Stage::Called(Hold { calls: *calls, called_at: *at, ..hold.clone() }))
        }
        DayEvent::ServiceStarted { at, .. } => {
            let Stage::Called(hold) = old else { return None };
            Some(Stage::Serving { hold: hold.clone(), started_at: *at })
        }
        DayEvent::ServiceFinished { .. } => Some(Stage::Finished),
        DayEvent::TicketNoShow { .. } => Some(Stage::NoShow),
        DayEvent::TicketReturned { place, .. } => Some(waiting_at(*place)),
        DayEvent::TicketParked { .. } => parked(old),
        DayEvent::TicketResumed { hold, at, .. } => {
            let Stage::Parked { started_at, .. } = old else { return None };
            Some(Stage::Serving { hold: hold.clone(), started_at: started_at.unwrap_or(*at) })
        }
        DayEvent::TicketTransferred { place, reserved_for, .. } => {
            Some(Stage::Waiting { place: *place, transferred: true, reserved_for: *reserved_for })
        }
        DayEvent::TicketCancelled { .. } => Some(Stage::Cancelled),
        DayEvent::StepUndone { restored, .. } => Some(restored.clone().into()),
        DayEvent::PriorityChanged { .. } => Some(old.clone()),
        DayEvent::DayOpened { .. }
        | DayEvent::DayClosed { .. }
        | DayEvent::AgentSeated { .. }
        | DayEvent::AgentPaused { .. }
        | DayEvent::AgentResumed { .. }
        | DayEvent::AgentReleased { .. }
        | DayEvent::TicketIssued { .. } => None,
    }
}

fn waiting_at(place: Place) -> Stage {
    Stage::Waiting { place, transferred: false, reserved_for: None }
}

fn parked(old: &Stage) -> Option<Stage> {
    match old {
        Stage::Called(hold) => Some(Stage::Parked { hold: hold.clone(), started_at: None }),
        Stage::Serving { hold, started_at } => {
            Some(Stage::Parked { hold: hold.clone(), started_at: Some(*started_at) })
        }
        Stage::Waiting { .. }
        | Stage::Parked { .. }
        | Stage::Finished
        | Stage::NoShow
        | Stage::Cancelled
        | Stage::Expired
        | Stage::CarriedOver => None,
    }
}
