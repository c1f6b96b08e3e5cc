//! A hub without sockets: what a start makes of a log, beside a server that never stopped. Names cite the rules of
//! `docs/spec/live.md`.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::{Position, TenantSlug};

use super::{Gap, Hub};
use crate::Limits;
use crate::room::Delivery;
use crate::testing::{DISPLAY, Log, TENANT, settings};

fn tenant() -> TenantSlug {
    TENANT.parse().unwrap()
}

/// A server that took in every event as it came.
fn ran_on(log: &Log) -> Arc<Hub> {
    let hub = Hub::new(settings(Limits::default()));
    for event in &log.events {
        hub.apply(&tenant(), std::slice::from_ref(event)).unwrap();
    }
    hub
}

/// A server that starts on the log as it is.
fn started(log: &Log) -> Arc<Hub> {
    let hub = Hub::new(settings(Limits::default()));
    let mut bootstrap = hub.bootstrap(tenant());
    bootstrap.feed(log.to_replay());
    hub.install(bootstrap, log.head());
    hub
}

/// What a reader that stands at `after` gets: the snapshot or the word that it resumes, then every message.
fn answer(hub: &Hub, after: Option<u64>) -> Vec<String> {
    let room = hub.tenant(&tenant()).unwrap().room(DISPLAY).unwrap();
    let (mut seat, joined) = room.join(after.map(Position), 9).unwrap();
    let view = joined.view.as_ref().map_or("resumed", |view| view.get());
    let mut texts = vec![format!("{} {view}", joined.seq)];
    let cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Delivery::Frame(text) | Delivery::Skipped(text)) = seat.poll_next(&cx) {
        texts.push(text.to_string());
    }
    texts
}

/// Whoever comes back from wherever gets the same from both.
fn assert_agree(log: &Log) {
    let (ran_on, started) = (ran_on(log), started(log));
    for after in (0..log.head().0 + 2).map(Some).chain([None]) {
        assert_eq!(answer(&ran_on, after), answer(&started, after), "after {after:?}");
    }
}

#[test]
fn lv10_lv16_a_start_on_the_second_day_answers_like_a_server_that_ran_on() {
    let mut log = Log::open();
    log.issue_and_call(1);
    log.rename_display("Entrance");
    log.issue(2);
    log.next_day();
    assert_agree(&log);
    log.issue_and_call(3);
    log.rename_display("Hall");
    log.issue_and_call(4);
    log.close_day();
    log.open_day();
    log.issue_and_call(5);
    assert_agree(&log);
}

#[test]
fn lv10_a_display_turned_off_and_on_again_has_the_same_history_after_a_start() {
    let mut log = Log::open();
    log.issue_and_call(1);
    log.display(false);
    log.issue(2);
    log.display(true);
    log.call(2);
    assert_agree(&log);
}

#[test]
fn lv10_a_server_that_started_goes_on_like_one_that_ran_on() {
    let mut log = Log::open();
    log.issue_and_call(1);
    log.next_day();
    let (ran_on, started) = (ran_on(&log), started(&log));
    let before = log.events.len();
    log.issue_and_call(2);
    log.issue(3);
    for hub in [&ran_on, &started] {
        hub.apply(&tenant(), &log.events[before..]).unwrap();
        assert_eq!(hub.position(&tenant()), log.head());
    }
    let after = Some(log.head().0 - 2);
    assert_eq!(answer(&ran_on, after), answer(&started, after));
    assert_eq!(answer(&started, after).len(), 3);
}

#[test]
fn lv11_events_handed_over_again_change_nothing_and_a_hole_is_told() {
    let mut log = Log::open();
    let hub = ran_on(&log);
    let (head, before) = (log.head(), answer(&hub, None));
    hub.apply(&tenant(), &log.events).unwrap();
    assert_eq!(answer(&hub, None), before);
    log.issue_and_call(1);
    let late = &log.events[log.events.len() - 1..];
    let found = log.head();
    assert_eq!(hub.apply(&tenant(), late), Err(Gap { expected: head.next(), found }));
    assert_eq!(hub.position(&tenant()), head);
}
