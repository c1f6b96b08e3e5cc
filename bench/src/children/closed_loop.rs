//! Clients in one process, each with one command under way: issue, call next, finish, and so on. Owns the window of
//! time that counts; what a client works on is its desk.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use domain::TicketId;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::samples::Samples;
use crate::usage::{DATABASE, Usage, Watch};

/// How many clients, and for how long.
#[derive(clap::Args)]
pub(crate) struct Load {
    #[arg(long)]
    pub(crate) clients: usize,
    #[arg(long)]
    warm_up_millis: u64,
    #[arg(long)]
    measured_millis: u64,
    /// The process of the database, where there is one.
    #[arg(long)]
    database_pid: Option<u32>,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct LogRate {
    pub(crate) per_second: f64,
    /// None where nothing was done in time.
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) usage: Usage,
}

impl LogRate {
    /// What was done so often in a second, and took these times.
    pub(super) fn of(samples: &Samples, per_second: f64, usage: Usage) -> Self {
        let known = |millis: f64| millis.is_finite().then_some(millis);
        Self { per_second, p50: known(samples.p50()), p99: known(samples.p99()), usage }
    }
}

/// Where the clients work.
pub(super) trait Desk: Send + Sync + 'static {
    /// A visitor takes a ticket.
    fn issue(&self, n: usize) -> impl Future<Output = Result<()>> + Send;
    /// Whoever is next for this client.
    fn call_next(&self, n: usize) -> impl Future<Output = Result<TicketId>> + Send;
    /// That ticket is served.
    fn finish(&self, n: usize, ticket: TicketId) -> impl Future<Output = Result<()>> + Send;
}

/// Where a run stands.
const WARMING_UP: u8 = 0;
const MEASURED: u8 = 1;
const OVER: u8 = 2;

/// What one client has taken so far; nobody waits for this lock.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Samples>>);

/// Runs the clients; what is under way when the time is over is given up.
pub(super) async fn run<D: Desk>(desk: Arc<D>, load: &Load) -> Result<LogRate> {
    let phase = Arc::new(AtomicU8::new(WARMING_UP));
    let (mut tasks, mut all) = (JoinSet::new(), Vec::new());
    for n in 0..load.clients {
        let taken = Taken::default();
        all.push(taken.clone());
        tasks.spawn(client(desk.clone(), n, phase.clone(), taken));
    }
    tokio::time::sleep(Duration::from_millis(load.warm_up_millis)).await;
    let mut watched = vec![("log process", std::process::id())];
    watched.extend(load.database_pid.map(|pid| (DATABASE, pid)));
    let watch = Watch::begin(&watched)?;
    let began = Instant::now();
    phase.store(MEASURED, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(load.measured_millis)).await;
    phase.store(OVER, Ordering::Relaxed);
    let (seconds, usage) = (began.elapsed().as_secs_f64(), watch.end()?);
    if let Some(ended) = tasks.try_join_next() {
        ended.context("a client panicked")??;
        bail!("a client stopped working");
    }
    tasks.shutdown().await;
    let mut samples = Samples::default();
    for taken in all {
        samples.extend(&taken.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
    Ok(LogRate::of(&samples, samples.len() as f64 / seconds, usage))
}

async fn client<D: Desk>(desk: Arc<D>, n: usize, phase: Arc<AtomicU8>, taken: Taken) -> Result<()> {
    loop {
        taken.time(&phase, desk.issue(n)).await?;
        let ticket = taken.time(&phase, desk.call_next(n)).await?;
        taken.time(&phase, desk.finish(n, ticket)).await?;
    }
}

impl Taken {
    /// What is answered within the window counts.
    async fn time<T>(&self, phase: &AtomicU8, work: impl Future<Output = Result<T>>) -> Result<T> {
        let began = Instant::now();
        let done = work.await?;
        if phase.load(Ordering::Relaxed) == MEASURED {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(began.elapsed());
        }
        Ok(done)
    }
}
