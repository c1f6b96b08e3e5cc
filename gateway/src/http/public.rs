//! What visitors may know: which tenants, queues and displays there are, and where their ticket stands. No names
//! of people.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use domain::directory::{Display, Policy, QueueEntry, QueueState};
use domain::{DisplayId, QueueId, SiteId, TenantSlug, TicketId};
use projections::{TenantViews, TrackView};
use serde::Serialize;

use super::Problem;
use super::params::{ReadQuery, id, ready};
use crate::hub::Hub;

type MinPosition = Result<Query<ReadQuery>, QueryRejection>;

/// A tenant in the list of tenants.
#[derive(Serialize)]
pub(super) struct TenantRow {
    slug: TenantSlug,
    name: Arc<str>,
    active_queues_count: usize,
    total_waiting: u32,
}

/// `GET /api/v1/public/tenants/`
pub(super) async fn tenants(State(hub): State<Arc<Hub>>) -> Result<Json<Vec<TenantRow>>, Problem> {
    ready(&hub)?;
    let row = |slug, views: &TenantViews| {
        let directory = views.directory();
        let active_queues_count =
            directory.queues.values().filter(|entry| entry.state == QueueState::Active).count();
        let total_waiting = directory.queues.keys().map(|id| views.waiting(*id)).sum();
        let name = directory.tenant.as_ref()?.name.clone();
        Some(TenantRow { slug, name, active_queues_count, total_waiting })
    };
    let tenants = hub.tenants().into_iter();
    Ok(Json(tenants.filter_map(|(slug, tenant)| tenant.read(|v| row(slug, v))).collect()))
}

/// A queue as visitors see it.
#[derive(Serialize)]
pub(super) struct QueueRow {
    id: QueueId,
    name: Arc<str>,
    service: Arc<str>,
    site: SiteRow,
    algorithm: &'static str,
    waiting_count: u32,
    /// The mean of the last services; absent while too few were finished.
    estimated_service_seconds: Option<u32>,
    max_capacity: Option<u32>,
    status: QueueState,
}

#[derive(Serialize)]
struct SiteRow {
    id: SiteId,
    name: Arc<str>,
}

/// `GET /api/v1/public/tenants/{tenant}/queues/`
pub(super) async fn queues(
    State(hub): State<Arc<Hub>>,
    Path(slug): Path<String>,
    query: MinPosition,
) -> Result<Json<Vec<QueueRow>>, Problem> {
    let tenant = ReadQuery::tenant(query, &hub, &slug).await?;
    let row = |views: &TenantViews, entry: &QueueEntry| {
        let queue = &entry.queue;
        let site = views.directory().sites.get(&queue.site_id)?;
        Some(QueueRow {
            id: queue.id,
            name: queue.name.clone(),
            service: queue.service_name.as_ref().unwrap_or(&queue.name).clone(),
            site: SiteRow { id: site.id, name: site.name.clone() },
            algorithm: algorithm(queue.policy),
            waiting_count: views.waiting(queue.id),
            estimated_service_seconds: views.mean_service_seconds(queue.id),
            max_capacity: queue.capacity,
            status: entry.state,
        })
    };
    let all = |views: &TenantViews| {
        views.directory().queues.values().filter_map(|entry| row(views, entry)).collect()
    };
    Ok(Json(tenant.read(all)))
}

/// A display in a list: what a person needs to find the screen.
#[derive(Serialize)]
pub(super) struct DisplayRow {
    id: DisplayId,
    name: Arc<str>,
    site: SiteRow,
}

/// `GET /api/v1/public/tenants/{tenant}/displays/`: the active ones.
pub(super) async fn displays(
    State(hub): State<Arc<Hub>>,
    Path(slug): Path<String>,
    query: MinPosition,
) -> Result<Json<Vec<DisplayRow>>, Problem> {
    let tenant = ReadQuery::tenant(query, &hub, &slug).await?;
    let row = |views: &TenantViews, display: &Display| {
        let site = views.directory().sites.get(&display.site_id)?;
        let site = SiteRow { id: site.id, name: site.name.clone() };
        Some(DisplayRow { id: display.id, name: display.name.clone(), site })
    };
    let all = |views: &TenantViews| {
        let active = views.directory().displays.values().filter(|display| display.active);
        active.filter_map(|display| row(views, display)).collect()
    };
    Ok(Json(tenant.read(all)))
}

/// Where a display belongs.
#[derive(Serialize)]
pub(super) struct DisplayHome {
    tenant: TenantSlug,
    id: DisplayId,
    name: Arc<str>,
}

/// `GET /api/v1/public/displays/{display}/`: whose display it is, for a page that knows only the id.
pub(super) async fn display(
    State(hub): State<Arc<Hub>>,
    Path(display): Path<String>,
) -> Result<Json<DisplayHome>, Problem> {
    ready(&hub)?;
    let id: DisplayId = id(&display, "display")?;
    let find = || {
        hub.tenants().into_iter().find_map(|(slug, tenant)| {
            let name = tenant.read(|views| {
                let display = views.directory().displays.get(&id).filter(|display| display.active);
                display.map(|display| display.name.clone())
            });
            Some(DisplayHome { tenant: slug, id, name: name? })
        })
    };
    // A page that is told that there is no such display asks no more.
    let found = hub.soon(hub.unknown_wait(), find).await;
    found.map(Json).ok_or_else(|| Problem::unknown("display"))
}

/// `GET /api/v1/public/tenants/{tenant}/tickets/{ticket}/`
pub(super) async fn ticket(
    State(hub): State<Arc<Hub>>,
    Path((slug, ticket)): Path<(String, String)>,
    query: MinPosition,
) -> Result<Json<TrackView>, Problem> {
    let tenant = ReadQuery::tenant(query, &hub, &slug).await?;
    let id: TicketId = id(&ticket, "ticket")?;
    let now = hub.settings().clock.now();
    let track = tenant.read(|views| views.track(id, now));
    track.map(Json).ok_or_else(|| Problem::unknown("ticket"))
}

/// The seed system's word for a policy.
fn algorithm(policy: Policy) -> &'static str {
    match policy {
        Policy::Fifo => "fifo",
        Policy::Priority { .. } => "priority",
        Policy::Sla => "sla",
    }
}
