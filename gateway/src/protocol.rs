//! The wire messages of the live protocol, and nothing else. `docs/spec/live.md` states the rules.
//!
//! Server messages are encoded here, once per message and room; client messages are read here. A message that
//! goes into a room's ring holds no time but that of its change, so that a replay of the log encodes the same
//! bytes again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use chrono::{DateTime, Utc};
use domain::{Position, QueueId, TicketId};
use projections::{BoardChange, BoardRow, BoardView, ChangeKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ServerMessage<'a> {
    Connection {
        status: &'static str,
        timestamp: DateTime<Utc>,
        seq: Position,
        epoch: &'a str,
        build: &'a str,
        server_time: DateTime<Utc>,
        position: Position,
        heartbeat_seconds: u32,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        resumed: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        view: Option<&'a RawValue>,
    },
    TicketCalled(TicketChange<'a>),
    TicketUpdated(TicketChange<'a>),
    Refresh {
        timestamp: DateTime<Utc>,
        seq: Position,
        prev: Position,
        view: &'a RawValue,
    },
    Pong {
        timestamp: DateTime<Utc>,
        seq: Position,
        position: Position,
        server_time: DateTime<Utc>,
    },
}

#[derive(Serialize)]
struct TicketChange<'a> {
    ticket: &'a BoardRow,
    timestamp: DateTime<Utc>,
    seq: Position,
    prev: Position,
    waiting_stats: &'a BTreeMap<QueueId, u32>,
    removed: &'a [TicketId],
    restored: &'a [Arc<BoardRow>],
}

/// The name and the place of a message in its room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Link {
    /// The position of the event that caused it.
    pub(crate) seq: Position,
    /// The `seq` of the message before it; 0 where history begins.
    pub(crate) prev: Position,
}

/// What a reader learns when it joins.
pub(crate) struct Greeting<'a> {
    /// Where the reader stands once it has taken this message.
    pub(crate) seq: Position,
    pub(crate) epoch: &'a str,
    pub(crate) build: &'a str,
    pub(crate) position: Position,
    pub(crate) heartbeat_seconds: u32,
    /// The snapshot; without one the reader resumes and every missed message follows.
    pub(crate) view: Option<&'a RawValue>,
}

/// The first message on a connection.
pub(crate) fn connection(greeting: &Greeting<'_>, now: DateTime<Utc>) -> Utf8Bytes {
    let resumed = greeting.view.is_none();
    encode(&ServerMessage::Connection {
        status: "connected",
        timestamp: now,
        seq: greeting.seq,
        epoch: greeting.epoch,
        build: greeting.build,
        server_time: now,
        position: greeting.position,
        heartbeat_seconds: greeting.heartbeat_seconds,
        resumed,
        view: greeting.view,
    })
}

/// A change of one ticket; none where the change is about no ticket and only the whole view can tell it.
pub(crate) fn ticket_change(change: &BoardChange, link: Link) -> Option<Utf8Bytes> {
    let body = TicketChange {
        ticket: change.ticket.as_ref()?,
        timestamp: change.at,
        seq: link.seq,
        prev: link.prev,
        waiting_stats: &change.waiting_stats,
        removed: &change.removed,
        restored: &change.restored,
    };
    match change.kind {
        ChangeKind::Called => Some(encode(&ServerMessage::TicketCalled(body))),
        ChangeKind::Updated => Some(encode(&ServerMessage::TicketUpdated(body))),
        ChangeKind::Refresh => None,
    }
}

/// The whole view.
pub(crate) fn refresh(view: &RawValue, at: DateTime<Utc>, link: Link) -> Utf8Bytes {
    encode(&ServerMessage::Refresh { timestamp: at, seq: link.seq, prev: link.prev, view })
}

/// The answer to a ping, and the heartbeat.
pub(crate) fn pong(seq: Position, position: Position, now: DateTime<Utc>) -> Utf8Bytes {
    encode(&ServerMessage::Pong { timestamp: now, seq, position, server_time: now })
}

/// The view as it stands inside messages; encoded once per state of a room.
pub(crate) fn view(view: &BoardView) -> Box<RawValue> {
    serde_json::value::to_raw_value(view).unwrap_or_else(|error| never(&error))
}

/// The one place where a message becomes bytes. Shared compression belongs here: with permessage-deflate
/// without context takeover, the compressed frame would be made beside the plain one, once for all sockets.
fn encode(message: &ServerMessage<'_>) -> Utf8Bytes {
    serde_json::to_string(message).unwrap_or_else(|error| never(&error)).into()
}

/// Our messages are maps with text keys: `serde_json` cannot refuse them.
fn never(error: &serde_json::Error) -> ! {
    unreachable!("a message always encodes: {error}")
}

/// What a client may say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ClientMessage {
    /// Asks for a pong.
    Ping,
    /// Not JSON, not an object with a `type`, or a type that we do not know.
    NotUnderstood,
}

impl ClientMessage {
    /// Reads one text message.
    pub(crate) fn read(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(rename = "type", borrow)]
            kind: Cow<'a, str>,
        }
        match serde_json::from_str::<Envelope<'_>>(text) {
            Ok(envelope) if envelope.kind == "ping" => Self::Ping,
            Ok(_) | Err(_) => Self::NotUnderstood,
        }
    }
}

/// Why we close a socket. 4000 to 4499: come back; 4500 to 4999: stay away until a person has acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Close {
    /// Binary data: this protocol is text.
    Binary,
    /// Not text, although it said so.
    BadText,
    /// Longer than a client message may be.
    TooLong,
    /// Breaks the WebSocket rules.
    Protocol,
    /// We stop; come back within so many seconds.
    Shutdown { reconnect_seconds_max: u32 },
    /// It does not read what we write.
    TooSlow,
    /// Nothing was heard of it.
    Silent,
    /// It talks too much.
    TooManyMessages,
    /// It says what nobody understands, again and again.
    BadMessages,
    /// The log of the tenant cannot be followed; come back, somebody will see to it.
    TenantStopped,
    /// There is no such active display.
    UnknownDisplay,
}

impl Close {
    /// The code in the close frame.
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Binary => 1003,
            Self::BadText => 1007,
            Self::TooLong => 1009,
            Self::Shutdown { .. } => 4001,
            Self::TooSlow => 4008,
            Self::Silent => 4009,
            Self::TooManyMessages => 4010,
            Self::BadMessages => 4011,
            Self::TenantStopped => 4012,
            Self::UnknownDisplay => 4503,
        }
    }

    /// The text in the close frame, at most 123 bytes.
    pub(crate) fn reason(self) -> Utf8Bytes {
        Utf8Bytes::from_static(match self {
            Self::Protocol => "protocol error",
            Self::Binary => "text only",
            Self::BadText => "not UTF-8",
            Self::TooLong => "message too long",
            Self::Shutdown { reconnect_seconds_max } => {
                let [min, max] = [1, reconnect_seconds_max];
                return format!(r#"{{"reconnect_in":[{min},{max}]}}"#).into();
            }
            Self::TooSlow => "too slow",
            Self::Silent => "silent client",
            Self::TooManyMessages => "too many messages",
            Self::BadMessages => "too many messages not understood",
            Self::TenantStopped => "the log is damaged",
            Self::UnknownDisplay => "unknown display",
        })
    }
}
