//! What a command is answered with. Made from the recorded events alone, so that a repeated command gets the
//! same answer for ever.

use axum::Json;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::service_day::{DayEvent, Restored, TicketRef};
use domain::{AgentId, Event, Position, QueueId, TicketId};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use store::Executed;

/// Says that the command was executed before, and this is its first answer again.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The answer to a command.
#[derive(Serialize)]
pub(crate) struct Answer<T: Serialize> {
    /// The tenant's log up to here has the outcome; reads take it as `?min_position=`.
    log_position: Position,
    #[serde(flatten)]
    outcome: T,
}

/// What a command made of its ticket.
#[derive(Serialize)]
pub(crate) struct TicketOutcome {
    /// None where the command changed nothing.
    ticket: Option<TicketState>,
}

#[derive(Serialize)]
struct TicketState {
    id: TicketId,
    number: std::sync::Arc<str>,
    queue_id: QueueId,
    /// In the seed system's words.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<std::sync::Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    called_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<u32>,
}

/// Nothing to say but where the log stands.
#[derive(Serialize)]
pub(crate) struct Done {}

/// Answers with where the log stands and an outcome.
pub(crate) fn answer<T: Serialize>(
    status: StatusCode,
    executed: &Executed,
    outcome: T,
) -> Response {
    let body = Answer { log_position: executed.position, outcome };
    let mut response = (status, Json(body)).into_response();
    if executed.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Answers with what became of the ticket.
pub(crate) fn ticket(status: StatusCode, executed: &Executed) -> Response {
    let outcome = TicketOutcome { ticket: last_ticket(executed) };
    answer(status, executed, outcome)
}

/// Answers with where the log stands.
pub(crate) fn done(executed: &Executed) -> Response {
    answer(StatusCode::OK, executed, Done {})
}

fn last_ticket(executed: &Executed) -> Option<TicketState> {
    let days = executed.events.iter().rev().filter_map(|recorded| match &recorded.event {
        Event::Day(event) => Some(event),
        Event::Directory(_) | Event::Unknown { .. } => None,
    });
    days.filter_map(state).next()
}

fn state(event: &DayEvent) -> Option<TicketState> {
    let plain = |ticket: &TicketRef, status| TicketState {
        id: ticket.id,
        number: ticket.number.clone(),
        queue_id: ticket.queue_id,
        status,
        counter: None,
        agent_id: None,
        called_at: None,
        calls: None,
    };
    let ticket = event.ticket()?;
    Some(match event {
        DayEvent::TicketCalled { agent_id, counter, at, .. } => TicketState {
            counter: Some(counter.clone()),
            agent_id: Some(*agent_id),
            called_at: Some(*at),
            calls: Some(1),
            ..plain(ticket, "appele")
        },
        DayEvent::TicketRecalled { agent_id, counter, at, calls, .. } => TicketState {
            counter: Some(counter.clone()),
            agent_id: Some(*agent_id),
            called_at: Some(*at),
            calls: Some(*calls),
            ..plain(ticket, "appele")
        },
        DayEvent::TicketResumed { hold, .. } => TicketState {
            counter: Some(hold.counter.clone()),
            agent_id: Some(hold.agent_id),
            called_at: Some(hold.called_at),
            calls: Some(hold.calls),
            ..plain(ticket, "en_service")
        },
        DayEvent::ServiceStarted { agent_id, .. } => {
            TicketState { agent_id: Some(*agent_id), ..plain(ticket, "en_service") }
        }
        DayEvent::TicketIssued { .. } | DayEvent::TicketReturned { .. } => {
            plain(ticket, "en_attente")
        }
        DayEvent::ServiceFinished { .. } => plain(ticket, "clos"),
        DayEvent::TicketNoShow { .. } => plain(ticket, "no_show"),
        DayEvent::TicketParked { .. } => plain(ticket, "pause"),
        DayEvent::TicketTransferred { .. } => plain(ticket, "transfere"),
        DayEvent::TicketCancelled { .. } => plain(ticket, "annule"),
        DayEvent::StepUndone { restored, .. } => plain(ticket, restored_status(restored)),
        // A change of priority moves nothing that the answer shows.
        DayEvent::PriorityChanged { .. } => return None,
        DayEvent::DayOpened { .. }
        | DayEvent::DayClosed { .. }
        | DayEvent::AgentSeated { .. }
        | DayEvent::AgentPaused { .. }
        | DayEvent::AgentResumed { .. }
        | DayEvent::AgentReleased { .. } => return None,
    })
}

fn restored_status(restored: &Restored) -> &'static str {
    domain::service_day::Stage::from(restored.clone()).status()
}
