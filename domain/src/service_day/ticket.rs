//! One ticket and the stages of its life.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Channel, DayEvent, Hold, Place, QueueTurn, Restored, Step};
use crate::ids::{AgentId, QueueId};

/// Where a ticket is in its life.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Stage {
    Waiting {
        place: Place,
        transferred: bool,
        reserved_for: Option<AgentId>,
    },
    Called(Hold),
    Serving {
        hold: Hold,
        started_at: DateTime<Utc>,
    },
    Parked {
        hold: Hold,
        started_at: Option<DateTime<Utc>>,
    },
    Finished,
    NoShow,
    Cancelled,
    /// It still waited when the day closed, or was called and not answered.
    Expired,
    /// It waits on, on the next business day.
    CarriedOver,
}

impl Stage {
    /// The word on the wire, frozen by the seed system.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Self::Waiting { transferred: false, .. } | Self::CarriedOver => "en_attente",
            Self::Waiting { transferred: true, .. } => "transfere",
            Self::Called(_) => "appele",
            Self::Serving { .. } => "en_service",
            Self::Parked { .. } => "pause",
            Self::Finished => "clos",
            Self::NoShow => "no_show",
            Self::Cancelled | Self::Expired => "annule",
        }
    }

    /// Who has it in hand or parked it.
    #[must_use]
    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Called(hold) | Self::Serving { hold, .. } | Self::Parked { hold, .. } => {
                Some(hold)
            }
            Self::Waiting { .. }
            | Self::Finished
            | Self::NoShow
            | Self::Cancelled
            | Self::Expired
            | Self::CarriedOver => None,
        }
    }

    /// Whether it occupies its agent.
    #[must_use]
    pub fn in_hand(&self) -> bool {
        matches!(self, Self::Called(_) | Self::Serving { .. })
    }

    /// What an undo would make of it again; none for stages that no undo leads back to.
    pub(super) fn restorable(&self) -> Option<Restored> {
        match self.clone() {
            Self::Waiting { place, transferred, reserved_for } => {
                Some(Restored::Waiting { place, transferred, reserved_for })
            }
            Self::Called(hold) => Some(Restored::Called(hold)),
            Self::Serving { hold, started_at } => Some(Restored::Serving { hold, started_at }),
            Self::Parked { hold, started_at } => Some(Restored::Parked { hold, started_at }),
            Self::NoShow => Some(Restored::NoShow),
            Self::Finished | Self::Cancelled | Self::Expired | Self::CarriedOver => None,
        }
    }
}

impl From<Restored> for Stage {
    fn from(restored: Restored) -> Self {
        match restored {
            Restored::Waiting { place, transferred, reserved_for } => {
                Self::Waiting { place, transferred, reserved_for }
            }
            Restored::Called(hold) => Self::Called(hold),
            Restored::Serving { hold, started_at } => Self::Serving { hold, started_at },
            Restored::Parked { hold, started_at } => Self::Parked { hold, started_at },
            Restored::NoShow => Self::NoShow,
        }
    }
}

/// The step that an undo would take back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct LastStep {
    pub(super) step: Step,
    /// Who took it; none for the reception.
    pub(super) by: Option<AgentId>,
    pub(super) at: DateTime<Utc>,
    pub(super) before: Restored,
    pub(super) queue_before: QueueId,
    pub(super) left: Left,
}

/// What a step left in its queue besides the ticket.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Left {
    Nothing,
    /// A call: whose turn it was before.
    Turn {
        before: QueueTurn,
    },
    /// A finished service: how long it took.
    Service {
        seconds: u32,
    },
}

/// One visitor's ticket.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ticket {
    pub number: Arc<str>,
    /// The queue that gave the number; a transfer does not change it.
    pub issued_in: QueueId,
    pub ordinal: u32,
    pub queue_id: QueueId,
    pub priority: u8,
    pub channel: Channel,
    pub arrived_at: DateTime<Utc>,
    pub stage: Stage,
    pub(super) last_step: Option<LastStep>,
}

/// The agent who took a step; none for the reception, and for what is no step.
pub(super) fn taken_by(event: &DayEvent) -> Option<AgentId> {
    match event {
        DayEvent::TicketCalled { agent_id, .. }
        | DayEvent::ServiceStarted { agent_id, .. }
        | DayEvent::ServiceFinished { agent_id, .. }
        | DayEvent::TicketNoShow { agent_id, .. }
        | DayEvent::TicketParked { agent_id, .. } => Some(*agent_id),
        DayEvent::TicketResumed { hold, .. } => Some(hold.agent_id),
        DayEvent::TicketReturned { agent_id, .. }
        | DayEvent::TicketTransferred { agent_id, .. }
        | DayEvent::TicketCancelled { agent_id, .. } => *agent_id,
        DayEvent::DayOpened { .. }
        | DayEvent::DayClosed { .. }
        | DayEvent::AgentSeated { .. }
        | DayEvent::AgentPaused { .. }
        | DayEvent::AgentResumed { .. }
        | DayEvent::AgentReleased { .. }
        | DayEvent::TicketIssued { .. }
        | DayEvent::TicketRecalled { .. }
        | DayEvent::PriorityChanged { .. }
        | DayEvent::StepUndone { .. } => None,
    }
}

/// The stage that an event leads to from `old`; none where the two do not belong together.
pub(super) fn next_stage(event: &DayEvent, old: &Stage) -> Option<(Step, Stage)> {
    let parked = |hold: &Hold, started_at| Stage::Parked { hold: hold.clone(), started_at };
    match (event, old) {
        (DayEvent::TicketCalled { agent_id, counter_id, counter, at, .. }, _) => {
            let (agent_id, counter_id, counter) = (*agent_id, *counter_id, counter.clone());
            let hold = Hold { agent_id, counter_id, counter, called_at: *at, calls: 1 };
            Some((Step::Called, Stage::Called(hold)))
        }
        (DayEvent::ServiceStarted { at, .. }, Stage::Called(hold)) => {
            Some((Step::Started, Stage::Serving { hold: hold.clone(), started_at: *at }))
        }
        (DayEvent::ServiceFinished { .. }, _) => Some((Step::Finished, Stage::Finished)),
        (DayEvent::TicketNoShow { .. }, _) => Some((Step::NoShow, Stage::NoShow)),
        (DayEvent::TicketReturned { place, .. }, _) => {
            let stage = Stage::Waiting { place: *place, transferred: false, reserved_for: None };
            Some((Step::Returned, stage))
        }
        (DayEvent::TicketParked { .. }, Stage::Called(hold)) => {
            Some((Step::Parked, parked(hold, None)))
        }
        (DayEvent::TicketParked { .. }, Stage::Serving { hold, started_at }) => {
            Some((Step::Parked, parked(hold, Some(*started_at))))
        }
        (DayEvent::TicketResumed { hold, at, .. }, Stage::Parked { started_at, .. }) => {
            let started_at = started_at.unwrap_or(*at);
            Some((Step::Resumed, Stage::Serving { hold: hold.clone(), started_at }))
        }
        (DayEvent::TicketTransferred { place, reserved_for, .. }, _) => {
            let (place, reserved_for) = (*place, *reserved_for);
            Some((Step::Transferred, Stage::Waiting { place, transferred: true, reserved_for }))
        }
        (DayEvent::TicketCancelled { .. }, _) => Some((Step::Cancelled, Stage::Cancelled)),
        _ => None,
    }
}
