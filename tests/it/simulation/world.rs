//! The clinic, its screens and its server, and what chance does to them.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use futures_util::future::join;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::Account;
use super::staff::{AGENTS, Staff};
use crate::harness::{
    Answer, Clinic, Dice, End, Fold, Http, Request, Row, Screen, Server, boards, rows, rows_of,
};
use crate::invariants::{
    no_ticket_agent_or_counter_is_taken_twice, numbers_are_given_once_without_gaps,
    positions_have_no_holes,
};

/// Commands that are sent at the same moment, at most.
const VOLLEY_MAX: usize = 4;

/// The close code of a server that stops.
const SHUTDOWN: u16 = 4001;

/// A display and a screen that shows it, unless it was cut off.
struct Watcher {
    display: Uuid,
    screen: Screen,
    connected: bool,
    /// What it showed at rest, with its `seq` then.
    glances: Vec<(u64, Vec<Value>, Value)>,
}

/// All there is.
pub(super) struct World {
    dice: Dice,
    server: Server,
    clinic: Clinic,
    /// A connection for each command of a volley.
    lines: Vec<Http>,
    staff: Staff,
    watchers: Vec<Watcher>,
    account: Account,
    sent: usize,
}

impl World {
    /// A clinic at work, with two screens of each display.
    pub(super) async fn begin(seed: u64) -> Self {
        // A short history, so that some screens come back before it and others within it.
        let server = Server::with(&["--frame-ring-len=32"]).await;
        let clinic = Clinic::open(&server, AGENTS).await;
        let mut watchers = Vec::new();
        for display in [clinic.hall, clinic.hall, clinic.corridor, clinic.corridor] {
            let screen = Screen::of(&server, &clinic, display).await;
            watchers.push(Watcher { display, screen, connected: true, glances: Vec::new() });
        }
        let lines = lines(&server);
        let (dice, staff, account) = (Dice::new(seed), Staff::default(), Account::default());
        Self { dice, server, clinic, lines, staff, watchers, account, sent: 0 }
    }

    /// The next thing that happens.
    pub(super) async fn step(&mut self) {
        match self.dice.throw(100) {
            0 | 1 => self.kill().await,
            2 => self.restart().await,
            3 => self.night().await,
            4..9 => self.cut().await,
            9..18 => self.come_back().await,
            18..26 => self.look().await,
            _ => self.volley().await,
        }
    }

    /// A request under a key of its own.
    fn keyed(&mut self, request: Request) -> Request {
        self.sent += 1;
        request.key(format!("wish-{:06}", self.sent))
    }

    fn wishes(&mut self) -> Vec<Request> {
        let count = 1 + self.dice.throw(VOLLEY_MAX);
        let wish = |_| {
            let wish = self.staff.wish(&mut self.dice, &self.clinic);
            self.keyed(wish)
        };
        (0..count).map(wish).collect()
    }

    /// Some commands at the same moment.
    async fn volley(&mut self) {
        let wishes = self.wishes();
        let sending = self.lines.iter_mut().zip(&wishes).map(|(line, wish)| line.ask(wish));
        let answers = futures_util::future::join_all(sending).await;
        for (wish, answer) in wishes.iter().zip(&answers) {
            self.answered(wish, answer);
        }
    }

    fn answered(&mut self, request: &Request, answer: &Answer) -> bool {
        let done = self.account.answered(request, answer);
        if let Some(done) = &done {
            self.staff.learn(&self.clinic, done);
        }
        done.is_some()
    }

    /// Sends one command that must be possible.
    async fn must(&mut self, request: Request) {
        let request = self.keyed(request);
        let answer = self.lines[0].ask(&request).await;
        assert!(self.answered(&request, &answer), "{request:?}: {}", answer.text());
    }

    /// The server dies while commands are under way. Whoever had no answer asks again.
    async fn kill(&mut self) {
        let wishes = self.wishes();
        let answers_before_kill = self.dice.throw(wishes.len());
        let mut sending: FuturesUnordered<_> = (self.lines.iter_mut().zip(&wishes).enumerate())
            .map(|(n, (line, wish))| async move { (n, line.send(wish).await) })
            .collect();
        let mut answers: Vec<_> = sending.by_ref().take(answers_before_kill).collect().await;
        let (late, ()) = join(sending.collect::<Vec<_>>(), self.server.kill()).await;
        answers.extend(late);
        for watcher in &mut self.watchers {
            if std::mem::replace(&mut watcher.connected, false) {
                assert_eq!(watcher.screen.until_end().await, End::Cut);
            }
        }
        self.start_again().await;
        answers.sort_by_key(|(n, _)| *n);
        for (n, answer) in answers {
            let answer = match answer {
                Ok(answer) => answer,
                Err(_) => self.repeat(&wishes[n]).await,
            };
            self.answered(&wishes[n], &answer);
        }
    }

    async fn repeat(&mut self, wish: &Request) -> Answer {
        self.account.repeated += 1;
        self.lines[0].ask(wish).await
    }

    async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    async fn stop(&mut self) {
        self.server.terminate();
        for watcher in &mut self.watchers {
            if std::mem::replace(&mut watcher.connected, false) {
                assert_eq!(watcher.screen.until_end().await.code(), SHUTDOWN);
            }
        }
        assert!(self.server.ended().await.success());
    }

    async fn start_again(&mut self) {
        self.server.start_again().await;
        self.lines = lines(&self.server);
    }

    /// The day closes; some try to work; it opens again.
    async fn night(&mut self) {
        let site = self.clinic.staff(&format!("sites/{}", self.clinic.site));
        let end = *self.dice.pick(&["expire", "carry_over"]);
        self.must(Request::post(format!("{site}/close/"), json!({ "end": end }))).await;
        self.volley().await;
        self.must(Request::post(format!("{site}/open/"), json!({}))).await;
        self.take_seats().await;
    }

    /// The next business date.
    pub(super) async fn tomorrow(&mut self) {
        let end = *self.dice.pick(&["expire", "carry_over"]);
        self.must(self.clinic.tomorrow(end)).await;
        self.staff.forget_yesterday();
        self.take_seats().await;
    }

    async fn take_seats(&mut self) {
        for agent in 0..AGENTS {
            self.must(self.clinic.seat(agent)).await;
        }
    }

    async fn cut(&mut self) {
        let watcher = self.dice.throw(self.watchers.len());
        let watcher = &mut self.watchers[watcher];
        if std::mem::replace(&mut watcher.connected, false) {
            watcher.screen.cut().await;
        }
    }

    async fn come_back(&mut self) {
        let watcher = self.dice.throw(self.watchers.len());
        self.watchers[watcher].come_back(&self.server).await;
    }

    /// One screen is looked at; the others fall behind.
    async fn look(&mut self) {
        let watcher = self.dice.throw(self.watchers.len());
        let watcher = &mut self.watchers[watcher];
        if watcher.connected {
            watcher.look(&mut self.lines[0], &self.clinic, self.account.position).await;
        }
    }

    /// All come back, and at rest everything agrees (I1 to I6).
    pub(super) async fn end(mut self) -> Account {
        for watcher in &mut self.watchers {
            watcher.come_back(&self.server).await;
            watcher.look(&mut self.lines[0], &self.clinic, self.account.position).await;
        }
        self.stop().await;
        let (file, clinic) = (self.server.file(), &self.clinic);
        let rows = rows(&file, clinic.slug);
        positions_have_no_holes(&rows);
        numbers_are_given_once_without_gaps(&rows);
        no_ticket_agent_or_counter_is_taken_twice(&rows);
        self.account.must_be_in(&rows);
        let opened = rows.iter().filter(|row| row.kind == "day_opened").map(|row| &row.stream);
        assert!(opened.collect::<BTreeSet<_>>().len() > 1, "the business day turned");
        let views = boards(&file, clinic.slug, &[clinic.hall, clinic.corridor]).await;
        for watcher in &self.watchers {
            self.account.watched(&watcher.screen);
            let queues = match watcher.display == clinic.hall {
                true => &clinic.queues[..],
                false => &clinic.queues[..1],
            };
            watcher.must_have_shown(&rows, queues);
            let board = watcher.screen.replica.board();
            assert_eq!(board, views[&watcher.display], "the program's own fold of the log");
        }
        self.account
    }
}

impl Watcher {
    async fn come_back(&mut self, server: &Server) {
        if !std::mem::replace(&mut self.connected, true) {
            self.screen.resume(server).await;
        }
    }

    /// Reads all that is due, while nothing is under way.
    async fn look(&mut self, http: &mut Http, clinic: &Clinic, position: u64) {
        self.screen.must_show_what_polling_says(http, clinic, position).await;
        let replica = &self.screen.replica;
        let waiting = replica.board()["waiting_stats"].take();
        self.glances.push((replica.seq, rows_of(replica.tickets()), waiting));
    }

    /// Whenever it was looked at, it showed the fold of the log up to its `seq`.
    fn must_have_shown(&self, rows: &[Row], queues: &[Uuid]) {
        for (seq, tickets, waiting) in &self.glances {
            let fold = Fold::of(&rows[..usize::try_from(*seq).unwrap()]);
            assert_eq!(*tickets, fold.shown(queues), "the fold of the log up to {seq}");
            assert_eq!(*waiting, fold.waiting(queues), "who waits by the log up to {seq}");
        }
    }
}

fn lines(server: &Server) -> Vec<Http> {
    (0..VOLLEY_MAX).map(|_| server.http()).collect()
}
