//! The parts of a run that are processes of their own, so that none disturbs another: each is this program again with
//! a subcommand, and answers one line of JSON. Owns how they are started and heard.

pub(crate) mod ceiling;
pub(crate) mod closed_loop;
pub(crate) mod fold;
pub(crate) mod history;
pub(crate) mod inserts;
pub(crate) mod log_load;
pub(crate) mod stock;
mod system;

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A part that runs in a process of its own.
#[derive(clap::Subcommand)]
pub(crate) enum Child {
    /// Commands on a log, without HTTP.
    #[command(hide = true)]
    LogLoad(log_load::Options),
    /// The same on cqrs-es and postgres-es as published.
    #[command(hide = true)]
    Stock(stock::Options),
    /// Bare inserts into PostgreSQL.
    #[command(hide = true)]
    Inserts(inserts::Options),
    /// Writes a log.
    #[command(hide = true)]
    History(history::Options),
    /// Folds a log in memory.
    #[command(hide = true)]
    Fold(fold::Options),
    /// Bare broadcasts.
    #[command(hide = true)]
    Ceiling,
}

impl Child {
    /// Does it, in this process.
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            Self::LogLoad(options) => answer(&log_load::run(options)?),
            Self::Stock(options) => answer(&stock::run(options)?),
            Self::Inserts(options) => answer(&inserts::run(options)?),
            Self::History(options) => answer(&history::run(options)?),
            Self::Fold(options) => answer(&fold::run(options)?),
            Self::Ceiling => ceiling::run(),
        }
    }
}

/// This program again, with a subcommand.
pub(crate) fn command(subcommand: &str) -> Result<Command> {
    let program = std::env::current_exe().context("find our own program")?;
    let mut command = Command::new(program);
    command.arg(subcommand).stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command)
}

/// Runs a child to its end and reads its answer.
pub(crate) fn ask<T: DeserializeOwned>(mut command: Command) -> Result<T> {
    let output = command.stderr(Stdio::inherit()).output().context("start a part of the run")?;
    if !output.status.success() {
        bail!("a part of the run ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("read the answer of a part of the run")
}

fn answer(value: &impl Serialize) -> Result<()> {
    serde_json::to_writer(std::io::stdout().lock(), value).context("answer")
}
