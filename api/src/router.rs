//! The table of contents of the write side. Each path is served with and without its last slash.

use axum::Router;
use axum::routing::{MethodRouter, post, put};

use crate::state::Api;
use crate::{agents, configuration, days, public, tickets};

/// What visitors may do without signing in.
pub fn public_router(api: Api) -> Router {
    let at = |router, path, method| route(router, "/api/v1/public/tenants/{tenant}", path, method);
    let router = at(Router::new(), "/queues/{queue}/signup", post(public::sign_up));
    router.with_state(api)
}

/// What agents, reception and administrators may do.
pub fn staff_router(api: Api) -> Router {
    let routes: Vec<(&str, MethodRouter<Api>)> = vec![
        // The day.
        ("/sites/{site}/open", post(days::open)),
        ("/sites/{site}/close", post(days::close)),
        // Agents.
        ("/agent-status/set_status", post(agents::set_status)),
        ("/agent-status/call_next", post(tickets::call_next)),
        ("/agents/call-next", post(tickets::call_next)),
        // Tickets.
        ("/tickets", post(tickets::issue)),
        ("/tickets/{ticket}/call", post(tickets::call)),
        ("/tickets/{ticket}/recall", post(tickets::recall)),
        ("/tickets/{ticket}/start_service", post(tickets::start_service)),
        ("/tickets/{ticket}/close", post(tickets::finish)),
        ("/tickets/{ticket}/no_show", post(tickets::no_show)),
        ("/tickets/{ticket}/park", post(tickets::park)),
        ("/tickets/{ticket}/resume", post(tickets::resume)),
        ("/tickets/{ticket}/return", post(tickets::return_ticket)),
        ("/tickets/{ticket}/transfer", post(tickets::transfer)),
        ("/tickets/{ticket}/cancel", post(tickets::cancel)),
        ("/tickets/{ticket}/priority", post(tickets::change_priority)),
        ("/tickets/{ticket}/undo", post(tickets::undo)),
        // Configuration.
        ("", put(configuration::register_tenant).get(configuration::read)),
        ("/sites/{site}", put(configuration::define_site)),
        ("/queues/{queue}", put(configuration::define_queue)),
        ("/queues/{queue}/state", post(configuration::set_queue_state)),
        ("/counters/{counter}", put(configuration::define_counter)),
        ("/agents/{agent}", put(configuration::define_agent)),
        ("/displays/{display}", put(configuration::define_display)),
        ("/displays/{display}/activate", post(configuration::activate_display)),
        ("/displays/{display}/deactivate", post(configuration::deactivate_display)),
        ("/kiosks/{kiosk}", put(configuration::define_kiosk)),
        ("/themes/{theme}", put(configuration::define_theme)),
        ("/sounds/{sound}", put(configuration::define_sound)),
    ];
    let add = |router, (path, method)| route(router, "/api/v1/tenants/{tenant}", path, method);
    routes.into_iter().fold(Router::new(), add).with_state(api)
}

fn route(router: Router<Api>, base: &str, path: &str, method: MethodRouter<Api>) -> Router<Api> {
    let path = format!("{base}{path}");
    router.route(&path, method.clone()).route(&format!("{path}/"), method)
}
