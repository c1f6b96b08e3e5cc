//! The views of a tenant: complete, told of by name, and the same after a short start.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::service_day::{Channel, DayCommand, DayEvent, TicketRef};
use domain::{Event, Position, StreamId, TicketId};
use proptest::prelude::*;

use super::{Bootstrap, Gap, TenantViews, ViewChange};
use crate::board::BoardView;
use crate::history::{History, SITES, display, id, numbers, queue, site};

/// Everything that a reader could read of the views at one moment, by name.
fn read(views: &TenantViews, tickets: &BTreeSet<TicketId>, now: DateTime<Utc>) -> Reading {
    let mut reading = Reading::new();
    let mut add = |name: String, text: Option<String>| {
        reading.extend(text.map(|text| (name, text)));
    };
    for id in SITES.map(site) {
        add(format!("Desk({id:?})"), views.desk(id, now).map(|view| format!("{view:?}")));
        add(format!("Day({id:?})"), views.day(id).map(|view| format!("{view:?}")));
    }
    for id in (1..=6).map(queue) {
        add(format!("Line({id:?})"), views.line(id, now).map(|view| format!("{view:?}")));
    }
    for id in tickets {
        add(format!("Track({id:?})"), views.track(*id, now).map(|view| format!("{view:?}")));
    }
    reading
}

type Reading = BTreeMap<String, String>;

fn boards(views: &TenantViews) -> BTreeMap<String, BoardView> {
    views.boards().map(|id| (format!("{id:?}"), views.board(id).unwrap())).collect()
}

fn replay(history: &History) -> TenantViews {
    let mut views = TenantViews::default();
    for recorded in &history.log {
        views.apply(recorded).unwrap();
    }
    views
}

fn tickets(history: &History) -> BTreeSet<TicketId> {
    history.log.iter().filter_map(|recorded| recorded.event.ticket_id()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Directory and latest days give the views of a full replay; without the closed days, all but their tickets
    /// and figures.
    #[test]
    fn a_short_start_gives_the_views_of_a_full_replay(numbers in numbers()) {
        let history = History::of(&numbers);
        let full = replay(&history);
        let head = full.position();
        let latest = |stream: &StreamId, closed_too: bool| match stream {
            StreamId::Directory(_) => false,
            StreamId::ServiceDay { site, date, .. } => {
                let (latest, day) = &history.days[site];
                latest == date && (closed_too || day.is_open())
            }
        };
        for closed_too in [true, false] {
            let mut start = Bootstrap::default();
            let directory = |stream: &StreamId| matches!(stream, StreamId::Directory(_));
            for recorded in history.log.iter().filter(|r| directory(&r.stream)) {
                start.feed(recorded);
            }
            for recorded in history.log.iter().filter(|r| latest(&r.stream, closed_too)) {
                start.feed(recorded);
            }
            let short = start.finish(head);
            prop_assert_eq!(short.position(), head);
            prop_assert_eq!(short.directory(), full.directory());
            prop_assert_eq!(boards(&short), boards(&full));
            let mut known = tickets(&history);
            if !closed_too {
                let open = |id: &TicketId| {
                    let mut days = history.days.values().filter(|(_, day)| day.is_open());
                    days.any(|(_, day)| day.tickets.contains_key(id))
                };
                known.retain(open);
            }
            let (mut ours, mut theirs) =
                (read(&short, &known, history.now), read(&full, &known, history.now));
            if !closed_too {
                ours.retain(|name, _| !name.starts_with("Day"));
                theirs.retain(|name, _| !name.starts_with("Day"));
            }
            prop_assert_eq!(ours, theirs);
        }
    }

    /// A view that reads differently after an event was told; of a phone, its own name or its line's.
    #[test]
    fn every_view_that_changes_is_told(numbers in numbers()) {
        let history = History::of(&numbers);
        let tickets = tickets(&history);
        let mut views = TenantViews::default();
        let now = history.now;
        for recorded in &history.log {
            let (before, boards_before) = (read(&views, &tickets, now), boards(&views));
            let told: BTreeSet<String> = views.apply(recorded).unwrap().iter().map(name).collect();
            let after = read(&views, &tickets, now);
            for name in before.keys().chain(after.keys()) {
                let changed = before.get(name) != after.get(name);
                let position_only = name.starts_with("Track")
                    && told.iter().any(|told| told.starts_with("Line"));
                prop_assert!(!changed || told.contains(name) || position_only, "{name} {recorded:?}");
            }
            let boards_after = boards(&views);
            for id in boards_before.keys().chain(boards_after.keys()) {
                let changed = boards_before.get(id) != boards_after.get(id);
                prop_assert!(!changed || told.contains(&format!("Board({id})")), "{id}");
            }
        }
    }
}

fn name(change: &ViewChange) -> String {
    match change {
        ViewChange::Board(id, _) | ViewChange::BoardGone(id) => format!("Board({id:?})"),
        ViewChange::Line(id) => format!("Line({id:?})"),
        ViewChange::Desk(id) => format!("Desk({id:?})"),
        ViewChange::Track(id) => format!("Track({id:?})"),
        ViewChange::Day(id) => format!("Day({id:?})"),
    }
}

#[test]
fn a_missing_position_is_an_error_and_a_seen_one_is_nothing() {
    let history = History::new();
    let mut views = TenantViews::default();
    views.apply(&history.log[0]).unwrap();
    let gap = Gap { expected: Position(2), found: Position(3) };
    assert_eq!(views.apply(&history.log[2]), Err(gap));
    assert_eq!(gap.to_string(), "position 3 came where 2 must come next");
    assert_eq!(views.apply(&history.log[0]), Ok(vec![]));
    assert_eq!(views.position(), Position(1));
    assert!(views.apply(&history.log[1]).is_ok());
}

#[test]
fn an_unknown_event_is_counted_and_changes_nothing() {
    let mut history = History::new();
    history.unknown(site(1));
    assert!(matches!(history.log.last().unwrap().event, Event::Unknown { .. }));
    let views = replay(&history);
    assert_eq!(views.unknown_events(), 1);
    assert_eq!(views.position(), Position(history.log.len() as u64));
}

#[test]
fn what_still_happens_to_an_earlier_day_concerns_no_view() {
    let mut history = History::new();
    let here = site(1);
    let yesterday = history.days[&here].0;
    history.day(here, &DayCommand::Close { end: None });
    history.pass(86_400);
    history.open(here);
    let before = replay(&history);
    let ticket = TicketRef { id: id(8, 1), number: "A001".into(), queue_id: queue(1) };
    let (ordinal, priority, channel, contact) = (1, 0, Channel::Kiosk, false);
    let (position_in_line, estimate_seconds, at) = (1, None, history.now);
    history.forge(
        here,
        yesterday,
        DayEvent::TicketIssued {
            ticket,
            ordinal,
            priority,
            channel,
            contact,
            position_in_line,
            estimate_seconds,
            at,
        },
    );
    history.forge(
        here,
        yesterday,
        DayEvent::DayClosed { site_id: here, at, expired: vec![], carried: vec![] },
    );
    let mut after = before.clone();
    for recorded in &history.log {
        assert_eq!(after.apply(recorded), Ok(vec![]));
    }
    let tickets = tickets(&history);
    assert_eq!(boards(&after), boards(&before));
    assert_eq!(read(&after, &tickets, at), read(&before, &tickets, at));
}

#[test]
fn only_active_displays_have_a_board() {
    let views = replay(&History::new());
    assert!(views.board(display(1)).is_some());
    assert_eq!(views.board(display(6)), None, "inactive");
    assert_eq!(views.board(display(99)), None, "unknown");
    assert_eq!(views.boards().count(), 5);
}
