//! Whether the files are still where they were opened.
//!
//! Owns what each of them was at the opening. A file that was deleted or replaced can still be written, and what is
//! written is gone when it is closed: whoever finds that here must not acknowledge it.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// How long a look counts: in so much time at most, commands are acknowledged into a file that is gone.
const LOOK_EVERY_MICROS: u64 = 1_000_000;

/// What the system knows a file by, whatever its name: its device and its number there.
type Identity = (u64, u64);

/// The files of an open log.
pub(super) struct Whereabouts {
    files: Vec<(PathBuf, Identity)>,
    /// Microseconds since 1970.
    looked_at: i64,
}

impl Whereabouts {
    /// The files as they are now, right after their opening.
    pub(super) fn remember(paths: impl IntoIterator<Item = PathBuf>) -> Result<Self, Error> {
        let remember = |path: PathBuf| identity(&path).map(|identity| (path, identity));
        let files = paths.into_iter().map(remember).collect::<Result<_, _>>()?;
        Ok(Self { files, looked_at: i64::MIN })
    }

    /// Looks, unless somebody did within the last second; a sentence where a file is gone or another one.
    pub(super) fn look(&mut self, now: i64) -> Result<(), String> {
        if now.abs_diff(self.looked_at) < LOOK_EVERY_MICROS {
            return Ok(());
        }
        self.looked_at = now;
        for (path, opened) in &self.files {
            match identity(path) {
                Ok(found) if found == *opened => {}
                Ok(_) => return Err(format!("another file is in the place of {path:?}")),
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    return Err(format!("{path:?} is gone"));
                }
                // It says nothing about the file, such as a folder that may no longer be searched.
                Err(error) => {
                    tracing::warn!(%error, ?path, "nobody can tell whether this file is still there")
                }
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Result<Identity, Error> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

/// Where files have no number, an open one cannot be deleted either.
#[cfg(not(unix))]
fn identity(path: &Path) -> Result<Identity, Error> {
    std::fs::metadata(path).map(|_| (0, 0))
}
