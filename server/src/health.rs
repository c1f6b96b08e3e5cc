//! What the world may ask about the process: `/healthz`, `/readyz`, `/metrics`.
//!
//! Owns the readiness flags. Never computes a health: each part says for itself when it is ready.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;

/// What is still missing before traffic should come. One object, shared; clones are the same object.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    missing: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Readiness {
    /// Not ready until each of `parts` has said so.
    #[must_use]
    pub fn waiting_for(parts: impl IntoIterator<Item = &'static str>) -> Self {
        Self { missing: Arc::new(Mutex::new(parts.into_iter().collect())) }
    }

    /// `part` is ready.
    pub fn met(&self, part: &'static str) {
        self.lock().remove(part);
    }

    /// `part` is not ready, or not any more.
    pub fn unmet(&self, part: &'static str) {
        self.lock().insert(part);
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.lock().is_empty()
    }

    /// What is missing, in alphabetical order.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The three routes.
pub fn router(readiness: Readiness, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz).with_state(readiness))
        .route("/metrics", get(render).with_state(metrics))
}

async fn healthz() -> Response {
    ([(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

async fn readyz(State(readiness): State<Readiness>) -> Response {
    let missing = readiness.missing();
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Json(json!({ "ready": missing.is_empty(), "waiting_for": missing }));
    (status, [(CACHE_CONTROL, "no-store")], body).into_response()
}

async fn render(State(metrics): State<PrometheusHandle>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4"), (CACHE_CONTROL, "no-store")], metrics.render())
        .into_response()
}
