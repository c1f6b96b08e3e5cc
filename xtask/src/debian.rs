//! Packages of Debian that the tests need.

use std::path::Path;

use anyhow::Result;

use crate::process::Run;

/// Renews the lists, without which nothing is found.
pub(crate) fn update(root: &Path) -> Result<()> {
    apt_get().args(["update", "-qq"]).at(root)
}

/// Installs packages, asking nothing.
pub(crate) fn install(root: &Path, packages: &[&str]) -> Result<()> {
    apt_get().args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages).at(root)
}

fn apt_get() -> Run {
    Run::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive")
}
