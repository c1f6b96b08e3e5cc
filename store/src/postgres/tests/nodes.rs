//! Promises about several processes on one database.

use std::sync::Arc;

use domain::{Position, SiteId, StreamId};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Database, append, stream, tenant};
use crate::error::AppendError;
use crate::log::EventLog;
use crate::options::StoreOptions;

const WRITERS: u128 = 8;
const APPENDS_EACH: u64 = 20;

fn day(n: u128) -> StreamId {
    let (site, date) = (SiteId(Uuid::from_u128(n)), "2026-03-02".parse().unwrap());
    StreamId::ServiceDay { tenant: tenant("a"), site, date }
}

/// Writes to its own stream; the other node's writers are on the same tenant.
async fn write(log: Arc<dyn EventLog>, stream: StreamId) {
    let mut expected = 0;
    for _ in 0..APPENDS_EACH {
        let appended = append(&*log, &stream, expected, 2).await.unwrap();
        expected = appended.events.last().unwrap().sequence;
    }
}

async fn positions_up_to(log: Arc<dyn EventLog>, last: u64) -> Vec<u64> {
    let mut follower = crate::follow(log, tenant("a"), Position::START).await;
    let mut positions = Vec::new();
    while follower.cursor() < Position(last) {
        positions.extend(follower.next().await.unwrap().iter().map(|event| event.position.0));
    }
    positions
}

/// What a node hands over, without anybody repairing it.
async fn handed_over_up_to(mut commits: crate::Commits, last: u64) -> Vec<u64> {
    let mut positions = Vec::new();
    while positions.last() != Some(&last) {
        positions.extend(commits.next().await.unwrap().iter().map(|event| event.position.0));
    }
    positions
}

async fn two_nodes_see_everything_once(hints: bool) {
    let database = Database::new();
    let options = StoreOptions { hints, handover_len: 4096, ..StoreOptions::default() };
    let (a, b) = (database.log(&options).await, database.log(&options).await);
    let total = u64::try_from(WRITERS).unwrap() * 2 * APPENDS_EACH * 2;
    let mut readers = JoinSet::new();
    for log in [&a, &b] {
        readers.spawn(positions_up_to(log.clone(), total));
        readers.spawn(handed_over_up_to(log.commits_of(&tenant("a")), total));
        readers.spawn(handed_over_up_to(log.commits(), total));
    }
    let mut writers = JoinSet::new();
    for n in 0..WRITERS {
        writers.spawn(write(a.clone(), day(2 * n)));
        writers.spawn(write(b.clone(), day(2 * n + 1)));
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    while let Some(seen) = readers.join_next().await {
        assert_eq!(seen.unwrap(), (1..=total).collect::<Vec<_>>());
    }
    a.close().await;
    b.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_see_everything_once_and_in_order() {
    two_nodes_see_everything_once(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_see_everything_once_and_in_order_also_without_hints() {
    two_nodes_see_everything_once(false).await;
}

#[tokio::test]
async fn a_hint_arrives_when_nobody_asks() {
    let database = Database::new();
    // Asked once at the start, and not again while this test runs.
    let options = StoreOptions { poll_interval_ms: 3_600_000, ..StoreOptions::default() };
    let (a, b) = (database.log(&options).await, database.log(&options).await);
    let mut commits = b.commits();
    let mut outside = database.outside().await;
    super::until_listening(&mut outside, 2).await;
    append(&*a, &stream("a"), 0, 3).await.unwrap();
    let batch = commits.next().await.unwrap();
    assert_eq!(batch.iter().map(|event| event.position.0).collect::<Vec<_>>(), [1, 2, 3]);
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn of_two_nodes_with_one_expectation_one_is_first() {
    let database = Database::new();
    let options = StoreOptions::default();
    let (a, b) = (database.log(&options).await, database.log(&options).await);
    for expected in 0..30 {
        let stream = stream("a");
        let rivals =
            tokio::join!(append(&*a, &stream, expected, 1), append(&*b, &stream, expected, 1));
        let ((Ok(_), Err(error)) | (Err(error), Ok(_))) = rivals else {
            panic!("exactly one rival is first: {rivals:?}")
        };
        let AppendError::Conflict { actual, .. } = error else { panic!("{error}") };
        assert_eq!(actual, expected + 1);
    }
    assert_eq!(a.head(&tenant("a")).await.unwrap(), Position(30));
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_conflict_of_one_stream_disturbs_no_other_of_the_batch() {
    let database = Database::new();
    let options = StoreOptions::default();
    let (a, b) = (database.log(&options).await, database.log(&options).await);
    append(&*b, &day(1), 0, 2).await.unwrap();
    let (first, second, stale) = (day(2), day(3), day(1));
    let outcomes = tokio::join!(
        append(&*a, &first, 0, 1),
        append(&*a, &stale, 0, 1),
        append(&*a, &second, 0, 1),
        append(&*a, &stale, 5, 1),
    );
    assert!(outcomes.0.is_ok() && outcomes.2.is_ok());
    for stale in [outcomes.1, outcomes.3] {
        assert!(matches!(stale, Err(AppendError::Conflict { actual: 2, .. })), "{stale:?}");
    }
    assert_eq!(a.head(&tenant("a")).await.unwrap(), Position(4));
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn what_was_decided_on_a_failed_append_fails_with_it() {
    let database = Database::new();
    let options = StoreOptions::default();
    let (a, b) = (database.log(&options).await, database.log(&options).await);
    let stream = stream("a");
    append(&*b, &stream, 0, 2).await.unwrap();
    // The first two are in flight together. When the first fails, the stream ends just where the second expects it.
    let (first, second) = tokio::join!(append(&*a, &stream, 0, 2), append(&*a, &stream, 2, 1));
    assert!(matches!(first, Err(AppendError::Conflict { .. })), "{first:?}");
    assert!(matches!(second, Err(AppendError::Conflict { .. })), "{second:?}");
    append(&*a, &stream, 2, 1).await.unwrap();
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn appends_in_flight_together_are_placed_in_the_order_of_sending() {
    let database = Database::new();
    let log = database.log(&StoreOptions::default()).await;
    let stream = stream("a");
    let mut sent = Vec::new();
    for expected in 0..50 {
        sent.push(append(&*log, &stream, expected, 1));
    }
    for (expected, appended) in (0..).zip(futures_util::future::join_all(sent).await) {
        assert_eq!(appended.unwrap().events[0].position, Position(expected + 1));
    }
    log.close().await;
}
