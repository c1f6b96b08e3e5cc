//! The fixtures that the web page's reader is tested against as well: written by this room, checked here.
//!
//! `UPDATE_FIXTURES=1 cargo test -p gateway fixtures` writes the file anew.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::Position;
use projections::BoardChange;
use serde_json::{Value, json};

use super::{Delivery, Room, RoomCell, Seat, Step};
use crate::limits::Limits;
use crate::protocol::{self, Greeting};
use crate::testing::{EPOCH, Replica, at, called, full_view, refreshed, updated, view};

/// A room and one reader, whose messages are kept as they come.
struct Scene {
    room: Arc<RoomCell>,
    seat: Seat,
    position: u64,
    messages: Vec<Value>,
}

impl Scene {
    /// A reader joins a room that shows tickets `shown`, ..., 1.
    fn new(shown: u32) -> Self {
        let limits = Limits { frame_ring_len: 4, ..Limits::default() };
        let room = Room::open(&limits, Position(5), at(5), full_view(shown));
        let room = Arc::new(RoomCell::new(room));
        let (seat, _) = room.join(None, 9).unwrap();
        let mut scene = Self { room, seat, position: 5, messages: Vec::new() };
        scene.join(None);
        scene
    }

    fn join(&mut self, after: Option<u64>) {
        let (seat, joined) = self.room.join(after.map(Position), 9).unwrap();
        self.seat = seat;
        let greeting = Greeting {
            seq: joined.seq,
            epoch: EPOCH,
            build: "1.0.0",
            position: Position(self.position),
            heartbeat_seconds: 25,
            view: joined.view.as_deref(),
        };
        self.keep(&protocol::connection(&greeting, at(3600)));
        self.deliver();
    }

    /// An event two positions on changes the board; the reader is not there yet.
    fn happens(&mut self, changes: &[BoardChange], day_began: bool) {
        self.position += 2;
        let at = at(i64::try_from(self.position).unwrap());
        self.room.record(&Step { position: Position(self.position), at, changes, day_began });
    }

    /// An event changes the board and the reader gets the message.
    fn shows(&mut self, change: BoardChange) {
        self.happens(&[change], false);
        self.deliver();
    }

    fn deliver(&mut self) {
        let cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(delivery) = self.seat.poll_next(&cx) {
            match delivery {
                Delivery::Frame(text) | Delivery::Skipped(text) => self.keep(&text),
                Delivery::Gone => panic!("the room is open"),
            }
        }
    }

    fn pong(&mut self, seq: u64) {
        self.keep(&protocol::pong(Position(seq), Position(self.position), at(3625)));
    }

    fn keep(&mut self, text: &str) {
        self.messages.push(serde_json::from_str(text).unwrap());
    }

    /// The message that the reader got last is lost on the way.
    fn lose(&mut self) {
        self.messages.pop();
    }

    /// What a reader must hold after these messages.
    fn scenario(self, name: &str) -> Value {
        let mut reader = Replica::default();
        self.messages.iter().for_each(|message| reader.take(message));
        json!({ "name": name, "messages": self.messages, "expect": reader.expectation() })
    }
}

/// A name and what happens in it.
fn scenario(name: &str, shown: u32, script: impl FnOnce(&mut Scene)) -> Value {
    let mut scene = Scene::new(shown);
    script(&mut scene);
    scene.scenario(name)
}

fn calls_and_changes() -> Vec<Value> {
    vec![
        scenario("a fresh reader takes the snapshot and announces nothing", 3, |_| {}),
        scenario("a call goes to the top and is announced", 2, |s| s.shows(called(1, 3, 1))),
        scenario("a recall goes to the top again and is announced with its count", 3, |s| {
            s.shows(called(1, 1, 2));
        }),
        scenario("a status changes in place", 3, |s| {
            s.shows(updated(1, 2, "en_service", &[], &[]));
        }),
        scenario("a visitor arrives: only the waiting numbers change", 1, |s| {
            s.shows(updated(7, 9, "en_attente", &[], &[]));
        }),
        scenario("a closed ticket leaves", 3, |s| s.shows(updated(1, 2, "clos", &[2], &[]))),
        scenario("the eleventh call pushes out the oldest", 10, |s| {
            let mut change = called(1, 11, 1);
            change.removed = updated(1, 1, "appele", &[1], &[]).removed;
            s.shows(change);
        }),
        scenario("a ticket comes back at the end when another leaves", 10, |s| {
            let mut pushed = called(1, 11, 1);
            pushed.removed = updated(1, 1, "appele", &[1], &[]).removed;
            s.shows(pushed);
            s.shows(updated(2, 11, "clos", &[11], &[1]));
        }),
        scenario("the view changes as a whole", 3, |s| s.shows(refreshed(1, full_view(1)))),
        scenario("two changes of one event come as the whole view", 3, |s| {
            s.happens(&[called(1, 4, 1), updated(1, 1, "clos", &[1], &[])], false);
            s.deliver();
        }),
        scenario("a new day begins with an empty board", 3, |s| {
            s.happens(&[refreshed(1, view())], true);
            s.deliver();
            s.shows(called(1, 1, 1));
        }),
        scenario("a message of an unknown type is ignored", 1, |s| {
            s.keep(r#"{"type":"confetti","seq":99}"#);
            s.shows(called(1, 2, 1));
        }),
    ]
}

fn holes_and_resumes() -> Vec<Value> {
    vec![
        scenario("a heartbeat where the reader stands changes nothing", 2, |s| s.pong(5)),
        scenario("a heartbeat further on tells of something missed", 2, |s| s.pong(7)),
        scenario("a change after a hole is not applied", 1, |s| {
            s.shows(called(1, 2, 1));
            s.lose();
            s.shows(called(2, 3, 1));
        }),
        scenario("nothing is applied after a hole until the reader has joined again", 1, |s| {
            s.shows(called(1, 2, 1));
            s.lose();
            s.shows(called(2, 3, 1));
            s.shows(called(3, 4, 1));
            s.pong(11);
        }),
        scenario("a resume brings exactly what was missed, announcements too", 1, |s| {
            s.shows(called(1, 2, 1));
            s.happens(&[called(2, 3, 1)], false);
            s.happens(&[updated(3, 2, "en_service", &[], &[])], false);
            s.join(Some(7));
        }),
        scenario("a resume that missed nothing", 2, |s| {
            s.join(Some(5));
            s.shows(called(1, 3, 1));
        }),
        scenario("a resume from too long ago brings the snapshot", 0, |s| {
            for n in 1..=6 {
                s.happens(&[called(n, n, 1)], false);
            }
            s.join(Some(5));
            s.shows(called(7, 7, 1));
        }),
        scenario("a reader that fell behind gets the newest view in one message", 0, |s| {
            for n in 1..=6 {
                s.happens(&[called(n, n, 1)], false);
            }
            s.deliver();
            s.shows(called(7, 7, 1));
        }),
        scenario("a refresh heals a hole", 1, |s| {
            s.shows(called(1, 2, 1));
            s.lose();
            s.shows(called(2, 3, 1));
            s.shows(refreshed(3, full_view(4)));
            s.shows(called(4, 5, 1));
        }),
    ]
}

#[test]
fn lv21_lv22_lv23_the_fixtures_are_what_the_room_says() {
    let scenarios: Vec<_> = [calls_and_changes(), holes_and_resumes()].concat();
    let text = serde_json::to_string_pretty(&scenarios).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/replica.json");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).unwrap();
        std::fs::write(path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == text, "fixtures/replica.json is old: run with UPDATE_FIXTURES=1");
}

#[test]
fn lv20_a_reader_of_the_fixtures_asks_again_exactly_after_a_hole() {
    let asks: Vec<_> = holes_and_resumes()
        .iter()
        .filter(|scenario| scenario["expect"]["needs_resync"] == true)
        .map(|scenario| scenario["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        asks,
        [
            "a heartbeat further on tells of something missed",
            "a change after a hole is not applied",
            "nothing is applied after a hole until the reader has joined again",
        ]
    );
}
