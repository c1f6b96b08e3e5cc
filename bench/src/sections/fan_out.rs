//! (b) From an agent's HTTP call to the frame on the last of many sockets of one display, beside two threads that do
//! nothing but write the same bytes to as many sockets.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::children::ceiling::Ceiling;
use crate::clinic;
use crate::disk;
use crate::plan::{Run, progress};
use crate::report::{Limit, Row, Section};
use crate::samples::Samples;
use crate::sections::screens::Screens;
use crate::usage::{Usage, Watch};
use crate::wire::frames;
use crate::wire::sockets::{Seen, Sockets};

const COLUMNS: &[&str] =
    &["p50 ms", "p99 ms", "max ms", "answer p50 ms", "samples", "deliveries/s", "connects/s"];

/// Sockets, and calls that are measured with so many.
const ROWS: [(usize, usize); 4] = [(1, 400), (100, 300), (1_000, 100), (5_000, 40)];

/// The tenant.
const SLUG: &str = "clinic";

/// Visitors who wait all the time.
const WAITING: usize = 20;

/// Measures.
pub(crate) fn measure(run: &Run) -> Result<Section> {
    let began = Instant::now();
    let flush = disk::flushes(&run.fresh_folder()?, run.floor_time())?;
    let figures = vec![Some(flush.p50()), Some(flush.p99()), Some(flush.max())];
    let mut rows = vec![Row::new("bare fdatasync of 4 KiB", figures)];
    let server = run.fresh_server(&[])?;
    let mut screens = Screens::new(&server, SLUG, WAITING)?;
    let mut ceiling = Bare::start()?;
    for (sockets, calls) in ROWS {
        progress(&format!("(b) {sockets} sockets"));
        let calls = run.or_quick(calls, calls / 10);
        let more = sockets - screens.open();
        let connecting = screens.open_more(more, &clinic::display_path(SLUG))?;
        ceiling.open_until(sockets)?;
        let frame = frames::text(&screens.warm_up()?);
        let mut bare = ceiling.measure(&frame, calls / 2)?;
        let ours = measure_calls(&mut screens, &server.watched(), calls)?;
        bare.add(ceiling.measure(&frame, calls - calls / 2)?);
        rows.push(our_row(sockets, &ours, &bare, &flush, more as f64 / connecting.as_secs_f64()));
        rows.push(bare.row(sockets));
    }
    let notes = vec![
        format!("from before the call is written to the frame read on the last socket; {WAITING} visitors wait; one reader thread"),
        "ceiling: a bare process writes the same bytes to as many sockets from two threads, measured before and after ours, read by the same reader".into(),
        "answer: when the agent had the answer to the call; connects/s: TCP connect, upgrade and first message, 64 under way".into(),
    ];
    let title = "call to frame on the last socket of one display";
    Ok(Section { id: "b", title, columns: COLUMNS, rows, notes, took: began.elapsed() })
}

/// What came of a series of calls.
struct Calls {
    last: Samples,
    answer: Samples,
    usage: Usage,
}

fn measure_calls(
    screens: &mut Screens,
    watched: &[(&'static str, u32)],
    count: usize,
) -> Result<Calls> {
    let (mut last, mut answer) = (Samples::default(), Samples::default());
    let watch = Watch::begin(watched)?;
    for _ in 0..count {
        let called = screens.call()?;
        last.push(called.last);
        answer.push(called.answer);
        screens.put_back(&called.ticket)?;
    }
    Ok(Calls { last, answer, usage: watch.end()? })
}

fn our_row(sockets: usize, ours: &Calls, bare: &Broadcasts, flush: &Samples, connects: f64) -> Row {
    let p50 = ours.last.p50();
    let figures = vec![
        Some(p50),
        Some(ours.last.p99()),
        Some(ours.last.max()),
        Some(ours.answer.p50()),
        Some(ours.last.len() as f64),
        Some(sockets as f64 / p50 * 1e3),
        // A single connect is no rate.
        (sockets > 1).then_some(connects),
    ];
    let share = 100.0 * flush.p50() / p50;
    let waits = format!("one call waits ({share:.0} % of it the flush)");
    let row = Row::new(format!("{sockets} sockets"), figures).used(ours.usage.clone(), &waits);
    if sockets == 1 {
        return row.held_to(Limit::at_most(2.0, "times one fdatasync", p50 / flush.p50()));
    }
    let limit = Limit::at_most(1.15, "times the ceiling", p50 / bare.last.p50());
    row.held_to(limit.aimed_at())
}

/// The ceiling and its sockets.
struct Bare {
    ceiling: Ceiling,
    sockets: Sockets,
    open: usize,
}

/// What came of a series of bare broadcasts.
struct Broadcasts {
    last: Samples,
    usage: Usage,
}

impl Bare {
    fn start() -> Result<Self> {
        Ok(Self { ceiling: Ceiling::start()?, sockets: Sockets::new()?, open: 0 })
    }

    fn open_until(&mut self, count: usize) -> Result<()> {
        while self.open < count {
            self.sockets.open_plain(self.ceiling.address())?;
            self.open += 1;
            // A step at a time, so that the backlog is never full.
            if self.open.is_multiple_of(50) || self.open == count {
                self.ceiling.await_sockets(self.open)?;
            }
        }
        Ok(())
    }

    fn measure(&mut self, frame: &[u8], count: usize) -> Result<Broadcasts> {
        let watch =
            Watch::begin(&[("ceiling", self.ceiling.pid()), ("driver", std::process::id())])?;
        let mut last = Samples::default();
        for _ in 0..count {
            let began = Instant::now();
            self.ceiling.send(frame)?;
            let mut left = self.open;
            let mut at = Duration::ZERO;
            while left > 0 {
                self.sockets.turn_or_fail(&mut |_, seen| {
                    left -= usize::from(matches!(seen, Seen::Text(_)));
                    if left == 0 {
                        at = began.elapsed();
                    }
                })?;
            }
            last.push(at);
        }
        ensure!(last.len() == count, "a broadcast is missing");
        Ok(Broadcasts { last, usage: watch.end().context("look at the processors")? })
    }
}

impl Broadcasts {
    fn add(&mut self, other: Self) {
        self.last.extend(&other.last);
    }

    fn row(&self, sockets: usize) -> Row {
        let p50 = self.last.p50();
        let figures = vec![
            Some(p50),
            Some(self.last.p99()),
            Some(self.last.max()),
            None,
            Some(self.last.len() as f64),
            Some(sockets as f64 / p50 * 1e3),
        ];
        let name = format!("{sockets} sockets, ceiling");
        Row::new(name, figures).used(self.usage.clone(), "one broadcast waits")
    }
}
