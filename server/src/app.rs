//! The wiring: parts to a running program, and its orderly end.
//!
//! Owns the order in which things start and stop. Never holds a rule of its own.

use std::io::Write as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use api::Api;
use axum::middleware::from_fn_with_state;
use futures_util::FutureExt as _;
use futures_util::future::FusedFuture as _;
use gateway::Hub;
use store::Store;

use crate::accept::{self, AcceptLimits};
use crate::build_id::build_id;
use crate::config::Loaded;
use crate::demo::{self, Clinic};
use crate::edge::{Edge, Routes};
use crate::feed::Feed;
use crate::health::{self, Readiness};
use crate::middleware::stopped_tenants::refuse_stopped;
use crate::pages::Pages;
use crate::shutdown::Shutdown;
use crate::system::{RandomIds, SystemClock};
use crate::{descriptors, parts, telemetry};

/// What readiness waits for.
const VIEWS: &str = "views";

/// Runs until a signal. An error is a start that failed, in one sentence.
pub fn run(loaded: &Loaded, demo: bool) -> Result<()> {
    telemetry::start_log(&loaded.settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let ended = runtime.block_on(serve(loaded, demo));
    // Whatever still blocks a thread was waited for and did not come: it must not hold the process.
    runtime.shutdown_background();
    ended
}

async fn serve(loaded: &Loaded, demo: bool) -> Result<()> {
    let settings = &loaded.settings;
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    say_at_start(loaded);
    descriptors::raise_limit(settings.limits.connections_max);
    let metrics = telemetry::metrics()?;
    telemetry::keep_metrics(metrics.clone(), &shutdown);

    // First the port: whoever starts a second server by mistake learns it before any data is touched.
    let listener = accept::bind(settings.listen, settings.limits.listen_backlog_len)?;
    let address = listener.local_addr().context("the listening address is unknown")?;
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
    let options = parts::store_options(settings);
    let url = settings.database_url.expose();
    let store = Store::open(url, options, clock.clone(), ids.clone()).await?;
    let hub = Hub::new(parts::hub_settings(settings, &store, clock.clone()));

    let readiness = Readiness::waiting_for([VIEWS]);
    let api = Api::new(store.clone(), ids.clone());
    let stopped = from_fn_with_state(hub.clone(), refuse_stopped);
    let routes = Routes {
        staff: api::staff_router(api.clone())
            .route_layer(stopped.clone())
            .merge(gateway::staff_router(hub.clone())),
        signup: api::public_router(api).route_layer(stopped),
        public: gateway::public_router(hub.clone()),
        pages: Pages::new(settings.web_dir.clone())
            .router()
            .merge(health::router(readiness.clone(), metrics)),
    };
    let router = Edge::new(settings, ids.clone()).around(routes);
    let stop = shutdown.stop.clone();
    let serving = accept::serve(listener, router, AcceptLimits::from(settings), stop.clone());

    let starting = async {
        Feed::new(store.clone(), hub.clone(), shutdown.clone()).start().await?;
        shutdown.tasks.spawn(parts::watch_log(store.clone(), readiness.clone(), stop.clone()));
        shutdown.tasks.spawn(parts::close_ended_days(store.clone(), stop.clone()));
        if demo {
            let clinic = Clinic { store: store.clone(), clock, ids, speed: settings.demo_speed };
            shutdown.tasks.spawn(clinic.open().await?.run(stop.clone()));
        }
        readiness.met(VIEWS);
        say(&links(&base_url(address), demo));
        anyhow::Ok(())
    };
    let draining = async {
        stop.cancelled().await;
        readiness.unmet(VIEWS);
        hub.drain(settings.drain_window()).await;
    };
    // The port answers while the views are built: who asks then is told to come back.
    let mut ended = pin!(async { tokio::join!(serving, draining) }.fuse());
    // A stop may come before the start is through.
    let started = tokio::select! {
        started = starting => started,
        _ = &mut ended => Ok(()),
    };
    if started.is_err() {
        stop.cancel();
    }
    if !ended.is_terminated() {
        ended.await;
    }
    shutdown.tasks.close();
    if tokio::time::timeout(settings.limits.stop_deadline(), shutdown.tasks.wait()).await.is_err() {
        tracing::warn!(tasks = shutdown.tasks.len(), "some tasks did not end by the stop deadline");
    }
    store.shutdown().await;
    tracing::info!("stopped");
    started
}

/// What is said on standard output once everything is there.
fn links(base: &str, demo: bool) -> String {
    if !demo {
        return format!("SmartQueue is ready on {base}/\n");
    }
    let mut text = format!(
        "SmartQueue is ready on {base}/ with a demo clinic that plays its day.\n\nScreens to open in a browser:\n"
    );
    for (id, name, _) in demo::DISPLAYS {
        text += &format!("  {base}/display/{id}  {name}\n");
    }
    text + "\nThe README has commands that issue and call a ticket there. Ctrl-C stops.\n"
}

/// What to type into a browser on this machine.
#[must_use]
pub fn base_url(address: SocketAddr) -> String {
    let ip = address.ip();
    if ip.is_unspecified() || ip.is_loopback() {
        return format!("http://localhost:{}", address.port());
    }
    format!("http://{address}")
}

fn say_at_start(loaded: &Loaded) {
    let settings = &loaded.settings;
    tracing::info!(build = build_id(), listen = %settings.listen, database = %settings.database_url, "starting");
    if settings.open_staff_api {
        tracing::warn!(
            "the staff API answers every peer (--open-staff-api): whoever reaches this port can call tickets"
        );
        let names: Vec<_> = settings.allowed_origins.iter().map(|o| o.authority()).collect();
        tracing::info!(
            ?names,
            "it answers to addresses, localhost and the names of --allowed-origins"
        );
    } else {
        tracing::info!(
            "the staff API answers this machine only, and a proxy on it that adds no header such as X-Forwarded-For; --open-staff-api opens it to all"
        );
    }
    for name in &loaded.unknown_variables {
        tracing::warn!(
            name,
            "this variable of the environment is no setting of ours; see `smartqueue config --sample`"
        );
    }
}

/// Writes to standard output, which is for links and answers only; the log goes to standard error.
pub fn say(text: &str) {
    // `print!` would panic when the reader has gone, as in `smartqueue config | head`.
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
