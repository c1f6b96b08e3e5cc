//! The command line: subcommands, and the settings as flags on each of them.
//!
//! Owns what can be asked of the binary and the answers of `smartqueue config`. Never starts anything itself.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args as _, CommandFactory as _, Parser, Subcommand};

use crate::build_id::build_id;
use crate::config::{DatabaseUrl, Entry, Settings};

/// Walk-in queues for clinics, banks and public offices: tickets, calls, live screens and their audit.
#[derive(Parser, Debug)]
#[command(name = "smartqueue", about)]
pub struct Cli {
    /// The settings; accepted before and after the subcommand.
    #[command(flatten)]
    pub settings: Settings,
    /// What to do; the demo if nothing is said.
    #[command(subcommand)]
    pub mode: Option<Mode>,
}

/// What the binary is asked to do.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Serve a demo clinic that plays its day (this is also done without a subcommand).
    Demo,
    /// Serve, without demo data.
    Serve,
    /// Copy the log into one new file, also while the server runs.
    Backup {
        /// The new file; it must not be there yet.
        file: PathBuf,
    },
    /// Make the log out of such a copy, where none is yet. Screens then load anew.
    Restore {
        /// The copy.
        file: PathBuf,
    },
    /// Make the tables of the database, or bring them to the newest format, and end. Serving does the same at its start.
    Migrate,
    /// Copy a log from a SQLite file into an empty PostgreSQL database, to go on there. No server may run meanwhile.
    Copy {
        /// Where the log is: sqlite:FILE.
        #[arg(long, value_name = "URL")]
        from: DatabaseUrl,
        /// Where it goes: postgres://USER:PASSWORD@HOST/NAME, with the user who owns the database.
        #[arg(long, value_name = "URL")]
        to: DatabaseUrl,
    },
    /// Show the settings in force and where each came from.
    Config {
        /// Show every setting as a variable of the environment with its default instead.
        #[arg(long)]
        sample: bool,
    },
}

/// The whole command line for clap, its settings global to all subcommands.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command().mut_args(|arg| arg.global(true)).version(build_id())
}

/// The settings alone, in the order of the list.
#[must_use]
pub fn settings_list() -> clap::Command {
    Settings::augment_args(clap::Command::new("settings"))
}

/// The answer of `smartqueue config`: a settings file that says what is in force, with the sources as comments.
#[must_use]
pub fn describe(entries: &[Entry]) -> String {
    let lines: Vec<(String, String, &Entry)> =
        entries.iter().map(|e| (left(e), section(e), e)).collect();
    let width = lines.iter().map(|(left, _, _)| left.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    let mut open = String::new();
    for (left, section, entry) in lines {
        if section != open {
            let _ = writeln!(text, "\n[{section}]");
            open = section;
        }
        let _ = writeln!(text, "{left:width$}  # {}", entry.source);
    }
    text
}

fn section(entry: &Entry) -> String {
    entry.key.split_once('.').map_or("", |(section, _)| section).to_owned()
}

/// `key = value` in TOML. A setting without a value is a comment, because TOML has no word for nothing.
fn left(entry: &Entry) -> String {
    let key = entry.key.rsplit('.').next().unwrap_or(&entry.key);
    let quoted = |text: &String| match text.parse::<u64>() {
        Ok(number) => number.to_string(),
        Err(_) if text == "true" || text == "false" => text.clone(),
        Err(_) => toml::Value::String(text.clone()).to_string(),
    };
    match entry.values.as_slice() {
        // `config` names the file itself, so it is no key of it.
        [one] if key == "config" => format!("# config = {}", quoted(one)),
        [] if key == "allowed_origins" => "allowed_origins = []".to_owned(),
        [] => format!("# {key} ="),
        values if key == "allowed_origins" => {
            format!("{key} = [{}]", values.iter().map(quoted).collect::<Vec<_>>().join(", "))
        }
        values => format!("{key} = {}", values.iter().map(quoted).collect::<Vec<_>>().join(", ")),
    }
}
