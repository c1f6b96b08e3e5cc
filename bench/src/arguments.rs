//! The command line of the load driver.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::children::Child;

/// Measures a release build of the server on this machine and prints each figure beside what the machine allows.
#[derive(Parser)]
#[command(name = "bench", about, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// What to measure; everything if nothing is said.
    #[arg(value_enum)]
    pub(crate) parts: Vec<Part>,

    /// Fewer and shorter measurements, to see that everything works; not for quoting.
    #[arg(long)]
    pub(crate) quick: bool,

    /// Where the report goes as JSON.
    #[arg(long, value_name = "FILE", default_value = "bench.json")]
    pub(crate) json: PathBuf,

    /// The program of the server; the one beside this program if nothing is said.
    #[arg(long, value_name = "FILE")]
    pub(crate) server: Option<PathBuf>,

    /// Where the logs are written while it runs: on the disk that is to be measured.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) child: Option<Child>,
}

/// One question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Part {
    /// Commands to a durable log.
    A,
    /// From the call to the last screen.
    B,
    /// Memory of idle sockets.
    C,
    /// Fold and start.
    D,
    /// Reconnecting.
    E,
    /// From one node to another.
    F,
}
