//! HAProxy for the test of `deploy/haproxy.cfg`, from Debian.

use std::path::Path;

use anyhow::{Context, Result};

use crate::debian;

/// Installs HAProxy where it is missing. Debian's own configuration serves nothing.
pub(crate) fn install(root: &Path) -> Result<()> {
    if scratch::haproxy().is_some() {
        return Ok(());
    }
    println!("no HAProxy found: installing Debian's");
    debian::update(root)?;
    debian::install(root, &["haproxy"]).context("install HAProxy 2.6 or later by hand")
}
