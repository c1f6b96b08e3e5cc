//! Several servers on one database: the same tickets, the same screens, whichever server is asked.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use crate::harness::{Answer, Clinic, Request, Screen, Server};

const AGENTS: usize = 40;
const TICKETS: usize = 20;

/// Asks until the server is not too busy: two nodes write one stream as fast as they can.
async fn ask(server: &Server, requests: Vec<Request>) -> JoinSet<Answer> {
    let mut asking = JoinSet::new();
    for request in requests {
        let mut http = server.http();
        asking.spawn(async move {
            loop {
                let answer = http.ask(&request).await;
                if answer.status != 503 {
                    return answer;
                }
            }
        });
    }
    asking
}

/// All agents call at once, every other one at the other server; where the log stands after it.
async fn race(a: &Server, b: &Server, clinic: &Clinic) -> u64 {
    let (even, odd): (Vec<_>, Vec<_>) = (0..AGENTS).partition(|agent| agent % 2 == 0);
    let calls = |agents: Vec<usize>| agents.into_iter().map(|n| clinic.call_next(n)).collect();
    let (at_a, at_b) = (ask(a, calls(even)).await, ask(b, calls(odd)).await);
    let answers: Vec<Answer> =
        at_a.join_all().await.into_iter().chain(at_b.join_all().await).collect();
    let (called, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((called.len(), refused.len()), (TICKETS, AGENTS - TICKETS));
    for answer in refused {
        assert_eq!((answer.status, answer.problem().as_str()), (409, "nobody-waiting"));
    }
    let tickets: BTreeSet<_> =
        called.iter().map(|answer| answer.json()["ticket"]["id"].to_string()).collect();
    assert_eq!(tickets.len(), TICKETS, "each ticket is called once");
    let positions = called.iter().filter_map(|answer| answer.json()["log_position"].as_u64());
    positions.max().expect("some were called")
}

async fn two_servers(flags: &[&str]) {
    let database = format!("--database-url={}", scratch::database().unwrap());
    let flags: Vec<&str> =
        std::iter::once(database.as_str()).chain(flags.iter().copied()).collect();
    let mut a = Server::with(&flags).await;
    let clinic = Clinic::open(&a, AGENTS).await;
    let mut b = Server::with(&flags).await;
    let (mut http_a, mut http_b) = (a.http(), b.http());
    let mut on_a = Screen::of(&a, &clinic, clinic.hall).await;
    let mut on_b = Screen::of(&b, &clinic, clinic.hall).await;
    for n in 0..TICKETS {
        let http = if n % 2 == 0 { &mut http_a } else { &mut http_b };
        clinic.issued(http, n % 3).await;
    }
    let position = race(&a, &b, &clinic).await;
    on_a.must_show_what_polling_says(&mut http_a, &clinic, position).await;
    on_b.must_show_what_polling_says(&mut http_b, &clinic, position).await;
    assert_eq!(on_a.replica.board(), on_b.replica.board());
    assert_eq!((on_a.replica.seq, &on_a.replica.epoch), (on_b.replica.seq, &on_b.replica.epoch));

    // One server is gone; its screen goes on at the other one, with what it knows.
    a.kill().await;
    let key = "a-key-of-this-test";
    let issued = http_b.done(&clinic.issue(0).key(key)).await;
    let position = issued["log_position"].as_u64().unwrap();
    on_a.resume(&b).await;
    on_a.until(position).await;
    on_b.until(position).await;
    assert_eq!(on_a.replica.board(), on_b.replica.board());
    // It comes back, and knows what happened meanwhile.
    a.start_again().await;
    assert_eq!(a.http().done(&clinic.issue(0).key(key)).await, issued, "a key counts everywhere");
    on_b.resume(&a).await;
    on_b.must_show_what_polling_says(&mut a.http(), &clinic, position).await;
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn two_servers_on_one_database_are_one_queue() {
    two_servers(&[]).await;
}

#[tokio::test]
async fn two_servers_on_one_database_are_one_queue_also_without_hints() {
    two_servers(&["--database-hints=false"]).await;
}
