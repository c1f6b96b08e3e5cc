//! `cargo xtask test`: exactly what CI runs, step by step; the first failing step ends it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::Run;
use crate::{browser, haproxy, postgres, web};

/// One step: its name, and what it does.
type Step = (&'static str, fn(&Path) -> Result<()>);

/// Quick checks first. The server is built in the same profile as the tests, so that nothing is compiled twice.
const STEPS: [Step; 8] = [
    ("format", format),
    ("lint", lint),
    ("install what the tests need", install),
    ("web/dist is up to date", web::check),
    ("page tests", page_tests),
    ("tests of the workspace", workspace_tests),
    ("build the server", build_server),
    ("browser tests", browser_tests),
];

pub(crate) fn run(root: &Path) -> Result<()> {
    let mut done = Vec::new();
    for (number, (name, step)) in STEPS.iter().enumerate() {
        println!("\n==> [{}/{}] {name}", number + 1, STEPS.len());
        let began = Instant::now();
        let outcome = step(root);
        done.push((*name, began.elapsed(), outcome.is_ok()));
        if outcome.is_err() {
            report(&done);
        }
        outcome.with_context(|| format!("step `{name}` failed"))?;
    }
    report(&done);
    Ok(())
}

fn report(done: &[(&str, Duration, bool)]) {
    println!("\n==> summary");
    for (name, took, ok) in done {
        let word = if *ok { "ok" } else { "FAILED" };
        println!("{word:>8}  {:>7.1} s  {name}", took.as_secs_f64());
    }
    let passed = done.iter().filter(|(_, _, ok)| *ok).count();
    println!("          {passed} of {} steps passed", STEPS.len());
}

fn format(root: &Path) -> Result<()> {
    Run::new("cargo").args(["fmt", "--all", "--check"]).at(root)
}

fn lint(root: &Path) -> Result<()> {
    Run::new("cargo")
        .args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .at(root)
}

fn install(root: &Path) -> Result<()> {
    browser::install(root)?;
    postgres::install(root)?;
    haproxy::install(root)
}

fn page_tests(root: &Path) -> Result<()> {
    node_tests(&root.join("web"), "test")?.at(&root.join("web"))
}

fn workspace_tests(root: &Path) -> Result<()> {
    let cluster = scratch::Cluster::start().context("start PostgreSQL for the tests")?;
    let tests = Run::new("cargo").args(["test", "--workspace"]);
    tests.env(scratch::URL_VARIABLE, cluster.url()).at(root)
}

fn build_server(root: &Path) -> Result<()> {
    Run::new("cargo").args(["build", "--package", "server"]).at(root)
}

fn browser_tests(root: &Path) -> Result<()> {
    let server = target_folder(root).join("debug/smartqueue");
    let mut tests = node_tests(&root.join("web"), "e2e")?.env("SMARTQUEUE_BIN", server);
    if let Some(chromium) = browser::chromium() {
        tests = tests.env("SMARTQUEUE_CHROMIUM", chromium);
    }
    tests.at(&root.join("web"))
}

/// Names the test files one by one: Node 20 would take every file of a folder named `test`.
fn node_tests(web: &Path, folder: &str) -> Result<Run> {
    let entries = fs::read_dir(web.join(folder)).with_context(|| format!("list web/{folder}"))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    Ok(Run::new("node").args(["--test", "--test-reporter=spec"]).args(files))
}

fn target_folder(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}
