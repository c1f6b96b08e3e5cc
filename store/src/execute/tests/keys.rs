//! Promises about idempotency keys.

use domain::directory::DirectoryCommand;
use domain::service_day::{DayCommand, DayRefusal};
use domain::{Actor, AgentId};
use uuid::Uuid;

use super::{Clinic, a_queue, agent, as_day, by_staff, call_next, issue, number, site, tenant};
use crate::execute::{ExecuteError, IdempotencyKey, Issuer};

#[tokio::test]
async fn a_repeat_gets_the_same_ticket_also_after_a_restart() {
    let mut clinic = Clinic::new().await;
    let first = clinic.day(issue(1), Some("key-0001")).await.unwrap();
    assert!(!first.replayed);
    // The server gives each sending another ticket id.
    let again = clinic.day(issue(2), Some("key-0001")).await.unwrap();
    assert!(again.replayed);
    clinic.restart().await;
    let after = clinic.day(issue(3), Some("key-0001")).await.unwrap();
    assert!(after.replayed);
    for repeat in [again, after] {
        assert_eq!(repeat.events, first.events);
        assert_eq!(repeat.position, first.position);
    }
    let head = clinic.store.log().head(&tenant()).await.unwrap();
    assert_eq!(head, first.position, "a repeat records nothing");
    let other = clinic.day(issue(4), Some("key-0002")).await.unwrap();
    assert_eq!(number(&other.events[0]), "A002");
}

#[tokio::test]
async fn a_key_used_for_another_command_is_refused() {
    let mut clinic = Clinic::new().await;
    clinic.day(issue(1), Some("key-0001")).await.unwrap();
    for _ in 0..2 {
        let other = clinic.day(call_next(0), Some("key-0001")).await;
        assert!(matches!(other, Err(ExecuteError::KeyReused)), "{other:?}");
        clinic.restart().await;
    }
}

#[tokio::test]
async fn keys_of_two_actors_never_meet() {
    let clinic = Clinic::new().await;
    let key = Some("key-0001".parse::<IdempotencyKey>().unwrap());
    let mut numbers = Vec::new();
    for actor in [Actor::Staff, Actor::Public, Actor::Agent(AgentId(Uuid::from_u128(9)))] {
        let issuer = Issuer { actor, key: key.clone() };
        let ticket = issue(numbers.len() as u128);
        let done = clinic.store.execute_day(&tenant(), site(), ticket, issuer).await.unwrap();
        numbers.push(number(&done.events[0]));
    }
    assert_eq!(numbers, ["A001", "A002", "A003"]);
}

#[tokio::test]
async fn a_repeat_at_the_same_time_has_one_effect() {
    let clinic = Clinic::new().await;
    clinic.seat(0).await;
    let (first, second, third) = tokio::join!(
        clinic.day(issue(1), Some("key-0001")),
        clinic.day(issue(2), Some("key-0001")),
        clinic.day(call_next(0), Some("key-0001")),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.events, second.events);
    assert!(matches!(third, Err(ExecuteError::KeyReused)));
}

#[tokio::test]
async fn a_refused_command_is_decided_anew_under_its_key() {
    let clinic = Clinic::new().await;
    clinic.seat(0).await;
    let refused = clinic.day(call_next(0), Some("key-0001")).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::NobodyWaiting))));
    clinic.day(issue(1), None).await.unwrap();
    let called = clinic.day(call_next(0), Some("key-0001")).await.unwrap();
    assert_eq!(number(&called.events[0]), "A001");
}

#[tokio::test]
async fn a_command_of_several_events_is_repeated_whole() {
    let mut clinic = Clinic::new().await;
    clinic.seat(0).await;
    clinic.day(issue(1), None).await.unwrap();
    let called = clinic.day(call_next(0), None).await.unwrap();
    let ticket_id = as_day(&called.events[0]).ticket().unwrap().id;
    clinic.day(DayCommand::StartService { agent_id: agent(0), ticket_id }, None).await.unwrap();
    let close = DayCommand::Close { end: None };
    let first = clinic.day(close.clone(), Some("key-0001")).await.unwrap();
    assert_eq!(first.events.len(), 2, "the ticket in hand is finished, then the day closed");
    clinic.restart().await;
    let again = clinic.day(close, Some("key-0001")).await.unwrap();
    assert_eq!((again.events, again.replayed), (first.events, true));
}

#[tokio::test]
async fn keys_of_the_directory_count_for_a_day() {
    let mut clinic = Clinic::new().await;
    let mut queue = a_queue();
    queue.name = "Caisse".into();
    let rename = |queue| DirectoryCommand::DefineQueue(queue);
    let store = clinic.store.clone();
    let execute = async |store: &super::Store, queue| {
        store.execute_directory(&tenant(), rename(queue), by_staff(Some("key-0001"))).await
    };
    assert!(!execute(&store, queue.clone()).await.unwrap().replayed);
    drop(store);
    clinic.clock.advance(chrono::TimeDelta::hours(23));
    clinic.restart().await;
    assert!(execute(&clinic.store, queue.clone()).await.unwrap().replayed);
    clinic.clock.advance(chrono::TimeDelta::hours(2));
    queue.name = "Pharmacie".into();
    assert!(!execute(&clinic.store, queue).await.unwrap().replayed, "the key is free again");
}

#[test]
fn a_key_is_8_to_64_visible_characters() {
    for good in ["12345678", &"x".repeat(64), "018f2a6c-aaaa-7bbb-8ccc-1234567890ab"] {
        assert!(good.parse::<IdempotencyKey>().is_ok(), "{good}");
    }
    for bad in ["", "1234567", &"x".repeat(65), "with space", "tab\tinside", "accenté-e"] {
        assert!(bad.parse::<IdempotencyKey>().is_err(), "{bad}");
    }
}
