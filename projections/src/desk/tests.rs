//! A desk shows the seats and the held tickets of the open day, and nothing of a closed one.

use std::collections::BTreeMap;

use domain::service_day::ServiceDay;
use domain::{Event, StreamId};
use proptest::prelude::*;

use super::Desks;
use crate::history::{History, numbers};
use crate::projection::{Alone, Projection};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_desk_shows_what_the_aggregate_has(numbers in numbers()) {
        let mut desks = Alone::<Desks>::default();
        let mut days: BTreeMap<StreamId, ServiceDay> = BTreeMap::new();
        for recorded in &History::of(&numbers).log {
            desks.apply(recorded);
            let Event::Day(event) = &recorded.event else { continue };
            let day = days.entry(recorded.stream.clone()).or_default();
            day.evolve(event);
            let (site_id, date) = day.day.unwrap();
            let desk = desks.view.snapshot().remove(&site_id).unwrap();
            prop_assert_eq!(desk.date, day.is_open().then_some(date));
            let seats: BTreeMap<_, _> =
                desk.seats.iter().map(|(id, seat)| (*id, (seat.paused, seat.ticket_id))).collect();
            let agents: BTreeMap<_, _> =
                day.agents.iter().map(|(id, agent)| (*id, (agent.paused, agent.ticket))).collect();
            prop_assert_eq!(seats, agents);
            let held: BTreeMap<_, _> =
                desk.held.iter().map(|(id, row)| (*id, (row.status, row.agent_id))).collect();
            let stages = day.tickets.iter().filter(|_| day.is_open());
            let theirs: BTreeMap<_, _> = stages
                .filter_map(|(id, t)| Some((*id, (t.stage.status(), t.stage.hold()?.agent_id))))
                .collect();
            prop_assert_eq!(held, theirs);
        }
    }
}
