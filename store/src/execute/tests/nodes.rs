//! Promises of execution on several nodes with one database.

use domain::directory::DirectoryCommand;
use domain::service_day::DayRefusal;
use tokio::task::JoinSet;

use super::{AGENTS, Clinic, a_queue, agent, by_staff, call_next, issue, number, site, tenant};
use crate::execute::ExecuteError;
use crate::options::StoreOptions;

#[tokio::test]
async fn a_refusal_is_decided_on_what_other_nodes_did() {
    let a = Clinic::on_postgres(StoreOptions::default()).await;
    let b = a.another_node(5_000_000).await;
    a.seat(0).await;
    let refused = b.day(call_next(0), None).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DayRefusal::NobodyWaiting))));
    for turn in 1..=10 {
        // Each node has the day in memory, and each time the other one's is older.
        a.day(issue(turn), None).await.unwrap();
        let called = b.day(call_next(0), None).await.unwrap();
        assert_eq!(number(&called.events[0]), format!("A{turn:03}"));
        let end = domain::service_day::DayCommand::Finish {
            ticket_id: ticket_of(&called),
            agent_id: agent(0),
        };
        a.day(end, None).await.unwrap();
    }
    a.store.shutdown().await;
    b.store.shutdown().await;
}

fn ticket_of(executed: &crate::Executed) -> domain::TicketId {
    executed.events[0].event.ticket_id().unwrap()
}

#[tokio::test]
async fn a_key_counts_on_every_node() {
    let a = Clinic::on_postgres(StoreOptions::default()).await;
    let b = a.another_node(5_000_000).await;
    b.day(issue(1), None).await.unwrap();
    let first = a.day(issue(2), Some("key-0001")).await.unwrap();
    let again = b.day(issue(3), Some("key-0001")).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.events, first.events);
    let other = b.day(call_next(0), Some("key-0001")).await;
    assert!(matches!(other, Err(ExecuteError::KeyReused)), "{other:?}");
    a.store.shutdown().await;
    b.store.shutdown().await;
}

#[test]
fn a_crash_between_append_and_answer_loses_only_the_answer() {
    let survivor = tokio::runtime::Runtime::new().unwrap();
    let (a, b) = survivor.block_on(async {
        let a = Clinic::on_postgres(StoreOptions::default()).await;
        a.day(issue(1), None).await.unwrap();
        let b = a.another_node(5_000_000).await;
        (a, b)
    });
    // A node that is gone as soon as its append is seen elsewhere; nobody gets its answer.
    let doomed = tokio::runtime::Runtime::new().unwrap();
    let head = survivor.block_on(b.store.log().head(&tenant())).unwrap();
    let node = doomed.block_on(a.another_node(6_000_000));
    let clinic = doomed.spawn(async move { node.day(issue(2), Some("key-0001")).await.map(drop) });
    let seen = survivor.block_on(async {
        let mut follower = crate::follow(b.store.log(), tenant(), head).await;
        follower.next().await.unwrap()
    });
    doomed.shutdown_background();
    drop(clinic);
    let again = survivor.block_on(b.day(issue(3), Some("key-0001"))).unwrap();
    assert!(again.replayed);
    assert_eq!(again.events, seen);
    assert_eq!(number(&again.events[0]), "A002");
    survivor.block_on(async {
        a.store.shutdown().await;
        b.store.shutdown().await;
    });
}

#[tokio::test]
async fn a_changed_configuration_reaches_the_other_nodes() {
    let a = Clinic::on_postgres(StoreOptions::default()).await;
    let b = a.another_node(5_000_000).await;
    b.day(issue(1), None).await.unwrap();
    let mut follower = {
        let log = b.store.log();
        let head = log.head(&tenant()).await.unwrap();
        crate::follow(log, tenant(), head).await
    };
    let mut queue = a_queue();
    queue.name = "Caisse".into();
    let rename = DirectoryCommand::DefineQueue(queue.clone());
    a.store.execute_directory(&tenant(), rename, by_staff(None)).await.unwrap();
    follower.next().await.unwrap();
    // It was handed over; the directory is renewed right after.
    while b.store.directory(&tenant()).await.unwrap().queues[&queue.id].queue.name != queue.name {
        tokio::task::yield_now().await;
    }
    a.store.shutdown().await;
    b.store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_on_two_nodes_never_call_one_ticket_twice() {
    let a = Clinic::on_postgres(StoreOptions::default()).await;
    let b = a.another_node(5_000_000).await;
    for n in 0..AGENTS {
        a.seat(n).await;
    }
    let tickets = AGENTS / 2;
    for n in 0..tickets {
        b.day(issue(n), None).await.unwrap();
    }
    let mut calls = JoinSet::new();
    for n in 0..AGENTS {
        let store = if n % 2 == 0 { a.store.clone() } else { b.store.clone() };
        calls.spawn(async move {
            loop {
                match store.execute_day(&tenant(), site(), call_next(n), by_staff(None)).await {
                    Ok(called) => return Some(number(&called.events[0])),
                    Err(ExecuteError::Refused(DayRefusal::NobodyWaiting)) => return None,
                    // Both nodes write one stream as fast as they can: some are told to come again.
                    Err(ExecuteError::Overloaded { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    let mut numbers = Vec::new();
    while let Some(called) = calls.join_next().await {
        numbers.extend(called.unwrap());
    }
    numbers.sort();
    let all: Vec<_> = (1..=tickets).map(|n| format!("A{n:03}")).collect();
    assert_eq!(numbers, all);
    a.store.shutdown().await;
    b.store.shutdown().await;
}
