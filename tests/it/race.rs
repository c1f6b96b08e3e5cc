//! Many at once: no number is given twice, no ticket is called twice, no agent holds two, no key has two effects.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::harness::{Answer, Clinic, Request, Server, rows};

/// Sends all requests at the same moment, each on a connection of its own, and gives the answers in their order.
async fn at_once(server: &Server, requests: Vec<Request>) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(requests.len()));
    let mut sending = JoinSet::new();
    for (n, request) in requests.into_iter().enumerate() {
        let (mut http, start) = (server.http(), start.clone());
        sending.spawn(async move {
            http.connect().await.unwrap();
            start.wait().await;
            (n, http.ask(&request).await)
        });
    }
    let mut answers = sending.join_all().await;
    answers.sort_by_key(|(n, _)| *n);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test]
async fn two_hundred_agents_at_once_call_a_hundred_tickets_once_each() {
    let mut server = Server::start().await;
    let clinic = Clinic::open(&server, 200).await;
    let mut http = server.http();
    for n in 0..100 {
        clinic.issued(&mut http, n % 3).await;
    }
    let answers = at_once(&server, (0..200).map(|agent| clinic.call_next(agent)).collect()).await;

    let (called, refused): (Vec<_>, Vec<_>) =
        answers.iter().enumerate().partition(|(_, answer)| answer.status == 200);
    assert_eq!((called.len(), refused.len()), (100, 100));
    for (_, answer) in refused {
        assert_eq!((answer.status, answer.problem().as_str()), (409, "nobody-waiting"));
    }
    let mut tickets = BTreeSet::new();
    for (agent, answer) in called {
        let ticket = &answer.json()["ticket"];
        assert_eq!(ticket["agent_id"], json!(clinic.agents[agent]), "each is answered its own");
        assert!(tickets.insert(ticket["id"].to_string()), "called twice: {ticket}");
    }
    assert_eq!(tickets.len(), 100);

    server.stop().await;
    let rows = rows(&server.file(), clinic.slug);
    let calls: Vec<_> = rows.iter().filter(|row| row.kind == "ticket_called").collect();
    let tickets: BTreeSet<_> = calls.iter().map(|row| row.ticket()).collect();
    let agents: BTreeSet<_> = calls.iter().map(|row| row.fields["agent_id"].as_str()).collect();
    assert_eq!((calls.len(), tickets.len(), agents.len()), (100, 100, 100));
}

#[tokio::test]
async fn an_agent_who_presses_ten_times_at_once_gets_one_ticket() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    for _ in 0..10 {
        clinic.issued(&mut http, 0).await;
    }
    let answers = at_once(&server, (0..10).map(|_| clinic.call_next(0)).collect()).await;
    assert_eq!(statuses(&answers)[..2], [200, 409]);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.problem(), "agent-has-ticket");
    }
}

#[tokio::test]
async fn fifty_visitors_at_once_get_fifty_numbers_without_gaps() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    for round in 0..4 {
        let answers = at_once(&server, (0..50).map(|_| clinic.sign_up(0)).collect()).await;
        let numbers: BTreeSet<String> = answers
            .iter()
            .map(|answer| {
                assert_eq!(answer.status, 201, "{}", answer.text());
                answer.json()["ticket_number"].as_str().unwrap().to_owned()
            })
            .collect();
        let first = round * 50;
        let expected: BTreeSet<String> =
            (first + 1..=first + 50).map(|ordinal| format!("A{ordinal:03}")).collect();
        assert_eq!(numbers, expected);
    }
}

#[tokio::test]
async fn one_key_sent_by_many_at_once_is_one_ticket_and_one_answer() {
    let mut server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let request = clinic.sign_up(0).key("phone-of-fatou-9c1e44b7");
    let answers = at_once(&server, vec![request.clone(); 10]).await;
    for answer in &answers {
        assert_eq!(answer.status, 201);
        assert_eq!(answer.body, answers[0].body, "the same answer, byte for byte");
    }
    let replayed = |answer: &&Answer| answer.header("idempotency-replayed") == Some("true");
    assert_eq!(answers.iter().filter(replayed).count(), 9, "all but the first say so");
    server.stop().await;
    let rows = rows(&server.file(), clinic.slug);
    assert_eq!(rows.iter().filter(|row| row.kind == "ticket_issued").count(), 1);
}

#[tokio::test]
async fn a_key_used_for_another_wish_is_refused() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    http.done(&clinic.issue(0).key("one-wish-only")).await;
    let other = http.ask(&clinic.issue(1).key("one-wish-only")).await;
    assert_eq!((other.status, other.problem().as_str()), (422, "key-reused"));
    let again = http.ask(&clinic.issue(0).key("one-wish-only")).await;
    assert_eq!(again.status, 201, "the first wish still has its answer");
}

#[tokio::test]
async fn two_agents_who_call_one_ticket_are_answered_yes_and_no() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 2).await;
    let mut http = server.http();
    for _ in 0..20 {
        let ticket = clinic.issued(&mut http, 0).await;
        let calls = [0, 1].map(|agent| clinic.act(agent, &ticket, "call"));
        let answers = at_once(&server, calls.to_vec()).await;
        assert_eq!(statuses(&answers), [200, 409]);
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        assert_eq!(answers[1 - winner].problem(), "ticket-not-waiting");
        http.done(&clinic.act(winner, &ticket, "close")).await;
        let late = http.ask(&clinic.act(1 - winner, &ticket, "call")).await;
        assert_eq!((late.status, late.problem().as_str()), (409, "ticket-not-waiting"));
    }
}
