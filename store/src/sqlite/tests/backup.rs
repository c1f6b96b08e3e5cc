//! Copies of the log, and logs made of them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Place, append, stream};
use crate::error::{BackupError, OpenError};
use crate::log::EventLog;
use crate::sqlite::{SqliteLog, backup, restore};

/// Everything in the log of the only tenant, by position.
async fn read(log: &SqliteLog) -> Vec<String> {
    let events = log.read_tenant(stream().tenant(), domain::Position::START, 10_000).await.unwrap();
    events.iter().map(|event| format!("{event:?}")).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_copy_made_under_load_holds_everything_acknowledged_before_and_no_hole() {
    let place = Place::new();
    let log = place.try_open().await.unwrap();
    append(&log, 0, 500).await;
    let copying = {
        let (from, to) = (place.path(), place.0.path().join("copy.db"));
        tokio::task::spawn_blocking(move || backup(&from, &to))
    };
    let mut written = 500;
    while !copying.is_finished() {
        append(&log, written, 10).await;
        written += 10;
    }
    let copied = copying.await.unwrap().unwrap();
    assert!((500..=written).contains(&copied.events), "{copied:?} of {written}");
    assert_eq!(copied.tenants, 1);

    let again = Place::new();
    restore(&place.0.path().join("copy.db"), &again.path(), "another-epoch").unwrap();
    let restored = again.try_open().await.unwrap();
    let (all, kept) = (read(&log).await, read(&restored).await);
    assert_eq!(kept.len() as u64, copied.events);
    assert_eq!(kept, all[..kept.len()]);
    assert_eq!(restored.epoch(), "another-epoch");
    assert_ne!(log.epoch(), "another-epoch");
    append(&restored, copied.events, 1).await;
}

#[tokio::test]
async fn nothing_is_ever_replaced() {
    let place = Place::new();
    append(&place.try_open().await.unwrap(), 0, 3).await;
    let (copy, other) = (place.0.path().join("copy.db"), place.0.path().join("other.db"));
    backup(&place.path(), &copy).unwrap();
    fs::write(&other, "mine").unwrap();
    assert!(matches!(backup(&place.path(), &other), Err(BackupError::Exists { .. })));
    assert!(matches!(restore(&copy, &other, "e"), Err(BackupError::Exists { .. })));
    assert_eq!(fs::read_to_string(&other).unwrap(), "mine");

    let leftover = place.0.path().join("new.db-wal");
    fs::write(&leftover, "the newest part of a log that is gone").unwrap();
    let refused = restore(&copy, &place.0.path().join("new.db"), "e").unwrap_err();
    assert!(refused.to_string().contains("new.db-wal"), "{refused}");
}

#[tokio::test]
async fn a_log_in_use_is_not_restored_over() {
    let (place, other) = (Place::new(), Place::new());
    append(&place.try_open().await.unwrap(), 0, 3).await;
    let copy = place.0.path().join("copy.db");
    backup(&place.path(), &copy).unwrap();
    let _running = other.try_open().await.unwrap();
    let refused = restore(&copy, &other.path(), "e").unwrap_err();
    assert!(matches!(refused, BackupError::Open(OpenError::InUse { .. })), "{refused}");
}

#[tokio::test]
async fn what_is_no_sound_log_is_not_copied_and_leaves_nothing() {
    let place = Place::new();
    append(&place.try_open().await.unwrap(), 0, 300).await;
    let folder = place.0.path();
    let (empty, text, hole) = (folder.join("empty"), folder.join("text"), folder.join("hole"));
    fs::write(&empty, "").unwrap();
    fs::write(&text, "no database, ".repeat(1000)).unwrap();
    backup(&place.path(), &hole).unwrap();
    let altered = rusqlite::Connection::open(&hole).unwrap();
    altered
        .execute_batch("DROP TRIGGER events_never_deleted; DELETE FROM events WHERE tenant_pos = 7")
        .unwrap();
    drop(altered);
    let before = files(folder);
    let to = folder.join("to");
    for (from, why) in [
        (folder.join("nothing"), "is not there"),
        (empty, "is not a SmartQueue log"),
        (text, "is not a SmartQueue log"),
        (hole, "has a hole"),
    ] {
        let refused = backup(&from, &to).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(files(folder), before);
}
