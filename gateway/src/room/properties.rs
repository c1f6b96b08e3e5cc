//! Whatever happens in whatever order: readers end with what the room shows, and none goes back.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::Position;
use projections::BoardChange;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Delivery, Room, RoomCell, Seat, Step};
use crate::limits::Limits;
use crate::testing::{Replica, at, called, full_view, refreshed, updated, view};

#[derive(Clone, Debug)]
enum Op {
    /// The event `skip` positions on changed the board so, or began a day.
    Event { skip: u64, changes: Vec<BoardChange>, day_began: bool },
    /// The reader takes so many messages.
    Take { count: usize },
    /// The reader joins again: from where it stands, from anywhere, or without a past.
    Join { after: After },
    /// The server starts again and replays the log.
    Restart,
}

#[derive(Clone, Debug)]
enum After {
    Own,
    Any(u64),
    Nothing,
}

fn change() -> impl Strategy<Value = BoardChange> {
    let n = 1..15_u32;
    let few = || prop::collection::vec(1..15_u32, 0..3);
    let count = 0..100_u32;
    prop_oneof![
        4 => (count.clone(), n.clone(), 1..4_u32).prop_map(|(s, n, calls)| called(s, n, calls)),
        4 => (count.clone(), n, few(), few()).prop_map(|(s, n, removed, restored)| {
            updated(s, n, "clos", &removed, &restored)
        }),
        1 => (count, 0..10_u32).prop_map(|(s, shown)| refreshed(s, full_view(shown))),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let changes = prop::collection::vec(change(), 0..3);
    let event = (1..4_u64, changes, prop::bool::weighted(0.05));
    prop_oneof![
        6 => event.prop_map(|(skip, changes, day_began)| Op::Event { skip, changes, day_began }),
        4 => (1..6_usize).prop_map(|count| Op::Take { count }),
        1 => Just(Op::Join { after: After::Own }),
        1 => (0..120_u64).prop_map(|after| Op::Join { after: After::Any(after) }),
        1 => Just(Op::Join { after: After::Nothing }),
        1 => Just(Op::Restart),
    ]
}

/// A room, what happened in it, and one reader.
struct Scene {
    room: Arc<RoomCell>,
    /// Every event: position, changes, whether a day began.
    log: Vec<(u64, Vec<BoardChange>, bool)>,
    seat: Seat,
    reader: Replica,
    last_seq: u64,
}

fn empty_room() -> Arc<RoomCell> {
    let limits = Limits { frame_ring_len: 4, ..Limits::default() };
    Arc::new(RoomCell::new(Room::open(&limits, Position(1), at(0), view())))
}

fn record(room: &RoomCell, position: u64, changes: &[BoardChange], day_began: bool) {
    let seconds = i64::try_from(position).unwrap();
    room.record(&Step { position: Position(position), at: at(seconds), changes, day_began });
}

impl Scene {
    fn new() -> Self {
        let room = empty_room();
        let (seat, _) = room.join(None, 9).unwrap();
        let mut scene =
            Self { room, log: Vec::new(), seat, reader: Replica::default(), last_seq: 0 };
        scene.join(None);
        scene
    }

    fn head(&self) -> u64 {
        self.log.last().map_or(1, |(position, _, _)| *position)
    }

    /// Joins as the socket does: the greeting first, then what is due.
    fn join(&mut self, after: Option<u64>) {
        let (seat, joined) = self.room.join(after.map(Position), 9).unwrap();
        self.seat = seat;
        let mut greeting = json!({ "type": "connection", "seq": joined.seq });
        match &joined.view {
            Some(view) => greeting["view"] = serde_json::from_str(view.get()).unwrap(),
            None => assert_eq!(Some(joined.seq.0), after, "all of what was missed, or a snapshot"),
        }
        // A reader with another past than its own would have to drop what it holds.
        if joined.view.is_none() && after != Some(self.reader.seq) {
            self.join(None);
        } else {
            self.take_message(&greeting);
        }
    }

    fn take_message(&mut self, message: &Value) {
        self.reader.take(message);
        assert!(!self.reader.needs_resync, "a hole before {message}");
        assert!(self.reader.seq >= self.last_seq, "went back at {message}");
        self.last_seq = self.reader.seq;
    }

    fn take(&mut self, count: usize) {
        let cx = Context::from_waker(Waker::noop());
        for _ in 0..count {
            match self.seat.poll_next(&cx) {
                Poll::Ready(Delivery::Frame(text) | Delivery::Skipped(text)) => {
                    self.take_message(&serde_json::from_str(&text).unwrap());
                }
                Poll::Ready(Delivery::Gone) => panic!("the room is open"),
                Poll::Pending => return,
            }
        }
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Event { skip, changes, day_began } => {
                let position = self.head() + skip;
                record(&self.room, position, &changes, day_began);
                self.log.push((position, changes, day_began));
            }
            Op::Take { count } => self.take(count),
            Op::Join { after: After::Own } => self.join(Some(self.reader.seq)),
            Op::Join { after: After::Any(after) } => self.join(Some(after)),
            Op::Join { after: After::Nothing } => self.join(None),
            Op::Restart => {
                let before = self.everything_kept();
                self.room = empty_room();
                for (position, changes, day_began) in &self.log {
                    record(&self.room, *position, changes, *day_began);
                }
                assert_eq!(before, self.everything_kept(), "a replay writes the same messages");
                self.join(Some(self.reader.seq));
            }
        }
    }

    /// Every message that the room keeps.
    fn everything_kept(&self) -> Vec<String> {
        self.room.read(|room| {
            let numbers = room.ring.next().saturating_sub(4)..room.ring.next();
            numbers.filter_map(|n| room.ring.get(n)).map(|(_, text)| text.to_string()).collect()
        })
    }
}

proptest! {
    #[test]
    fn lv20_any_reader_ends_with_the_rooms_view_and_never_goes_back(
        ops in prop::collection::vec(op(), 1..60)
    ) {
        let mut scene = Scene::new();
        for op in ops {
            scene.run(op);
        }
        scene.take(usize::MAX);
        let (view, seq) = scene.room.read(|room| (json!(room.view()), room.seq()));
        prop_assert_eq!(&scene.reader.view, &view);
        prop_assert_eq!(scene.reader.seq, seq.0);
    }
}
