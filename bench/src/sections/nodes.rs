//! (f) From an agent's call on one node to the frame on the screens of another, both on one PostgreSQL database: with
//! the hint that nodes give one another, and with the hint cut off.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::clinic;
use crate::plan::{Run, progress};
use crate::postgres::Postgres;
use crate::report::{Limit, Row, Section};
use crate::samples::Samples;
use crate::sections::screens::Screens;
use crate::server::Server;
use crate::usage::{DATABASE, Watch};

const COLUMNS: &[&str] = &["p50 ms", "p99 ms", "max ms", "answer p50 ms", "samples"];

/// Visitors who wait all the time.
const WAITING: usize = 20;

/// Screens that are spread over both nodes in the rows with many.
const SPREAD: usize = 500;

/// Between two calls at most, so that calls fall on any moment between two looks of a node.
const PAUSE_MILLIS_MAX: u64 = 60;

/// Measures.
pub(crate) fn measure(run: &Run) -> Result<Section> {
    let began = Instant::now();
    let (mut rows, mut connections) = (Vec::new(), String::new());
    match run.postgres() {
        Ok(postgres) => {
            for hints in [true, false] {
                let (more, count) = pair(run, postgres, hints)?;
                rows.extend(more);
                connections += &format!("; {count} connections {}", words(hints));
            }
        }
        Err(why) => rows.push(Row::missing("two nodes on PostgreSQL", why)),
    }
    let notes = vec![
        format!("from before the call is written to the frame read on the last of the screens; {WAITING} visitors wait; one reader thread"),
        "two servers, one cluster, one machine; a node looks every 50 ms what others appended, and the hint (NOTIFY) makes it look at once".into(),
        format!("both nodes together at the database{connections}"),
        "same node: the screen is where the call is, and the hint plays no part; the difference to the other rows is what a second node costs".into(),
    ];
    let title = "call on one node to frame on a screen of another";
    Ok(Section { id: "f", title, columns: COLUMNS, rows, notes, took: began.elapsed() })
}

/// Where the screens are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seats {
    Here,
    There,
    Spread,
}

const fn words(hints: bool) -> &'static str {
    if hints { "with hints" } else { "without hints" }
}

impl Seats {
    /// The tenant of the row.
    const fn slug(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::There => "there",
            Self::Spread => "spread",
        }
    }
}

/// Two nodes on a database of their own. Gives also how many connections they hold there.
fn pair(run: &Run, postgres: &Postgres, hints: bool) -> Result<(Vec<Row>, String)> {
    let url = postgres.database()?;
    let flag = format!("--database-hints={hints}");
    let a = run.server_on(postgres, &url, &[&flag])?;
    let b = run.server_on(postgres, &url, &[&flag])?;
    let bound = if hints { 30.0 } else { 120.0 };
    let mut rows = Vec::new();
    let all: &[Seats] = if hints {
        &[Seats::Here, Seats::There, Seats::Spread]
    } else {
        &[Seats::There, Seats::Spread]
    };
    for seats in all {
        let slug = seats.slug();
        let path = clinic::display_path(slug);
        let mut screens = Screens::new(&a, slug, WAITING)?;
        await_display(&b, slug)?;
        let where_to = match seats {
            Seats::Here => {
                screens.open_more(1, &path)?;
                "1 screen on the same node"
            }
            Seats::There => {
                screens.open_more_at(b.address(), 1, &path)?;
                "1 screen on the other node"
            }
            Seats::Spread => {
                screens.open_more(SPREAD / 2, &path)?;
                screens.open_more_at(b.address(), SPREAD / 2, &path)?;
                "500 screens on both nodes, the last"
            }
        };
        let name = format!("{where_to}, {}", words(hints));
        progress(&format!("(f) {name}"));
        let row = calls(run, &mut screens, &name, [&a, &b], postgres)?;
        rows.push(match seats {
            Seats::Here => row,
            Seats::There | Seats::Spread => {
                let p50 = row.figures.first().copied().flatten().unwrap_or(f64::NAN);
                row.held_to(Limit::at_most(bound, "ms p50", p50))
            }
        });
    }
    let sql = "SELECT count(*) FROM pg_stat_activity \
               WHERE application_name = 'smartqueue' AND datname = current_database()";
    Ok((rows, scratch::query(&url, sql)?.trim().to_owned()))
}

/// Waits until the node has learned of the display, which the other one defined.
fn await_display(node: &Server, slug: &str) -> Result<()> {
    let path = format!("/api/v1/public/tenants/{slug}/displays/{}/tickets/", clinic::DISPLAY);
    let until = Instant::now() + Duration::from_secs(5);
    while node.caller()?.status(&path)? != 200 {
        anyhow::ensure!(Instant::now() < until, "the other node does not know the display");
    }
    Ok(())
}

fn calls(
    run: &Run,
    screens: &mut Screens,
    name: &str,
    [a, b]: [&Server; 2],
    postgres: &Postgres,
) -> Result<Row> {
    let (mut last, mut answer) = (Samples::default(), Samples::default());
    screens.warm_up()?;
    let watched = [
        ("node A", a.pid()),
        ("node B", b.pid()),
        ("driver", std::process::id()),
        (DATABASE, postgres.pid()),
    ];
    let watch = Watch::begin(&watched)?;
    for n in 0..run.or_quick(60_u64, 8) {
        let called = screens.call()?;
        last.push(called.last);
        answer.push(called.answer);
        screens.put_back(&called.ticket)?;
        // 37 has no common divisor with the longest pause: each length comes once.
        screens.sockets.idle(Duration::from_millis(n * 37 % PAUSE_MILLIS_MAX))?;
    }
    let usage = watch.end()?;
    let figures = vec![
        Some(last.p50()),
        Some(last.p99()),
        Some(last.max()),
        Some(answer.p50()),
        Some(last.len() as f64),
    ];
    Ok(Row::new(name, figures).used(usage, "one call waits"))
}
