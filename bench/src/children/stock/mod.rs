//! The same work on cqrs-es and postgres-es as published, without our store: what others would build on this database.
//! Owns its table, its connections and the retry; the two shapes are two desks.

mod day;
mod ticket;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use async_trait::async_trait;
use chrono::TimeDelta;
use clap::ValueEnum;
use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{Aggregate, AggregateError, CqrsFramework, EventEnvelope, Query};
use domain::service_day::DayEvent;
use domain::{AgentId, Clock as _, Ids as _, TicketId};
use postgres_es::{PostgresCqrs, PostgresEventRepository};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::closed_loop::{self, Load, LogRate};
use super::system::{BenchClock, RandomIds};

/// The table that postgres-es describes.
const TABLE: &str = "\
CREATE TABLE events (
    aggregate_type text                         NOT NULL,
    aggregate_id   text                         NOT NULL,
    sequence       bigint CHECK (sequence >= 0) NOT NULL,
    event_type     text                         NOT NULL,
    event_version  text                         NOT NULL,
    payload        json                         NOT NULL,
    metadata       json                         NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
)";

/// More than the ten of `default_postgress_pool`, as it writes with all of them at once; all else is sqlx's default.
const CONNECTIONS: u32 = 32;

/// The longest wait before the first retry, in microseconds; it doubles each time, up to the last figure.
const RETRY_MICROS: u64 = 1_000;
const RETRY_MICROS_MAX: u64 = 32_000;

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// An empty database.
    #[arg(long)]
    url: String,
    #[arg(long, value_enum)]
    shape: Shape,
    #[command(flatten)]
    load: Load,
}

/// What is one aggregate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Shape {
    /// A ticket. Numbers, and who is next, are then outside of every aggregate: memory gives them here, for nothing.
    Ticket,
    /// A site's day, by the rules of `domain`.
    Day,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct StockRate {
    pub(crate) rate: LogRate,
    /// Attempts that met a conflict, from the beginning to the end of the process.
    pub(crate) conflicts: u64,
}

/// Runs the clients.
pub(crate) fn run(options: &Options) -> Result<StockRate> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start a runtime")?.block_on(work(options))
}

async fn work(options: &Options) -> Result<StockRate> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&options.url).await?;
    sqlx::raw_sql(TABLE).execute(&pool).await.context("make the table")?;
    let conflicts = Arc::<AtomicU64>::default();
    let rate = match options.shape {
        Shape::Ticket => {
            let tickets = ticket::Tickets::new(&pool, conflicts.clone());
            closed_loop::run(Arc::new(tickets), &options.load).await?
        }
        Shape::Day => {
            let day = day::Day::open(&pool, conflicts.clone(), options.load.clients).await?;
            closed_loop::run(Arc::new(day), &options.load).await?
        }
    };
    Ok(StockRate { rate, conflicts: conflicts.load(Ordering::Relaxed) })
}

/// A framework as the documentation of postgres-es makes it.
fn framework<A: Aggregate>(
    pool: &PgPool,
    queries: Vec<Box<dyn Query<A>>>,
    services: A::Services,
) -> PostgresCqrs<A> {
    let repository = PostgresEventRepository::new(pool.clone());
    CqrsFramework::new(PersistedEventStore::new_event_store(repository), queries, services)
}

/// Executes until no other writer was first: with waits that grow and are drawn at random, and without an end.
async fn execute<A: Aggregate<Command: Clone>>(
    framework: &PostgresCqrs<A>,
    id: &str,
    command: A::Command,
    conflicts: &AtomicU64,
) -> Result<()> {
    let mut wait = RETRY_MICROS;
    loop {
        match framework.execute(id, command.clone()).await {
            Ok(()) => return Ok(()),
            Err(AggregateError::AggregateConflict) => {
                conflicts.fetch_add(1, Ordering::Relaxed);
                let (_, dice) = RandomIds.fresh().as_u64_pair();
                tokio::time::sleep(Duration::from_micros(dice % wait)).await;
                wait = (2 * wait).min(RETRY_MICROS_MAX);
            }
            Err(error) => return Err(anyhow!("stock cqrs-es: {error}")),
        }
    }
}

/// A view in memory: which ticket each agent called last. `execute` itself answers nothing.
#[derive(Clone, Default)]
struct LastCalls(Arc<Mutex<BTreeMap<AgentId, TicketId>>>);

impl LastCalls {
    fn of(&self, agent: AgentId) -> Option<TicketId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&agent).copied()
    }
}

#[async_trait]
impl<A: Aggregate<Event = DayEvent>> Query<A> for LastCalls {
    async fn dispatch(&self, _: &str, events: &[EventEnvelope<A>]) {
        for event in events {
            if let DayEvent::TicketCalled { ticket, agent_id, .. } = &event.payload {
                let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                calls.insert(*agent_id, ticket.id);
            }
        }
    }
}

fn now() -> chrono::DateTime<chrono::Utc> {
    BenchClock::behind(TimeDelta::zero()).now()
}
