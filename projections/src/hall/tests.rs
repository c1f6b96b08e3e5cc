//! The hall says of every ticket, queue and agent what the aggregate says.

use domain::service_day::{DayEvent, ServiceDay};
use domain::{Event, StreamId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::{BTreeMap, BTreeSet};

use super::Hall;
use crate::history::{History, numbers};

fn agrees(hall: &Hall, day: &ServiceDay) {
    let (site_id, date) = day.day.unwrap();
    let here = hall.day(site_id).unwrap();
    assert_eq!((here.date, here.open), (date, day.is_open()));
    assert_eq!(here.tickets.len(), day.tickets.len());
    let mut in_hand = BTreeSet::new();
    for (id, theirs) in &day.tickets {
        let ours = hall.ticket(*id).unwrap();
        assert_eq!((&ours.number, ours.queue_id), (&theirs.number, theirs.queue_id));
        assert_eq!(ours.ordinal, theirs.ordinal);
        assert_eq!((ours.priority, ours.arrived_at), (theirs.priority, theirs.arrived_at));
        assert_eq!(ours.stage, theirs.stage);
        if theirs.stage.in_hand() {
            in_hand.insert(*id);
        }
    }
    assert_eq!(here.in_hand.iter().copied().collect::<BTreeSet<_>>(), in_hand);
    for (id, theirs) in &day.queues {
        let ours = hall.queue(site_id, *id);
        assert_eq!(ours.queue_turn, theirs.queue_turn);
        assert_eq!(ours.services, theirs.services);
        assert_eq!(ours.waiting as usize, theirs.waiting.len());
    }
    let ours: BTreeMap<_, _> = here.agents.iter().map(|(id, seat)| (*id, seat.clone())).collect();
    assert_eq!(ours, day.agents);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_hall_agrees_with_the_aggregate(numbers in numbers()) {
        let history = History::of(&numbers);
        let mut hall = Hall::default();
        let mut days: BTreeMap<StreamId, ServiceDay> = BTreeMap::new();
        for recorded in &history.log {
            hall.apply(recorded);
            if let Event::Day(event) = &recorded.event {
                let day = days.entry(recorded.stream.clone()).or_default();
                day.evolve(event);
                agrees(&hall, day);
            }
        }
    }
}

#[test]
fn random_histories_reach_every_event_of_the_day() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    let mut most_in_hand = 0;
    for _ in 0..64 {
        let numbers = numbers().new_tree(&mut runner).unwrap().current();
        let history = History::of(&numbers);
        let mut hall = Hall::default();
        for recorded in &history.log {
            hall.apply(recorded);
            seen.insert(recorded.event.event_type());
        }
        let in_hand = history.days.keys().filter_map(|id| hall.day(*id)).map(|d| d.in_hand.len());
        most_in_hand = in_hand.chain([most_in_hand]).max().unwrap();
    }
    let missing: Vec<_> = DayEvent::TYPES.iter().filter(|name| !seen.contains(**name)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
    assert!(seen.contains("ticket_blessed"), "no unknown event");
    assert!(most_in_hand > crate::board::TICKETS_SHOWN_MAX, "no full board: {most_in_hand}");
}
