//! The three laws, for every projection, over random histories of a tenant.

use proptest::prelude::*;

use crate::history::{History, numbers};
use crate::projection::{Alone, Projection};

/// Checks all three laws of one projection on one history, cut at a place of its own.
pub(crate) fn hold<P>(history: &History, cut: usize)
where
    P: Projection<Snapshot: PartialEq + Clone + std::fmt::Debug> + PartialEq + std::fmt::Debug,
{
    let cut = cut % (history.log.len() + 1);
    let mut whole = Alone::<P>::default();
    let mut reader = whole.view.snapshot();
    let mut late_reader = None;
    let mut from_cut = None;
    for (index, recorded) in history.log.iter().enumerate() {
        if index == cut {
            from_cut = Some(whole.clone());
            late_reader = Some(whole.view.snapshot());
        }
        for change in whole.apply(recorded) {
            P::fold(&mut reader, &change);
        }
        assert_eq!(reader, whole.view.snapshot(), "changes at {recorded:?}");
        assert_eq!(whole.position(), recorded.position);
    }
    let mut from_cut = from_cut.unwrap_or_else(|| whole.clone());
    let mut late_reader = late_reader.unwrap_or_else(|| whole.view.snapshot());
    for recorded in history.log.iter().skip(cut) {
        for change in from_cut.apply(recorded) {
            P::fold(&mut late_reader, &change);
        }
    }
    assert_eq!(from_cut, whole, "snapshot and tail");
    assert_eq!(late_reader, whole.view.snapshot(), "reader's snapshot and tail");

    for recorded in &history.log {
        assert_eq!(from_cut.apply(recorded).len(), 0, "a position seen before");
    }
    assert_eq!(from_cut, whole, "a position seen before");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn boards_keep_the_laws(numbers in numbers(), cut: usize) {
        hold::<crate::board::Boards>(&History::of(&numbers), cut);
    }

    #[test]
    fn lines_keep_the_laws(numbers in numbers(), cut: usize) {
        hold::<crate::line::Lines>(&History::of(&numbers), cut);
    }

    #[test]
    fn desks_keep_the_laws(numbers in numbers(), cut: usize) {
        hold::<crate::desk::Desks>(&History::of(&numbers), cut);
    }

    #[test]
    fn tracks_keep_the_laws(numbers in numbers(), cut: usize) {
        hold::<crate::track::Tracks>(&History::of(&numbers), cut);
    }

    #[test]
    fn days_keep_the_laws(numbers in numbers(), cut: usize) {
        hold::<crate::day::Days>(&History::of(&numbers), cut);
    }
}
