//! A room: what one display shows, and the messages that lead there. A synchronous machine: changes in, messages
//! out; it never waits, reads a clock or knows a socket.
//!
//! Owned by the lock of its [`seats::RoomCell`]. All its readers share the encoded messages; each holds a cursor.

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod properties;
mod resume;
mod ring;
mod seats;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use chrono::{DateTime, Utc};
use domain::Position;
use projections::{BoardChange, BoardView, ChangeKind};
use serde_json::value::RawValue;

use crate::limits::Limits;
use crate::protocol::{self, Link};
use ring::Ring;

pub(crate) use resume::Resume;
pub(crate) use seats::{Delivery, RoomCell, Seat};

/// One display's live state.
pub(crate) struct Room {
    view: BoardView,
    /// The place of the newest message, also when the ring has forgotten it.
    newest: Link,
    /// When the newest change was decided.
    at: DateTime<Utc>,
    ring: Ring,
    view_json: OnceCell<Arc<RawValue>>,
    refresh: OnceCell<Utf8Bytes>,
}

/// What the fold of one event did to a display.
pub(crate) struct Step<'a> {
    /// Where the event stands.
    pub(crate) position: Position,
    /// When it was decided.
    pub(crate) at: DateTime<Utc>,
    /// What it changed, in order.
    pub(crate) changes: &'a [BoardChange],
    /// A business day of the display's site began: what was before is told to nobody any more.
    pub(crate) day_began: bool,
}

/// How a reader joins.
#[derive(Debug)]
pub(crate) struct Joined {
    /// The number of the first message to follow.
    pub(crate) cursor: u64,
    /// Where the reader stands once it has taken the greeting.
    pub(crate) seq: Position,
    /// The snapshot; none where the reader resumes.
    pub(crate) view: Option<Arc<RawValue>>,
}

/// What a reader gets next.
#[derive(Debug)]
pub(crate) enum Next {
    /// The message that follows the last one.
    Frame(Position, Utf8Bytes),
    /// It fell behind: the newest snapshot in place of all it missed.
    Skipped(Position, Utf8Bytes),
}

impl Room {
    /// A room that begins with the event at `position`; its first message is the whole view.
    pub(crate) fn open(
        limits: &Limits,
        position: Position,
        at: DateTime<Utc>,
        view: BoardView,
    ) -> Self {
        let newest = Link { seq: position, prev: Position::START };
        let ring = Ring::new(limits.frame_ring_len, limits.frame_ring_bytes);
        let (view_json, refresh) = (OnceCell::new(), OnceCell::new());
        let mut room = Self { view, newest, at, ring, view_json, refresh };
        let text = room.snapshot();
        room.ring.push(newest, text);
        room
    }

    /// Takes in what one event did, as one message. Says whether there is one.
    pub(crate) fn record(&mut self, step: &Step<'_>) -> bool {
        if step.position <= self.newest.seq || (step.changes.is_empty() && !step.day_began) {
            return false;
        }
        for change in step.changes {
            self.view.apply(change);
        }
        let prev = if step.day_began { Position::START } else { self.newest.seq };
        self.newest = Link { seq: step.position, prev };
        self.at = step.at;
        self.view_json.take();
        self.refresh.take();
        if step.day_began {
            self.ring.clear();
        }
        // One event is one message, so that `seq` names it; several changes of one event become the whole view.
        let text = match step.changes {
            [change] if !step.day_began && change.kind != ChangeKind::Refresh => {
                protocol::ticket_change(change, self.newest).unwrap_or_else(|| self.snapshot())
            }
            _ => self.snapshot(),
        };
        self.ring.push(self.newest, text);
        true
    }

    /// Begins history at `head`, without a message: used after a start that did not replay all days, so that
    /// `seq` never goes back behind what readers saw before.
    pub(crate) fn settle(&mut self, head: Position) {
        if head > self.newest.seq {
            self.newest = Link { seq: head, prev: Position::START };
            self.ring.clear();
            self.refresh.take();
        }
    }

    /// Lets a reader in: it gets every message after `after`, or the snapshot; never a part.
    pub(crate) fn join(&self, after: Option<Position>) -> Joined {
        let cursor = after.and_then(|after| {
            if after == self.newest.seq { Some(self.ring.next()) } else { self.ring.after(after) }
        });
        match (cursor, after) {
            (Some(cursor), Some(seq)) => Joined { cursor, seq, view: None },
            (None, _) | (_, None) => {
                let view = Some(self.view_json());
                Joined { cursor: self.ring.next(), seq: self.newest.seq, view }
            }
        }
    }

    /// What the reader at `cursor` gets next, if anything.
    pub(crate) fn next(&self, cursor: &mut u64) -> Option<Next> {
        if *cursor == self.ring.next() {
            return None;
        }
        if let Some((link, text)) = self.ring.get(*cursor) {
            *cursor += 1;
            return Some(Next::Frame(link.seq, text.clone()));
        }
        *cursor = self.ring.next();
        Some(Next::Skipped(self.newest.seq, self.snapshot()))
    }

    /// The `seq` of the newest message.
    pub(crate) fn seq(&self) -> Position {
        self.newest.seq
    }

    /// When the newest change was decided.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// What the display shows.
    pub(crate) fn view(&self) -> &BoardView {
        &self.view
    }

    /// What the display shows, as it stands inside messages; encoded once.
    pub(crate) fn view_json(&self) -> Arc<RawValue> {
        self.view_json.get_or_init(|| protocol::view(&self.view).into()).clone()
    }

    /// The newest state as one message, encoded once for all who need it.
    fn snapshot(&self) -> Utf8Bytes {
        let encode = || protocol::refresh(&self.view_json(), self.at, self.newest);
        self.refresh.get_or_init(encode).clone()
    }
}
