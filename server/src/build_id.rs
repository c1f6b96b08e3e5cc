//! What names this build: in `--version`, in the greeting of every socket, in the log.
//!
//! Owns that one text. Never asks git or the clock: the same sources give the same id.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::pages::embedded_files;

static BUILD_ID: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    match option_env!("SMARTQUEUE_GIT_HASH") {
        Some(hash) if !hash.is_empty() => format!("{version}+{hash}"),
        Some(_) | None => format!("{version}+pages.{}", pages_hash()),
    }
});

/// The crate's version and the commit given as `SMARTQUEUE_GIT_HASH` when building, else a hash of the pages:
/// a screen that sees another id reloads, so the id must change at least whenever a page does.
#[must_use]
pub fn build_id() -> &'static str {
    &BUILD_ID
}

fn pages_hash() -> String {
    let mut hasher = Sha256::new();
    for (path, hash) in embedded_files() {
        hasher.update(path.as_bytes());
        hasher.update([0]);
        hasher.update(hash);
    }
    hasher.finalize().iter().take(6).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
