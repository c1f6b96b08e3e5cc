//! All routes and everything around them: from parts to the one router that is served.
//!
//! Owns the order of the layers and what is guarded. Never answers anything itself but 404.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::Route;
use domain::Ids;
use tower::{Layer, Service};

use crate::config::Settings;
use crate::middleware::body_limit::limit_body;
use crate::middleware::cors::cors;
use crate::middleware::host::one_host;
use crate::middleware::observe::observe;
use crate::middleware::origins::Origins;
use crate::middleware::page_headers::no_sniffing;
use crate::middleware::panics::catch_panics;
use crate::middleware::plain_errors::plain_errors_to_problems;
use crate::middleware::signup_guard::{SignupGuard, guard_signups};
use crate::middleware::staff_guard::{StaffGuard, guard_staff};
use crate::middleware::time_limit::limit_time;
use crate::pages::nowhere;

/// The routes, by who may reach them.
pub struct Routes {
    /// `/api/v1/tenants/...`: this machine only, unless opened.
    pub staff: Router,
    /// Live sockets, streams, public reads: everybody, and pages of the listed origins.
    pub public: Router,
    /// Taking a ticket: everybody, within limits, and pages of the listed origins.
    pub signup: Router,
    /// Pages, assets, health: everybody.
    pub pages: Router,
}

/// What the layers need.
pub struct Edge {
    /// Whether everybody may reach the staff routes.
    pub open_staff_api: bool,
    /// Origins whose pages may ask besides our own.
    pub origins: Origins,
    /// Sign-ups from one address.
    pub signups_per_minute_per_ip_max: u32,
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
        Self {
            open_staff_api: settings.open_staff_api,
            origins: settings.allowed_origins.clone().into(),
            signups_per_minute_per_ip_max: settings.limits.signups_per_minute_per_ip_max,
            body_bytes_max: settings.limits.body_bytes_max,
            request_timeout: settings.limits.request_timeout(),
            ids,
        }
    }

    /// The router to serve. Layers further down are nearer to the client.
    pub fn around(self, routes: Routes) -> Router {
        let Routes { staff, public, signup, pages } = routes;
        let origins = self.origins;
        let cors = cors(&origins);
        let signups = SignupGuard::new(origins.clone(), self.signups_per_minute_per_ip_max);
        let guard = StaffGuard { open: self.open_staff_api, origins };
        Router::new()
            .merge(guarded(staff, from_fn_with_state(guard, guard_staff)))
            .merge(guarded(signup, from_fn_with_state(signups, guard_signups)).layer(cors.clone()))
            .merge(public.layer(cors))
            .merge(pages)
            .fallback(nowhere)
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

/// A layer over no route at all is an error of the framework's.
fn guarded<L>(router: Router, guard: L) -> Router
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Response: IntoResponse + 'static,
    <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
    if router.has_routes() { router.route_layer(guard) } else { router }
}
