//! What PostgreSQL takes at best: bare inserts into the table of the log, so many rows a statement, each statement its
//! own transaction. Owns the statement; nothing here goes through our own code, except that the table is ours.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::closed_loop::LogRate;
use crate::disk::{METADATA, payload};
use crate::samples::Samples;
use crate::usage::{DATABASE, Watch};

/// The table as the server makes it.
const TABLE: &str = include_str!("../../../migrations/postgres/0001_log.sql");

const INSERT: &str = "\
INSERT INTO events SELECT 'service_day', $1, sequence, 'ticket_called', '1', payload::json, metadata::json,
    $1, sequence, now(), command, ticket
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::uuid[])
    AS row(sequence, payload, metadata, command, ticket)";

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// An empty database.
    #[arg(long)]
    url: String,
    #[arg(long)]
    database_pid: u32,
    /// Connections that write at once, each a log of its own.
    #[arg(long)]
    connections: u32,
    /// Rows in each statement.
    #[arg(long)]
    rows: u64,
    #[arg(long)]
    millis: u64,
}

/// Rows a second, and what a statement took.
pub(crate) fn run(options: &Options) -> Result<LogRate> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start a runtime")?.block_on(work(options))
}

async fn work(options: &Options) -> Result<LogRate> {
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .test_before_acquire(false)
        .connect(&options.url)
        .await?;
    sqlx::raw_sql(TABLE).execute(&pool).await.context("make the table")?;
    let mut watched = vec![("log process", std::process::id())];
    watched.push((DATABASE, options.database_pid));
    let watch = Watch::begin(&watched)?;
    let began = Instant::now();
    let until = began + Duration::from_millis(options.millis);
    let mut writers = JoinSet::new();
    for n in 0..options.connections {
        writers.spawn(write(pool.clone(), n, options.rows, until));
    }
    let mut samples = Samples::default();
    while let Some(written) = writers.join_next().await {
        samples.extend(&written.context("a writer panicked")??);
    }
    let (seconds, usage) = (began.elapsed().as_secs_f64(), watch.end()?);
    pool.close().await;
    let per_second = samples.len() as f64 * options.rows as f64 / seconds;
    Ok(LogRate::of(&samples, per_second, usage))
}

async fn write(pool: PgPool, n: u32, rows: u64, until: Instant) -> Result<Samples> {
    let (tenant, payload) = (format!("clinic-{n}"), payload());
    let mut connection = pool.acquire().await?;
    let (mut samples, mut last) = (Samples::default(), 0_u64);
    while Instant::now() < until {
        let began = Instant::now();
        let places = last + 1..=last + rows;
        last += rows;
        // Both ids grow with time, as ours do.
        let commands: Vec<Uuid> = places.clone().map(|row| Uuid::from_u64_pair(row, 0)).collect();
        let tickets: Vec<Uuid> =
            places.clone().map(|row| Uuid::from_u64_pair(row / 3, 1)).collect();
        let sequences: Vec<i64> =
            places.map(|row| i64::try_from(row).unwrap_or(i64::MAX)).collect();
        sqlx::query(INSERT)
            .bind(&tenant)
            .bind(&sequences)
            .bind(vec![payload.as_str(); sequences.len()])
            .bind(vec![METADATA; sequences.len()])
            .bind(&commands)
            .bind(&tickets)
            .execute(&mut *connection)
            .await
            .context("insert")?;
        samples.push(began.elapsed());
    }
    Ok(samples)
}
