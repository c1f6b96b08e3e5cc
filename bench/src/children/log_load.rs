//! Commands a second on a log without HTTP: the same work as over HTTP, from tasks that call the store. Owns the
//! closed loop; decides nothing itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use domain::service_day::{Channel, DayCommand};
use domain::{Actor, Ids as _, TenantSlug, TicketId};
use serde::{Deserialize, Serialize};
use store::{Executed, Issuer, Store, StoreOptions};
use tokio::task::JoinSet;

use super::system::{BenchClock, RandomIds};
use crate::clinic;
use crate::samples::Samples;
use crate::server::log_file;
use crate::usage::{Usage, Watch};

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// Commands in one transaction at most.
    #[arg(long)]
    pub(crate) batch_max: usize,
    #[arg(long)]
    pub(crate) clients: usize,
    #[arg(long)]
    pub(crate) warm_up_millis: u64,
    #[arg(long)]
    pub(crate) measured_millis: u64,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct LogRate {
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) usage: Usage,
}

/// Where a run stands.
const WARMING_UP: u8 = 0;
const MEASURED: u8 = 1;
const OVER: u8 = 2;

/// Runs the tasks.
pub(crate) fn run(options: &Options) -> Result<LogRate> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start a runtime")?.block_on(work(options))
}

async fn work(options: &Options) -> Result<LogRate> {
    let url = format!("sqlite:{}", log_file(&options.folder).display());
    let store_options = StoreOptions { append_batch_max: options.batch_max, ..Default::default() };
    let clock = BenchClock::behind(TimeDelta::zero());
    let store = Store::open(&url, store_options, clock, Arc::new(RandomIds)).await?;
    let tenant: TenantSlug = "clinic".parse()?;
    set_up(&store, &tenant, options.clients).await?;

    let phase = Arc::new(AtomicU8::new(WARMING_UP));
    let mut tasks = JoinSet::new();
    for n in 0..options.clients {
        tasks.spawn(client(store.clone(), tenant.clone(), n, phase.clone()));
    }
    tokio::time::sleep(Duration::from_millis(options.warm_up_millis)).await;
    let watch = Watch::begin(&[("log process", std::process::id())])?;
    let began = Instant::now();
    phase.store(MEASURED, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(options.measured_millis)).await;
    phase.store(OVER, Ordering::Relaxed);
    let (seconds, usage) = (began.elapsed().as_secs_f64(), watch.end()?);
    let mut all = Samples::default();
    while let Some(samples) = tasks.join_next().await {
        all.extend(&samples.context("a client panicked")??);
    }
    store.shutdown().await;
    let per_second = all.len() as f64 / seconds;
    Ok(LogRate { per_second, p50: all.p50(), p99: all.p99(), usage })
}

/// Defines the clinic and seats its agents.
pub(super) async fn set_up(store: &Store, tenant: &TenantSlug, agents: usize) -> Result<()> {
    for command in clinic::commands(agents) {
        store.execute_directory(tenant, command, Issuer::system()).await?;
    }
    for n in 0..agents {
        sit(store, tenant, n).await?;
    }
    Ok(())
}

/// An agent takes a seat.
pub(super) async fn sit(store: &Store, tenant: &TenantSlug, n: usize) -> Result<()> {
    execute(store, tenant, Actor::Agent(clinic::agent(n)), clinic::seat(n)).await.map(drop)
}

/// One client's loop: issue, call next, finish.
async fn client(
    store: Store,
    tenant: TenantSlug,
    n: usize,
    phase: Arc<AtomicU8>,
) -> Result<Samples> {
    let mut samples = Samples::default();
    loop {
        let mut called = None;
        for step in 0..3 {
            let counts = phase.load(Ordering::Relaxed) == MEASURED;
            let began = Instant::now();
            match (step, called) {
                (0, _) => {
                    issue(&store, &tenant, n).await?;
                }
                (_, None) => called = Some(call_next(&store, &tenant, n).await?),
                (_, Some(ticket)) => {
                    finish(&store, &tenant, n, ticket).await?;
                }
            }
            match phase.load(Ordering::Relaxed) {
                OVER => return Ok(samples),
                _ if counts => samples.push(began.elapsed()),
                _ => {}
            }
        }
    }
}

/// A visitor takes a ticket.
pub(super) async fn issue(store: &Store, tenant: &TenantSlug, n: usize) -> Result<()> {
    let command = DayCommand::Issue {
        ticket_id: TicketId(RandomIds.fresh()),
        queue_id: clinic::queue(n),
        priority: 0,
        channel: Channel::Kiosk,
        contact: false,
    };
    execute(store, tenant, Actor::Staff, command).await.map(drop)
}

/// Whoever is next for this agent.
pub(super) async fn call_next(store: &Store, tenant: &TenantSlug, n: usize) -> Result<TicketId> {
    let agent_id = clinic::agent(n);
    let command = DayCommand::CallNext { agent_id, queue_id: None };
    let executed = execute(store, tenant, Actor::Agent(agent_id), command).await?;
    let ticket = executed.events.iter().find_map(|recorded| recorded.event.ticket_id());
    ticket.context("a call named no ticket")
}

/// The ticket is served.
pub(super) async fn finish(
    store: &Store,
    tenant: &TenantSlug,
    n: usize,
    ticket_id: TicketId,
) -> Result<()> {
    let agent_id = clinic::agent(n);
    let command = DayCommand::Finish { agent_id, ticket_id };
    execute(store, tenant, Actor::Agent(agent_id), command).await.map(drop)
}

async fn execute(
    store: &Store,
    tenant: &TenantSlug,
    actor: Actor,
    command: DayCommand,
) -> Result<Executed> {
    let key = Some(RandomIds.fresh().to_string().parse()?);
    let issuer = Issuer { actor, key };
    Ok(store.execute_day(tenant, clinic::SITE, command, issuer).await?)
}
