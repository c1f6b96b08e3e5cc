//! PostgreSQL for the tests, from Debian. Its programs are enough: the tests run a cluster of their own.

use std::path::Path;

use anyhow::{Context, Result};

use crate::debian;

/// Installs PostgreSQL where its programs are missing. Debian's own cluster is not made.
pub(crate) fn install(root: &Path) -> Result<()> {
    if scratch::binaries().is_some() {
        return Ok(());
    }
    println!("no PostgreSQL found: installing Debian's");
    debian::update(root)?;
    // First the part that makes a cluster at installation, so that it can be told not to.
    debian::install(root, &["postgresql-common"])?;
    let settings = Path::new("/etc/postgresql-common/createcluster.d");
    std::fs::create_dir_all(settings).context("tell Debian to make no cluster")?;
    std::fs::write(settings.join("scratch.conf"), "create_main_cluster = false\n")
        .context("tell Debian to make no cluster")?;
    debian::install(root, &["postgresql"]).context("install PostgreSQL 15 or later by hand")
}
