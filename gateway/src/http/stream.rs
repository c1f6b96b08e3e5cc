//! A display's messages as server-sent events: the same bytes, from the same ring, for clients that cannot open a
//! socket.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::Utf8Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Problem, ResumeQuery, catch_up, check_origin, find_room_soon};
use crate::hub::{Hub, Permit};
use crate::reader::{Due, Reader, let_in};
use crate::room::Resume;

/// `GET /api/v1/public/tenants/{slug}/displays/{id}/events`.
pub(super) async fn events(
    State(hub): State<Arc<Hub>>,
    Path((slug, display)): Path<(String, String)>,
    query: Result<Query<ResumeQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    check_origin(&headers, &hub.settings().allowed_origins)?;
    let from_query = ResumeQuery::read(query)?;
    let last_id = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let resume = last_id.and_then(Resume::from_event_id).or(from_query);
    let permit = let_in(&hub)?;
    let (tenant, room) =
        find_room_soon(&hub, &slug, &display).await?.ok_or_else(|| Problem::unknown("display"))?;
    catch_up(&hub, &tenant, resume.as_ref()).await;
    let reader = Reader::join(&hub, tenant, &room, resume.as_ref())?;
    let mut events = EventStream::new(permit, reader);
    let body = Body::from_stream(stream::poll_fn(move |cx| {
        events.poll_chunk(cx).map(|chunk| chunk.map(Ok::<_, Infallible>))
    }));
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

/// One stream: a reader whose messages leave as chunks of an answer. It is asked for a chunk only when the
/// connection takes one.
struct EventStream {
    permit: Permit,
    reader: Reader,
    /// The rest of an event whose head went out: the shared message, then its end.
    rest: Option<Utf8Bytes>,
    end_due: bool,
    timer: Pin<Box<Sleep>>,
    next_heartbeat: Instant,
    leave_at: Option<Instant>,
}

impl EventStream {
    fn new(permit: Permit, reader: Reader) -> Self {
        let next_heartbeat = Instant::now() + permit.hub().heartbeat();
        let timer = Box::pin(sleep_until(next_heartbeat));
        Self { permit, reader, rest: None, end_due: false, timer, next_heartbeat, leave_at: None }
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(text) = self.rest.take() {
            self.end_due = true;
            return Poll::Ready(Some(text.into()));
        }
        if std::mem::take(&mut self.end_due) {
            return Poll::Ready(Some(Bytes::from_static(b"\n\n")));
        }
        loop {
            let now = Instant::now();
            let hub = self.permit.hub();
            self.leave_at = self.leave_at.or_else(|| hub.drain_state().moment());
            if self.leave_at.is_some_and(|at| now >= at) {
                return Poll::Ready(None);
            }
            if now >= self.next_heartbeat {
                self.next_heartbeat = now + hub.heartbeat();
                self.reader.owe_pong();
            }
            match self.reader.poll_due(hub, cx) {
                Poll::Ready(Due::Message(text) | Due::Pong(text)) => {
                    hub.meters().messages_sent.increment(1);
                    self.rest = Some(text);
                    let (epoch, seq) = (&hub.settings().epoch, self.reader.seq());
                    return Poll::Ready(Some(format!("id: {epoch}:{seq}\ndata: ").into()));
                }
                Poll::Ready(Due::Gone(_)) => return Poll::Ready(None),
                Poll::Pending => {}
            }
            let wake = self.leave_at.map_or(self.next_heartbeat, |at| at.min(self.next_heartbeat));
            if self.timer.deadline() != wake {
                self.timer.as_mut().reset(wake);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}
