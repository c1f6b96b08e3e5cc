//! (e) Screens that were cut off: how long until each is up to date again, when all come back at once and when they
//! come and go one after the other, while agents go on calling.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::clinic;
use crate::plan::{Run, progress};
use crate::report::{Limit, Row, Section};
use crate::samples::Samples;
use crate::sections::screens::{Screens, is_change};
use crate::server::Server;
use crate::usage::{Usage, Watch};
use crate::wire::http::{number, text};
use crate::wire::sockets::Seen;

const COLUMNS: &[&str] = &["p50 ms", "p99 ms", "last ms", "reconnects", "complete %", "resumed %"];

/// The tenant.
const SLUG: &str = "clinic";

/// Connects between two looks at what came, while all return at once.
const CONNECTS_PER_LOOK: usize = 16;

/// How long a screen that is cut stays away.
const AWAY: Duration = Duration::from_secs(2);

/// Between two calls while screens come and go.
const CALL_EVERY: Duration = Duration::from_millis(250);

/// Longest time for a screen to be up to date again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures.
pub(crate) fn measure(run: &Run) -> Result<Section> {
    let began = Instant::now();
    let count = run.or_quick(1_000, 200);
    let mut rows = Vec::new();
    progress(&format!("(e) {count} sockets cut at once"));
    rows.push(storm(run, count)?);
    progress(&format!("(e) {count} sockets cut one after the other"));
    rows.push(turns(run, count)?);
    let notes = vec![
        "up to date: from before the TCP connect until every change up to the newest call before it is there, by ?after=&epoch=".into(),
        "complete: screens whose messages form one chain (prev is the seq before) over all cuts; resumed: changes instead of a snapshot".into(),
        "at once: last ms is from the first connect to the last screen up to date; the rate of connects bounds it".into(),
    ];
    let title = "reconnecting, with calls missed meanwhile";
    Ok(Section { id: "e", title, columns: COLUMNS, rows, notes, took: began.elapsed() })
}

/// What a screen knows, kept over its connections.
#[derive(Clone)]
struct Screen {
    seq: u64,
    whole: bool,
    /// While it is away or catching up.
    returning: Option<Return>,
}

#[derive(Clone, Copy)]
struct Return {
    began: Instant,
    /// Up to here it must know.
    target: u64,
}

/// All screens, each on the socket that it has at the moment.
struct Hall {
    screens: Vec<Screen>,
    screen_of_socket: BTreeMap<usize, usize>,
    epoch: String,
    /// The newest place in the log, which all must reach in the end.
    newest: u64,
    caught_up: Samples,
    resumed: usize,
}

impl Hall {
    fn new(count: usize) -> Self {
        let screen = Screen { seq: 0, whole: true, returning: None };
        Self {
            screens: vec![screen; count],
            screen_of_socket: BTreeMap::new(),
            epoch: String::new(),
            newest: 0,
            caught_up: Samples::default(),
            resumed: 0,
        }
    }

    /// Opens the socket of a screen: fresh, or from where it stands.
    fn connect(&mut self, screen: usize, screens: &mut Screens, server: &Server) -> Result<()> {
        let seq = self.screens[screen].seq;
        let mut path = clinic::display_path(SLUG);
        if seq > 0 {
            path += &format!("?after={seq}&epoch={}", self.epoch);
        }
        self.screens[screen].returning =
            Some(Return { began: Instant::now(), target: self.newest });
        let socket = screens.sockets.open_reader(server.address(), &path)?;
        self.screen_of_socket.insert(socket, screen);
        Ok(())
    }

    /// Cuts the socket of a screen off.
    fn cut(&mut self, socket: usize, screens: &mut Screens) -> Option<usize> {
        screens.sockets.cut(socket);
        self.screen_of_socket.remove(&socket)
    }

    /// Takes in what came on a socket.
    fn see(&mut self, socket: usize, seen: &Seen<'_>) {
        let Some(&at) = self.screen_of_socket.get(&socket) else { return };
        let Seen::Text(message) = seen else { return };
        let screen = &mut self.screens[at];
        let Some(seq) = number(message, "seq") else { return };
        if is_change(message) {
            let follows = number(message, "prev") == Some(screen.seq);
            // A `refresh` is a snapshot: it follows whatever was before.
            screen.whole &= follows || message.starts_with(br#"{"type":"refresh""#);
            screen.seq = seq;
        } else if message.starts_with(br#"{"type":"connection""#) {
            if self.epoch.is_empty() {
                self.epoch = text(message, "epoch").unwrap_or_default().into();
            }
            let is_resumed =
                seq == screen.seq && !message.windows(8).any(|part| part == br#""view":{"#);
            self.resumed += usize::from(is_resumed && screen.seq > 0);
            screen.seq = seq;
        }
        if let Some(back) = screen.returning
            && screen.seq >= back.target
        {
            screen.returning = None;
            self.caught_up.push(back.began.elapsed());
        }
    }

    fn turn(&mut self, wait: Duration, screens: &mut Screens) -> Result<()> {
        let mut closed = None;
        screens.sockets.turn(wait, &mut |socket, seen| {
            if let Seen::Closed(code) = seen {
                closed = Some(code);
            }
            self.see(socket, &seen);
        })?;
        match closed {
            Some(code) => bail!("the server closed a socket ({code:?})"),
            None => Ok(()),
        }
    }

    /// Waits until all know the newest.
    fn settle(&mut self, screens: &mut Screens) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let newest = self.newest;
        let is_behind = |screen: &Screen| screen.returning.is_some() || screen.seq < newest;
        while self.screens.iter().any(is_behind) {
            self.turn(Duration::from_millis(100), screens)?;
            if Instant::now() > until {
                bail!("some screens were not up to date after {} s", PATIENCE.as_secs());
            }
        }
        Ok(())
    }

    fn row(&self, name: String, last: Option<f64>, usage: Usage, waits_for: &str) -> Row {
        let reconnects = self.caught_up.len() as f64;
        let whole = self.screens.iter().filter(|screen| screen.whole).count() as f64;
        let complete = 100.0 * whole / self.screens.len() as f64;
        let figures = vec![
            Some(self.caught_up.p50()),
            Some(self.caught_up.p99()),
            last,
            Some(reconnects),
            Some(complete),
            Some(100.0 * self.resumed as f64 / reconnects),
        ];
        let row = Row::new(name, figures).used(usage, waits_for);
        row.held_to(Limit::at_least(100.0, "% of the screens complete", complete))
    }
}

/// A clinic with so many screens that are up to date.
fn hall(server: &Server, count: usize) -> Result<(Hall, Screens)> {
    let mut screens = Screens::new(server, SLUG, 20)?;
    let mut hall = Hall::new(count);
    hall.newest = screens.call_while(&mut |_, _| {})?;
    for screen in 0..count {
        hall.connect(screen, &mut screens, server)?;
        if screen.is_multiple_of(CONNECTS_PER_LOOK) {
            hall.turn(Duration::ZERO, &mut screens)?;
        }
    }
    hall.settle(&mut screens)?;
    hall.caught_up = Samples::default();
    hall.resumed = 0;
    Ok((hall, screens))
}

/// All are cut at once, miss a call, and return at once.
fn storm(run: &Run, count: usize) -> Result<Row> {
    let server = run.fresh_server(&[])?;
    let (mut hall, mut screens) = hall(&server, count)?;
    let watch = Watch::begin(&server.watched())?;
    let mut last = Samples::default();
    for _ in 0..run.or_quick(5, 2) {
        let sockets: Vec<usize> = hall.screen_of_socket.keys().copied().collect();
        for socket in sockets {
            hall.cut(socket, &mut screens);
        }
        for _ in 0..2 {
            hall.newest = screens.call_while(&mut |_, _| {})?;
        }
        let began = Instant::now();
        for screen in 0..count {
            hall.connect(screen, &mut screens, &server)?;
            if screen.is_multiple_of(CONNECTS_PER_LOOK) {
                hall.turn(Duration::ZERO, &mut screens)?;
            }
        }
        hall.settle(&mut screens)?;
        last.push(began.elapsed());
    }
    let usage = watch.end()?;
    Ok(hall.row(
        format!("{count} sockets, all at once"),
        Some(last.p50()),
        usage,
        "one round waits",
    ))
}

/// Each in its turn is cut and returns after [`AWAY`], while calls go on.
fn turns(run: &Run, count: usize) -> Result<Row> {
    let server = run.fresh_server(&[])?;
    let (mut hall, mut screens) = hall(&server, count)?;
    // As many cuts a second as with 2,000 sockets that are cut every 15 s.
    let cut_every = Duration::from_secs(15) / 2_000;
    let watch = Watch::begin(&server.watched())?;
    let began = Instant::now();
    let mut to_cut: Vec<usize> = hall.screen_of_socket.keys().copied().collect();
    let mut away: Vec<(Instant, usize)> = Vec::new();
    let (mut next_cut, mut next_call) = (began, began);
    while !to_cut.is_empty() || !away.is_empty() {
        let now = Instant::now();
        if now >= next_cut
            && let Some(socket) = to_cut.pop()
        {
            next_cut += cut_every;
            let screen = hall.cut(socket, &mut screens).context("a socket without a screen")?;
            away.push((now + AWAY, screen));
        }
        if let Some(at) = away.iter().position(|(back_at, _)| now >= *back_at) {
            let (_, screen) = away.swap_remove(at);
            hall.connect(screen, &mut screens, &server)?;
        }
        if now >= next_call {
            next_call += CALL_EVERY;
            hall.newest = screens.call_while(&mut |socket, seen| hall.see(socket, seen))?;
        }
        hall.turn(Duration::from_millis(1), &mut screens)?;
    }
    hall.settle(&mut screens)?;
    let usage = watch.end()?;
    let row = hall.row(format!("{count} sockets, 133 a second"), None, usage, "nothing");
    let p99 = hall.caught_up.p99();
    Ok(row.held_to(Limit::at_most(27.0, "ms p99", p99).aimed_at()))
}
