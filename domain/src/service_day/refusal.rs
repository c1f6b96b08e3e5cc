//! Why a wish is refused, each as a value of its own; the text is for people and says what to do.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::ids::{AgentId, CounterId, QueueId, SiteId, TicketId};

/// What sort of refusal it is; HTTP answers 404, 409 and 422.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalKind {
    /// It names something that is not there.
    Unknown,
    /// It is not possible as things stand.
    State,
    /// It makes no sense however things stand.
    Malformed,
}

/// A refusal by the rules of the day. Nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayRefusal {
    #[error("there is no site {0}")]
    UnknownSite(SiteId),
    #[error("there is no queue {0} at this site")]
    UnknownQueue(QueueId),
    #[error("there is no ticket {0} on this day")]
    UnknownTicket(TicketId),
    #[error("there is no active agent {0} at this site")]
    UnknownAgent(AgentId),
    #[error("there is no active counter {0} at this site")]
    UnknownCounter(CounterId),

    #[error("the day is not open yet")]
    DayNotOpen,
    #[error("the day is closed; it can be opened again")]
    DayClosed,
    #[error("the day is open already")]
    DayOpen,
    #[error("the day is over: the site has opened {latest} since, and goes on with that day")]
    DayOver { latest: NaiveDate },
    #[error("this day was opened for another site or date")]
    AnotherDay,

    #[error("queue {name} is paused; wait until it is resumed")]
    QueuePaused { name: Arc<str> },
    #[error("queue {name} is closed for new tickets")]
    QueueClosed { name: Arc<str> },
    #[error("queue {name} is full: {capacity} already wait")]
    QueueFull { name: Arc<str>, capacity: u32 },
    #[error("ticket id {0} was given already")]
    TicketExists(TicketId),

    #[error("take a seat at a counter first")]
    AgentNotSeated,
    #[error("the agent is paused; resume first")]
    AgentPaused,
    #[error("finish, return or park ticket {number} first")]
    AgentHasTicket { number: Arc<str> },
    #[error("the agent does not serve queue {name}")]
    AgentDoesNotServe { name: Arc<str> },
    #[error("counter {counter} is taken by another agent")]
    CounterTaken { counter: Arc<str>, agent_id: AgentId },
    #[error("the agent to whom the ticket should go back now has ticket {number} or has left")]
    AgentNotFree { number: Arc<str> },

    #[error("nobody is waiting for you")]
    NobodyWaiting,
    #[error("ticket {number} is not waiting: it is {status}")]
    TicketNotWaiting { number: Arc<str>, status: &'static str, counter: Option<Arc<str>> },
    #[error("ticket {number} is waiting already")]
    TicketWaiting { number: Arc<str> },
    #[error("ticket {number} is {status}; that step is not possible now")]
    WrongStage { number: Arc<str>, status: &'static str },
    #[error("ticket {number} is with another agent, at counter {counter}")]
    NotYourTicket { number: Arc<str>, counter: Arc<str> },
    #[error("ticket {number} is reserved for another agent")]
    TicketReserved { number: Arc<str> },
    #[error(
        "call ticket {number} at least {min} times before marking it a no-show; it was called {calls} times"
    )]
    TooFewCalls { number: Arc<str>, calls: u32, min: u32 },
    #[error("ticket {number} is in that queue already")]
    SameQueue { number: Arc<str> },
    #[error("there is no step of ticket {number} that can be taken back")]
    NothingToUndo { number: Arc<str> },
    #[error(
        "the last step of ticket {number} was taken by somebody else, who can take it back, as the reception can"
    )]
    NotYourStep { number: Arc<str> },
    #[error("the last step of ticket {number} is more than {seconds_max} seconds old and stays")]
    UndoTooLate { number: Arc<str>, seconds_max: u32 },
}

impl DayRefusal {
    /// What sort of refusal it is.
    #[must_use]
    pub fn kind(&self) -> RefusalKind {
        match self {
            Self::UnknownSite(_)
            | Self::UnknownQueue(_)
            | Self::UnknownTicket(_)
            | Self::UnknownAgent(_)
            | Self::UnknownCounter(_) => RefusalKind::Unknown,
            Self::DayNotOpen
            | Self::DayClosed
            | Self::DayOpen
            | Self::DayOver { .. }
            | Self::AnotherDay
            | Self::QueuePaused { .. }
            | Self::QueueClosed { .. }
            | Self::QueueFull { .. }
            | Self::TicketExists(_)
            | Self::AgentNotSeated
            | Self::AgentPaused
            | Self::AgentHasTicket { .. }
            | Self::AgentDoesNotServe { .. }
            | Self::CounterTaken { .. }
            | Self::AgentNotFree { .. }
            | Self::NobodyWaiting
            | Self::TicketNotWaiting { .. }
            | Self::TicketWaiting { .. }
            | Self::WrongStage { .. }
            | Self::NotYourTicket { .. }
            | Self::TicketReserved { .. }
            | Self::TooFewCalls { .. }
            | Self::SameQueue { .. }
            | Self::NothingToUndo { .. }
            | Self::NotYourStep { .. }
            | Self::UndoTooLate { .. } => RefusalKind::State,
        }
    }

    /// A stable name for programs: the last part of the problem's `type`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::UnknownSite(_) => "unknown-site",
            Self::UnknownQueue(_) => "unknown-queue",
            Self::UnknownTicket(_) => "unknown-ticket",
            Self::UnknownAgent(_) => "unknown-agent",
            Self::UnknownCounter(_) => "unknown-counter",
            Self::DayNotOpen => "day-not-open",
            Self::DayClosed => "day-closed",
            Self::DayOpen => "day-open",
            Self::DayOver { .. } => "day-over",
            Self::AnotherDay => "another-day",
            Self::QueuePaused { .. } => "queue-paused",
            Self::QueueClosed { .. } => "queue-closed",
            Self::QueueFull { .. } => "queue-full",
            Self::TicketExists(_) => "ticket-exists",
            Self::AgentNotSeated => "agent-not-seated",
            Self::AgentPaused => "agent-paused",
            Self::AgentHasTicket { .. } => "agent-has-ticket",
            Self::AgentDoesNotServe { .. } => "agent-does-not-serve",
            Self::CounterTaken { .. } => "counter-taken",
            Self::AgentNotFree { .. } => "agent-not-free",
            Self::NobodyWaiting => "nobody-waiting",
            Self::TicketNotWaiting { .. } => "ticket-not-waiting",
            Self::TicketWaiting { .. } => "ticket-waiting",
            Self::WrongStage { .. } => "wrong-stage",
            Self::NotYourTicket { .. } => "not-your-ticket",
            Self::TicketReserved { .. } => "ticket-reserved",
            Self::TooFewCalls { .. } => "too-few-calls",
            Self::SameQueue { .. } => "same-queue",
            Self::NothingToUndo { .. } => "nothing-to-undo",
            Self::NotYourStep { .. } => "not-your-step",
            Self::UndoTooLate { .. } => "undo-too-late",
        }
    }
}
