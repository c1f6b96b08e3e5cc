//! Commands of a tenant whose log is damaged are refused: what they would be decided upon may not be true.
//!
//! Owns that refusal. Never decides that a tenant is stopped; the hub is told so by whoever follows the log.

use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::TenantSlug;
use gateway::Hub;
use http::StatusCode;

use crate::problem::Problem;

const RETRY_AFTER_SECONDS: u32 = 60;

/// Refuses with 503 where the path names a stopped tenant.
pub async fn refuse_stopped(
    State(hub): State<Arc<Hub>>,
    path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    // A path that cannot be read names no tenant; whoever reads it next says so.
    let tenant = path.ok().and_then(|path| {
        let (_, slug) = path.iter().find(|(name, _)| *name == "tenant")?;
        slug.parse::<TenantSlug>().ok()
    });
    if !tenant.is_some_and(|tenant| hub.is_stopped(&tenant)) {
        return next.run(request).await;
    }
    let problem = Problem {
        slug: "tenant-stopped",
        title: "Stopped",
        retry_after_seconds: Some(RETRY_AFTER_SECONDS),
        ..Problem::of_status(StatusCode::SERVICE_UNAVAILABLE)
    };
    let said =
        "The log of this tenant is damaged. The administrator must restore it from a backup.";
    problem.detail(said).into_response()
}
