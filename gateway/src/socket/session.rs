//! The task of one socket: reads and writes at once, with one timer.
//!
//! Written as one poll function, because a blocked write must not keep us from reading, and because what the
//! task keeps is what an idle socket costs. It owns its socket; of the room it has a seat.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::{Sink, StreamExt};
use tokio::time::{Instant, Sleep, sleep_until};

use super::inbox::{Heard, Inbox, close_for};
use crate::hub::Permit;
use crate::protocol::Close;
use crate::reader::{Due, Reader};

/// How many messages of the client are taken before its own turn ends.
const READS_PER_TURN_MAX: usize = 32;
/// How long a client has to take our close after we stopped reading, before the reset.
const LINGER: Duration = Duration::from_secs(1);

/// A socket and its reader.
pub(super) struct Session {
    socket: WebSocket,
    permit: Permit,
    /// None once the socket closes.
    reader: Option<Reader>,
    inbox: Inbox,
    /// A WebSocket ping goes with the heartbeat.
    ping_due: bool,
    /// Something was written and not flushed.
    unflushed: bool,
    hearing: Hearing,
    blocked_since: Option<Instant>,
    next_heartbeat: Instant,
    /// The moment to go, in a drain.
    leave_at: Option<Instant>,
    /// When a closing socket is dropped.
    drop_at: Option<Instant>,
}

/// Whether the client is still listened to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hearing {
    Open,
    /// Reading ended with an error; the rest is not read.
    Ended,
    /// Our close went out; the client gets a moment to take it, before unread bytes turn it into a reset.
    Lingering,
}

/// The connection is over: nothing more can be read or written.
struct Over;

impl Session {
    /// A socket that serves its reader, or closes at once with the reason given instead.
    pub(super) fn new(socket: WebSocket, permit: Permit, reader: Result<Reader, Close>) -> Self {
        let now = Instant::now();
        let next_heartbeat = now + permit.hub().heartbeat();
        let (reader, refused) = match reader {
            Ok(reader) => (Some(reader), None),
            Err(close) => (None, Some(close)),
        };
        let mut session = Self {
            socket,
            permit,
            reader,
            inbox: Inbox::new(now),
            ping_due: false,
            unflushed: false,
            hearing: Hearing::Open,
            blocked_since: None,
            next_heartbeat,
            leave_at: None,
            drop_at: None,
        };
        if let Some(close) = refused {
            session.close(close, now);
        }
        session
    }

    /// Serves the socket until it is closed.
    ///
    /// Not an `async fn`: that would keep room for the session twice, as what it was given and as what it works on.
    pub(super) fn run(mut self) -> impl Future<Output = ()> + Send {
        let mut timer = Box::pin(sleep_until(self.next_wake()));
        poll_fn(move |cx| self.poll(cx, timer.as_mut()))
    }

    fn poll(&mut self, cx: &mut Context<'_>, mut timer: Pin<&mut Sleep>) -> Poll<()> {
        loop {
            if self.turn(cx, Instant::now()).is_err() {
                return Poll::Ready(());
            }
            // The timer is only moved when it would ring too late; when it rings too early, the turn finds
            // nothing to do. So a message costs no work on the timer.
            let wake = self.next_wake();
            if wake < timer.deadline() || timer.is_elapsed() {
                timer.as_mut().reset(wake);
            }
            ready!(timer.as_mut().poll(cx));
        }
    }

    /// Reads what is there, looks at the clock, writes what is due.
    fn turn(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), Over> {
        self.read(cx, now)?;
        self.watch_clock(now)?;
        self.write(cx, now)?;
        if self.hearing == Hearing::Ended && !self.unflushed {
            self.hearing = Hearing::Lingering;
            self.drop_at = self.drop_at.map(|at| at.min(now + LINGER));
        }
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), Over> {
        for _ in 0..READS_PER_TURN_MAX {
            if self.hearing != Hearing::Open {
                return Ok(());
            }
            match self.socket.poll_next_unpin(cx) {
                Poll::Pending => return Ok(()),
                Poll::Ready(None) => return Err(Over),
                Poll::Ready(Some(Err(error))) => {
                    self.hearing = Hearing::Ended;
                    let close = close_for(error).ok_or(Over)?;
                    self.close(close, now);
                }
                Poll::Ready(Some(Ok(message))) => self.hear(&message, now),
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn hear(&mut self, message: &Message, now: Instant) {
        let Some(reader) = &mut self.reader else {
            return;
        };
        match self.inbox.hear(message, now, self.permit.hub()) {
            Heard::Nothing => {}
            Heard::Ping => reader.owe_pong(),
            Heard::Bad(close) => self.close(close, now),
            Heard::Close => {
                // The answer is already queued by the WebSocket machine.
                self.begin_closing(now);
            }
        }
    }

    fn watch_clock(&mut self, now: Instant) -> Result<(), Over> {
        if let Some(drop_at) = self.drop_at {
            return if now >= drop_at { Err(Over) } else { Ok(()) };
        }
        let hub = self.permit.hub();
        self.leave_at = self.leave_at.or_else(|| hub.drain_state().moment());
        if self.leave_at.is_some_and(|at| now >= at) {
            let reconnect_seconds_max = hub.drain_state().reconnect_seconds_max();
            self.close(Close::Shutdown { reconnect_seconds_max }, now);
        } else if self.blocked_since.is_some_and(|since| now >= since + hub.write_deadline()) {
            hub.meters().too_slow.increment(1);
            self.close(Close::TooSlow, now);
        } else if now >= self.inbox.last_heard() + hub.silence_max() {
            hub.meters().silent.increment(1);
            self.close(Close::Silent, now);
        } else if now >= self.next_heartbeat {
            self.next_heartbeat = now + hub.heartbeat();
            self.ping_due = true;
            if let Some(reader) = &mut self.reader {
                reader.owe_pong();
            }
        }
        Ok(())
    }

    /// Writes all that is due and flushes once; stops where the socket takes no more.
    fn write(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), Over> {
        let (mut count, mut bytes) = (0, 0);
        let bytes_max = self.permit.hub().limits().write_buffer_bytes_max / 2;
        while self.poll_ready(cx, now)?.is_ready() {
            let Some(message) = self.next_message(cx, now) else {
                break;
            };
            if let Message::Text(text) = &message {
                bytes += text.len();
            }
            count += 1;
            self.send(message)?;
            if bytes > bytes_max {
                if self.flush(cx, now)?.is_pending() {
                    break;
                }
                bytes = 0;
            }
        }
        if count > 0 {
            self.permit.hub().meters().messages_sent.increment(count);
        }
        if self.unflushed && self.flush(cx, now)?.is_pending() {
            return Ok(());
        }
        Ok(())
    }

    fn next_message(&mut self, cx: &Context<'_>, now: Instant) -> Option<Message> {
        let hub = self.permit.hub();
        match self.reader.as_mut()?.poll_due(hub, cx) {
            Poll::Ready(Due::Message(text) | Due::Pong(text)) => Some(Message::Text(text)),
            Poll::Ready(Due::Gone(close)) => {
                self.close(close, now);
                None
            }
            Poll::Pending => {
                std::mem::take(&mut self.ping_due).then(|| Message::Ping(Bytes::new()))
            }
        }
    }

    /// Begins to close: what is due stays due, the close goes after it, and both have a grace.
    fn close(&mut self, close: Close, now: Instant) {
        if self.drop_at.is_some() {
            return;
        }
        let frame = CloseFrame { code: close.code(), reason: close.reason() };
        // An error means that the connection is over, which the next read or flush finds out.
        let _over = self.send(Message::Close(Some(frame)));
        self.begin_closing(now);
    }

    fn begin_closing(&mut self, now: Instant) {
        self.reader = None;
        self.unflushed = true;
        self.drop_at = Some(now + self.permit.hub().close_grace());
    }

    fn send(&mut self, message: Message) -> Result<(), Over> {
        self.unflushed = true;
        Pin::new(&mut self.socket).start_send(message).map_err(|_| Over)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<Poll<()>, Over> {
        let ready = Pin::new(&mut self.socket).poll_ready(cx);
        self.note_blocked(ready, now)
    }

    fn flush(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<Poll<()>, Over> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        self.unflushed = flushed.is_pending();
        self.note_blocked(flushed, now)
    }

    fn note_blocked(
        &mut self,
        written: Poll<Result<(), axum::Error>>,
        now: Instant,
    ) -> Result<Poll<()>, Over> {
        match written {
            Poll::Ready(Ok(())) => {
                self.blocked_since = None;
                Ok(Poll::Ready(()))
            }
            Poll::Ready(Err(_)) => Err(Over),
            Poll::Pending => {
                self.blocked_since.get_or_insert(now);
                Ok(Poll::Pending)
            }
        }
    }

    /// The next moment at which the clock matters.
    fn next_wake(&self) -> Instant {
        let hub = self.permit.hub();
        if let Some(drop_at) = self.drop_at {
            return drop_at;
        }
        let silent = self.inbox.last_heard() + hub.silence_max();
        let mut wake = self.next_heartbeat.min(silent);
        if let Some(since) = self.blocked_since {
            wake = wake.min(since + hub.write_deadline());
        }
        wake.min(self.leave_at.unwrap_or(wake))
    }
}
