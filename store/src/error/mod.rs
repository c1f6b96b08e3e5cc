//! What can go wrong with the log, in words that tell what to do.
//!
//! Owns the technical errors only; refusals by the rules are values of `domain`.

mod copies;

use std::path::PathBuf;
use std::sync::Arc;

use domain::{Position, StreamId, TenantSlug};

pub use copies::{BackupError, CopyError};

/// Why events were not added.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// Another writer was first. Nothing was recorded.
    #[error("stream {stream} ends at {actual}, not at {expected}: read it again and decide anew")]
    Conflict {
        /// The stream that grew meanwhile.
        stream: StreamId,
        /// Where the writer believed that it ends.
        expected: u64,
        /// Where it ends.
        actual: u64,
    },
    /// The disk takes no more. Nothing was recorded; it goes on by itself once there is space.
    #[error("the disk is full: free some space, nothing was recorded")]
    StorageFull,
    /// More appends wait than may wait. Nothing was recorded.
    #[error("too many changes are waiting: try again in a moment")]
    Overloaded,
    /// The log cannot be reached. Whether it was recorded is unknown.
    #[error("the log is not available ({0}): try again with the same key")]
    Unavailable(Arc<str>),
}

/// Why the log could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// An event is missing. Stop this tenant and raise an alarm: going on would show something that is not true.
    #[error(
        "the log of {tenant} has a hole: position {expected} is missing before {found}; restore it from a backup"
    )]
    Hole {
        /// Whose log it is.
        tenant: TenantSlug,
        /// The position that should have come.
        expected: Position,
        /// The next one that is there, or the head where none is.
        found: Position,
    },
    /// A stored event is not what was written.
    #[error("the log is damaged ({0}): restore it from a backup")]
    Corrupt(Arc<str>),
    /// The log cannot be reached.
    #[error("the log is not available ({0}): try again")]
    Unavailable(Arc<str>),
}

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no engine of this program.
    #[error(
        "{0:?} is no address of a log: write sqlite:PATH, such as sqlite:data/smartqueue.db, or \
         postgres://USER:PASSWORD@HOST/NAME"
    )]
    UnknownUrl(String),
    /// The address names an engine that this program does not have.
    #[error(
        "the engine {0} is not built in yet: use sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME"
    )]
    NotBuiltIn(String),
    /// A limit makes no sense.
    #[error("{name} is {value}: set it to {min} or more")]
    BadOption {
        /// The option.
        name: &'static str,
        /// What it was set to.
        value: usize,
        /// The least that works.
        min: usize,
    },
    /// The folder of the file is missing and could not be made.
    #[error("the folder {path:?} cannot be made: {reason}; make it, or choose another place")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file or its lock file cannot be written.
    #[error("{path:?} cannot be written: {reason}; check who owns the folder and its permissions")]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Another program has the log open.
    #[error("{path:?} is in use by another running server: stop that one first")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path:?} is not a SmartQueue log: choose another file")]
    NotALog {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error(
        "{path:?} has format {found} and this program knows formats up to {known}: use the newer program"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that is known.
        known: i64,
    },
    /// A setting on which durability rests did not take.
    #[error(
        "{pragma} reads back {found:?} instead of {wanted:?}: keep the file on a local disk that supports it"
    )]
    Pragma {
        /// The setting.
        pragma: &'static str,
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// There is no space for the file.
    #[error("the disk is full: free some space and start again")]
    StorageFull,
    /// The address of a database does not read as one.
    #[error(
        "the address of the database cannot be read: write postgres://USER:PASSWORD@HOST:PORT/NAME, with every \
         special character of the password as %XX"
    )]
    BadAddress,
    /// The database does not answer.
    #[error(
        "{place} cannot be used ({reason}): check that the server runs and that the address is right"
    )]
    Unreachable {
        /// Where it should be, without user and password.
        place: String,
        /// What the server or the system said.
        reason: String,
    },
    /// The database does not let this user in.
    #[error("{place} refuses ({reason}): check user, password and the name of the database")]
    Denied {
        /// Where it is, without user and password.
        place: String,
        /// What the server said.
        reason: String,
    },
    /// The user may not do what is needed.
    #[error(
        "{place} does not allow it ({reason}): start once with the user who owns the database, then grant the rights \
         of deploy/postgresql/app-role.sql"
    )]
    NotAllowed {
        /// Where it is, without user and password.
        place: String,
        /// What the server said.
        reason: String,
    },
    /// The server is older than what is tested.
    #[error("{place} is PostgreSQL {found}: use {min} or later")]
    OldServer {
        /// Where it is, without user and password.
        place: String,
        /// Its major version.
        found: i32,
        /// The oldest that works.
        min: i32,
    },
    /// The server is a standby.
    #[error(
        "{place} is a standby, which takes no commands: give the address of the primary server"
    )]
    Standby {
        /// Where it is, without user and password.
        place: String,
    },
    /// A setting of the server gives up durability.
    #[error(
        "{place} has {setting} off, so that a power cut loses what was acknowledged: turn it on"
    )]
    Unsafe {
        /// Where it is, without user and password.
        place: String,
        /// The setting.
        setting: &'static str,
    },
    /// The database is something else.
    #[error("{place} has tables of another program: choose an empty database")]
    NotALogDatabase {
        /// Where it is, without user and password.
        place: String,
    },
    /// The database is the target of a copy that did not come to its end.
    #[error("{place} holds an unfinished copy: run `smartqueue copy` again until it is finished")]
    Unfinished {
        /// Where it is, without user and password.
        place: String,
    },
    /// The database was made by a newer program.
    #[error(
        "{place} has format {found} and this program knows formats up to {known}: use the newer program"
    )]
    NewerDatabase {
        /// Where it is, without user and password.
        place: String,
        /// Its format.
        found: i64,
        /// The newest format that is known.
        known: i64,
    },
    /// Anything else that the engine says.
    #[error("{path:?} cannot be opened: {reason}")]
    Engine {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        reason: String,
    },
}
