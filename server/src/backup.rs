//! `smartqueue backup` and `smartqueue restore`. Owns what they say; the store does the work.

use std::path::Path;

use anyhow::{Context as _, Result};
use domain::Ids as _;
use store::Copied;

use crate::app::say;
use crate::config::{DatabaseUrl, Settings};
use crate::system::RandomIds;

/// Copies the log into a new file.
///
/// # Errors
/// One sentence that says what to do.
pub fn backup(settings: &Settings, to: &Path) -> Result<()> {
    let copied = store::backup(file(&settings.database_url)?, to)?;
    say(&format!("Backed up {} to {}.\n", describe(&copied), to.display()));
    Ok(())
}

/// Makes the log out of a copy.
///
/// # Errors
/// One sentence that says what to do.
pub fn restore(settings: &Settings, from: &Path) -> Result<()> {
    let to = file(&settings.database_url)?;
    let epoch = RandomIds.fresh().simple().to_string();
    let copied = store::restore(from, to, &epoch)?;
    say(&format!(
        "Restored {} to {}. Screens that were connected to the old log load anew.\n",
        describe(&copied),
        to.display()
    ));
    Ok(())
}

fn file(url: &DatabaseUrl) -> Result<&Path> {
    store::sqlite_file(url.expose()).with_context(|| {
        format!(
            "{url} is not a file: copy a PostgreSQL database with its own tools, such as pg_dump"
        )
    })
}

fn describe(copied: &Copied) -> String {
    let Copied { tenants, events, bytes } = copied;
    let plural = if *tenants == 1 { "" } else { "s" };
    format!("{events} events of {tenants} tenant{plural} ({} KiB)", bytes / 1024)
}
