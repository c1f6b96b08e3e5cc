//! The PostgreSQL half of (a): the same mix on that engine, beside bare inserts and beside cqrs-es with postgres-es as
//! published, all on one cluster. Where there is no PostgreSQL, one row says so.

use anyhow::Result;

use crate::children::closed_loop::LogRate;
use crate::children::stock::StockRate;
use crate::children::{ask, command};
use crate::clinic::{self, Work, Worker};
use crate::disk;
use crate::plan::{Run, progress};
use crate::postgres::Postgres;
use crate::report::{Limit, Row};
use crate::sections::commands::{CLIENTS, LIMITS_AT, loop_arguments};
use crate::usage::DATABASE;
use crate::wire::load;

/// Our figure must be so many times that of the stock crates.
const TIMES_STOCK: f64 = 5.0;
const TIMES_STOCK_AIM: f64 = 10.0;

/// Measures, and gives the notes to the rows.
pub(super) fn rows(run: &Run) -> Result<(Vec<Row>, Vec<String>)> {
    let postgres = match run.postgres() {
        Ok(postgres) => postgres,
        Err(why) => return Ok((vec![Row::missing("PostgreSQL", why)], Vec::new())),
    };
    let (rows_of_64, mut rows) = floors(run, postgres)?;
    let (mut conflicts, mut bytes_each) = (Vec::new(), f64::NAN);
    for clients in CLIENTS {
        let (ticket, ticket_rate, _) = stock(run, postgres, "ticket", clients)?;
        let (ours, our_rate, bytes) = on_the_log(run, postgres, clients)?;
        let (day, day_rate, met) = stock(run, postgres, "day", clients)?;
        let ours = if clients == LIMITS_AT {
            bytes_each = bytes;
            let stock = ticket_rate.max(day_rate);
            let what = "times stock cqrs-es, the better shape";
            let limit = Limit::at_least(TIMES_STOCK, what, our_rate / stock);
            let aim = Limit::at_least(TIMES_STOCK_AIM, what, our_rate / stock).aimed_at();
            ours.held_to(limit.below_ceiling(rows_of_64 / stock)).held_to(aim)
        } else {
            ours
        };
        conflicts.push(if met.is_finite() { format!("{met:.1}") } else { "none was done".into() });
        rows.extend([ours, ticket, day]);
    }
    for work in [Work::Mix, Work::Issue] {
        rows.push(over_http(run, postgres, work)?);
    }
    let folder = postgres.folder().display();
    let notes = vec![
        format!("PostgreSQL {}: a cluster of this run in {folder}, fsync and synchronous_commit on, all else Debian's; a database for each row", postgres.version()),
        "stock: cqrs-es 0.5 with postgres-es 0.5 as published, 32 connections, its own table, no HTTP; ticket per aggregate is given numbers and who is next from memory".into(),
        format!("stock, day per aggregate: the same rules as ours; conflicts for each command at {CLIENTS:?} clients: {}; the day is empty at first, so that a longer run is slower", conflicts.join(", ")),
        format!("an event of ours takes {bytes_each:.0} bytes there, with its indexes"),
        "what the machine allows of the PostgreSQL limit is the ratio of bare rows, 64 a statement, to the stock".into(),
    ];
    Ok((rows, notes))
}

/// What the disk and the server allow.
fn floors(run: &Run, postgres: &Postgres) -> Result<(f64, Vec<Row>)> {
    progress("(a) what PostgreSQL allows");
    let flushes = disk::flushes(postgres.folder(), run.floor_time())?;
    let per_second = flushes.len() as f64 / run.floor_time().as_secs_f64();
    let figures = vec![Some(per_second), Some(flushes.p50()), Some(flushes.p99()), None];
    let mut rows = vec![Row::new("bare fdatasync of 4 KiB, PostgreSQL's folder", figures)];
    let mut rows_of_64 = 0.0;
    for (each, connections) in [(1, 1), (1, 32), (64, 1)] {
        let mut child = command("inserts")?;
        child.args(["--url", &postgres.database()?]);
        child.args([
            format!("--database-pid={}", postgres.pid()),
            format!("--connections={connections}"),
            format!("--rows={each}"),
            format!("--millis={}", run.floor_time().as_millis()),
        ]);
        let rate: LogRate = ask(child)?;
        if each == 64 {
            rows_of_64 = rate.per_second;
        }
        let plural = if connections == 1 { "" } else { "s" };
        let name =
            format!("PostgreSQL, bare rows, {each} a statement, {connections} connection{plural}");
        rows.push(row(name, rate, each as f64));
    }
    Ok((rows_of_64, rows))
}

/// A row of a child; its times are those of `each` rows.
fn row(name: String, rate: LogRate, each: f64) -> Row {
    let LogRate { per_second, p50, p99, usage } = rate;
    let micros =
        usage.micros_each("log process", per_second) + usage.micros_each(DATABASE, per_second);
    let figures = vec![Some(per_second), p50, p99, micros.is_finite().then_some(micros)];
    let waits = if each > 1.0 { "one statement at a time" } else { "the disk and round trips" };
    Row::new(name, figures).used(usage, waits)
}

/// The row, its rate, and what an event takes in the database, in bytes.
fn on_the_log(run: &Run, postgres: &Postgres, clients: usize) -> Result<(Row, f64, f64)> {
    progress(&format!("(a) PostgreSQL, log, {clients} clients"));
    let url = postgres.database()?;
    let mut child = command("log-load")?;
    child.args(["--url", &url, "--batch-max", "256"]);
    child.arg(format!("--database-pid={}", postgres.pid()));
    child.args(loop_arguments(run, clients));
    let rate: LogRate = ask(child)?;
    let per_second = rate.per_second;
    let sql = "SELECT pg_total_relation_size('events') / count(*) FROM events";
    let bytes = scratch::query(&url, sql)?.trim().parse()?;
    Ok((row(format!("PostgreSQL, log, mix, {clients}"), rate, 1.0), per_second, bytes))
}

/// The row, its rate, and conflicts for each command.
fn stock(run: &Run, postgres: &Postgres, shape: &str, clients: usize) -> Result<(Row, f64, f64)> {
    progress(&format!("(a) stock cqrs-es, {shape} per aggregate, {clients} clients"));
    let mut child = command("stock")?;
    child.args(["--url", &postgres.database()?, "--shape", shape]);
    child.arg(format!("--database-pid={}", postgres.pid()));
    child.args(loop_arguments(run, clients));
    let StockRate { rate, conflicts } = ask(child)?;
    let window = run.window();
    let commands = rate.per_second * (window.warm_up + window.measured).as_secs_f64();
    let per_second = rate.per_second;
    let name = format!("stock cqrs-es, {shape} per aggregate, {clients}");
    Ok((row(name, rate, 1.0), per_second, conflicts as f64 / commands))
}

fn over_http(run: &Run, postgres: &Postgres, work: Work) -> Result<Row> {
    let (word, clients) = (work.word(), LIMITS_AT);
    progress(&format!("(a) PostgreSQL, HTTP, {word}, {clients} clients"));
    let server = run.server_on(postgres, &postgres.database()?, &[])?;
    clinic::define(&mut server.caller()?, word, clients)?;
    let workers = (0..clients).map(|n| Worker::new(word, n, work)).collect();
    let load = load::run(server.address(), workers, run.window(), &server.watched())?;
    let (p50, p99) = (load.latencies.p50(), load.latencies.p99());
    let micros = load.usage.micros_each("server", load.per_second)
        + load.usage.micros_each(DATABASE, load.per_second);
    let figures = vec![Some(load.per_second), Some(p50), Some(p99), Some(micros)];
    let name = format!("PostgreSQL, HTTP, {word}, {clients}");
    Ok(Row::new(name, figures).used(load.usage, "the disk and round trips"))
}
