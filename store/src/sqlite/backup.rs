//! A copy of the log in one file, made while a server writes to it, and the way back.
//!
//! Owns the two commands of the administrator. A copy has its name only when it is complete, checked and on the disk.
//! Never overwrites a file.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;

use super::open::{self, with_ending};
use crate::error::BackupError;
use crate::row::count;

/// Compares each tenant's events with its head: a tenant that differs has a hole.
const UNSOUND: &str = "SELECT coalesce(h.tenant, e.tenant) FROM tenant_head h \
     FULL JOIN (SELECT tenant, count(*) AS events, max(tenant_pos) AS last FROM events GROUP BY tenant) e \
     ON e.tenant = h.tenant WHERE h.pos IS NOT e.last OR h.pos IS NOT e.events LIMIT 1";

/// What a copy holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Copied {
    /// Tenants with an event.
    pub tenants: u64,
    /// Events of all tenants.
    pub events: u64,
    /// The size of the file.
    pub bytes: u64,
}

/// Copies the log at `from` into the new file `to`, as it stands at one moment. A server may go on writing meanwhile.
///
/// The copy keeps the epoch. Blocks the thread for as long as it reads the log twice.
///
/// # Errors
/// [`BackupError`], in words that tell what to do; `to` is not there then.
pub fn backup(from: &Path, to: &Path) -> Result<Copied, BackupError> {
    copy(from, to, None)
}

/// Makes the new log `to` out of a copy that [`backup`] made. No server may have it open.
///
/// It gets `new_epoch`: events that were recorded after the copy are lost, and their positions will be given to
/// others, so no screen may go on from a position that it knows.
///
/// # Errors
/// [`BackupError`], in words that tell what to do; `to` is not there then.
pub fn restore(from: &Path, to: &Path, new_epoch: &str) -> Result<Copied, BackupError> {
    open::make_folder(to)?;
    let _lock = open::lock(to)?;
    // Leftovers of another log beside the new one would be taken for its newest part.
    for leftover in ["-wal", "-shm"].map(|end| with_ending(to, end)) {
        if leftover.exists() {
            return Err(BackupError::Exists { path: leftover });
        }
    }
    copy(from, to, Some(new_epoch))
}

fn copy(from: &Path, to: &Path, new_epoch: Option<&str>) -> Result<Copied, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists { path: to.into() });
    }
    if !from.exists() {
        return Err(BackupError::Missing { path: from.into() });
    }
    let partial = with_ending(to, ".partial");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(BackupError::NotWritten { path: partial, reason: error.to_string() });
        }
        Ok(()) | Err(_) => {}
    }
    let copied =
        fill(from, &partial, new_epoch).and_then(|copied| publish(&partial, to).map(|()| copied));
    if copied.is_err() {
        // It is of no use; if it cannot be removed, the next try says so.
        let _ = fs::remove_file(&partial);
    }
    copied
}

fn fill(from: &Path, partial: &Path, new_epoch: Option<&str>) -> Result<Copied, BackupError> {
    let not_written = |reason: String| BackupError::NotWritten { path: partial.into(), reason };
    let source = open::outsider(from)?;
    // One read transaction: what is committed meanwhile is not in the copy.
    source
        .execute("VACUUM INTO ?1", [partial.to_string_lossy()])
        .map_err(|e| not_written(e.to_string()))?;
    drop(source);

    let mut connection = Connection::open(partial).map_err(|e| not_written(e.to_string()))?;
    if let Some(epoch) = new_epoch {
        open::migrate(partial, &mut connection, epoch)?;
        connection
            .execute("UPDATE log_identity SET epoch = ?1", [epoch])
            .map_err(|e| not_written(e.to_string()))?;
    }
    let (tenants, events) = check(from, &connection)?;
    drop(connection);
    let bytes = fs::metadata(partial).map_err(|e| not_written(e.to_string()))?.len();
    Ok(Copied { tenants, events, bytes })
}

/// Reads the copy once from end to end: its pages, and that no tenant has a hole.
fn check(from: &Path, copy: &Connection) -> Result<(u64, u64), BackupError> {
    let damaged = |what: String| BackupError::Damaged { path: from.into(), what };
    let said = |error: rusqlite::Error| damaged(error.to_string());
    let found: String =
        copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(said)?;
    if found != "ok" {
        return Err(damaged(found));
    }
    let mut unsound = copy.prepare(UNSOUND).map_err(said)?;
    let mut unsound = unsound.query_map([], |row| row.get::<_, String>(0)).map_err(said)?;
    if let Some(tenant) = unsound.next().transpose().map_err(said)? {
        return Err(damaged(format!("the log of {tenant} has a hole")));
    }
    let sums = "SELECT count(*), coalesce(sum(pos), 0) FROM tenant_head";
    let (tenants, events): (i64, i64) =
        copy.query_row(sums, [], |row| Ok((row.get(0)?, row.get(1)?))).map_err(said)?;
    Ok((count(tenants), count(events)))
}

/// The file gets its name once it is on the disk, and the name is on the disk before this returns.
fn publish(partial: &Path, to: &Path) -> Result<(), BackupError> {
    let not_written = |error: std::io::Error| BackupError::NotWritten {
        path: to.into(),
        reason: error.to_string(),
    };
    File::open(partial).and_then(|file| file.sync_all()).map_err(not_written)?;
    if to.exists() {
        return Err(BackupError::Exists { path: to.into() });
    }
    fs::rename(partial, to).map_err(not_written)?;
    let folder = File::open(open::folder_of(to).unwrap_or(Path::new(".")));
    folder.and_then(|folder| folder.sync_all()).map_err(not_written)
}
