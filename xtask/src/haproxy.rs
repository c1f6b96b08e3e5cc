//! HAProxy for the test of `deploy/haproxy.cfg`, from Debian.

use std::path::Path;

use anyhow::{Context, Result};

use crate::process::Run;

/// Installs HAProxy where it is missing. Debian's own configuration serves nothing.
pub(crate) fn install(root: &Path) -> Result<()> {
    if scratch::haproxy().is_some() {
        return Ok(());
    }
    println!("no HAProxy found: installing Debian's");
    let quiet = |run: Run| run.env("DEBIAN_FRONTEND", "noninteractive").at(root);
    quiet(Run::new("apt-get").args(["update", "-qq"]))?;
    let install = ["install", "-y", "-qq", "--no-install-recommends", "haproxy"];
    quiet(Run::new("apt-get").args(install)).context("install HAProxy 2.6 or later by hand")
}
