//! What PostgreSQL's faults mean for an append and for a read.
//!
//! Owns that judgement. Never shows an address: it may hold a password.

use std::sync::Arc;

use crate::error::{AppendError, ReadError};

/// The constraint that two writers with one expected sequence meet at.
const STREAM_CONSTRAINT: &str = "events_stream";

/// Why a statement failed.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// A stream has grown meanwhile. Nothing was recorded.
    Stale,
    /// The server's disk takes no more. Nothing was recorded.
    Full,
    /// The server could not do it just now. Nothing was recorded.
    Passing(Arc<str>),
    /// The connection broke, and whether something was recorded is unknown.
    Lost(Arc<str>),
    /// The server refuses what it was given. Nothing was recorded; one of the appends may be at fault.
    Refused(Arc<str>),
}

impl Fault {
    pub(super) fn what(&self) -> Arc<str> {
        match self {
            Self::Stale => "a stream has grown meanwhile".into(),
            Self::Full => "the disk of the database is full".into(),
            Self::Passing(what) | Self::Lost(what) | Self::Refused(what) => what.clone(),
        }
    }

    pub(super) fn to_append_error(&self) -> AppendError {
        match self {
            Self::Full => AppendError::StorageFull,
            // Other nodes were faster each time.
            Self::Stale => AppendError::Overloaded,
            Self::Passing(_) | Self::Lost(_) | Self::Refused(_) => {
                AppendError::Unavailable(self.what())
            }
        }
    }

    pub(super) fn into_read_error(self) -> ReadError {
        ReadError::Unavailable(self.what())
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        let what: Arc<str> = said(&error).into();
        let Some(database) = error.as_database_error() else {
            if matches!(error, sqlx::Error::PoolTimedOut) {
                return Self::Passing("no connection is free".into());
            }
            if matches!(error, sqlx::Error::PoolClosed) {
                return Self::Passing("the log is closed".into());
            }
            return Self::Lost(what);
        };
        let code = database.code().unwrap_or_default();
        match (&*code, &code[..2.min(code.len())]) {
            ("23505", _) if database.constraint() == Some(STREAM_CONSTRAINT) => Self::Stale,
            ("53100", _) => Self::Full,
            // Cancelled, read only (a standby), lock not available; not let in, too few resources, deadlock.
            ("57014" | "25006" | "55P03", _) | (_, "28" | "3D" | "40" | "53") => {
                Self::Passing(what)
            }
            // Shutting down, starting up, broken connection, files that cannot be written.
            (_, "57" | "08" | "58") => Self::Lost(what),
            _ => Self::Refused(what),
        }
    }
}

/// What the server or the system said.
pub(super) fn said(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(database) => database.message().to_owned(),
        None => error.to_string(),
    }
}
