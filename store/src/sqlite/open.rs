//! Opening the file: the lock, the settings on which durability rests, and the migrations.
//!
//! Owns every pragma. Never starts on a file whose settings do not read back.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::whereabouts::Whereabouts;
use crate::error::OpenError;

/// The migrations in their order; the number of those applied is the file's format (`user_version`).
const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/sqlite/0001_log.sql")];

/// Marks a file as ours (`application_id`): the letters `SmQ` and 1.
const APPLICATION_ID: i64 = 0x536d_5101;

/// What the name of the lock file adds to that of the log.
const LOCK: &str = ".lock";

/// Statements kept prepared by a connection: more than this crate has.
const STATEMENTS_LEN: usize = 32;

/// The file, ready to be written.
pub(super) struct LogFile {
    pub(super) connection: Connection,
    pub(super) epoch: String,
    pub(super) whereabouts: Whereabouts,
    /// Held as long as the file is open.
    pub(super) _lock: File,
}

/// Opens the file for the writer. `new_epoch` is the epoch of a file that is made now.
pub(super) fn writable(path: &Path, new_epoch: &str) -> Result<LogFile, OpenError> {
    make_folder(path)?;
    let lock = lock(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|e| said(path, e))?;
    if connection.is_readonly(rusqlite::DatabaseName::Main).map_err(|e| said(path, e))? {
        return Err(OpenError::NotWritable { path: path.into(), reason: "read-only file".into() });
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS_LEN);
    recognise(path, &connection)?;
    settle(path, &connection)?;
    migrate(path, &mut connection, new_epoch)?;
    let epoch = connection
        .query_row("SELECT epoch FROM log_identity", [], |row| row.get(0))
        .map_err(|e| said(path, e))?;
    // By now the write-ahead file is there: the newest commits are in it alone.
    let files = [path.into(), with_ending(path, "-wal"), with_ending(path, LOCK)];
    let whereabouts = Whereabouts::remember(files)
        .map_err(|error| OpenError::Engine { path: path.into(), reason: error.to_string() })?;
    Ok(LogFile { connection, epoch, whereabouts, _lock: lock })
}

/// Opens the file for a reader, after [`writable`].
pub(super) fn read_only(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| said(path, e))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_LEN);
    connection.pragma_update(None, "query_only", true).map_err(|e| said(path, e))?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(|e| said(path, e))?;
    Ok(connection)
}

/// Opens the file for somebody who reads it from outside, while a server may write to it.
pub(super) fn outsider(path: &Path) -> Result<Connection, OpenError> {
    let connection = read_only(path)?;
    // It would forbid a copy into another file, too.
    connection.pragma_update(None, "query_only", false).map_err(|e| said(path, e))?;
    recognise(path, &connection)?;
    // An empty file is a database without tables.
    let format: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|e| said(path, e))?;
    if format == 0 {
        return Err(OpenError::NotALog { path: path.into() });
    }
    Ok(connection)
}

/// The lock is on a file beside the log, because SQLite's own locks on the log are needed by our readers.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let lock_path = with_ending(path, LOCK);
    let not_writable = |error: std::io::Error| OpenError::NotWritable {
        path: lock_path.clone(),
        reason: error.to_string(),
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(not_writable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.into() }),
        Err(TryLockError::Error(error)) => Err(not_writable(error)),
    }
}

/// The folder of a file; none where it is the current one.
pub(super) fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

/// Makes the folder of a file where it is missing.
pub(super) fn make_folder(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = folder_of(path) else { return Ok(()) };
    fs::create_dir_all(folder)
        .map_err(|error| OpenError::Folder { path: folder.into(), reason: error.to_string() })
}

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Refuses what is not ours before anything is written to it.
fn recognise(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let number = |sql: &str| -> Result<i64, OpenError> {
        connection.query_row(sql, [], |row| row.get(0)).map_err(|e| said(path, e))
    };
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if tables > 0 && number("PRAGMA application_id")? != APPLICATION_ID {
        return Err(OpenError::NotALog { path: path.into() });
    }
    let (found, known) = (number("PRAGMA user_version")?, MIGRATIONS.len() as i64);
    if found > known {
        return Err(OpenError::Newer { path: path.into(), found, known });
    }
    Ok(())
}

/// Sets what durability rests on, and reads it back: SQLite says nothing when it cannot.
fn settle(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let settings = [
        ("journal_mode", "wal", "wal"),
        ("synchronous", "full", "2"),
        // The writer moves pages itself, so that it sees a failing disk.
        ("wal_autocheckpoint", "0", "0"),
        ("cell_size_check", "on", "1"),
        ("trusted_schema", "off", "0"),
    ];
    for (pragma, value, wanted) in settings {
        connection.pragma_update(None, pragma, value).map_err(|e| said(path, e))?;
        let found = connection
            .pragma_query_value(None, pragma, |row| row.get::<_, Value>(0))
            .map_err(|e| said(path, e))?;
        let found = match found {
            Value::Text(text) => text,
            Value::Integer(number) => number.to_string(),
            other @ (Value::Null | Value::Real(_) | Value::Blob(_)) => format!("{other:?}"),
        };
        if found != wanted {
            return Err(OpenError::Pragma { pragma, wanted, found });
        }
    }
    Ok(())
}

pub(super) fn migrate(
    path: &Path,
    connection: &mut Connection,
    new_epoch: &str,
) -> Result<(), OpenError> {
    let applied: usize = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|e| said(path, e))?;
    if applied == MIGRATIONS.len() {
        return Ok(());
    }
    let mut migrating = || -> rusqlite::Result<()> {
        let all = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for migration in &MIGRATIONS[applied..] {
            all.execute_batch(migration)?;
        }
        all.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
        all.pragma_update(None, "application_id", APPLICATION_ID)?;
        all.execute("INSERT OR IGNORE INTO log_identity (one, epoch) VALUES (1, ?1)", [new_epoch])?;
        all.commit()
    };
    migrating().map_err(|e| said(path, e))
}

/// What SQLite says, in the words of a person who starts the server.
fn said(path: &Path, error: rusqlite::Error) -> OpenError {
    let (path, reason) = (path.to_path_buf(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotALog { path },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            OpenError::NotWritable { path, reason }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { path },
        Some(ErrorCode::DiskFull) => OpenError::StorageFull,
        _ => OpenError::Engine { path, reason },
    }
}
