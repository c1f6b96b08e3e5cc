//! The figures of a day say what became of its tickets.

use domain::Event;
use domain::StreamId;
use domain::service_day::{ServiceDay, Stage};
use proptest::prelude::*;
use std::collections::BTreeMap;

use super::{Days, Durations};
use crate::history::{History, numbers};
use crate::projection::Alone;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn figures_say_what_became_of_the_tickets(numbers in numbers()) {
        let mut days = Alone::<Days>::default();
        let mut theirs: BTreeMap<StreamId, ServiceDay> = BTreeMap::new();
        for recorded in &History::of(&numbers).log {
            days.apply(recorded);
            let Event::Day(event) = &recorded.event else { continue };
            let day = theirs.entry(recorded.stream.clone()).or_default();
            day.evolve(event);
            let total = days.view.day(day.day.unwrap().0).unwrap().total();
            let stages = |wanted: &Stage| {
                day.tickets.values().filter(|ticket| ticket.stage == *wanted).count() as u32
            };
            prop_assert_eq!(total.finished, stages(&Stage::Finished));
            prop_assert_eq!(total.services.count, total.finished);
            prop_assert_eq!(total.cancelled, stages(&Stage::Cancelled));
            prop_assert_eq!(total.expired, stages(&Stage::Expired));
            prop_assert_eq!(total.waits.count, total.called);
        }
    }

    #[test]
    fn a_duration_taken_back_leaves_no_trace_but_the_longest(
        kept in proptest::collection::vec(0..40_000_u32, 1..50),
        gone in proptest::collection::vec(0..40_000_u32, 0..50),
    ) {
        let mut durations = Durations::default();
        let mut only_kept = Durations::default();
        for seconds in kept.iter().chain(&gone) {
            durations.add(*seconds);
        }
        for seconds in &gone {
            durations.take_back(*seconds);
        }
        for seconds in &kept {
            only_kept.add(*seconds);
        }
        only_kept.max_seconds = durations.max_seconds;
        prop_assert_eq!(durations, only_kept);
    }

    /// The percentile that is read is never below the true one.
    #[test]
    fn percentiles_are_upper_bounds(
        mut values in proptest::collection::vec(0..40_000_u32, 1..80),
        percent in 1..=100_u8,
    ) {
        let mut durations = Durations::default();
        for seconds in &values {
            durations.add(*seconds);
        }
        values.sort_unstable();
        let nth = (values.len() * usize::from(percent)).div_ceil(100);
        let read = durations.percentile_seconds(percent).unwrap();
        prop_assert!(read >= values[nth - 1]);
        prop_assert!(read <= *values.last().unwrap());
    }
}

#[test]
fn nothing_has_no_mean_and_no_median() {
    let nothing = Durations::default();
    assert_eq!((nothing.mean_seconds(), nothing.percentile_seconds(50)), (None, None));
}
