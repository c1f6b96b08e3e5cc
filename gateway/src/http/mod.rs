//! The read side over HTTP: two routers, as tables of contents.
//!
//! What anyone may read is apart from what staff may read: the server decides where each is reachable.

mod origin;
mod params;
mod polling;
mod problem;
mod public;
mod staff;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::hub::Hub;

pub(crate) use origin::check_origin;
pub(crate) use params::{ResumeQuery, catch_up, find_room, find_room_soon, is_stopped};
pub(crate) use problem::Problem;

/// What anyone may read: displays over sockets, event streams and polling, and where a ticket stands.
pub fn public_router(hub: Arc<Hub>) -> Router {
    let api = "/api/v1/public/tenants";
    let display = format!("{api}/{{tenant}}/displays/{{display}}");
    Router::new()
        .read("/ws/tenants/{tenant}/displays/{display}", get(crate::socket::upgrade))
        .read("/api/v1/public/displays/{display}", get(public::display))
        .read(api, get(public::tenants))
        .read(&format!("{api}/{{tenant}}/queues"), get(public::queues))
        .read(&format!("{api}/{{tenant}}/displays"), get(public::displays))
        .read(&format!("{api}/{{tenant}}/tickets/{{ticket}}"), get(public::ticket))
        .read(&format!("{display}/tickets"), get(polling::tickets))
        .read(&format!("{display}/ping"), post(polling::ping))
        .read(&format!("{display}/events"), get(stream::events))
        .with_state(hub)
}

/// What staff may read: lines, desks and the day's figures.
pub fn staff_router(hub: Arc<Hub>) -> Router {
    let api = "/api/v1/tenants/{tenant}";
    Router::new()
        .read(&format!("{api}/queues/{{queue}}/line"), get(staff::line))
        .read(&format!("{api}/sites/{{site}}/desk"), get(staff::desk))
        .read(&format!("{api}/sites/{{site}}/day"), get(staff::day))
        .with_state(hub)
}

trait WithOrWithoutSlash<S> {
    /// Serves a path with and without a slash at its end.
    fn read(self, path: &str, method: MethodRouter<S>) -> Self;
}

impl<S: Clone + Send + Sync + 'static> WithOrWithoutSlash<S> for Router<S> {
    fn read(self, path: &str, method: MethodRouter<S>) -> Self {
        self.route(path, method.clone()).route(&format!("{path}/"), method)
    }
}
