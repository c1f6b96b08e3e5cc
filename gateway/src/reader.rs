//! A reader of one display: what a socket and an event stream have in common. Knows what to write next; does not
//! know how it is written.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::ws::Utf8Bytes;
use domain::Position;

use crate::http::Problem;
use crate::hub::{Hub, Permit, Tenant};
use crate::protocol::{self, Close, Greeting};
use crate::room::{Delivery, Resume, RoomCell, Seat};

/// One reader, with its seat in the room.
pub(crate) struct Reader {
    seat: Seat,
    tenant: Arc<Tenant>,
    greeting: Option<Utf8Bytes>,
    pong_due: bool,
}

/// What is written next.
#[derive(Debug)]
pub(crate) enum Due {
    /// The greeting or a message of the room.
    Message(Utf8Bytes),
    /// A pong; everything up to its position was handed out before.
    Pong(Utf8Bytes),
    /// Nothing any more, and why.
    Gone(Close),
}

/// Lets one more reader of any display in.
pub(crate) fn let_in(hub: &Arc<Hub>) -> Result<Permit, Problem> {
    hub.admit().map_err(|refused| {
        hub.meters().refused.increment(1);
        Problem::not_let_in(refused)
    })
}

impl Reader {
    /// Takes a seat and prepares the greeting: the snapshot, or the word that what was missed follows.
    pub(crate) fn join(
        hub: &Hub,
        tenant: Arc<Tenant>,
        room: &Arc<RoomCell>,
        resume: Option<&Resume>,
    ) -> Result<Self, Problem> {
        // Before the seat is taken: the snapshot may know more than this position, never less.
        let position = tenant.position();
        let epoch = &*hub.settings().epoch;
        let after = resume.and_then(|resume| resume.position_in(epoch));
        let meters = hub.meters();
        let Some((seat, joined)) = room.join(after, hub.limits().sockets_per_display_max) else {
            meters.refused.increment(1);
            return Err(Problem::display_full());
        };
        match (resume, &joined.view) {
            (None, _) => meters.joined_fresh.increment(1),
            (Some(_), None) => meters.resumed.increment(1),
            (Some(_), Some(_)) => meters.resume_refused.increment(1),
        }
        let greeting = Greeting {
            seq: joined.seq,
            epoch,
            build: &hub.settings().build,
            position,
            heartbeat_seconds: hub.limits().heartbeat_seconds,
            view: joined.view.as_deref(),
        };
        let greeting = Some(protocol::connection(&greeting, hub.settings().clock.now()));
        Ok(Self { seat, tenant, greeting, pong_due: false })
    }

    /// Has a pong written after all that is due. Several at once are answered by one.
    pub(crate) fn owe_pong(&mut self) {
        self.pong_due = true;
    }

    /// The `seq` at which the reader stands once it has taken all that was handed out.
    pub(crate) fn seq(&self) -> Position {
        self.seat.seq()
    }

    /// What is written next; pending, with the waker parked in the room, when nothing is due.
    pub(crate) fn poll_due(&mut self, hub: &Hub, cx: &Context<'_>) -> Poll<Due> {
        if let Some(greeting) = self.greeting.take() {
            return Poll::Ready(Due::Message(greeting));
        }
        // Read before the room: then every message up to this position is handed out before the pong.
        let position = self.pong_due.then(|| self.tenant.position());
        match self.seat.poll_next(cx) {
            Poll::Ready(Delivery::Frame(text)) => Poll::Ready(Due::Message(text)),
            Poll::Ready(Delivery::Skipped(text)) => {
                hub.meters().skipped.increment(1);
                Poll::Ready(Due::Message(text))
            }
            Poll::Ready(Delivery::Gone) if self.tenant.is_stopped() => {
                Poll::Ready(Due::Gone(Close::TenantStopped))
            }
            Poll::Ready(Delivery::Gone) => Poll::Ready(Due::Gone(Close::UnknownDisplay)),
            Poll::Pending => match position {
                Some(position) => {
                    self.pong_due = false;
                    let now = hub.settings().clock.now();
                    Poll::Ready(Due::Pong(protocol::pong(self.seat.seq(), position, now)))
                }
                None => Poll::Pending,
            },
        }
    }
}
