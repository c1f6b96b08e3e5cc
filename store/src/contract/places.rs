//! Promises about where an event is put, and when.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{Clock, Position, StreamId};

use super::{Engine, append, closed, day, issued, opened, registered, tenant};
use crate::error::AppendError;
use crate::log::EventLog;
use crate::testing::TestClock;

const WRITERS: u128 = 16;
const APPENDS_EACH: u64 = 25;

pub(super) fn clock() -> Arc<TestClock> {
    TestClock::at("2026-03-02T12:00:00.123456789Z")
}

pub async fn positions_and_sequences_count_from_one(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let (directory, day) = (StreamId::Directory(tenant("a")), day("a", 1, "2026-03-02"));
    append(&*log, &directory, 0, vec![registered("A")]).await.expect("first");
    let two = append(&*log, &day, 0, vec![opened(1), issued(1)]).await.expect("second");
    let one = append(&*log, &directory, 1, vec![registered("B")]).await.expect("third");
    let places: Vec<_> =
        two.events.iter().chain(&one.events).map(|e| (e.position.0, e.sequence)).collect();
    assert_eq!(places, [(2, 1), (3, 2), (4, 2)]);
    assert_eq!(log.head(&tenant("a")).await.expect("head"), Position(4));
    log.close().await;
}

pub async fn a_conflict_leaves_no_hole(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    append(&*log, &stream, 0, vec![opened(1)]).await.expect("first");
    for expected in [0, 2, 9] {
        match append(&*log, &stream, expected, vec![issued(1)]).await {
            Err(AppendError::Conflict { actual: 1, expected: said, .. }) if said == expected => {}
            other => panic!("expected a conflict, not {other:?}"),
        }
    }
    let next = append(&*log, &stream, 1, vec![issued(1)]).await.expect("next");
    assert_eq!(next.events[0].position, Position(2));
    assert_eq!(log.read_tenant(&tenant("a"), Position(0), 10).await.expect("all").len(), 2);
    log.close().await;
}

pub async fn an_append_is_all_or_nothing(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    let nothing = append(&*log, &stream, 0, vec![]).await.expect("nothing");
    assert!(nothing.events.is_empty());
    assert!(log.tenants().await.expect("tenants").is_empty(), "nothing makes no tenant");
    append(&*log, &stream, 3, vec![opened(1), closed(1)]).await.expect_err("a conflict");
    assert_eq!(log.head(&tenant("a")).await.expect("head"), Position::START);
    assert!(log.tenants().await.expect("tenants").is_empty(), "a conflict makes no tenant");
    log.close().await;
}

pub async fn sixteen_writers_leave_no_hole_and_a_follower_misses_nothing(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let mut follower = crate::follow(log.clone(), tenant("a"), Position::START).await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..WRITERS {
        let log = log.clone();
        writers.spawn(async move {
            let stream = day("a", n, "2026-03-02");
            let mut expected = 0;
            for turn in 0..APPENDS_EACH {
                // Every third also tries what must conflict, among the others' appends.
                if turn % 3 == 2 {
                    let stale = append(&*log, &stream, expected + 1, vec![opened(n)]).await;
                    assert!(matches!(stale, Err(AppendError::Conflict { .. })));
                }
                let events = vec![issued(n), issued(n)];
                let appended = append(&*log, &stream, expected, events).await.expect("append");
                expected = appended.events.last().expect("two").sequence;
            }
        });
    }
    let total = u64::try_from(WRITERS).expect("small") * APPENDS_EACH * 2;
    let mut seen = Vec::new();
    while follower.cursor() < Position(total) {
        seen.extend(follower.next().await.expect("follow"));
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("writer");
    }
    let positions: Vec<_> = seen.iter().map(|e| e.position.0).collect();
    assert_eq!(positions, (1..=total).collect::<Vec<_>>());
    assert_eq!(log.head(&tenant("a")).await.expect("head"), Position(total));
    let limit = usize::try_from(total).expect("small") + 1;
    let read = log.read_tenant(&tenant("a"), Position::START, limit).await.expect("read");
    assert_eq!(read, seen, "the follower saw what the log says");
    log.close().await;
}

pub async fn one_stream_takes_one_of_two_rivals(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    for expected in 0..50 {
        let rivals = tokio::join!(rival(&*log, &stream, expected), rival(&*log, &stream, expected));
        assert!(rivals.0 != rivals.1, "exactly one rival is first");
    }
    assert_eq!(log.head(&tenant("a")).await.expect("head"), Position(50));
    log.close().await;
}

async fn rival(log: &dyn EventLog, stream: &StreamId, expected: u64) -> bool {
    match append(log, stream, expected, vec![issued(1)]).await {
        Ok(_) => true,
        Err(AppendError::Conflict { .. }) => false,
        Err(error) => panic!("neither first nor second: {error}"),
    }
}

pub async fn time_never_runs_back_when_the_clock_does(engine: &impl Engine) {
    let clock = clock();
    let log = engine.open(clock.clone()).await;
    let stream = day("a", 1, "2026-03-02");
    for expected in 0..4 {
        append(&*log, &stream, expected, vec![issued(1)]).await.expect("append");
        clock.advance(TimeDelta::minutes(if expected == 1 { -60 } else { 1 }));
    }
    log.close().await;
    // A new start with a clock that is still behind.
    let log = engine.open(clock.clone()).await;
    append(&*log, &stream, 4, vec![issued(1)]).await.expect("append");
    // Another tenant's time is its own.
    let other = append(&*log, &day("b", 1, "2026-03-02"), 0, vec![issued(1)]).await;
    let events = log.read_stream(&stream, 0, 10).await.expect("read");
    assert_eq!(events.len(), 5);
    assert!(events.is_sorted_by_key(|event| event.recorded_at));
    assert!(other.expect("append").events[0].recorded_at <= clock.now());
    assert!(clock.now() < events[4].recorded_at, "the clock is behind in this test");
    log.close().await;
}
