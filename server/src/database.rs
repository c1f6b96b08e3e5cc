//! The commands about the log itself: backup, restore, migrate, copy. Owns what they say; the store does the work.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use domain::Ids as _;
use store::{Copied, Store, Transferred};

use crate::app::say;
use crate::config::{DatabaseUrl, Settings};
use crate::parts::store_options;
use crate::system::{RandomIds, SystemClock};

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

/// Makes the tables, or brings them to the newest format.
///
/// # Errors
/// One sentence that says what to do.
pub fn migrate(settings: &Settings) -> Result<()> {
    let options = store_options(settings);
    let url = &settings.database_url;
    runtime()?.block_on(async {
        let store =
            Store::open(url.expose(), options, Arc::new(SystemClock), Arc::new(RandomIds)).await?;
        store.shutdown().await;
        anyhow::Ok(())
    })?;
    say(&format!("{url} has the newest format.\n"));
    Ok(())
}

/// Copies a log from a file into a database.
///
/// # Errors
/// One sentence that says what to do.
pub fn copy(settings: &Settings, from: &DatabaseUrl, to: &DatabaseUrl) -> Result<()> {
    let source = file(from)?;
    if store::sqlite_file(to.expose()).is_some() {
        bail!(
            "{to} is a file: copy goes to PostgreSQL; for a copy in a file use `smartqueue backup`"
        );
    }
    let new_epoch = RandomIds.fresh().simple().to_string();
    let options = store_options(settings);
    let copying = store::copy(source, to.expose(), &new_epoch, &options);
    let Transferred { tenants, events, sha256 } = runtime()?.block_on(copying)?;
    say(&format!(
        "Copied {events} events of {tenants} tenants to {to}; both sides read the same: SHA-256 {sha256}.\n\
         Serve from there now: the screens go on where they were. What the old log records from now on is \
         another history.\n"
    ));
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().context("the runtime cannot be started")
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
