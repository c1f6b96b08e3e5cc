//! One event as the log gives it back, and the stream it belongs to.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::context::Actor;
use crate::directory::DirectoryEvent;
use crate::ids::{BadId, CommandId, Position, SiteId, TenantSlug, TicketId};
use crate::service_day::DayEvent;

/// The name of a stream: one aggregate's own history inside its tenant's log.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum StreamId {
    /// A tenant's configuration.
    Directory(TenantSlug),
    /// All tickets of one site on one business day.
    ServiceDay { tenant: TenantSlug, site: SiteId, date: NaiveDate },
}

impl StreamId {
    /// The tenant in whose log the stream lies.
    #[must_use]
    pub fn tenant(&self) -> &TenantSlug {
        match self {
            Self::Directory(tenant) | Self::ServiceDay { tenant, .. } => tenant,
        }
    }

    /// `directory` or `service_day`: the column `aggregate_type`.
    #[must_use]
    pub fn aggregate_type(&self) -> &'static str {
        match self {
            Self::Directory(_) => "directory",
            Self::ServiceDay { .. } => "service_day",
        }
    }

    /// `{tenant}` or `{tenant}/{site}/{yyyy-mm-dd}`: the column `aggregate_id`.
    #[must_use]
    pub fn aggregate_id(&self) -> String {
        match self {
            Self::Directory(tenant) => tenant.to_string(),
            Self::ServiceDay { tenant, site, date } => format!("{tenant}/{site}/{date}"),
        }
    }

    /// Reads the two columns back.
    ///
    /// # Errors
    /// [`BadId`] when they name no stream of this program.
    pub fn parse(aggregate_type: &str, aggregate_id: &str) -> Result<Self, BadId> {
        let bad = || BadId { text: aggregate_id.into(), expected: "a stream id" };
        match aggregate_type {
            "directory" => Ok(Self::Directory(aggregate_id.parse()?)),
            "service_day" => {
                let mut parts = aggregate_id.split('/');
                let (Some(tenant), Some(site), Some(date), None) =
                    (parts.next(), parts.next(), parts.next(), parts.next())
                else {
                    return Err(bad());
                };
                Ok(Self::ServiceDay {
                    tenant: tenant.parse()?,
                    site: site.parse()?,
                    date: NaiveDate::from_str(date).map_err(|_| bad())?,
                })
            }
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.aggregate_type(), self.aggregate_id())
    }
}

/// What happened, of whichever aggregate.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A change of a service day.
    Day(DayEvent),
    /// A change of the configuration.
    Directory(DirectoryEvent),
    /// A type or version that this program does not know: views count it and go on, aggregates refuse.
    Unknown { event_type: String, event_version: String },
}

/// Why stored text is not an event.
#[derive(Debug, thiserror::Error)]
#[error("event {event_type} version {event_version} does not decode")]
pub struct BadEvent {
    /// The stored type.
    pub event_type: String,
    /// The stored version.
    pub event_version: String,
    /// What the decoder said.
    #[source]
    pub source: serde_json::Error,
}

impl Event {
    /// The column `event_type`.
    #[must_use]
    pub fn event_type(&self) -> String {
        match self {
            Self::Day(event) => event.event_type(),
            Self::Directory(event) => event.event_type(),
            Self::Unknown { event_type, .. } => event_type.clone(),
        }
    }

    /// The column `event_version`: a plain whole number.
    #[must_use]
    pub fn event_version(&self) -> String {
        match self {
            Self::Day(event) => event.event_version(),
            Self::Directory(event) => event.event_version(),
            Self::Unknown { event_version, .. } => event_version.clone(),
        }
    }

    /// The ticket that the event is about, if it is about one.
    #[must_use]
    pub fn ticket_id(&self) -> Option<TicketId> {
        match self {
            Self::Day(event) => event.ticket().map(|ticket| ticket.id),
            Self::Directory(_) | Self::Unknown { .. } => None,
        }
    }

    /// The column `payload`, as JSON.
    #[must_use]
    pub fn payload(&self) -> String {
        let encoded = match self {
            Self::Day(event) => serde_json::to_string(event),
            Self::Directory(event) => serde_json::to_string(event),
            Self::Unknown { .. } => Ok("{}".into()),
        };
        // Our events are maps with text keys: serde_json cannot refuse them.
        encoded.unwrap_or_else(|error| unreachable!("an event always encodes: {error}"))
    }

    /// Reads a stored event; the one place where an old version would be upcast.
    ///
    /// # Errors
    /// [`BadEvent`] when a type that we know holds something else than it should.
    pub fn decode(
        aggregate_type: &str,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<Self, BadEvent> {
        let known = event_version == "1"
            && match aggregate_type {
                "service_day" => DayEvent::TYPES.contains(&event_type),
                "directory" => DirectoryEvent::TYPES.contains(&event_type),
                _ => false,
            };
        if !known {
            return Ok(Self::Unknown {
                event_type: event_type.into(),
                event_version: event_version.into(),
            });
        }
        let decoded = if aggregate_type == "service_day" {
            serde_json::from_str(payload).map(Self::Day)
        } else {
            serde_json::from_str(payload).map(Self::Directory)
        };
        decoded.map_err(|source| BadEvent {
            event_type: event_type.into(),
            event_version: event_version.into(),
            source,
        })
    }
}

impl From<DayEvent> for Event {
    fn from(event: DayEvent) -> Self {
        Self::Day(event)
    }
}

impl From<DirectoryEvent> for Event {
    fn from(event: DirectoryEvent) -> Self {
        Self::Directory(event)
    }
}

/// What is known of the command that caused an event: the column `metadata`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Metadata {
    /// Who issued the command.
    pub actor: Actor,
    /// The client's idempotency key, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// What the command asked for, as a digest: tells a retry from another command under the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Arc<str>>,
}

/// An event with its place in the log. What was committed, never what is only intended.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded {
    /// Its place in the tenant's log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in that stream: 1, 2, 3, ...
    pub sequence: u64,
    /// When the log took it; never runs backwards within a tenant.
    pub recorded_at: DateTime<Utc>,
    /// The command that caused it; several events may share it.
    pub command_id: CommandId,
    /// Who asked, and under which key.
    pub metadata: Metadata,
    /// What happened.
    pub event: Event,
}
