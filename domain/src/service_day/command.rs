//! What may be asked of a service day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{CarriedTicket, PauseReason, ReturnPlace};
use crate::directory::DayEnd;
use crate::ids::{AgentId, CounterId, QueueId, SiteId, TicketId};

/// One wish of a visitor, an agent, the reception or the program.
///
/// Where `agent_id` may be absent, the reception asks; where it is given, the ticket must be in that agent's
/// hands (or in nobody's).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCommand {
    /// Opens the day, or opens it again after it was closed. `carried` comes from the day before,
    /// and `latest` is the newest date that the site ever opened, if any: a day with a later one stays closed.
    Open {
        site_id: SiteId,
        date: NaiveDate,
        carried: Vec<CarriedTicket>,
        latest: Option<NaiveDate>,
    },
    /// Closes the day; `end` overrides what the site says of those who still wait.
    Close {
        end: Option<DayEnd>,
    },

    /// The agent sits down at a counter and is available. Moving to another counter is the same command.
    SeatAgent {
        agent_id: AgentId,
        counter_id: CounterId,
    },
    /// The agent takes no new ticket until resumed.
    PauseAgent {
        agent_id: AgentId,
        reason: Option<PauseReason>,
    },
    ResumeAgent {
        agent_id: AgentId,
    },
    /// The agent leaves the counter.
    ReleaseAgent {
        agent_id: AgentId,
    },

    /// A visitor takes a ticket. `contact` says that a way to reach the visitor is kept outside the log.
    Issue {
        ticket_id: TicketId,
        queue_id: QueueId,
        priority: u8,
        channel: Channel,
        contact: bool,
    },
    /// Calls whoever is next for this agent, in one queue or in all queues that the agent serves.
    CallNext {
        agent_id: AgentId,
        queue_id: Option<QueueId>,
    },
    /// Calls a chosen ticket out of order; the event records that it was.
    Call {
        agent_id: AgentId,
        ticket_id: TicketId,
    },
    /// Calls again.
    Recall {
        agent_id: AgentId,
        ticket_id: TicketId,
    },
    StartService {
        agent_id: AgentId,
        ticket_id: TicketId,
    },
    Finish {
        agent_id: AgentId,
        ticket_id: TicketId,
    },
    MarkNoShow {
        agent_id: AgentId,
        ticket_id: TicketId,
    },
    /// Sets the ticket aside; the agent is free for another one.
    Park {
        agent_id: AgentId,
        ticket_id: TicketId,
    },
    /// Takes a parked ticket up again.
    Resume {
        agent_id: AgentId,
        ticket_id: TicketId,
    },
    /// Puts a called, served, parked or missed ticket back into its queue.
    Return {
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
        place: ReturnPlace,
    },
    /// Hands the ticket on; number and arrival time are kept.
    Transfer {
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
        to: TransferTarget,
    },
    Cancel {
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
    },
    ChangePriority {
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
        priority: u8,
    },
    /// Takes the last step of this ticket back, as long as it is recent. Both facts stay in the log.
    Undo {
        agent_id: Option<AgentId>,
        ticket_id: TicketId,
    },
}

/// How a ticket was taken; the seed system's words and `staff`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    #[default]
    Web,
    App,
    Qr,
    Whatsapp,
    Kiosk,
    Staff,
}

/// Where a ticket is handed on to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferTarget {
    /// To whoever serves this queue.
    Queue(QueueId),
    /// To this agent alone; the ticket stays in its queue.
    Agent(AgentId),
}
