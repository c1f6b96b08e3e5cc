//! What staff may know: the lines, the desks and the figures of the day.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use domain::{QueueId, SiteId};
use projections::{DayView, DeskView, LineView};

use super::Problem;
use super::params::{ReadQuery, id};
use crate::hub::Hub;

type MinPosition = Result<Query<ReadQuery>, QueryRejection>;

/// `GET /api/v1/tenants/{tenant}/queues/{queue}/line/`: who waits, next one first.
pub(super) async fn line(
    State(hub): State<Arc<Hub>>,
    Path((slug, queue)): Path<(String, String)>,
    query: MinPosition,
) -> Result<Json<LineView>, Problem> {
    let tenant = ReadQuery::tenant(query, &hub, &slug).await?;
    let id: QueueId = id(&queue, "queue")?;
    let now = hub.settings().clock.now();
    let line = tenant.read(|views| views.line(id, now));
    line.map(Json).ok_or_else(|| Problem::unknown("queue"))
}

/// `GET /api/v1/tenants/{tenant}/sites/{site}/desk/`: what consoles show.
pub(super) async fn desk(
    State(hub): State<Arc<Hub>>,
    Path((slug, site)): Path<(String, String)>,
    query: MinPosition,
) -> Result<Json<DeskView>, Problem> {
    let tenant = ReadQuery::tenant(query, &hub, &slug).await?;
    let id: SiteId = id(&site, "site")?;
    let now = hub.settings().clock.now();
    let desk = tenant.read(|views| views.desk(id, now));
    desk.map(Json).ok_or_else(|| Problem::unknown("site"))
}

/// `GET /api/v1/tenants/{tenant}/sites/{site}/day/`: the figures of the latest day.
pub(super) async fn day(
    State(hub): State<Arc<Hub>>,
    Path((slug, site)): Path<(String, String)>,
    query: MinPosition,
) -> Result<Json<DayView>, Problem> {
    let tenant = ReadQuery::tenant(query, &hub, &slug).await?;
    let id: SiteId = id(&site, "site")?;
    let day = tenant.read(|views| views.day(id).cloned());
    day.map(Json).ok_or_else(|| Problem::unknown("day"))
}
