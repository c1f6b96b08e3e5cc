//! The load driver: measures the server from outside, in a process of its own, and prints each figure beside the
//! ceiling of the same machine in the same run.
//!
//! Owns what is measured and how. Never asserts: a missed limit is said with its reason, and is no failure.

mod arguments;
mod children;
mod clinic;
mod disk;
mod machine;
mod plan;
mod postgres;
mod report;
mod samples;
mod sections;
mod server;
mod usage;
mod wire;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Parser as _;

use crate::arguments::{Arguments, Part};
use crate::machine::Machine;
use crate::plan::{Run, progress};
use crate::report::{Report, Section, write_table};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.child {
        Some(child) => child.run(),
        None => measure(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    plan::raise_open_files();
    let run = prepare(arguments)?;
    let machine = Machine::here(run.folder());
    progress(&machine.sentence());
    if machine.is_memory_only() {
        progress("the logs lie in memory, where a flush costs nothing: choose another --folder");
    }
    let mut sections = Vec::new();
    for (part, section) in PARTS {
        if arguments.parts.is_empty() || arguments.parts.contains(&part) {
            sections.push(section(&run)?);
        }
    }
    let report = Report { machine, quick: run.quick, sections };
    let json = serde_json::to_string_pretty(&report.json()).context("encode the report")?;
    std::fs::write(&arguments.json, json + "\n")
        .with_context(|| format!("write {}", arguments.json.display()))?;
    write_table(&report, &mut std::io::stdout().lock()).context("print the report")?;
    progress(&format!("written to {}", arguments.json.display()));
    Ok(())
}

/// A question, and how it is answered.
type Measured = (Part, fn(&Run) -> Result<Section>);

const PARTS: [Measured; 6] = [
    (Part::A, sections::commands::measure),
    (Part::B, sections::fan_out::measure),
    (Part::C, sections::idle::measure),
    (Part::D, sections::start::measure),
    (Part::E, sections::storm::measure),
    (Part::F, sections::nodes::measure),
];

fn prepare(arguments: &Arguments) -> Result<Run> {
    let here = std::env::current_exe().context("find our own program")?;
    let beside = here.parent().unwrap_or(Path::new("."));
    let server = arguments.server.clone().unwrap_or_else(|| beside.join("smartqueue"));
    if !server.exists() {
        bail!("there is no {}: run `cargo xtask bench`, or name it by --server", server.display());
    }
    let name = format!("bench-{}", std::process::id());
    let folder: PathBuf = arguments.folder.as_deref().unwrap_or(beside).join(name);
    Run::new(arguments.quick, server.canonicalize()?, std::path::absolute(folder)?)
}
