//! (d) How fast views take in events, and how soon a server is ready on a log that is there already.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use crate::children::fold::Folded;
use crate::children::history::Written;
use crate::children::{ask, command};
use crate::plan::{Run, progress};
use crate::report::{Limit, Row, Section};
use crate::samples::{Samples, median};
use crate::server::Server;
use crate::usage::{Usage, Watch};

const COLUMNS: &[&str] = &["events/s", "ready ms (median)", "ready ms (max)", "log MiB"];

const EVENTS: u64 = 100_000;

/// How often a log is started on.
const STARTS: usize = 5;

/// Measures.
pub(crate) fn measure(run: &Run) -> Result<Section> {
    let began = Instant::now();
    let events = run.or_quick(EVENTS, EVENTS / 10);
    let mut rows = Vec::new();
    let (empty, usage) = start(run, &run.fresh_folder()?, run.or_quick(STARTS, 2))?;
    let figures = vec![None, Some(empty.p50()), Some(empty.max())];
    rows.push(Row::new("start, empty log", figures).used(usage, "nothing"));
    for (days, words) in [(200, "200 days, the last one open"), (1, "one open day")] {
        let folder = run.fresh_folder()?;
        progress(&format!("(d) a log of {events} events: {words}"));
        let mut child = command("history")?;
        child.arg("--folder").arg(&folder);
        child.args([
            "--events",
            &events.to_string(),
            "--days",
            &run.or_quick(days, days.min(20)).to_string(),
        ]);
        let written: Written = ask(child)?;
        let megabytes = Some(written.bytes as f64 / 1024.0 / 1024.0);

        let mut child = command("fold")?;
        child.arg("--folder").arg(&folder).args(["--times", "5"]);
        let folded: Folded = ask(child)?;
        let limit = Limit::at_least(1e6, "events/s in memory", folded.per_second);
        let mut row = Row::new(format!("fold, {words}"), vec![Some(folded.per_second)]);
        row.saturated = "one thread".into();
        rows.push(row.held_to(limit));
        let mut row =
            Row::new(format!("read and decode, {words}"), vec![Some(folded.read_per_second)]);
        row.saturated = "one thread".into();
        rows.push(row);

        let (ready, usage) = start(run, &folder, run.or_quick(STARTS, 2))?;
        let figures = vec![None, Some(ready.p50()), Some(ready.max()), megabytes];
        let limit = Limit::at_most(2_000.0, "ms", ready.max());
        let name = format!("start, {} events: {words}", written.events);
        rows.push(Row::new(name, figures).used(usage, "one thread after another").held_to(limit));
    }
    let notes = vec![
        "ready: from exec to the first 200 of /readyz; the server before was killed (SIGKILL); the file is in the page cache".into(),
        "fold: all views of the tenant, events decoded in memory, a fresh process, median of 5".into(),
    ];
    let title = "fold and start";
    Ok(Section { id: "d", title, columns: COLUMNS, rows, notes, took: began.elapsed() })
}

/// Starts the server on the log again and again.
fn start(run: &Run, folder: &Path, times: usize) -> Result<(Samples, Usage)> {
    let mut ready = Samples::default();
    let (mut usage, mut rests) = (Usage::default(), Vec::new());
    for _ in 0..times {
        let mut server = Server::spawn(&run.server, folder, &[])?;
        let watch = Watch::begin(&server.watched())?;
        ready.push(server.ready()?);
        usage = watch.end()?;
        rests.push(usage.rest);
    }
    usage.rest = median(rests);
    Ok((ready, usage))
}
