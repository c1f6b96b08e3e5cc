//! Why the positions are what they are: the cursor that everybody tries first, beside ours; and the reader of others.

use cqrs_es::persist::{PersistedEventRepository as _, PersistedEventStore};
use cqrs_es::{AggregateContext as _, EventStore as _};
use domain::directory::Directory;
use domain::service_day::ServiceDay;
use domain::{Position, SiteId, StreamId};
use postgres_es::PostgresEventRepository;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor as _, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Database, append, stream, tenant};
use crate::options::StoreOptions;

const WRITERS: usize = 16;

/// Writes are repeated until the control has shown its fault; beyond it, it never would.
const APPENDS_MAX: i64 = 200_000;

/// Reads by `position > cursor` while `WRITERS` append, until it has missed something; how many it missed.
async fn missed_by_a_serial_cursor(pool: &PgPool) -> i64 {
    let done = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (pool, done) = (pool.clone(), done.clone());
        writers.spawn(async move {
            while !done.load(Ordering::Relaxed) {
                sqlx::query("INSERT INTO naive (payload) VALUES ('{}')")
                    .execute(&pool)
                    .await
                    .unwrap();
            }
        });
    }
    let (mut cursor, mut seen) = (0_i64, 0_i64);
    let mut missed = 0;
    while missed == 0 && seen < APPENDS_MAX {
        let sql = "SELECT position FROM naive WHERE position > $1 ORDER BY position";
        let new: Vec<i64> = sqlx::query_scalar(sql).bind(cursor).fetch_all(pool).await.unwrap();
        cursor = new.last().copied().unwrap_or(cursor);
        seen += i64::try_from(new.len()).unwrap();
        let sql = "SELECT count(*) FROM naive WHERE position <= $1";
        let there: i64 = sqlx::query_scalar(sql).bind(cursor).fetch_one(pool).await.unwrap();
        missed = there - seen;
    }
    done.store(true, Ordering::Relaxed);
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    missed
}

/// The control: a reader of a `bigserial` column misses events, and nothing tells it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_serial_cursor_misses_events_and_ours_misses_none() {
    let database = Database::new();
    let pool = PgPoolOptions::new().max_connections(20).connect(&database.url).await.unwrap();
    pool.execute("CREATE TABLE naive (position bigserial PRIMARY KEY, payload json)")
        .await
        .unwrap();
    assert!(missed_by_a_serial_cursor(&pool).await > 0, "the control shows nothing");

    // As many writers, each a node of its own as far as the database can tell.
    let options = StoreOptions { append_connections: 1, readers: 1, ..StoreOptions::default() };
    let mut writers = JoinSet::new();
    for n in 0..WRITERS {
        let log = database.log(&options).await;
        writers.spawn(async move {
            let (site, date) = (SiteId(Uuid::from_u128(n as u128)), "2026-03-02".parse().unwrap());
            let stream = StreamId::ServiceDay { tenant: tenant("a"), site, date };
            for expected in 0..50 {
                append(&*log, &stream, expected, 1).await.unwrap();
            }
            log.close().await;
        });
    }
    let (mut cursor, last) = (0, 50 * WRITERS as i64);
    while cursor < last {
        let sql = "SELECT tenant_pos FROM events WHERE tenant = 'a' AND tenant_pos > $1 ORDER BY tenant_pos";
        let new: Vec<i64> = sqlx::query_scalar(sql).bind(cursor).fetch_all(&pool).await.unwrap();
        for position in new {
            assert_eq!(position, cursor + 1, "a snapshot has a hole");
            cursor = position;
        }
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    pool.close().await;
}

/// cqrs-es with postgres-es as published, on our table and our connections.
#[tokio::test]
async fn stock_postgres_es_reads_what_we_wrote() {
    let database = Database::new();
    let log = database.try_open(&StoreOptions::default()).await.unwrap();
    append(&log, &stream("a"), 0, 3).await.unwrap();
    let pool = log.lanes.connections.reads.clone();
    let repository = PostgresEventRepository::new(pool.clone());
    let stored = repository.get_events::<Directory>("a").await.unwrap();
    let ours = crate::EventLog::read_stream(&log, &stream("a"), 0, 10).await.unwrap();
    assert_eq!(stored.len(), 3);
    for (stored, ours) in stored.iter().zip(&ours) {
        assert_eq!(stored.sequence as u64, ours.sequence);
        assert_eq!(stored.aggregate_type, "directory");
        assert_eq!(stored.event_type, ours.event.event_type());
        assert_eq!(stored.event_version, ours.event.event_version());
        assert_eq!(stored.payload.to_string(), as_value(&ours.event.payload()));
        assert_eq!(stored.metadata["actor"], "system");
    }
    let store = PersistedEventStore::<_, Directory>::new_event_store(repository);
    let mut context = store.load_aggregate("a").await.unwrap();
    let registered = context.aggregate().tenant.as_ref().map(|tenant| tenant.name.to_string());
    assert_eq!(registered.as_deref(), Some("A"));
    let repository = PostgresEventRepository::new(pool);
    assert!(repository.get_events::<ServiceDay>("a").await.unwrap().is_empty());
    assert_eq!(crate::EventLog::head(&log, &tenant("a")).await.unwrap(), Position(3));
    crate::EventLog::close(&log).await;
}

fn as_value(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json).unwrap().to_string()
}
