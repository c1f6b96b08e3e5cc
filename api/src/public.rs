//! What visitors do for themselves.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::service_day::{Channel, DayEvent};
use domain::{Actor, Event, QueueId, TicketId};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::answer;
use crate::extract::{Body, Id, Key, Tenant};
use crate::problem::Problem;
use crate::state::Api;
use crate::tickets::issued;

/// The shortest key of a visitor.
const PUBLIC_KEY_BYTES_MIN: usize = 16;

/// What the seed system's sign-up form sends. Name, e-mail and phone are read and let go: there is no place
/// outside the log to keep them yet, and inside it they must not be.
#[derive(Deserialize)]
pub(crate) struct SignUp {
    #[serde(default)]
    channel: Channel,
}

/// What a visitor is told, with the seed system's field names: here `position` is the place in line.
#[derive(Serialize)]
struct SignedUp {
    ticket_id: TicketId,
    ticket_number: std::sync::Arc<str>,
    queue_id: QueueId,
    queue_name: std::sync::Arc<str>,
    service_name: std::sync::Arc<str>,
    status: &'static str,
    position: u32,
    eta_seconds: Option<u32>,
    created_at: DateTime<Utc>,
}

/// `POST queues/{queue}/signup/`: a visitor takes a ticket.
pub(crate) async fn sign_up(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(queue_id): Id<QueueId>,
    key: Key,
    Body(SignUp { channel }): Body<SignUp>,
) -> Result<Response, Problem> {
    let channel = of_visitors(channel)?;
    let key = hard_to_guess(key)?;
    let executed = issued(&api, &tenant, (queue_id, 0, channel), Actor::Public, key).await?;
    let directory = api.directory(&tenant).await?;
    let queue = directory.queues.get(&queue_id).map(|entry| &entry.queue);
    let queue = queue.ok_or_else(|| Problem::unknown("queue", queue_id))?;
    // All but the names is as it was recorded; a repeat shows the names of today, which no event of the day has.
    let signed_up = executed.events.iter().find_map(|recorded| {
        let Event::Day(event) = &recorded.event else { return None };
        let DayEvent::TicketIssued { ticket, position_in_line, estimate_seconds, at, .. } = event
        else {
            return None;
        };
        Some(SignedUp {
            ticket_id: ticket.id,
            ticket_number: ticket.number.clone(),
            queue_id: ticket.queue_id,
            queue_name: queue.name.clone(),
            service_name: queue.service_name.clone().unwrap_or_else(|| queue.name.clone()),
            status: "en_attente",
            position: *position_in_line,
            eta_seconds: *estimate_seconds,
            created_at: *at,
        })
    });
    Ok(answer::answer(StatusCode::CREATED, &executed, signed_up))
}

/// Visitors do not say that somebody of the staff did it.
fn of_visitors(channel: Channel) -> Result<Channel, Problem> {
    match channel {
        Channel::Web | Channel::App | Channel::Qr | Channel::Whatsapp | Channel::Kiosk => {
            Ok(channel)
        }
        Channel::Staff => {
            let said = "field channel: visitors take tickets by web, app, qr, whatsapp or kiosk";
            Err(Problem::malformed(said))
        }
    }
}

/// All visitors share one space of keys, and a repeated key is answered with the ticket of the first time: it must not
/// be one that another visitor's phone might think of.
fn hard_to_guess(key: Key) -> Result<Key, Problem> {
    match &key.0 {
        Some(text) if text.as_str().len() < PUBLIC_KEY_BYTES_MIN => {
            let said = format!(
                "an Idempotency-Key here is one of all visitors: take at least {PUBLIC_KEY_BYTES_MIN} random characters, such as a UUID"
            );
            Err(Problem::malformed(said))
        }
        Some(_) | None => Ok(key),
    }
}
