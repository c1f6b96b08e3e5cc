//! What the browser tests need on a Debian machine: Node, the driver's package and Chromium. Nothing is installed twice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::process::{Run, answers};

const CHROMIUM_NAMES: [&str; 3] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// Installs what is missing.
pub(crate) fn install(root: &Path) -> Result<()> {
    if !answers("node") || !answers("npm") {
        bail!(
            "Node.js 20 or later with npm is needed for the browser tests; on Debian: apt-get install nodejs npm"
        );
    }
    install_packages(&root.join("web"))?;
    if chromium().is_none() {
        println!("no Chromium found: installing Debian's");
        debian::update(root)?;
        debian::install(root, &["chromium", "fonts-liberation"])
            .context("install Chromium by hand, or name one in SMARTQUEUE_CHROMIUM")?;
    }
    Ok(())
}

/// The browser to test with.
pub(crate) fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("SMARTQUEUE_CHROMIUM").map(PathBuf::from);
    named.into_iter().chain(CHROMIUM_NAMES.map(PathBuf::from)).find(|path| path.exists())
}

/// `npm ci`, unless the packages on disk are those of the lock file.
fn install_packages(web: &Path) -> Result<()> {
    let wanted = fs::read(web.join("package-lock.json")).context("read web/package-lock.json")?;
    let stamp = web.join("node_modules/.installed-from");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    Run::new("npm").args(["ci", "--no-audit", "--no-fund"]).at(web)?;
    fs::write(&stamp, wanted).context("remember which lock file was installed")
}
