//! From a request to a socket: who may watch, from where on, and the buffers that the socket gets.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, Query, State, WebSocketUpgrade};
use axum::response::Response;
use http::HeaderMap;

use super::session::Session;
use crate::http::{Problem, ResumeQuery, catch_up, check_origin, find_room_soon, is_stopped};
use crate::hub::Hub;
use crate::limits::Limits;
use crate::protocol::Close;
use crate::reader::{Reader, let_in};

/// `GET /ws/tenants/{slug}/displays/{id}/`.
pub(crate) async fn upgrade(
    State(hub): State<Arc<Hub>>,
    Path((slug, display)): Path<(String, String)>,
    query: Result<Query<ResumeQuery>, QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    check_origin(&headers, &hub.settings().allowed_origins)?;
    let upgrade = upgrade.map_err(|refusal| Problem::not_a_socket(refusal.body_text()))?;
    let resume = ResumeQuery::read(query)?;
    let permit = let_in(&hub)?;
    let upgrade = with_buffers(upgrade, hub.limits());
    let reader = match find_room_soon(&hub, &slug, &display).await {
        Ok(Some((tenant, room))) => {
            catch_up(&hub, &tenant, resume.as_ref()).await;
            Ok(Reader::join(&hub, tenant, &room, resume.as_ref())?)
        }
        // Browsers do not show the status of a refused upgrade, so a close code tells.
        Ok(None) => Err(Close::UnknownDisplay),
        Err(_) if is_stopped(&hub, &slug) => Err(Close::TenantStopped),
        Err(problem) => return Err(problem),
    };
    let tracker = hub.settings().tracker.clone();
    Ok(upgrade
        .on_upgrade(move |socket| tracker.track_future(Session::new(socket, permit, reader).run())))
}

/// Small buffers: they are what an idle socket costs.
fn with_buffers(upgrade: WebSocketUpgrade, limits: &Limits) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(limits.read_buffer_bytes)
        .write_buffer_size(limits.write_buffer_bytes)
        .max_write_buffer_size(limits.write_buffer_bytes_max.max(limits.write_buffer_bytes + 1))
        .max_message_size(limits.message_bytes_max)
        .max_frame_size(limits.message_bytes_max)
}
