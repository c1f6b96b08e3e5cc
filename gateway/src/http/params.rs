//! What requests say in their paths, queries and connections, read the same way everywhere.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use domain::{DisplayId, Position, TenantSlug};
use serde::Deserialize;
use tokio::time::Instant;

use super::Problem;
use crate::hub::{Hub, Tenant};
use crate::room::{Resume, RoomCell};

/// `?after=<seq>&epoch=<epoch>`.
#[derive(Deserialize)]
pub(crate) struct ResumeQuery {
    after: Option<String>,
    epoch: Option<String>,
}

impl ResumeQuery {
    /// Where the reader says it stands, if it says so.
    pub(crate) fn read(
        query: Result<Query<Self>, QueryRejection>,
    ) -> Result<Option<Resume>, Problem> {
        let Query(query) = query.map_err(|error| Problem::malformed(error.body_text()))?;
        Resume::from_query(query.after.as_deref(), query.epoch.as_deref())
            .map_err(|error| Problem::malformed(format!("{error}. Leave it out to begin anew.")))
    }
}

/// `?min_position=<position>`: the answer must know at least the event at that position.
#[derive(Deserialize)]
pub(crate) struct ReadQuery {
    min_position: Option<String>,
}

impl ReadQuery {
    /// The tenant, once its views have reached the position that the query asks for.
    pub(crate) async fn tenant(
        query: Result<Query<Self>, QueryRejection>,
        hub: &Hub,
        slug: &str,
    ) -> Result<Arc<Tenant>, Problem> {
        let Query(query) = query.map_err(|error| Problem::malformed(error.body_text()))?;
        let min_position = match query.min_position {
            Some(text) => text
                .parse::<Position>()
                .map_err(|error| Problem::malformed(format!("min_position: {error}.")))?,
            None => Position::START,
        };
        if min_position == Position::START {
            return find_tenant(hub, slug);
        }
        let deadline = Instant::now() + hub.min_position_wait();
        // Whoever names a position was told it by a command: the tenant may be on its way here.
        let found = hub.soon(hub.min_position_wait(), || match find_tenant(hub, slug) {
            Err(problem) if problem.is_unknown() => None,
            decided => Some(decided),
        });
        let tenant = found.await.unwrap_or_else(|| Err(Problem::unknown("tenant")))?;
        let left = deadline.saturating_duration_since(Instant::now());
        if tenant.position() < min_position && !tenant.wait_for(min_position, left).await {
            return Err(Problem::behind());
        }
        Ok(tenant)
    }
}

/// Waits until the views know what the reader knows already: it comes from another server on the same log, which was
/// faster. Not for ever: a position may be made up, and then the reader gets what there is (LV8).
pub(crate) async fn catch_up(hub: &Hub, tenant: &Tenant, resume: Option<&Resume>) {
    if let Some(resume) = resume.filter(|resume| resume.epoch == hub.settings().epoch.as_ref())
        && tenant.position() < resume.after
    {
        tenant.wait_for(resume.after, hub.min_position_wait()).await;
    }
}

/// A tenant that is registered.
pub(crate) fn find_tenant(hub: &Hub, slug: &str) -> Result<Arc<Tenant>, Problem> {
    ready(hub)?;
    let slug: TenantSlug = slug.parse().map_err(|_| Problem::unknown("tenant"))?;
    if hub.is_stopped(&slug) {
        return Err(Problem::stopped());
    }
    let tenant = hub.tenant(&slug).filter(|tenant| tenant.is_registered());
    tenant.ok_or_else(|| Problem::unknown("tenant"))
}

/// Refuses while the process does not know all tenants yet.
pub(crate) fn ready(hub: &Hub) -> Result<(), Problem> {
    if hub.is_ready() { Ok(()) } else { Err(Problem::not_ready()) }
}

/// A tenant and one of its rooms.
pub(crate) type Found = (Arc<Tenant>, Arc<RoomCell>);

/// Whether a path names a tenant that is stopped.
pub(crate) fn is_stopped(hub: &Hub, slug: &str) -> bool {
    slug.parse().is_ok_and(|slug| hub.is_stopped(&slug))
}

/// The room of an active display; none where a name is unknown or no name at all.
pub(crate) fn find_room(hub: &Hub, slug: &str, display: &str) -> Result<Option<Found>, Problem> {
    ready(hub)?;
    if is_stopped(hub, slug) {
        return Err(Problem::stopped());
    }
    let find = || {
        let tenant = hub.tenant(&slug.parse().ok()?)?;
        let room = tenant.room(display.parse::<DisplayId>().ok()?)?;
        Some((tenant, room))
    };
    Ok(find())
}

/// As [`find_room`], for readers who stay away when they are told that there is no such display: what was defined a
/// moment ago may be on its way here.
pub(crate) async fn find_room_soon(
    hub: &Hub,
    slug: &str,
    display: &str,
) -> Result<Option<Found>, Problem> {
    let is_no_name = slug.parse::<TenantSlug>().is_err() || display.parse::<DisplayId>().is_err();
    if is_no_name {
        return find_room(hub, slug, display);
    }
    let found = hub.soon(hub.unknown_wait(), || find_room(hub, slug, display).transpose());
    found.await.transpose()
}

/// An id in a path: one that cannot be read names nothing.
pub(crate) fn id<T: FromStr>(text: &str, what: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::unknown(what))
}
