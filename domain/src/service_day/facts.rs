//! The parts that events of the day are made of. Names and fields are frozen with the events.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Channel;
use crate::directory::Policy;
use crate::ids::{AgentId, CounterId, QueueId, TicketId};

/// The ticket an event is about, as every reader needs it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct TicketRef {
    pub id: TicketId,
    /// What screens show and voices say, such as `A001`.
    pub number: Arc<str>,
    /// The queue it is in after the event.
    pub queue_id: QueueId,
}

/// Where a waiting ticket stands: `front` first (higher before lower), then `since`, then the order of issue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// 0 for the ordinary line; each return to the front gets a higher one than any who waits at the site.
    pub front: u32,
    /// The time that counts for the order: the arrival, or the return where it went to the end.
    pub since: DateTime<Utc>,
}

/// Why an agent pauses. A choice, not a text: the log is never changed, and free words would tell of a person's health
/// or faith.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum PauseReason {
    Break,
    Meal,
    Training,
    Technical,
    Other,
}

/// Text that is none of the reasons.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the reason of a pause is one of break, meal, training, technical, other; or leave it out")]
pub struct BadPauseReason;

impl FromStr for PauseReason {
    type Err = BadPauseReason;
    fn from_str(text: &str) -> Result<Self, BadPauseReason> {
        match text {
            "break" => Ok(Self::Break),
            "meal" => Ok(Self::Meal),
            "training" => Ok(Self::Training),
            "technical" => Ok(Self::Technical),
            "other" => Ok(Self::Other),
            _ => Err(BadPauseReason),
        }
    }
}

impl TryFrom<String> for PauseReason {
    type Error = BadPauseReason;
    fn try_from(text: String) -> Result<Self, BadPauseReason> {
        text.parse()
    }
}

/// Where a returned ticket goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnPlace {
    Front,
    End,
    /// Where its arrival time puts it.
    Arrival,
}

/// Who has a ticket in hand, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hold {
    pub agent_id: AgentId,
    pub counter_id: CounterId,
    /// The counter's label when it was called.
    pub counter: Arc<str>,
    /// When it was last called.
    pub called_at: DateTime<Utc>,
    /// How often it was called in this hold.
    pub calls: u32,
}

/// A ticket that waits over the night.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CarriedTicket {
    pub ticket: TicketRef,
    /// The queue that gave the number.
    pub issued_in: QueueId,
    /// The number without its prefix.
    pub ordinal: u32,
    pub priority: u8,
    pub channel: Channel,
    pub arrived_at: DateTime<Utc>,
    pub place: Place,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_for: Option<AgentId>,
}

/// Why this ticket: enough to explain the order in court, and to run it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallReason {
    pub kind: CallKind,
    pub policy: Policy,
    pub policy_version: u32,
    /// Its rank in its queue under the policy; 1 is who was next.
    pub rank: u32,
    /// How many waited in its queue, this one included.
    pub waiting: u32,
    /// How long it had waited since arrival.
    pub waited_seconds: u32,
}

/// Whether the order chose, or a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    Next,
    Chosen,
}

/// The step that an undo took back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Called,
    Started,
    Finished,
    NoShow,
    Returned,
    Parked,
    Resumed,
    Transferred,
    Cancelled,
}

/// What a ticket is again after an undo.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restored {
    Waiting {
        place: Place,
        /// It had come by transfer.
        transferred: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
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
    NoShow,
}
