//! Promises that only a file makes.

mod backup;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use domain::directory::{DirectoryEvent, TenantRegistered};
use domain::{Actor, Clock, CommandId, Metadata, Position, StreamId};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::writer::{Job, Writer};
use super::{SqliteLog, open};
use crate::commits::Handover;
use crate::contract::Engine;
use crate::error::{AppendError, OpenError, ReadError};
use crate::log::{EventLog, NewEvent, StreamAppend};
use crate::options::StoreOptions;
use crate::row::Row;
use crate::testing::{TestClock, TestIds};

/// A file in a folder that is gone after the test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("data").join("log.db")
    }
}

#[async_trait]
impl Engine for Place {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventLog> {
        let (options, ids) = (StoreOptions::default(), TestIds::from(1));
        Arc::new(SqliteLog::open(&self.path(), &options, clock, &*ids).await.unwrap())
    }
}

impl Place {
    async fn try_open(&self) -> Result<SqliteLog, OpenError> {
        let (options, ids) = (StoreOptions::default(), TestIds::from(2));
        SqliteLog::open(&self.path(), &options, clock(), &*ids).await
    }

    /// The file as somebody outside the program sees it.
    fn outside(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn make_folder(&self) {
        std::fs::create_dir_all(self.path().parent().unwrap()).unwrap();
    }
}

fn clock() -> Arc<dyn Clock> {
    TestClock::at("2026-03-02T09:00:00Z")
}

fn stream() -> StreamId {
    StreamId::Directory("a".parse().unwrap())
}

fn events(count: usize, name: &str) -> Vec<NewEvent> {
    let registered = TenantRegistered { name: name.into(), locale: "fr".into() };
    let new = NewEvent {
        event: DirectoryEvent::TenantRegistered(registered).into(),
        metadata: Metadata { actor: Actor::Staff, key: None, fingerprint: None },
        command_id: CommandId(Uuid::from_u128(1)),
    };
    vec![new; count]
}

async fn append(log: &SqliteLog, expected: u64, count: usize) {
    let append = StreamAppend { stream: stream(), expected, events: events(count, "A") };
    log.append(append).await.unwrap();
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused_until_the_first_is_gone() {
    let place = Place::new();
    let first = place.try_open().await.unwrap();
    let refused = place.try_open().await.err().unwrap();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    assert!(refused.to_string().contains("stop that one first"));
    first.close().await;
    place.try_open().await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused_and_left_alone() {
    let place = Place::new();
    place.try_open().await.unwrap().close().await;
    place.outside().pragma_update(None, "user_version", 99).unwrap();
    let refused = place.try_open().await.err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_alone() {
    let place = Place::new();
    place.make_folder();
    std::fs::write(place.path(), "a letter to my bank, ".repeat(500)).unwrap();
    let refused = place.try_open().await.err().unwrap();
    assert!(matches!(refused, OpenError::NotALog { .. }), "{refused}");
    std::fs::remove_file(place.path()).unwrap();
    place.outside().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let refused = place.try_open().await.err().unwrap();
    assert!(matches!(refused, OpenError::NotALog { .. }), "{refused}");
    place.outside().prepare("SELECT * FROM events").unwrap_err();
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_named() {
    let place = Place::new();
    std::fs::write(place.0.path().join("data"), "a file where a folder should be").unwrap();
    let refused = place.try_open().await.err().unwrap();
    assert!(matches!(refused, OpenError::Folder { .. }), "{refused}");
    let place = Place::new();
    std::fs::create_dir_all(place.path()).unwrap();
    let refused = place.try_open().await.err().unwrap();
    assert!(matches!(refused, OpenError::NotWritable { .. }), "{refused}");
}

#[tokio::test]
async fn events_are_neither_altered_nor_deleted_from_outside() {
    let place = Place::new();
    let log = place.try_open().await.unwrap();
    append(&log, 0, 3).await;
    for sql in [
        "UPDATE events SET payload = '{}'",
        "DELETE FROM events WHERE tenant_pos = 3",
        "UPDATE tenant_head SET pos = 1",
        "DELETE FROM tenant_head",
    ] {
        let error = place.outside().execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("never"), "{sql}: {error}");
    }
    log.close().await;
}

#[tokio::test]
async fn a_hole_stops_the_reader_and_the_follower() {
    for (gone, expected, found) in [(3, 3, 4), (5, 5, 5)] {
        let place = Place::new();
        let log: Arc<dyn EventLog> = place.open(clock()).await;
        let append = StreamAppend { stream: stream(), expected: 0, events: events(5, "A") };
        log.append(append).await.unwrap();
        let outside = place.outside();
        outside.execute_batch("DROP TRIGGER events_never_deleted").unwrap();
        outside.execute("DELETE FROM events WHERE tenant_pos = ?1", [gone]).unwrap();
        let tenant = stream().tenant().clone();
        let mut follower = crate::follow(log.clone(), tenant.clone(), Position(1)).await;
        for _ in 0..2 {
            match follower.next().await {
                Err(ReadError::Hole { expected: e, found: f, .. }) => {
                    assert_eq!((e, f), (Position(expected), Position(found)));
                }
                other => panic!("a hole was passed over: {other:?}"),
            }
        }
        assert_eq!(follower.cursor(), Position(1));
        let until_there = log.read_tenant(&tenant, Position(1), 1).await.unwrap();
        assert_eq!(until_there.len(), 1, "what is before the hole is still read");
        log.close().await;
    }
}

#[tokio::test]
async fn a_damaged_event_is_reported_with_its_position() {
    let place = Place::new();
    let log = place.try_open().await.unwrap();
    append(&log, 0, 2).await;
    let outside = place.outside();
    outside.execute_batch("DROP TRIGGER events_never_altered").unwrap();
    outside.execute("UPDATE events SET payload = '{' WHERE tenant_pos = 2", []).unwrap();
    let error = log.read_stream(&stream(), 0, 10).await.unwrap_err();
    assert!(matches!(&error, ReadError::Corrupt(what) if what.contains("position 2")), "{error}");
    log.close().await;
}

#[test]
fn a_full_disk_refuses_appends_and_goes_on_when_there_is_space() {
    let place = Place::new();
    let file = open::writable(&place.path(), "epoch").unwrap();
    let handover = Arc::new(Handover::new(8));
    let mut commits = handover.of(stream().tenant());
    let mut writer = Writer::new(file, &StoreOptions::default(), clock(), handover);
    let mut settle = |pages: i64, expected, len: usize| {
        writer.connection().pragma_update(None, "max_page_count", pages).unwrap();
        let (answer, mut answered) = oneshot::channel();
        let rows = events(len, &"x".repeat(1000)).into_iter().map(Row::encode).collect();
        writer.settle(&mut vec![Job { stream: stream(), expected, rows, answer }]);
        answered.try_recv().unwrap()
    };
    settle(1_000_000, 0, 1).unwrap();
    for _ in 0..2 {
        let refused = settle(1, 1, 100);
        assert!(matches!(refused, Err(AppendError::StorageFull)), "{refused:?}");
    }
    let went_on = settle(1_000_000, 1, 1).unwrap();
    assert_eq!(went_on.events[0].position, Position(2), "the refused ones left no hole");
    let handed_over: Vec<_> = std::iter::from_fn(|| commits.ready().unwrap()).collect();
    assert_eq!(handed_over.len(), 2, "only what is committed is handed over");
}

#[test]
fn one_impossible_append_disturbs_no_other() {
    let place = Place::new();
    let file = open::writable(&place.path(), "epoch").unwrap();
    // As a fault of the disk or of ours would: the head says 0 and an event is there.
    file.connection
        .execute_batch(
            "INSERT INTO events VALUES ('directory', 'other', 1, 't', '1', '{}', '{}', 'a', 1, 0, \
             x'00', NULL)",
        )
        .unwrap();
    let handover = Arc::new(Handover::new(8));
    let mut writer = Writer::new(file, &StoreOptions::default(), clock(), handover);
    let (mut jobs, mut answers) = (Vec::new(), Vec::new());
    for name in ["b", "a", "c"] {
        let (answer, answered) = oneshot::channel();
        let rows = events(1, "A").into_iter().map(Row::encode).collect();
        let stream = StreamId::Directory(name.parse().unwrap());
        jobs.push(Job { stream, expected: 0, rows, answer });
        answers.push(answered);
    }
    writer.settle(&mut jobs);
    let outcomes: Vec<_> = answers.iter_mut().map(|a| a.try_recv().unwrap().is_ok()).collect();
    assert_eq!(outcomes, [true, false, true]);
}

mod contract {
    crate::contract_of!(super::Place::new());
}
