//! What can go wrong with a copy of a log, in words that tell what to do.

use std::path::PathBuf;

use domain::{Position, TenantSlug};

use super::{OpenError, ReadError};

/// Why a log was not copied. Nothing was left behind, and no file was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error(
        "{path:?} is there already, and no file is ever replaced: choose another name, or move it away"
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to copy.
    #[error("{path:?} is not there: name the file of a log")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The copy could not be written.
    #[error(
        "{path:?} cannot be written: {reason}; check the space on the disk and the permissions of the folder"
    )]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system or the engine said.
        reason: String,
    },
    /// What was copied is not sound.
    #[error("{path:?} is damaged ({what}): use another backup")]
    Damaged {
        /// The file that was copied.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A log could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Why a log was not copied into a database. The source is as it was; the same command goes on where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target has events already.
    #[error("{place} is a log with events already: choose an empty database")]
    TargetNotEmpty {
        /// Where it is, without user and password.
        place: String,
    },
    /// A server uses the target.
    #[error("a server is connected to {place}: stop it first")]
    TargetInUse {
        /// Where it is, without user and password.
        place: String,
    },
    /// What the target has is not the beginning of the source.
    #[error(
        "the events of {tenant} in the database are not those of the file: begin again with an empty database"
    )]
    NotThisCopy {
        /// Whose log differs.
        tenant: TenantSlug,
    },
    /// The source has a hole.
    #[error("the log of {tenant} has a hole at position {missing}: copy from a sound backup")]
    Hole {
        /// Whose log it is.
        tenant: TenantSlug,
        /// The position that is missing.
        missing: Position,
    },
    /// The file cannot be read as a log.
    #[error(transparent)]
    Source(#[from] BackupError),
    /// One of the two could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// One of the two could not be read or written.
    #[error(transparent)]
    Read(#[from] ReadError),
}
