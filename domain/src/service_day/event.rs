//! What happened on a service day. Names and fields are frozen: a golden line per version holds them.
//!
//! `at` is when it was decided; `recorded_at`, beside the event, is when the log took it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{
    CallReason, CarriedTicket, Channel, Hold, PauseReason, Place, Restored, ReturnPlace, Step,
    TicketRef,
};
use crate::ids::{AgentId, CounterId, QueueId, SiteId, TicketId};

/// A fact of the day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayEvent {
    /// Also when a closed day is opened again. Numbers go on after `ordinal`s already given.
    DayOpened {
        site_id: SiteId,
        date: NaiveDate,
        at: DateTime<Utc>,
        carried: Vec<CarriedTicket>,
    },
    /// Nobody waits any more: who was being served is finished, the others expired or were carried over.
    DayClosed {
        site_id: SiteId,
        at: DateTime<Utc>,
        expired: Vec<TicketId>,
        carried: Vec<CarriedTicket>,
    },
    AgentSeated {
        agent_id: AgentId,
        counter_id: CounterId,
        counter: Arc<str>,
        at: DateTime<Utc>,
    },
    AgentPaused {
        agent_id: AgentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<PauseReason>,
        at: DateTime<Utc>,
    },
    AgentResumed {
        agent_id: AgentId,
        at: DateTime<Utc>,
    },
    AgentReleased {
        agent_id: AgentId,
        at: DateTime<Utc>,
    },

    TicketIssued {
        ticket: TicketRef,
        /// The number without its prefix; 1, 2, 3, ... per prefix and day.
        ordinal: u32,
        priority: u8,
        channel: Channel,
        /// A way to reach the visitor is kept outside the log.
        contact: bool,
        /// What the visitor was told: 1 is next.
        position_in_line: u32,
        /// What the visitor was told, where enough was known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        estimate_seconds: Option<u32>,
        at: DateTime<Utc>,
    },
    TicketCalled {
        ticket: TicketRef,
        agent_id: AgentId,
        counter_id: CounterId,
        counter: Arc<str>,
        reason: CallReason,
        at: DateTime<Utc>,
    },
    /// Called again; `calls` counts the first call too.
    TicketRecalled {
        ticket: TicketRef,
        agent_id: AgentId,
        counter_id: CounterId,
        counter: Arc<str>,
        calls: u32,
        at: DateTime<Utc>,
    },
    ServiceStarted {
        ticket: TicketRef,
        agent_id: AgentId,
        at: DateTime<Utc>,
    },
    ServiceFinished {
        ticket: TicketRef,
        agent_id: AgentId,
        service_seconds: u32,
        at: DateTime<Utc>,
    },
    TicketNoShow {
        ticket: TicketRef,
        agent_id: AgentId,
        calls: u32,
        at: DateTime<Utc>,
    },
    TicketReturned {
        ticket: TicketRef,
        /// Who did it; none for the reception.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
        to: ReturnPlace,
        place: Place,
        at: DateTime<Utc>,
    },
    TicketParked {
        ticket: TicketRef,
        agent_id: AgentId,
        at: DateTime<Utc>,
    },
    /// Taken up again, maybe at another counter and by another agent.
    TicketResumed {
        ticket: TicketRef,
        hold: Hold,
        at: DateTime<Utc>,
    },
    TicketTransferred {
        ticket: TicketRef,
        /// Who did it; none for the reception.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
        from_queue_id: QueueId,
        /// Only this agent may call it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reserved_for: Option<AgentId>,
        place: Place,
        at: DateTime<Utc>,
    },
    TicketCancelled {
        ticket: TicketRef,
        /// Who did it; none for the reception.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
        at: DateTime<Utc>,
    },
    PriorityChanged {
        ticket: TicketRef,
        from: u8,
        to: u8,
        at: DateTime<Utc>,
    },
    /// `from_queue_id` is where the ticket was when the step was taken back.
    StepUndone {
        ticket: TicketRef,
        from_queue_id: QueueId,
        step: Step,
        restored: Restored,
        at: DateTime<Utc>,
    },
}

impl DayEvent {
    /// Every type this program can read, as stored.
    pub const TYPES: [&'static str; 19] = [
        "day_opened",
        "day_closed",
        "agent_seated",
        "agent_paused",
        "agent_resumed",
        "agent_released",
        "ticket_issued",
        "ticket_called",
        "ticket_recalled",
        "service_started",
        "service_finished",
        "ticket_no_show",
        "ticket_returned",
        "ticket_parked",
        "ticket_resumed",
        "ticket_transferred",
        "ticket_cancelled",
        "priority_changed",
        "step_undone",
    ];

    /// The stored type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::DayOpened { .. } => "day_opened",
            Self::DayClosed { .. } => "day_closed",
            Self::AgentSeated { .. } => "agent_seated",
            Self::AgentPaused { .. } => "agent_paused",
            Self::AgentResumed { .. } => "agent_resumed",
            Self::AgentReleased { .. } => "agent_released",
            Self::TicketIssued { .. } => "ticket_issued",
            Self::TicketCalled { .. } => "ticket_called",
            Self::TicketRecalled { .. } => "ticket_recalled",
            Self::ServiceStarted { .. } => "service_started",
            Self::ServiceFinished { .. } => "service_finished",
            Self::TicketNoShow { .. } => "ticket_no_show",
            Self::TicketReturned { .. } => "ticket_returned",
            Self::TicketParked { .. } => "ticket_parked",
            Self::TicketResumed { .. } => "ticket_resumed",
            Self::TicketTransferred { .. } => "ticket_transferred",
            Self::TicketCancelled { .. } => "ticket_cancelled",
            Self::PriorityChanged { .. } => "priority_changed",
            Self::StepUndone { .. } => "step_undone",
        }
    }

    /// The ticket that the event is about, if it is about one.
    #[must_use]
    pub fn ticket(&self) -> Option<&TicketRef> {
        match self {
            Self::DayOpened { .. }
            | Self::DayClosed { .. }
            | Self::AgentSeated { .. }
            | Self::AgentPaused { .. }
            | Self::AgentResumed { .. }
            | Self::AgentReleased { .. } => None,
            Self::TicketIssued { ticket, .. }
            | Self::TicketCalled { ticket, .. }
            | Self::TicketRecalled { ticket, .. }
            | Self::ServiceStarted { ticket, .. }
            | Self::ServiceFinished { ticket, .. }
            | Self::TicketNoShow { ticket, .. }
            | Self::TicketReturned { ticket, .. }
            | Self::TicketParked { ticket, .. }
            | Self::TicketResumed { ticket, .. }
            | Self::TicketTransferred { ticket, .. }
            | Self::TicketCancelled { ticket, .. }
            | Self::PriorityChanged { ticket, .. }
            | Self::StepUndone { ticket, .. } => Some(ticket),
        }
    }

    /// When it was decided.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::DayOpened { at, .. }
            | Self::DayClosed { at, .. }
            | Self::AgentSeated { at, .. }
            | Self::AgentPaused { at, .. }
            | Self::AgentResumed { at, .. }
            | Self::AgentReleased { at, .. }
            | Self::TicketIssued { at, .. }
            | Self::TicketCalled { at, .. }
            | Self::TicketRecalled { at, .. }
            | Self::ServiceStarted { at, .. }
            | Self::ServiceFinished { at, .. }
            | Self::TicketNoShow { at, .. }
            | Self::TicketReturned { at, .. }
            | Self::TicketParked { at, .. }
            | Self::TicketResumed { at, .. }
            | Self::TicketTransferred { at, .. }
            | Self::TicketCancelled { at, .. }
            | Self::PriorityChanged { at, .. }
            | Self::StepUndone { at, .. } => *at,
        }
    }
}

impl DomainEvent for DayEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}
