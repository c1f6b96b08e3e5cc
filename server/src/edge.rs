//! All routes and everything around them: from parts to the one router that is served.
//!
//! Owns the order of the layers and what is guarded. Never answers anything itself but 404.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use domain::Ids;
use http::StatusCode;

use crate::config::Settings;
use crate::middleware::body_limit::limit_body;
use crate::middleware::host::one_host;
use crate::middleware::observe::observe;
use crate::middleware::page_headers::no_sniffing;
use crate::middleware::panics::catch_panics;
use crate::middleware::plain_errors::plain_errors_to_problems;
use crate::middleware::staff_guard::{StaffGuard, guard_staff};
use crate::middleware::time_limit::limit_time;
use crate::problem::Problem;

/// The routes, by who may reach them.
pub struct Routes {
    /// `/api/v1/tenants/...`: this machine only, unless opened.
    pub staff: Router,
    /// Live sockets, streams, public polling, health: everybody.
    pub public: Router,
    /// Pages and assets: everybody.
    pub pages: Router,
}

/// What the layers need.
pub struct Edge {
    /// Who may reach the staff routes.
    pub staff_guard: StaffGuard,
    /// Longest body of a request.
    pub body_bytes_max: usize,
    /// Time until an answer must begin.
    pub request_timeout: Duration,
    /// Where request ids come from.
    pub ids: Arc<dyn Ids>,
}

impl Edge {
    /// As the settings say.
    #[must_use]
    pub fn new(settings: &Settings, ids: Arc<dyn Ids>) -> Self {
        let allowed_origins = settings.allowed_origins.clone().into();
        Self {
            staff_guard: StaffGuard { open: settings.open_staff_api, allowed_origins },
            body_bytes_max: settings.limits.body_bytes_max,
            request_timeout: settings.limits.request_timeout(),
            ids,
        }
    }

    /// The router to serve. Layers further down are nearer to the client.
    pub fn around(self, routes: Routes) -> Router {
        let Routes { staff, public, pages } = routes;
        // A layer over no route at all is an error of the framework's.
        let staff = match staff.has_routes() {
            true => staff.route_layer(from_fn_with_state(self.staff_guard, guard_staff)),
            false => staff,
        };
        Router::new()
            .merge(staff)
            .merge(public)
            .merge(pages)
            .fallback(async || Problem::of_status(StatusCode::NOT_FOUND))
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn_with_state(self.body_bytes_max, limit_body))
            .layer(from_fn_with_state(self.request_timeout, limit_time))
            .layer(catch_panics())
            .layer(from_fn(one_host))
            .layer(from_fn(plain_errors_to_problems))
            .layer(from_fn(no_sniffing))
            .layer(from_fn_with_state(self.ids, observe))
    }
}
