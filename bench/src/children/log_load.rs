//! Commands a second on a log without HTTP: the same work as over HTTP, from tasks that call the store. Owns the
//! commands; decides nothing itself.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use domain::service_day::{Channel, DayCommand};
use domain::{Actor, Ids as _, TenantSlug, TicketId};
use store::{Executed, Issuer, Store, StoreOptions};

use super::closed_loop::{self, Desk, Load, LogRate};
use super::system::{BenchClock, RandomIds};
use crate::clinic;

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The log, as the server takes it.
    #[arg(long)]
    url: String,
    /// Commands in one transaction at most.
    #[arg(long)]
    batch_max: usize,
    #[command(flatten)]
    load: Load,
}

/// Runs the tasks.
pub(crate) fn run(options: &Options) -> Result<LogRate> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start a runtime")?.block_on(work(options))
}

/// The clinic of one tenant in a store.
struct Clinic {
    store: Store,
    tenant: TenantSlug,
}

impl Desk for Clinic {
    async fn issue(&self, n: usize) -> Result<()> {
        issue(&self.store, &self.tenant, n).await
    }

    async fn call_next(&self, n: usize) -> Result<TicketId> {
        call_next(&self.store, &self.tenant, n).await
    }

    async fn finish(&self, n: usize, ticket: TicketId) -> Result<()> {
        finish(&self.store, &self.tenant, n, ticket).await
    }
}

async fn work(options: &Options) -> Result<LogRate> {
    let store_options = StoreOptions { append_batch_max: options.batch_max, ..Default::default() };
    let clock = BenchClock::behind(TimeDelta::zero());
    let store = Store::open(&options.url, store_options, clock, Arc::new(RandomIds)).await?;
    let tenant: TenantSlug = "clinic".parse()?;
    set_up(&store, &tenant, options.load.clients).await?;
    let clinic = Arc::new(Clinic { store, tenant });
    let rate = closed_loop::run(clinic.clone(), &options.load).await;
    clinic.store.clone().shutdown().await;
    rate
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
