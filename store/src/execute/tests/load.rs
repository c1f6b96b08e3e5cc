//! Promises under load: nothing lost, nothing twice.

use std::collections::BTreeSet;

use domain::directory::{DirectoryCommand, DirectoryRefusal};
use domain::{Position, StreamId};

use super::{AGENTS, Clinic, a_queue, by_staff, call_next, issue, number, site, tenant};
use crate::execute::{ExecuteError, Store};
use crate::options::StoreOptions;
use crate::testing::TestIds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_agents_who_call_at_once_get_one_ticket_each() {
    let clinic = Clinic::new().await;
    for n in 0..AGENTS {
        clinic.seat(n).await;
        clinic.day(issue(n), None).await.unwrap();
    }
    let before = clinic.store.log().head(&tenant()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..AGENTS {
        let store = clinic.store.clone();
        tasks.spawn(async move {
            store.execute_day(&tenant(), site(), call_next(n), by_staff(None)).await.unwrap()
        });
    }
    let mut called: Vec<_> =
        tasks.join_all().await.into_iter().map(|done| done.events[0].clone()).collect();
    called.sort_by_key(|event| event.position);
    let numbers: Vec<_> = called.iter().map(|event| number(event)).collect();
    let expected: Vec<_> = (1..=AGENTS).map(|n| format!("A{n:03}")).collect();
    assert_eq!(numbers, expected, "in the order of arrival, each once");
    let after = clinic.store.log().head(&tenant()).await.unwrap();
    assert_eq!(after.0 - before.0, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_is_lost_while_actors_come_and_go() {
    let options = StoreOptions { actors_idle_seconds: 0, ..StoreOptions::default() };
    let clinic = Clinic::with(options).await;
    let mut tasks = tokio::task::JoinSet::new();
    for client in 0..8_u128 {
        let store = clinic.store.clone();
        tasks.spawn(async move {
            let mut numbers = Vec::new();
            for n in 0..25 {
                let ticket = issue(client * 100 + n);
                let done = store.execute_day(&tenant(), site(), ticket, by_staff(None)).await;
                numbers.push(number(&done.unwrap().events[0]));
            }
            numbers
        });
    }
    let numbers: BTreeSet<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(numbers, (1..=200).map(|n| format!("A{n:03}")).collect());
}

#[tokio::test]
async fn a_client_that_hangs_up_cuts_nothing_in_half() {
    let clinic = Clinic::new().await;
    let first = clinic.day(issue(1), None).await.unwrap();
    let log = clinic.store.log();
    let mut follower = crate::follow(log, tenant(), first.position).await;
    // Polled once, so it is sent; then the client is gone.
    tokio::select! {
        biased;
        answer = clinic.day(issue(2), Some("key-0001")) => panic!("it answered before it was committed: {answer:?}"),
        () = std::future::ready(()) => (),
    }
    let events = follower.next().await.unwrap();
    assert_eq!(number(&events[0]), "A002");
    let again = clinic.day(issue(3), Some("key-0001")).await.unwrap();
    assert_eq!(again.events, events);
}

#[tokio::test]
async fn a_full_mailbox_refuses_at_once_and_takes_commands_again() {
    let clinic = Clinic::with(StoreOptions { mailbox_len: 2, ..StoreOptions::default() }).await;
    clinic.day(issue(0), None).await.unwrap();
    let (a, b, c, d) = tokio::join!(
        clinic.day(issue(1), None),
        clinic.day(issue(2), None),
        clinic.day(issue(3), None),
        clinic.day(issue(4), None),
    );
    assert!(a.is_ok() && b.is_ok());
    for refused in [c, d] {
        assert!(matches!(refused, Err(ExecuteError::Overloaded { .. })), "{refused:?}");
    }
    assert_eq!(number(&clinic.day(issue(5), None).await.unwrap().events[0]), "A004");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_one_log_execute_each_command_once() {
    let clinic = Clinic::new().await;
    let other = Store::on(
        clinic.store.log(),
        StoreOptions::default(),
        clinic.clock.clone(),
        TestIds::from(9_000_000),
    );
    let log = clinic.store.log();
    let before = log.head(&tenant()).await.unwrap();
    for n in 0..40 {
        let mut queue = a_queue();
        queue.name = format!("Queue {n}").into();
        let key = format!("key-{n:05}");
        let command = || DirectoryCommand::DefineQueue(queue.clone());
        let (tenant, issuer) = (tenant(), || by_staff(Some(&key)));
        let (here, there) = tokio::join!(
            clinic.store.execute_directory(&tenant, command(), issuer()),
            other.execute_directory(&tenant, command(), issuer()),
        );
        let (here, there) = (here.unwrap(), there.unwrap());
        assert!(here.replayed != there.replayed, "one executed it, one found it done");
        assert_eq!(here.events, there.events);
        let directory = other.directory(&tenant).await.unwrap();
        assert_eq!(directory.queues[&queue.id].queue.name, queue.name);
    }
    assert_eq!(log.head(&tenant()).await.unwrap(), Position(before.0 + 40));
}

#[tokio::test]
async fn shutdown_answers_what_was_sent_and_refuses_the_rest() {
    let clinic = Clinic::new().await;
    clinic.day(issue(1), None).await.unwrap();
    let store = clinic.store.clone();
    let (sent, ()) = tokio::join!(clinic.day(issue(2), None), store.shutdown());
    assert_eq!(number(&sent.unwrap().events[0]), "A002");
    let late = clinic.day(issue(3), None).await;
    assert!(matches!(late, Err(ExecuteError::Unavailable(_))), "{late:?}");
}

#[tokio::test]
async fn a_changed_configuration_is_seen_before_the_answer() {
    let clinic = Clinic::new().await;
    let command = DirectoryCommand::SetQueueState {
        queue_id: a_queue().id,
        state: domain::directory::QueueState::Paused,
    };
    let tenant = tenant();
    let changed = clinic.store.execute_directory(&tenant, command.clone(), by_staff(None));
    let changed = changed.await.unwrap();
    let paused = clinic.day(issue(1), None).await;
    assert!(matches!(paused, Err(ExecuteError::Refused(_))), "{paused:?}");
    let same = clinic.store.execute_directory(&tenant, command, by_staff(None)).await.unwrap();
    assert!(same.events.is_empty());
    assert!(same.position >= changed.position, "the head where nothing changed");
    let nobody = "nobody".parse().unwrap();
    let refused = clinic
        .store
        .execute_directory(&nobody, DirectoryCommand::DefineQueue(a_queue()), by_staff(None))
        .await;
    assert!(matches!(refused, Err(ExecuteError::Refused(DirectoryRefusal::NoTenant))));
    let stream = StreamId::Directory(nobody);
    assert!(clinic.store.log().read_stream(&stream, 0, 1).await.unwrap().is_empty());
}
