//! Promises about broken connections, and about a server that goes away and comes back.

use domain::Position;
use sqlx::Executor as _;
use tokio::task::JoinSet;

use super::{Database, append, stream, tenant};
use crate::error::ReadError;
use crate::options::StoreOptions;

const KILL_OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

const TURNS: u64 = 300;

const KILL_AN_APPEND: &str = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) \
     FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
     AND state = 'active' AND query LIKE '%INSERT INTO events%'";

#[tokio::test]
async fn killed_connections_lose_nothing() {
    let database = Database::new();
    let log = database.log(&StoreOptions::default()).await;
    let mut outside = database.outside().await;
    let mut follower = crate::follow(log.clone(), tenant("a"), Position::START).await;
    for expected in 0..20 {
        let appended = append(&*log, &stream("a"), expected, 1).await.unwrap();
        assert_eq!(appended.events[0].position, Position(expected + 1));
        outside.execute(KILL_OTHERS).await.unwrap();
    }
    while follower.cursor() < Position(20) {
        follower.next().await.unwrap();
    }
    log.close().await;
}

/// Appends are killed at any moment, also between commit and answer. Each is answered with its own place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_killed_in_an_append_double_nothing() {
    let database = Database::new();
    let log = database.log(&StoreOptions::default()).await;
    let mut outside = database.outside().await;
    let mut writing = JoinSet::new();
    let writer = writing.spawn({
        let log = log.clone();
        async move {
            let mut unknown = 0;
            for turn in 0..TURNS {
                let (stream, mut new) = (stream("a"), super::event("A"));
                // As the ids of the program are: each command has its own.
                new.command_id = domain::CommandId(uuid::Uuid::from_u128(u128::from(1000 + turn)));
                let expected = log.read_stream(&stream, 0, 1000).await.unwrap().len() as u64;
                let append = crate::StreamAppend { stream, expected, events: vec![new] };
                match log.append(append).await {
                    Ok(appended) => assert_eq!(appended.events[0].sequence, expected + 1),
                    Err(crate::AppendError::Unavailable(_)) => unknown += 1,
                    Err(error) => panic!("nobody else writes: {error}"),
                }
            }
            unknown
        }
    });
    let mut killed = 0;
    while !writer.is_finished() {
        killed +=
            sqlx::query_scalar::<_, i64>(KILL_AN_APPEND).fetch_one(&mut outside).await.unwrap();
    }
    let unknown: u64 = writing.join_next().await.unwrap().unwrap();
    let events = log.read_stream(&stream("a"), 0, 1000).await.unwrap().len() as u64;
    assert!((TURNS - unknown..=TURNS).contains(&events), "{killed} {unknown} {events}");
    assert!(killed > 0, "no append was met: this test shows nothing");
    log.close().await;
}

#[tokio::test]
async fn a_restart_of_the_server_loses_nothing() {
    let mut cluster = scratch::Cluster::start().unwrap();
    let database = Database { url: cluster.url().to_owned() };
    let log = database.log(&StoreOptions::default()).await;
    let epoch = log.epoch().to_owned();
    append(&*log, &stream("a"), 0, 2).await.unwrap();
    let mut follower = crate::follow(log.clone(), tenant("a"), Position(2)).await;
    cluster.crash().unwrap();
    // Sent while the server is away; it waits for the server within the time that it may.
    let (log2, stream2) = (log.clone(), stream("a"));
    let mut waiting = JoinSet::new();
    waiting.spawn(async move { append(&*log2, &stream2, 2, 1).await });
    let cluster = tokio::task::spawn_blocking(move || {
        cluster.start_again().unwrap();
        cluster
    });
    let cluster = cluster.await.unwrap();
    let appended = waiting.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(appended.events[0].position, Position(3));
    // A follower that lived through it goes on.
    while follower.cursor() < Position(3) {
        match follower.next().await {
            Ok(_) | Err(ReadError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    log.close().await;
    let again = database.log(&StoreOptions::default()).await;
    assert_eq!(again.epoch(), epoch);
    assert_eq!(again.read_tenant(&tenant("a"), Position::START, 10).await.unwrap().len(), 3);
    again.close().await;
    drop(cluster);
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_and_not_an_end() {
    let mut cluster = scratch::Cluster::start().unwrap();
    let database = Database { url: cluster.url().to_owned() };
    let options = StoreOptions { connect_timeout_ms: 100, ..StoreOptions::default() };
    let log = database.log(&options).await;
    append(&*log, &stream("a"), 0, 1).await.unwrap();
    cluster.stop().unwrap();
    let refused = append(&*log, &stream("a"), 1, 1).await;
    assert!(matches!(refused, Err(crate::AppendError::Unavailable(_))), "{refused:?}");
    let refused = log.read_stream(&stream("a"), 0, 10).await;
    assert!(matches!(refused, Err(ReadError::Unavailable(_))), "{refused:?}");
    cluster.start_again().unwrap();
    append(&*log, &stream("a"), 1, 1).await.unwrap();
    log.close().await;
}

#[tokio::test]
async fn a_hole_stops_the_reader_and_the_follower() {
    for (gone, expected, found) in [(3, 3, 4), (5, 5, 5)] {
        let database = Database::new();
        let log = database.log(&StoreOptions::default()).await;
        append(&*log, &stream("a"), 0, 5).await.unwrap();
        let mut outside = database.outside().await;
        outside.execute("DROP TRIGGER events_never_altered ON events").await.unwrap();
        let delete = format!("DELETE FROM events WHERE tenant_pos = {gone}");
        outside.execute(delete.as_str()).await.unwrap();
        let mut follower = crate::follow(log.clone(), tenant("a"), Position(1)).await;
        for _ in 0..2 {
            match follower.next().await {
                Err(ReadError::Hole { expected: e, found: f, .. }) => {
                    assert_eq!((e, f), (Position(expected), Position(found)));
                }
                other => panic!("a hole was passed over: {other:?}"),
            }
        }
        let until_there = log.read_tenant(&tenant("a"), Position(1), 1).await.unwrap();
        assert_eq!(until_there.len(), 1, "what is before the hole is still read");
        log.close().await;
    }
}
