//! (a) Commands a second to a durable log, on the log itself and over HTTP, with group commit and with one commit for
//! each command, beside what the disk and SQLite allow.

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::children::closed_loop::LogRate;
use crate::children::{ask, command};
use crate::clinic::{self, Work, Worker};
use crate::disk;
use crate::plan::{Run, progress};
use crate::report::{Limit, Row, Section};
use crate::sections::postgres;
use crate::server::sqlite_url;
use crate::wire::load;

/// Clients that wait for their answers, each with one command under way.
pub(super) const CLIENTS: [usize; 4] = [1, 16, 64, 256];

/// The row of the limits.
pub(super) const LIMITS_AT: usize = 64;

const COLUMNS: &[&str] = &["per second", "p50 ms", "p99 ms", "CPU us each"];

/// How commands reach the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    Group,
    Each,
}

impl Commit {
    const fn words(self) -> &'static str {
        match self {
            Self::Group => "group commit",
            Self::Each => "one commit per command",
        }
    }

    const fn batch_max(self) -> &'static str {
        match self {
            Self::Group => "256",
            Self::Each => "1",
        }
    }
}

/// What the disk allows.
struct Floors {
    flush_millis: f64,
    rows_of_1: f64,
    rows_of_64: f64,
}

/// Measures.
pub(crate) fn measure(run: &Run) -> Result<Section> {
    let began = Instant::now();
    let (floors, mut rows) = floors(run)?;
    let mut each = 0.0;
    for commit in [Commit::Each, Commit::Group] {
        for clients in CLIENTS {
            let (mut row, rate) = on_the_log(run, commit, clients, &floors)?;
            match commit {
                Commit::Each if clients == LIMITS_AT => each = rate,
                Commit::Group if clients == LIMITS_AT => {
                    let limit = Limit::at_least(10.0, "times one commit per command", rate / each);
                    let floor = "of the rate of bare 64-row transactions";
                    row = row
                        .held_to(limit.below_ceiling(floors.rows_of_64 / floors.rows_of_1))
                        .held_to(Limit::at_least(0.5, floor, rate / floors.rows_of_64).aimed_at());
                }
                Commit::Each | Commit::Group => {}
            }
            rows.push(row);
        }
    }
    rows.extend(over_http(run, &floors)?);
    let (more, its_notes) = postgres::rows(run)?;
    rows.extend(more);
    let mut notes = vec![
        "mix: issue, call next, finish, in turn by each client; all clients on one service day (one stream)".into(),
        "a command is one event, durable before it is answered; log: tasks call the store, without HTTP; one tenant for each row".into(),
        "bare rows: SQLite alone, the same table and settings, one thread; what the machine allows of the limit is the ratio of these two rows".into(),
    ];
    notes.extend(its_notes);
    let title = "commands to a durable log, closed loop";
    Ok(Section { id: "a", title, columns: COLUMNS, rows, notes, took: began.elapsed() })
}

fn floors(run: &Run) -> Result<(Floors, Vec<Row>)> {
    progress("(a) what the disk allows");
    let folder = run.fresh_folder()?;
    let flushes = disk::flushes(&folder, run.floor_time())?;
    let per_second = flushes.len() as f64 / run.floor_time().as_secs_f64();
    let figures = vec![Some(per_second), Some(flushes.p50()), Some(flushes.p99()), None];
    let mut rows = vec![Row::new("bare fdatasync of 4 KiB", figures)];
    let mut floor = |per_transaction| -> Result<f64> {
        let rate = disk::rows_per_second(&run.fresh_folder()?, per_transaction, run.floor_time())?;
        let name = format!("bare rows, {per_transaction} a transaction");
        rows.push(Row::new(name, vec![Some(rate)]));
        Ok(rate)
    };
    let (rows_of_1, rows_of_64) = (floor(1)?, floor(64)?);
    Ok((Floors { flush_millis: flushes.p50(), rows_of_1, rows_of_64 }, rows))
}

/// What is waited for where no processor is saturated.
fn waits_for(p50: f64, clients: usize, commit: Commit, floors: &Floors) -> String {
    if clients == 1 {
        let share = 100.0 * floors.flush_millis / p50;
        return format!("one client waits ({share:.0} % of it the flush)");
    }
    match commit {
        Commit::Each => "the disk: a flush for each".into(),
        Commit::Group => "the disk, and threads that wait for each other".into(),
    }
}

/// How a child is told of its clients and their time.
pub(super) fn loop_arguments(run: &Run, clients: usize) -> [String; 3] {
    let window = run.window();
    [
        format!("--clients={clients}"),
        format!("--warm-up-millis={}", window.warm_up.as_millis()),
        format!("--measured-millis={}", window.measured.as_millis()),
    ]
}

fn on_the_log(run: &Run, commit: Commit, clients: usize, floors: &Floors) -> Result<(Row, f64)> {
    progress(&format!("(a) log, {}, {clients} clients", commit.words()));
    let mut child = command("log-load")?;
    child.args(["--url", &sqlite_url(&run.fresh_folder()?)]);
    child.args(["--batch-max", commit.batch_max()]);
    child.args(loop_arguments(run, clients));
    let LogRate { per_second, p50, p99, usage } = ask(child)?;
    let micros = usage.micros_each("log process", per_second);
    let figures = vec![Some(per_second), p50, p99, Some(micros)];
    let name = format!("log, mix, {}, {clients}", commit.words());
    let waits = waits_for(p50.unwrap_or(f64::NAN), clients, commit, floors);
    Ok((Row::new(name, figures).used(usage, &waits), per_second))
}

fn over_http(run: &Run, floors: &Floors) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut each = 0.0;
    for (commit, work) in
        [(Commit::Each, Work::Mix), (Commit::Group, Work::Mix), (Commit::Group, Work::Issue)]
    {
        let server = run.fresh_server(&["--append-batch-max", commit.batch_max()])?;
        for clients in CLIENTS {
            let (mut row, rate) = http_row(run, &server, commit, work, clients, floors)?;
            if clients == LIMITS_AT && work == Work::Mix {
                match commit {
                    Commit::Each => each = rate,
                    Commit::Group => {
                        let what = "times one commit per command, over HTTP";
                        row = row.held_to(Limit::at_least(10.0, what, rate / each).aimed_at());
                    }
                }
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

fn http_row(
    run: &Run,
    server: &crate::server::Server,
    commit: Commit,
    work: Work,
    clients: usize,
    floors: &Floors,
) -> Result<(Row, f64)> {
    let word = work.word();
    let name = format!("HTTP, {word}, {}, {clients}", commit.words());
    progress(&format!("(a) {name} clients"));
    let slug = format!("{word}-{clients}");
    clinic::define(&mut server.caller()?, &slug, clients).context("define a clinic")?;
    let workers = (0..clients).map(|n| Worker::new(&slug, n, work)).collect();
    let load = load::run(server.address(), workers, run.window(), &server.watched())?;
    let (p50, p99) = (load.latencies.p50(), load.latencies.p99());
    let micros = load.usage.micros_each("server", load.per_second);
    let figures = vec![Some(load.per_second), Some(p50), Some(p99), Some(micros)];
    let waits = waits_for(p50, clients, commit, floors);
    Ok((Row::new(name, figures).used(load.usage, &waits), load.per_second))
}
