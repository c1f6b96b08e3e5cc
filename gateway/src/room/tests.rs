//! Scripts for a room: what it is told, what readers get. Names cite the rules of `docs/spec/live.md`.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::Position;
use serde_json::Value;

use super::{Delivery, Joined, Resume, Room, RoomCell, Seat, Step};
use crate::limits::Limits;
use crate::testing::{at, called, full_view, refreshed, step, ticket_id, updated, view};

fn room(ring_len: usize) -> Arc<RoomCell> {
    let limits = Limits { frame_ring_len: ring_len, ..Limits::default() };
    Arc::new(RoomCell::new(Room::open(&limits, Position(5), at(5), view())))
}

/// A room with calls of tickets 1, 2, 3 at positions 10, 20, 30.
fn busy_room(ring_len: usize) -> Arc<RoomCell> {
    let room = room(ring_len);
    for n in 1..=3_u32 {
        room.record(&step(u64::from(n) * 10, &[called(n, n, 1)]));
    }
    room
}

fn join(room: &Arc<RoomCell>, after: Option<u64>) -> (Seat, Joined) {
    room.join(after.map(Position), 100).unwrap()
}

/// Everything that is due, as `type seq<prev`.
fn due(seat: &mut Seat) -> Vec<String> {
    messages(seat)
        .iter()
        .map(|m| format!("{} {}<{}", m["type"].as_str().unwrap(), m["seq"], m["prev"]))
        .collect()
}

fn messages(seat: &mut Seat) -> Vec<Value> {
    texts(seat).iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn texts(seat: &mut Seat) -> Vec<String> {
    let mut texts = Vec::new();
    let cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(delivery) = seat.poll_next(&cx) {
        match delivery {
            Delivery::Frame(text) | Delivery::Skipped(text) => texts.push(text.to_string()),
            Delivery::Gone => {
                texts.push(r#"{"type":"gone"}"#.into());
                break;
            }
        }
    }
    texts
}

#[test]
fn lv2_a_fresh_reader_gets_the_snapshot_at_the_rooms_seq() {
    let (mut seat, joined) = join(&busy_room(8), None);
    assert_eq!(joined.seq, Position(30));
    let view: Value = serde_json::from_str(joined.view.unwrap().get()).unwrap();
    assert_eq!(view["tickets"].as_array().unwrap().len(), 3);
    assert!(due(&mut seat).is_empty());
}

#[test]
fn lv3_the_first_message_follows_the_snapshot_without_a_hole() {
    let room = busy_room(8);
    let (mut seat, joined) = join(&room, None);
    room.record(&step(31, &[called(4, 4, 1)]));
    assert_eq!(joined.seq, Position(30));
    assert_eq!(due(&mut seat), ["ticket_called 31<30"]);
}

#[test]
fn lv4_resume_at_the_rooms_seq_misses_nothing() {
    let (mut seat, joined) = join(&busy_room(8), Some(30));
    assert!(joined.view.is_none());
    assert_eq!(joined.seq, Position(30));
    assert!(due(&mut seat).is_empty());
}

#[test]
fn lv5_resume_within_the_history_sends_exactly_what_was_missed() {
    let (mut seat, joined) = join(&busy_room(8), Some(10));
    assert!(joined.view.is_none());
    assert_eq!(joined.seq, Position(10));
    assert_eq!(due(&mut seat), ["ticket_called 20<10", "ticket_called 30<20"]);
}

#[test]
fn lv5_resume_before_the_oldest_kept_message_needs_only_its_prev() {
    // The ring keeps 20 and 30; the reader took 10, which is the `prev` of 20.
    let (mut seat, joined) = join(&busy_room(2), Some(10));
    assert!(joined.view.is_none());
    assert_eq!(due(&mut seat), ["ticket_called 20<10", "ticket_called 30<20"]);
}

#[test]
fn lv6_another_epoch_is_no_place_to_resume_from() {
    let resume = Resume { after: Position(30), epoch: "e0".into() };
    assert_eq!(resume.position_in("e1"), None);
    assert_eq!(resume.position_in("e0"), Some(Position(30)));
}

#[test]
fn lv7_resume_older_than_history_sends_snapshot() {
    let (mut seat, joined) = join(&busy_room(2), Some(5));
    assert!(joined.view.is_some());
    assert_eq!(joined.seq, Position(30));
    assert!(due(&mut seat).is_empty());
}

#[test]
fn lv8_resume_from_the_future_or_from_between_sends_snapshot() {
    for after in [31, 15, u64::MAX] {
        let (_, joined) = join(&busy_room(8), Some(after));
        assert!(joined.view.is_some(), "after {after}");
        assert_eq!(joined.seq, Position(30));
    }
}

#[test]
fn lv11_an_event_seen_before_changes_nothing() {
    let room = busy_room(8);
    let (mut seat, _) = join(&room, None);
    room.record(&step(30, &[called(9, 9, 1)]));
    room.record(&step(12, &[called(9, 9, 1)]));
    assert!(due(&mut seat).is_empty());
    assert_eq!(room.read(Room::seq), Position(30));
}

#[test]
fn lv12_prev_names_the_displays_message_before_not_the_position_before() {
    let room = room(8);
    let (mut seat, joined) = join(&room, None);
    assert_eq!(joined.seq, Position(5));
    room.record(&step(70, &[called(1, 1, 1)]));
    room.record(&step(71, &[]));
    room.record(&step(90, &[updated(2, 1, "en_service", &[], &[])]));
    assert_eq!(due(&mut seat), ["ticket_called 70<5", "ticket_updated 90<70"]);
}

#[test]
fn lv13_a_recall_is_a_call_with_its_count() {
    let room = busy_room(8);
    let (mut seat, _) = join(&room, None);
    room.record(&step(40, &[called(4, 1, 2)]));
    let message = &messages(&mut seat)[0];
    assert_eq!(message["type"], "ticket_called");
    assert_eq!(message["ticket"]["calls"], 2);
    let top = room.read(|room| room.view().tickets[0].id);
    assert_eq!(top, ticket_id(1));
}

#[test]
fn lv14_several_changes_of_one_event_are_one_refresh() {
    let room = busy_room(8);
    let (mut seat, _) = join(&room, None);
    room.record(&step(40, &[called(4, 4, 1), updated(5, 3, "clos", &[3], &[])]));
    let message = &messages(&mut seat)[0];
    assert_eq!(message["type"], "refresh");
    assert_eq!((&message["seq"], &message["prev"]), (&40.into(), &30.into()));
    let tickets = message["view"]["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), 3);
    assert_eq!(tickets[0]["number"], "A004");
}

#[test]
fn lv15_a_change_of_the_whole_view_is_a_refresh() {
    let room = busy_room(8);
    let (mut seat, _) = join(&room, None);
    room.record(&step(40, &[refreshed(4, full_view(2))]));
    let message = &messages(&mut seat)[0];
    assert_eq!(message["type"], "refresh");
    assert_eq!(message["prev"], 30);
    assert_eq!(message["view"]["tickets"].as_array().unwrap().len(), 2);
}

#[test]
fn lv16_a_new_day_begins_history_anew() {
    let room = busy_room(8);
    let (mut live, _) = join(&room, None);
    let changes = [refreshed(4, view())];
    room.record(&Step { day_began: true, ..step(40, &changes) });
    assert_eq!(due(&mut live), ["refresh 40<0"]);
    for after in [10, 20, 30] {
        assert!(join(&room, Some(after)).1.view.is_some(), "after {after}");
    }
    assert!(join(&room, Some(40)).1.view.is_none());
}

#[test]
fn lv16_a_day_that_changes_nothing_on_a_display_begins_history_too() {
    let room = busy_room(8);
    let (mut live, _) = join(&room, None);
    room.record(&Step { day_began: true, ..step(40, &[]) });
    assert_eq!(due(&mut live), ["refresh 40<0"]);
}

#[test]
fn lv17_a_message_holds_no_time_but_that_of_its_change() {
    let write = || texts(&mut join(&busy_room(8), Some(5)).0);
    let first = write();
    assert_eq!(first, write());
    let message: Value = serde_json::from_str(&first[0]).unwrap();
    assert_eq!(message["timestamp"], serde_json::to_value(at(1)).unwrap());
}

#[test]
fn lv18_all_readers_share_the_bytes_of_a_message() {
    let room = busy_room(8);
    let cx = Context::from_waker(Waker::noop());
    let pointer = |after| {
        let next = join(&room, Some(after)).0.poll_next(&cx);
        let Poll::Ready(Delivery::Frame(text)) = next else { panic!("{next:?}") };
        text.as_str().as_ptr()
    };
    assert_eq!(pointer(20), pointer(20));
}

#[test]
fn lv24_a_reader_that_fell_behind_gets_one_snapshot() {
    let room = busy_room(2);
    let (mut slow, _) = join(&room, None);
    let (mut slower, _) = join(&room, None);
    for n in 4..=9 {
        room.record(&step(u64::from(n) * 10, &[called(n, n, 1)]));
    }
    let newest = texts(&mut slow);
    assert_eq!(newest.len(), 1);
    let message: Value = serde_json::from_str(&newest[0]).unwrap();
    assert_eq!((&message["type"], &message["seq"]), (&"refresh".into(), &90.into()));
    assert_eq!(message["view"]["tickets"].as_array().unwrap().len(), 9);
    assert_eq!(newest, texts(&mut slower));
    room.record(&step(100, &[called(10, 10, 1)]));
    assert_eq!(due(&mut slow), ["ticket_called 100<90"]);
}

#[test]
fn lv24_the_ring_is_bounded_in_bytes_too() {
    let limits = Limits { frame_ring_bytes: 1500, ..Limits::default() };
    let room = Arc::new(RoomCell::new(Room::open(&limits, Position(5), at(5), view())));
    let (mut slow, _) = join(&room, None);
    for n in 1..=9 {
        room.record(&step(u64::from(n) * 10, &[called(n, n, 1)]));
    }
    assert_eq!(due(&mut slow), ["refresh 90<80"]);
    assert!(join(&room, Some(80)).1.view.is_none());
}

#[test]
fn lv36_the_end_of_a_display_is_told_to_every_reader() {
    let room = busy_room(8);
    let (mut seat, _) = join(&room, Some(5));
    room.close();
    assert_eq!(due(&mut seat), ["gone null<null"]);
}

#[test]
fn lv38_a_display_has_so_many_seats() {
    let room = room(8);
    let first = room.join(None, 1);
    assert!(first.is_some());
    assert!(room.join(None, 1).is_none());
    drop(first);
    assert!(room.join(None, 1).is_some());
}

#[test]
fn lv48_a_settled_room_begins_at_the_head() {
    let room = busy_room(8);
    room.settle(Position(200));
    assert_eq!(join(&room, None).1.seq, Position(200));
    assert!(join(&room, Some(30)).1.view.is_some());
    assert!(join(&room, Some(200)).1.view.is_none());
    let (mut seat, _) = join(&room, Some(200));
    room.record(&step(201, &[called(4, 4, 1)]));
    assert_eq!(due(&mut seat), ["ticket_called 201<200"]);
}
