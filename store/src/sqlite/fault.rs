//! What the writer does when SQLite fails: which faults are passing, and which end the process.
//!
//! Owns that judgement. Never lets a failed flush pass: after it nobody knows what is on the disk.

use rusqlite::{Connection, ErrorCode, ffi};

use super::insert::Failed;
use super::whereabouts::Whereabouts;
use crate::error::AppendError;

/// Why a transaction was rolled back.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is no space.
    Full,
    /// Anything else; one of the appends may be at fault.
    Of(String),
}

impl Fault {
    pub(super) fn into_append_error(self) -> AppendError {
        match self {
            Self::Full => AppendError::StorageFull,
            Self::Of(said) => AppendError::Unavailable(said.into()),
        }
    }
}

/// Ends the process when the writer's thread panics: a server that cannot write must not look alive.
pub(super) struct EndProcessOnPanic;

impl Drop for EndProcessOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            end_process("the writer of the log panicked");
        }
    }
}

/// Ends the process when a file of the log is no longer in its place: what was written went nowhere, and a second
/// server may have begun another log there.
pub(super) fn end_if_files_are_gone(whereabouts: &mut Whereabouts, now: i64) {
    if let Err(what) = whereabouts.look(now) {
        end_process(&format!("{what}: what is recorded now would be lost"));
    }
}

/// Takes a failed transaction back. Ends the process where that cannot be done or would not be true.
pub(super) fn roll_back(connection: &Connection, failed: Failed) -> Fault {
    let (error, committing) = match failed {
        Failed::Writing(error) => (error, false),
        Failed::Committing(error) => (error, true),
    };
    if is_flush(&error) || (committing && is_io(&error) && !is_full(&error)) {
        end_process(&format!("the log could not be flushed to the disk: {error}"));
    }
    if !connection.is_autocommit()
        && let Err(second) = connection.execute_batch("ROLLBACK")
        && !connection.is_autocommit()
    {
        end_process(&format!("a failed append could not be taken back: {error}, then {second}"));
    }
    if is_full(&error) {
        tracing::error!(%error, "the disk is full: nothing was recorded");
        Fault::Full
    } else {
        tracing::error!(%error, "an append failed and was taken back");
        Fault::Of(error.to_string())
    }
}

/// Moves pages from the write-ahead file into the main file. What fails here loses nothing, because the
/// write-ahead file still has it, but a failed flush ends the process like any other.
pub(super) fn checkpoint(connection: &Connection) {
    let moved = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut checkpoint| checkpoint.query_row([], |_| Ok(())));
    match moved {
        Ok(()) => {}
        Err(error) if is_io(&error) && !is_full(&error) => {
            end_process(&format!("the log could not be flushed to the disk: {error}"));
        }
        Err(error) => tracing::warn!(%error, "the write-ahead file could not be emptied; it grows"),
    }
}

/// A write that failed before any flush counts as full: SQLite reports so what a quota or a file-size limit
/// refuses, and nothing was promised yet.
fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || matches!(
            extended(error),
            Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMOPEN)
        )
}

fn is_flush(error: &rusqlite::Error) -> bool {
    matches!(extended(error), Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}

fn is_io(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

fn extended(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

fn end_process(why: &str) -> ! {
    tracing::error!("{why}; the process ends now, start it again");
    std::process::abort()
}
