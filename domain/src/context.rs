//! What a decision may know besides the state: when, who, and where fresh ids come from.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{AgentId, BadId, KioskId};

/// The current time. Implemented by the server with the system clock and by tests with one they set.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// Fresh, time-ordered ids. Implemented by the server with UUID version 7 and by tests with a counter.
pub trait Ids: Send + Sync + 'static {
    /// An id that was never given before.
    fn fresh(&self) -> Uuid;
}

/// Who issued a command. Never a name: what an agent is called, the configuration says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Actor {
    /// An agent at a counter.
    Agent(AgentId),
    /// A self-service machine.
    Kiosk(KioskId),
    /// A visitor's own phone or browser.
    Public,
    /// Reception or administration.
    Staff,
    /// The program itself (opening and closing of the day).
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(id) => write!(f, "agent:{id}"),
            Self::Kiosk(id) => write!(f, "kiosk:{id}"),
            Self::Public => f.write_str("public"),
            Self::Staff => f.write_str("staff"),
            Self::System => f.write_str("system"),
        }
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

impl FromStr for Actor {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.split_once(':') {
            Some(("agent", id)) => Some(Self::Agent(id.parse()?)),
            Some(("kiosk", id)) => Some(Self::Kiosk(id.parse()?)),
            Some(_) => None,
            None => match text {
                "public" => Some(Self::Public),
                "staff" => Some(Self::Staff),
                "system" => Some(Self::System),
                _ => None,
            },
        }
        .ok_or(BadId { text: text.chars().take(80).collect(), expected: "an actor" })
    }
}

impl TryFrom<String> for Actor {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}
