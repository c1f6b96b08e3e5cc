//! A display's tickets for clients that poll: the seed system's answer and beside it the view of our own clients, with
//! a tag that saves the bytes while nothing changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::directory::{Color, DisplayKind, DisplayLayout, MessagePosition};
use domain::{DisplayId, Position, QueueId};
use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use projections::{BoardRow, DisplayInfo};
use serde::Serialize;
use serde_json::value::RawValue;

use super::params::ReadQuery;
use super::{Problem, find_room};
use crate::hub::Hub;
use crate::room::Room;

/// How often a client without a socket should ask.
const AUTO_REFRESH_SECONDS: u32 = 10;

#[derive(Serialize)]
struct Answer<'a> {
    display: SeedDisplay<'a>,
    tickets: &'a [Arc<BoardRow>],
    waiting_stats: &'a BTreeMap<QueueId, u32>,
    /// When the newest change was decided: the answer is the same for as long as its tag.
    timestamp: DateTime<Utc>,
    seq: Position,
    epoch: &'a str,
    /// As sockets get it: whoever goes on at `seq` over a socket misses nothing of it.
    view: Arc<RawValue>,
}

/// A display with the seed's fields. Films and background pictures are not offered.
#[derive(Serialize)]
struct SeedDisplay<'a> {
    id: DisplayId,
    name: &'a str,
    #[serde(rename = "type")]
    kind: DisplayKind,
    layout: DisplayLayout,
    theme: SeedTheme,
    auto_refresh_seconds: u32,
    show_video: bool,
    video_url: &'static str,
    background_image: &'static str,
    custom_message: &'a str,
    secondary_message: &'a str,
    message_position: MessagePosition,
    ticket_colors: BTreeMap<QueueId, Color>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SeedTheme {
    primary_color: String,
    background_color: String,
    text_color: String,
}

impl SeedTheme {
    fn of(display: &DisplayInfo) -> Self {
        let [primary_color, background_color, text_color] = match &display.theme {
            Some(theme) => [theme.primary, theme.background, theme.text].map(|c| c.to_string()),
            None => ["#1d4ed8", "#ffffff", "#1f2937"].map(str::to_owned),
        };
        Self { primary_color, background_color, text_color }
    }
}

impl<'a> Answer<'a> {
    fn of(room: &'a Room, epoch: &'a str) -> Self {
        let view = room.view();
        let display = &view.display;
        let colors = display.queues.iter().filter_map(|(id, q)| q.color.map(|color| (*id, color)));
        let display = SeedDisplay {
            id: display.id,
            name: &display.name,
            kind: display.kind,
            layout: display.layout,
            theme: SeedTheme::of(display),
            auto_refresh_seconds: AUTO_REFRESH_SECONDS,
            show_video: false,
            video_url: "",
            background_image: "",
            custom_message: display.custom_message.as_deref().unwrap_or_default(),
            secondary_message: display.secondary_message.as_deref().unwrap_or_default(),
            message_position: display.message_position,
            ticket_colors: colors.collect(),
        };
        let (tickets, waiting_stats) = (&view.tickets, &view.waiting_stats);
        Self {
            display,
            tickets,
            waiting_stats,
            timestamp: room.at(),
            seq: room.seq(),
            epoch,
            view: room.view_json(),
        }
    }
}

/// `GET /api/v1/public/tenants/{slug}/displays/{id}/tickets/`.
pub(super) async fn tickets(
    State(hub): State<Arc<Hub>>,
    Path((slug, display)): Path<(String, String)>,
    query: Result<Query<ReadQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    ReadQuery::tenant(query, &hub, &slug).await?;
    let (_, room) = find_room(&hub, &slug, &display)?.ok_or_else(|| Problem::unknown("display"))?;
    let epoch = &*hub.settings().epoch;
    // The tag and what it tags are read in one turn.
    let response = room.read(|room| {
        let tag = format!("\"{epoch}:{}\"", room.seq());
        let answer = if names(&headers, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Json(Answer::of(room, epoch)).into_response()
        };
        ([(ETAG, tag), (CACHE_CONTROL, "no-cache".into())], answer).into_response()
    });
    Ok(response)
}

/// Whether `If-None-Match` names the tag.
fn names(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|named| named.trim())
        .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

#[derive(Serialize)]
struct Pinged {
    status: &'static str,
    timestamp: DateTime<Utc>,
}

/// `POST /api/v1/public/tenants/{slug}/displays/{id}/ping/`.
pub(super) async fn ping(
    State(hub): State<Arc<Hub>>,
    Path((slug, display)): Path<(String, String)>,
) -> Result<Response, Problem> {
    find_room(&hub, &slug, &display)?.ok_or_else(|| Problem::unknown("display"))?;
    Ok(Json(Pinged { status: "ok", timestamp: hub.settings().clock.now() }).into_response())
}
