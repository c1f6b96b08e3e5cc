//! How fast the views of one tenant take in a log that is in memory. Owns the loop and its time; the fold is that of
//! `projections`, as the server uses it.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use domain::{Position, TenantSlug};
use projections::TenantViews;
use serde::{Deserialize, Serialize};
use store::{Store, StoreOptions};

use super::system::{BenchClock, RandomIds};
use crate::samples::median;
use crate::server::log_file;

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// How often; the middle one counts.
    #[arg(long)]
    pub(crate) times: usize,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Folded {
    pub(crate) events: usize,
    /// In memory, events to views and their changes.
    pub(crate) per_second: f64,
    /// From the file to events, decoded.
    pub(crate) read_per_second: f64,
}

/// Reads the log, then folds it so many times.
pub(crate) fn run(options: &Options) -> Result<Folded> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start a runtime")?.block_on(fold(options))
}

async fn fold(options: &Options) -> Result<Folded> {
    let url = format!("sqlite:{}", log_file(&options.folder).display());
    let clock = BenchClock::behind(TimeDelta::zero());
    let store = Store::open(&url, StoreOptions::default(), clock, Arc::new(RandomIds)).await?;
    let tenant: TenantSlug = "clinic".parse()?;
    let began = Instant::now();
    let events = store.log().read_tenant(&tenant, Position::START, usize::MAX >> 1).await?;
    let read_per_second = events.len() as f64 / began.elapsed().as_secs_f64();
    store.shutdown().await;
    let mut rates = Vec::new();
    for _ in 0..options.times {
        let mut views = TenantViews::default();
        let began = Instant::now();
        for recorded in &events {
            black_box(views.apply(recorded)?);
        }
        rates.push(events.len() as f64 / began.elapsed().as_secs_f64());
    }
    Ok(Folded { events: events.len(), per_second: median(rates), read_per_second })
}
