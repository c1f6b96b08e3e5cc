//! Promises about the turn from one day to the next.

use chrono::{NaiveDate, TimeDelta};
use domain::directory::{DirectoryCommand, Site};
use domain::service_day::{DayCommand, DayEvent, DayRefusal};
use domain::{SiteId, StreamId};
use uuid::Uuid;

use super::{Clinic, as_day, by_staff, call_next, issue, number, site, tenant};
use crate::execute::ExecuteError;

fn date_of(stream: &StreamId) -> String {
    match stream {
        StreamId::ServiceDay { date, .. } => date.to_string(),
        StreamId::Directory(_) => panic!("not a day"),
    }
}

#[tokio::test]
async fn whoever_waits_is_carried_over_to_the_next_day() {
    let clinic = Clinic::new().await;
    clinic.day(issue(1), None).await.unwrap();
    clinic.day(issue(2), None).await.unwrap();
    clinic.clock.advance(TimeDelta::hours(24));
    clinic.seat(0).await;
    let called = clinic.day(call_next(0), None).await.unwrap();
    assert_eq!(number(&called.events[0]), "A001");
    assert_eq!(date_of(&called.events[0].stream), "2026-03-03");
    let days = clinic.store.log().open_days(&tenant()).await.unwrap();
    assert_eq!(days.iter().map(|d| date_of(&d.stream)).collect::<Vec<_>>(), ["2026-03-03"]);
    let first = clinic.store.log().read_stream(&called.events[0].stream, 0, 1).await.unwrap();
    let DayEvent::DayOpened { carried, .. } = as_day(&first[0]) else {
        panic!("a day begins with its opening, not with {:?}", first[0]);
    };
    assert_eq!(carried.len(), 2);
}

#[tokio::test]
async fn a_day_closed_by_hand_hands_its_tickets_on_too() {
    let mut clinic = Clinic::new().await;
    clinic.day(issue(1), None).await.unwrap();
    clinic.day(DayCommand::Close { end: None }, None).await.unwrap();
    let refused = clinic.day(issue(2), None).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::DayClosed))));
    clinic.clock.advance(TimeDelta::hours(24));
    clinic.restart().await;
    clinic.seat(0).await;
    let called = clinic.day(call_next(0), None).await.unwrap();
    assert_eq!(number(&called.events[0]), "A001");
}

#[tokio::test]
async fn a_closed_day_opens_again_with_those_who_waited() {
    let clinic = Clinic::new().await;
    clinic.day(issue(1), None).await.unwrap();
    clinic.day(DayCommand::Close { end: None }, None).await.unwrap();
    // Date and tickets of an opening are the server's business, whatever the client says.
    let date = "1999-01-01".parse().unwrap();
    let open = DayCommand::Open { site_id: site(), date, carried: vec![], latest: None };
    let opened = clinic.day(open.clone(), None).await.unwrap();
    assert_eq!(date_of(&opened.events[0].stream), "2026-03-02");
    let refused = clinic.day(open, None).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::DayOpen))));
    clinic.seat(0).await;
    assert_eq!(number(&clinic.day(call_next(0), None).await.unwrap().events[0]), "A001");
}

#[tokio::test]
async fn a_repeat_after_the_cut_over_gets_the_ticket_of_the_day_before() {
    for restart in [false, true] {
        let mut clinic = Clinic::new().await;
        clinic.clock.advance(TimeDelta::hours(14) + TimeDelta::minutes(59));
        let first = clinic.day(issue(1), Some("key-0001")).await.unwrap();
        clinic.clock.advance(TimeDelta::minutes(2));
        if restart {
            clinic.restart().await;
        }
        let early = clinic.day(issue(2), Some("key-0001")).await.unwrap();
        assert!(early.replayed, "before the new day is open");
        clinic.day(issue(3), None).await.unwrap();
        let late = clinic.day(issue(4), Some("key-0001")).await.unwrap();
        assert!(late.replayed, "after the new day is open");
        assert_eq!((&early.events, &late.events), (&first.events, &first.events));
        assert_eq!(date_of(&late.events[0].stream), "2026-03-02");
        let other = clinic.day(call_next(0), Some("key-0001")).await;
        assert!(matches!(other, Err(ExecuteError::KeyReused)));
    }
}

#[tokio::test]
async fn ended_days_are_closed_once() {
    let clinic = Clinic::new().await;
    assert_eq!(clinic.store.close_ended_days().await.unwrap(), 0, "no day is open");
    clinic.day(issue(1), None).await.unwrap();
    assert_eq!(clinic.store.close_ended_days().await.unwrap(), 0, "today goes on");
    clinic.clock.advance(TimeDelta::hours(15));
    assert_eq!(clinic.store.close_ended_days().await.unwrap(), 1);
    assert_eq!(clinic.store.close_ended_days().await.unwrap(), 0);
    assert!(clinic.store.log().open_days(&tenant()).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_first_commands_of_a_day_open_it_once() {
    let clinic = Clinic::new().await;
    clinic.day(issue(0), None).await.unwrap();
    clinic.clock.advance(TimeDelta::hours(24));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=32 {
        let store = clinic.store.clone();
        let issuing =
            async move { store.execute_day(&tenant(), site(), issue(n), by_staff(None)).await };
        tasks.spawn(issuing);
    }
    let issued = tasks.join_all().await;
    let stream = issued[0].as_ref().unwrap().events[0].stream.clone();
    let events = clinic.store.log().read_stream(&stream, 0, 100).await.unwrap();
    assert_eq!(events.len(), 33, "one opening and 32 tickets");
    assert!(issued.iter().all(Result::is_ok));
}

#[tokio::test]
async fn an_unknown_site_or_tenant_is_refused_and_leaves_nothing() {
    let clinic = Clinic::new().await;
    let nowhere = SiteId(Uuid::from_u128(77));
    let refused = clinic.store.execute_day(&tenant(), nowhere, issue(1), by_staff(None)).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::UnknownSite(_)))));
    let nobody = "nobody".parse().unwrap();
    let refused = clinic.store.execute_day(&nobody, site(), issue(1), by_staff(None)).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::UnknownSite(_)))));
    assert!(clinic.store.directory(&nobody).await.unwrap().tenant.is_none());
    assert_eq!(clinic.store.log().tenants().await.unwrap(), [tenant()]);
}

#[tokio::test]
async fn q1_a_date_that_goes_back_leaves_the_site_on_its_latest_day() {
    let mut clinic = Clinic::new().await;
    clinic.day(issue(1), None).await.unwrap();
    clinic.clock.advance(TimeDelta::hours(24));
    clinic.seat(0).await;
    let called = clinic.day(call_next(0), Some("key-0001")).await.unwrap();
    assert_eq!(number(&called.events[0]), "A001");

    clinic.clock.advance(TimeDelta::hours(-24));
    for restart in [false, true] {
        if restart {
            clinic.restart().await;
        }
        let open = DayCommand::Open {
            site_id: site(),
            date: NaiveDate::MIN,
            carried: vec![],
            latest: None,
        };
        let refused = clinic.day(open, None).await;
        assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::DayOpen))), "{refused:?}");
        let issued = clinic.day(issue(2 + u128::from(restart)), None).await.unwrap();
        assert_eq!(date_of(&issued.events[0].stream), "2026-03-03");
        assert_eq!(number(&issued.events[0]), if restart { "A003" } else { "A002" });
        let repeat = clinic.day(call_next(0), Some("key-0001")).await.unwrap();
        assert!(repeat.replayed);
    }
    // Closed and opened by hand, it is still that day, and the one before it stays closed.
    clinic.day(DayCommand::Close { end: None }, None).await.unwrap();
    let refused = clinic.day(issue(9), None).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::DayClosed))));
    let open =
        DayCommand::Open { site_id: site(), date: NaiveDate::MIN, carried: vec![], latest: None };
    let opened = clinic.day(open, None).await.unwrap();
    assert_eq!(date_of(&opened.events[0].stream), "2026-03-03");
    let days = clinic.store.log().open_days(&tenant()).await.unwrap();
    assert_eq!(days.iter().map(|d| date_of(&d.stream)).collect::<Vec<_>>(), ["2026-03-03"]);
    assert_eq!(clinic.store.close_ended_days().await.unwrap(), 0, "it has not ended");
    clinic.clock.advance(TimeDelta::hours(48));
    let issued = clinic.day(issue(10), None).await.unwrap();
    assert_eq!(date_of(&issued.events[0].stream), "2026-03-04");
}

#[tokio::test]
async fn q1_another_zone_that_sets_the_date_back_leaves_the_site_on_its_latest_day() {
    let clinic = Clinic::new().await;
    clinic.clock.advance(TimeDelta::hours(-8));
    clinic.day(issue(1), None).await.unwrap();
    let directory = clinic.store.directory(&tenant()).await.unwrap();
    let time_zone = chrono_tz::America::New_York;
    let moved = Site { time_zone, ..(*directory.sites[&site()]).clone() };
    let define = DirectoryCommand::DefineSite(moved);
    clinic.store.execute_directory(&tenant(), define, by_staff(None)).await.unwrap();
    // There it is Sunday still, and no Sunday was ever opened.
    let issued = clinic.day(issue(2), None).await.unwrap();
    assert_eq!(date_of(&issued.events[0].stream), "2026-03-02");
    assert_eq!(number(&issued.events[0]), "A002");
    clinic.day(DayCommand::Close { end: None }, None).await.unwrap();
}
