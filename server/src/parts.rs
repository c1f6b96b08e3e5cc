//! From settings to the parts: what each crate is given, and the one job that runs by the clock.

use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use store::{Store, StoreOptions};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::build_id::build_id;
use crate::config::Settings;
use crate::health::Readiness;

/// What readiness waits for while the log cannot be reached.
const DATABASE: &str = "database";

/// How often days that are over are looked for.
const ENDED_DAYS_EVERY: Duration = Duration::from_secs(60);

/// What the store may use.
#[must_use]
pub fn store_options(settings: &Settings) -> StoreOptions {
    let limits = &settings.limits;
    StoreOptions {
        append_batch_max: limits.append_batch_max,
        mailbox_len: limits.mailbox_len,
        append_connections: limits.database_connections,
        poll_interval_ms: limits.database_poll_millis,
        hints: settings.database_hints,
        ..StoreOptions::default()
    }
}

/// What the read side may use, and which history it shows.
#[must_use]
pub fn hub_settings(
    settings: &Settings,
    store: &Store,
    clock: Arc<dyn Clock>,
) -> gateway::Settings {
    let limits = &settings.limits;
    let seconds = |seconds: u64| u32::try_from(seconds).unwrap_or(u32::MAX);
    gateway::Settings {
        epoch: store.log().epoch().into(),
        build: build_id().into(),
        allowed_origins: settings
            .allowed_origins
            .iter()
            .map(|origin| origin.as_str().to_owned())
            .collect(),
        limits: gateway::Limits {
            frame_ring_len: limits.frame_ring_len,
            sockets_max: limits.sockets_max,
            sockets_per_display_max: limits.sockets_per_display_max,
            message_bytes_max: limits.socket_message_bytes_max,
            read_buffer_bytes: limits.socket_read_buffer_bytes,
            write_deadline_seconds: seconds(limits.write_deadline_seconds),
            heartbeat_seconds: seconds(limits.heartbeat_seconds),
            ..gateway::Limits::default()
        },
        clock,
        tracker: TaskTracker::new(),
    }
}

/// Tells whether commands can be taken, as the log can be reached or not.
pub async fn watch_log(store: Store, readiness: Readiness, stop: CancellationToken) {
    let mut reachable = store.log().reachable();
    loop {
        if *reachable.borrow_and_update() {
            readiness.met(DATABASE);
        } else {
            readiness.unmet(DATABASE);
        }
        match stop.run_until_cancelled(reachable.changed()).await {
            Some(Ok(())) => {}
            Some(Err(_)) | None => return,
        }
    }
}

/// Closes days that are over, for as long as the program runs.
pub async fn close_ended_days(store: Store, stop: CancellationToken) {
    loop {
        match store.close_ended_days().await {
            Ok(0) => {}
            Ok(days) => tracing::info!(days, "closed days that are over"),
            Err(error) => tracing::warn!(%error, "days that are over cannot be closed yet"),
        }
        let pause = tokio::time::sleep(ENDED_DAYS_EVERY);
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}
