//! Logs to standard error and metrics in memory.
//!
//! Owns the process-wide subscriber, recorder and panic hook, each set once. Never writes to standard output, and
//! never fails: a log that cannot be written is lost, the program goes on.

use std::io::{IsTerminal as _, Write};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};
use crate::shutdown::Shutdown;

/// Upper bounds, in seconds, of the buckets of every duration.
const SECONDS_BUCKETS: [f64; 14] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// How often samples are moved into their buckets, so that they do not pile up when nobody asks.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts the log as the settings say, and sends panics there too.
pub fn start_log(settings: &Settings) -> Result<()> {
    let filter =
        EnvFilter::try_new(&settings.log_filter).context("log_filter is not understood")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| StandardError)
        // It says so with `eprintln!`, which panics where standard error is what fails.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    match settings.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    }
    .map_err(|error| anyhow!("the log cannot be started: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload_as_str().unwrap_or("(no text)");
        tracing::error!(place, said, "a part of the program panicked");
    }));
    Ok(())
}

/// Standard error for what may be lost: a full disk or a reader that has gone is no reason to end.
struct StandardError;

impl Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = std::io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes a sentence to standard error, if that can be done.
pub fn complain(sentence: &str) {
    // One write, so that lines of others do not come between.
    let _ = StandardError.write_all(format!("smartqueue: {sentence}\n").as_bytes());
}

/// The metrics of the process; the first call installs the recorder.
pub fn metrics() -> Result<PrometheusHandle> {
    if let Some(handle) = METRICS.get() {
        return Ok(handle.clone());
    }
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
        .context("the buckets of the metrics are refused")?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    // When two threads come first at once, one of them records; both see the same handle.
    if metrics::set_global_recorder(recorder).is_ok() {
        return Ok(METRICS.get_or_init(|| handle).clone());
    }
    METRICS.get().cloned().context("the metrics are being started by another thread")
}

/// Keeps the metrics small until the stop.
pub fn keep_metrics(handle: PrometheusHandle, shutdown: &Shutdown) {
    let stop = shutdown.stop.clone();
    shutdown.tasks.spawn(async move {
        while tokio::time::timeout(UPKEEP_EVERY, stop.cancelled()).await.is_err() {
            handle.run_upkeep();
        }
    });
}
