//! Ten thousand calls to one display, as fast as the program takes them.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Clinic, Fold, Screen, Server, boards, rows};

/// Agents who call at once, each on a connection of its own.
const AGENTS: usize = 20;

/// Calls and recalls of each agent.
const CALLS_EACH: usize = 500;

/// What the server's memory may grow by, in bytes: 10,000 calls kept for each screen would be ten times as much.
const GROWTH_MAX: u64 = 24 << 20;

#[tokio::test]
async fn after_ten_thousand_calls_the_last_ten_are_those_of_the_log_and_memory_is_flat() {
    let mut server = Server::start().await;
    let clinic = Arc::new(Clinic::open(&server, AGENTS).await);
    let mut http = server.http();
    for n in 0..AGENTS {
        clinic.issued(&mut http, n % 3).await;
    }
    let mut reader = Screen::of(&server, &clinic, clinic.hall).await;
    let mut late = Screen::of(&server, &clinic, clinic.hall).await;
    let before = server.resident_bytes();

    let mut agents = JoinSet::new();
    for agent in 0..AGENTS {
        let (clinic, mut http) = (clinic.clone(), server.http());
        agents.spawn(async move {
            let ticket = clinic.called(&mut http, agent).await;
            let mut position = 0;
            for _ in 1..CALLS_EACH {
                let answer = http.done(&clinic.act(agent, &ticket, "recall")).await;
                position = position.max(answer["log_position"].as_u64().unwrap());
            }
            position
        });
    }
    let mut position = 0;
    while !agents.is_empty() {
        tokio::select! {
            done = agents.join_next() => {
                position = position.max(done.unwrap().unwrap());
            }
            _ = reader.take() => {}
        }
    }
    reader.must_show_what_polling_says(&mut http, &clinic, position).await;
    // This one read nothing in between: it may be sent a snapshot, and ends with the same picture.
    late.must_show_what_polling_says(&mut http, &clinic, position).await;
    let grown = server.resident_bytes().saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{grown} bytes more after {} calls", AGENTS * CALLS_EACH);

    server.stop().await;
    let rows = rows(&server.file(), clinic.slug);
    let calls =
        rows.iter().filter(|row| ["ticket_called", "ticket_recalled"].contains(&&*row.kind));
    assert_eq!(calls.count(), AGENTS * CALLS_EACH);
    let views = boards(&server.file(), clinic.slug, &[clinic.hall]).await;
    assert_eq!(views[&clinic.hall], reader.replica.board(), "the program's own fold of the log");
    let ids: Vec<_> = reader.replica.tickets().iter().map(|row| json!(row["id"])).collect();
    let folded: Vec<_> =
        Fold::of(&rows).shown(&clinic.queues).iter().map(|row| json!(row["id"])).collect();
    assert_eq!(ids, folded, "and a fold that shares no code with it");
}
