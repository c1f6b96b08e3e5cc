//! What a client says: understood, counted, and held to its limits.

use std::time::Duration;

use axum::extract::ws::Message;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;

use crate::hub::Hub;
use crate::protocol::{ClientMessage, Close};

/// When the client was last heard, and how much it said.
pub(super) struct Inbox {
    last_heard: Instant,
    second_began: Instant,
    in_this_second: u32,
    bad: u32,
}

/// What a message means for the session.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// A pong is owed.
    Ping,
    /// The client went too far.
    Bad(Close),
    /// The client closes.
    Close,
}

impl Inbox {
    pub(super) fn new(now: Instant) -> Self {
        Self { last_heard: now, second_began: now, in_this_second: 0, bad: 0 }
    }

    pub(super) fn last_heard(&self) -> Instant {
        self.last_heard
    }

    /// Takes in one message. Any message is a sign of life.
    pub(super) fn hear(&mut self, message: &Message, now: Instant, hub: &Hub) -> Heard {
        let limits = hub.limits();
        self.last_heard = now;
        if now >= self.second_began + Duration::from_secs(1) {
            self.second_began = now;
            self.in_this_second = 0;
        }
        self.in_this_second += 1;
        if self.in_this_second > limits.client_messages_per_second_max {
            return Heard::Bad(Close::TooManyMessages);
        }
        match message {
            Message::Text(text) => match ClientMessage::read(text) {
                ClientMessage::Ping => Heard::Ping,
                ClientMessage::NotUnderstood => {
                    self.bad += 1;
                    hub.meters().bad_messages.increment(1);
                    if self.bad > limits.bad_messages_max {
                        Heard::Bad(Close::BadMessages)
                    } else {
                        Heard::Nothing
                    }
                }
            },
            Message::Binary(_) => Heard::Bad(Close::Binary),
            Message::Ping(_) | Message::Pong(_) => Heard::Nothing,
            Message::Close(_) => Heard::Close,
        }
    }
}

/// The close that answers an error of reading; none where nobody is there to read it.
pub(super) fn close_for(error: axum::Error) -> Option<Close> {
    use tungstenite::error::{Error, ProtocolError};
    let error = error.into_inner().downcast::<Error>().ok()?;
    match *error {
        Error::Capacity(_) => Some(Close::TooLong),
        Error::Utf8(_) => Some(Close::BadText),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(Close::Protocol),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_)
        | Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => None,
    }
}
