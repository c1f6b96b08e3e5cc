//! Promises about the order of arrival, whatever the clock does.

use chrono::TimeDelta;
use domain::service_day::DayEvent;

use super::{Clinic, as_day, call_next, issue, number};

#[tokio::test]
async fn a_clock_that_steps_back_lets_nobody_pass() {
    let mut clinic = Clinic::new().await;
    clinic.seat(0).await;
    clinic.day(issue(1), None).await.unwrap();
    clinic.clock.advance(TimeDelta::minutes(-30));
    clinic.day(issue(2), None).await.unwrap();
    clinic.restart().await;
    clinic.clock.advance(TimeDelta::minutes(-10));
    clinic.day(issue(3), None).await.unwrap();
    let log = clinic.store.log();
    let called = clinic.day(call_next(0), None).await.unwrap();
    assert_eq!(number(&called.events[0]), "A001");
    let day = log.read_stream(&called.events[0].stream, 0, 100).await.unwrap();
    assert!(day.is_sorted_by_key(|event| as_day(event).at()));
}

#[tokio::test]
async fn who_arrives_at_the_same_moment_is_served_in_the_order_of_the_numbers() {
    let clinic = Clinic::new().await;
    clinic.day(issue(90), None).await.unwrap();
    // Decided together, and their ids fall the other way.
    let (a, b, c) = tokio::join!(
        clinic.day(issue(30), None),
        clinic.day(issue(20), None),
        clinic.day(issue(10), None)
    );
    let mut times = Vec::new();
    for issued in [a, b, c] {
        let events = issued.unwrap().events;
        assert!(matches!(as_day(&events[0]), DayEvent::TicketIssued { .. }));
        times.push((number(&events[0]), as_day(&events[0]).at()));
    }
    times.sort();
    assert!(times.is_sorted_by(|a, b| a.1 < b.1), "{times:?}");
}
