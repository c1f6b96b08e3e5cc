//! Writes a log of so many events, decided by the real rules: over many days, or all on one. Owns the clock of that
//! history; what a day looks like is `log_load`'s work, many clients at once so that it is quick.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use domain::{Position, TenantSlug};
use serde::{Deserialize, Serialize};
use store::{Store, StoreOptions};
use tokio::task::JoinSet;

use super::log_load::{call_next, finish, issue, set_up, sit};
use super::system::{BenchClock, RandomIds};
use crate::server::log_file;

/// Agents of the clinic, and commands that are under way at once.
const AGENTS: usize = 64;

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    pub(crate) folder: PathBuf,
    #[arg(long)]
    pub(crate) events: u64,
    /// Over how many days, of which the last one is today.
    #[arg(long)]
    pub(crate) days: u64,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

/// Writes it.
pub(crate) fn run(options: &Options) -> Result<Written> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start a runtime")?.block_on(write(options))
}

async fn write(options: &Options) -> Result<Written> {
    let path = log_file(&options.folder);
    let days = i64::try_from(options.days).context("too many days")?;
    let clock = BenchClock::behind(TimeDelta::days(days - 1));
    let url = format!("sqlite:{}", path.display());
    let store =
        Store::open(&url, StoreOptions::default(), clock.clone(), Arc::new(RandomIds)).await?;
    let tenant: TenantSlug = "clinic".parse()?;
    set_up(&store, &tenant, AGENTS).await?;
    let mut head = Position::START;
    for day in 1..=options.days {
        if day > 1 {
            clock.advance(TimeDelta::days(1));
            sit_down(&store, &tenant).await?;
        }
        while head.0 < options.events * day / options.days {
            round(&store, &tenant).await?;
            head = store.log().head(&tenant).await?;
        }
    }
    store.shutdown().await;
    let bytes = std::fs::metadata(&path).context("look at the log")?.len();
    Ok(Written { events: head.0, bytes })
}

/// The agents take their seats on a new day.
async fn sit_down(store: &Store, tenant: &TenantSlug) -> Result<()> {
    for n in 0..AGENTS {
        sit(store, tenant, n).await?;
    }
    Ok(())
}

/// Each agent has a visitor, calls whoever is next, and serves.
async fn round(store: &Store, tenant: &TenantSlug) -> Result<()> {
    let mut tasks = JoinSet::new();
    for n in 0..AGENTS {
        let (store, tenant) = (store.clone(), tenant.clone());
        tasks.spawn(async move {
            issue(&store, &tenant, n).await?;
            let ticket = call_next(&store, &tenant, n).await?;
            finish(&store, &tenant, n, ticket).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.context("a client panicked")??;
    }
    Ok(())
}
