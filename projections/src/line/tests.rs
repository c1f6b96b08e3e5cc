//! A line says what the call did and what the visitor was told.

use domain::Event;
use domain::service_day::DayEvent;
use proptest::prelude::*;

use super::Lines;
use crate::history::{History, numbers, queue};
use crate::projection::Alone;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// The rank that the rules recorded with a call is the position that the line showed just before it.
    #[test]
    fn a_call_takes_the_rank_that_the_line_showed(numbers in numbers()) {
        let mut lines = Alone::<Lines>::default();
        for recorded in &History::of(&numbers).log {
            if let Event::Day(DayEvent::TicketCalled { ticket, reason, at, .. }) = &recorded.event {
                let place = lines.view.place(ticket.queue_id, ticket.id, *at);
                prop_assert_eq!(place.map(|(position, _)| position), Some(reason.rank));
                let line = lines.view.line(ticket.queue_id, *at).unwrap();
                prop_assert_eq!(line.waiting.len() as u32, reason.waiting);
                let row = line.waiting.iter().find(|row| row.position == reason.rank).unwrap();
                prop_assert_eq!(row.ticket_id, ticket.id);
            }
            lines.apply(recorded);
        }
    }

    /// What the visitor is told when the ticket is issued is what the line shows from then on.
    #[test]
    fn a_new_ticket_stands_where_the_visitor_was_told(numbers in numbers()) {
        let mut lines = Alone::<Lines>::default();
        for recorded in &History::of(&numbers).log {
            lines.apply(recorded);
            let Event::Day(DayEvent::TicketIssued {
                ticket, position_in_line, estimate_seconds, at, ..
            }) = &recorded.event else { continue };
            let place = lines.view.place(ticket.queue_id, ticket.id, *at);
            prop_assert_eq!(place, Some((*position_in_line, *estimate_seconds)));
        }
    }
}

#[test]
fn an_unknown_queue_has_no_line() {
    let mut lines = Alone::<Lines>::default();
    for recorded in &History::new().log {
        lines.apply(recorded);
    }
    let now = "2026-03-02T08:00:00Z".parse().unwrap();
    assert!(lines.view.line(queue(1), now).is_some());
    assert_eq!(lines.view.line(queue(99), now), None);
}
