//! A log moves from a file into a database: everything, once, or nothing that could be taken for it.

use std::path::PathBuf;

use domain::Position;
use sqlx::Executor as _;
use tempfile::TempDir;

use super::{Database, append, clock, event, stream, tenant};
use crate::copy::copy;
use crate::error::{BackupError, CopyError, OpenError};
use crate::log::{EventLog, StreamAppend};
use crate::options::StoreOptions;
use crate::sqlite::SqliteLog;
use crate::testing::TestIds;

/// More than two chunks.
const EVENTS: usize = 4_500;

struct File(TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("log.db")
    }

    async fn open(&self) -> SqliteLog {
        let (options, ids) = (StoreOptions::default(), TestIds::from(1));
        SqliteLog::open(&self.path(), &options, clock(), &*ids).await.unwrap()
    }

    /// Two tenants, one of them large; the epoch of the file.
    async fn fill(&self) -> String {
        let log = self.open().await;
        append(&log, &stream("a"), 0, EVENTS).await.unwrap();
        append(&log, &stream("b"), 0, 3).await.unwrap();
        let epoch = log.epoch().to_owned();
        log.close().await;
        epoch
    }
}

async fn copied(file: &File, database: &Database) -> Result<crate::Transferred, CopyError> {
    copy(&file.path(), &database.url, "the-epoch-after", &StoreOptions::default()).await
}

#[tokio::test]
async fn a_copy_is_the_same_log_and_the_file_is_another_one_from_then_on() {
    let (file, database) = (File::new(), Database::new());
    let epoch = file.fill().await;
    let done = copied(&file, &database).await.unwrap();
    assert_eq!((done.tenants, done.events, done.sha256.len()), (2, EVENTS as u64 + 3, 64));
    let (old, new) = (file.open().await, database.log(&StoreOptions::default()).await);
    for name in ["a", "b"] {
        let read = old.read_tenant(&tenant(name), Position::START, 10_000).await.unwrap();
        assert_eq!(new.read_tenant(&tenant(name), Position::START, 10_000).await.unwrap(), read);
    }
    assert_eq!(new.epoch(), epoch, "screens go on where they were");
    assert_eq!(old.epoch(), "the-epoch-after", "what the file records now is another history");
    let placed = append(&*new, &stream("a"), EVENTS as u64, 1).await.unwrap();
    assert_eq!(placed.events[0].position, Position(EVENTS as u64 + 1));
    new.close().await;
}

#[tokio::test]
async fn an_interrupted_copy_is_no_log_and_goes_on_where_it_was() {
    let (file, database) = (File::new(), Database::new());
    file.fill().await;
    let (source, target) = (
        crate::sqlite::Source::open(&file.path()).unwrap(),
        super::super::Target::open(&database.url, &StoreOptions::default()).await.unwrap(),
    );
    let chunk = source.read(&tenant("a"), Position::START, 1_000).unwrap();
    target.append(&tenant("a"), &chunk).await.unwrap();
    drop((source, target));

    let refused = database.try_open(&StoreOptions::default()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Unfinished { .. }), "{refused}");
    let done = copied(&file, &database).await.unwrap();
    assert_eq!(done.events, EVENTS as u64 + 3);
    let log = database.log(&StoreOptions::default()).await;
    assert_eq!(log.head(&tenant("a")).await.unwrap(), Position(EVENTS as u64));
    log.close().await;
}

#[tokio::test]
async fn a_database_that_holds_something_else_is_refused() {
    let (file, database) = (File::new(), Database::new());
    file.fill().await;
    let other = database.log(&StoreOptions::default()).await;
    let events = vec![event("Another")];
    other.append(StreamAppend { stream: stream("a"), expected: 0, events }).await.unwrap();
    let refused = copied(&file, &database).await.unwrap_err();
    assert!(matches!(refused, CopyError::TargetInUse { .. }), "{refused}");
    other.close().await;
    let refused = copied(&file, &database).await.unwrap_err();
    assert!(matches!(refused, CopyError::TargetNotEmpty { .. }), "{refused}");

    // The beginning of another copy.
    let mut outside = database.outside().await;
    outside
        .execute(
            "ALTER TABLE log_identity DISABLE TRIGGER ALL; DELETE FROM log_identity; \
             ALTER TABLE log_identity ENABLE TRIGGER ALL",
        )
        .await
        .unwrap();
    let refused = copied(&file, &database).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotThisCopy { .. }), "{refused}");
}

#[tokio::test]
async fn an_empty_log_in_the_database_is_taken_over() {
    let (file, database) = (File::new(), Database::new());
    let epoch = file.fill().await;
    database.log(&StoreOptions::default()).await.close().await;
    copied(&file, &database).await.unwrap();
    let log = database.log(&StoreOptions::default()).await;
    assert_eq!(log.epoch(), epoch);
    log.close().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_copied_is_named() {
    let (file, database) = (File::new(), Database::new());
    let refused = copied(&file, &database).await.unwrap_err();
    assert!(matches!(refused, CopyError::Source(BackupError::Missing { .. })), "{refused}");
    file.fill().await;
    let running = file.open().await;
    let refused = copied(&file, &database).await.unwrap_err();
    assert!(matches!(refused, CopyError::Open(OpenError::InUse { .. })), "{refused}");
    running.close().await;
}
