//! `cargo xtask`: the only scripts of the project. It owns the order in which things are built and checked, and no rule of its own.

#![expect(clippy::print_stdout, reason = "a command line program speaks on standard output")]

mod browser;
mod debian;
mod haproxy;
mod postgres;
mod process;
mod suite;
mod web;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::process::Run;

const USAGE: &str = "\
cargo xtask <command>

  run [args]      start the server in the release profile, with the demo clinic unless args say otherwise
  test            everything that CI runs
  web [--check]   join the pages in web/src into web/dist; with --check, only tell whether web/dist is up to date
  bench [a b ...] measure a release build: (a) commands, (b) call to screen, (c) memory, (d) start, (e) reconnecting,
                  (f) from one node to another; --quick for a look; writes bench.json
";

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let root = root()?;
    match words.as_slice() {
        ["test"] => suite::run(&root),
        ["web"] => web::write(&root),
        ["web", "--check"] => web::check(&root),
        ["run", rest @ ..] => Run::new("cargo")
            .args(["run", "--release", "--package", "server", "--"])
            .args(rest)
            .at(&root),
        ["bench", rest @ ..] => bench(&root, rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        [other, ..] => bail!("unknown command `{other}`\n\n{USAGE}"),
    }
}

/// The driver finds the server beside itself, so both are built before it runs.
fn bench(root: &Path, rest: &[&str]) -> Result<()> {
    Run::new("cargo")
        .args(["build", "--release", "--package", "server", "--package", "bench"])
        .at(root)?;
    // `cargo xtask bench -- a b` and `cargo xtask bench a b` are the same.
    let rest = rest.strip_prefix(&["--"]).unwrap_or(rest);
    Run::new("cargo").args(["run", "--release", "--package", "bench", "--"]).args(rest).at(root)
}

fn root() -> Result<PathBuf> {
    // Asked of cargo at each run: copies of the repository may share one target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = here.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Ok(here.parent().context("the folder of xtask has no parent")?.to_owned())
}
