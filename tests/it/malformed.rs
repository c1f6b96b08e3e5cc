//! Whatever is wrong with a request, the answer is the documented one, and nothing is lost.

use serde_json::{Value, json};

use crate::harness::{Answer, Clinic, Http, Request, Screen, Server, Visit, id};

/// What must be answered: a status and the last part of the problem's `type`.
type Expected = (u16, &'static str);

#[expect(clippy::too_many_lines, reason = "it is a table, one line each")]
fn rows(clinic: &Clinic, closed: &str) -> Vec<(&'static str, Request, Expected)> {
    let (staff, public) = (|rest: &str| clinic.staff(rest), |rest: &str| clinic.public(rest));
    let agent = json!({ "agent_id": clinic.agents[0] });
    let post = |path: String, body: Value| Request::post(path, body);
    let nobody = id(9, 1);
    let next = || post(staff("agent-status/call_next/"), agent.clone());
    let elsewhere = |rest: &str| format!("/api/v1/tenants/nowhere/{rest}");
    let issue = |body: Value| post(staff("tickets/"), body);
    let sign_up = clinic.sign_up(0).path;
    vec![
        ("a number for a body", next_with(next(), json!(1)), (422, "malformed")),
        ("an unknown field", next_with(next(), json!({ "agent": 1 })), (422, "malformed")),
        ("no body where one is needed", next_with(next(), json!({})), (422, "malformed")),
        ("a number for an id", issue(json!({ "queue_id": 7 })), (422, "malformed")),
        (
            "a priority beyond 255",
            issue(json!({ "queue_id": clinic.queues[0], "priority": 256 })),
            (422, "malformed"),
        ),
        (
            "a visitor who claims to be staff",
            post(sign_up.clone(), json!({ "channel": "staff" })),
            (422, "malformed"),
        ),
        (
            "a visitor's key that another may think of",
            post(sign_up, json!({})).key("12345678"),
            (422, "malformed"),
        ),
        (
            "an unknown tenant",
            post(elsewhere("agent-status/call_next/"), agent.clone()),
            (404, "unknown-tenant"),
        ),
        (
            "a tenant that is no slug",
            post(
                "/api/v1/tenants/NO%20SLUG/tickets/".into(),
                json!({ "queue_id": clinic.queues[0] }),
            ),
            (404, "unknown-tenant"),
        ),
        (
            "an unknown agent",
            next_with(next(), json!({ "agent_id": nobody })),
            (404, "unknown-agent"),
        ),
        ("an unknown queue", issue(json!({ "queue_id": nobody })), (404, "unknown-queue")),
        (
            "a queue that is no id",
            post(public("queues/x/signup/"), json!({})),
            (404, "unknown-queue"),
        ),
        (
            "an unknown ticket",
            post(staff(&format!("tickets/{nobody}/call/")), agent.clone()),
            (404, "unknown-ticket"),
        ),
        (
            "a ticket that is no id",
            post(staff("tickets/x/call/"), agent.clone()),
            (404, "unknown-ticket"),
        ),
        (
            "a ticket unknown to the reception",
            post(staff(&format!("tickets/{nobody}/cancel/")), json!({})),
            (404, "unknown-ticket"),
        ),
        ("a closed ticket is called", clinic.act(0, closed, "call"), (409, "ticket-not-waiting")),
        ("a closed ticket is recalled", clinic.act(0, closed, "recall"), (409, "wrong-stage")),
        (
            "a transfer to two places",
            post(
                staff(&format!("tickets/{closed}/transfer/")),
                json!({ "to_queue_id": clinic.queues[1], "to_agent_id": clinic.agents[0] }),
            ),
            (422, "malformed"),
        ),
        (
            "a return to nowhere",
            post(staff(&format!("tickets/{closed}/return/")), json!({ "place": "middle" })),
            (422, "malformed"),
        ),
        (
            "a status that is none",
            post(
                staff("agent-status/set_status/"),
                json!({ "agent_id": clinic.agents[0], "status": "busy" }),
            ),
            (422, "malformed"),
        ),
        (
            "an unknown counter",
            post(
                staff("agent-status/set_status/"),
                json!({ "agent_id": clinic.agents[0], "status": "available", "counter_id": nobody }),
            ),
            (404, "unknown-counter"),
        ),
        (
            "a prefix in small letters",
            Request::put(
                staff(&format!("queues/{nobody}/")),
                json!({ "site_id": clinic.site, "name": "x", "prefix": "a" }),
            ),
            (422, "malformed"),
        ),
        (
            "a prefix that is taken",
            Request::put(
                staff(&format!("queues/{nobody}/")),
                json!({ "site_id": clinic.site, "name": "x", "prefix": "A" }),
            ),
            (409, "prefix-taken"),
        ),
        (
            "a time zone that is none",
            Request::put(
                staff(&format!("sites/{nobody}/")),
                json!({ "name": "x", "time_zone": "Dakar" }),
            ),
            (422, "malformed"),
        ),
        (
            "an id that is not the path's",
            Request::put(
                staff(&format!("sites/{nobody}/")),
                json!({ "id": id(9, 2), "name": "x", "time_zone": "Africa/Dakar" }),
            ),
            (422, "malformed"),
        ),
        ("a key that is too short", next().key("short"), (422, "malformed")),
        ("polling of an unknown display", Request::get(clinic.polling(nobody)), (404, "unknown")),
        (
            "a position that is none",
            Request::get(format!("{}?min_position=soon", clinic.polling(clinic.hall))),
            (422, "malformed"),
        ),
        (
            "a position from the future",
            Request::get(format!("{}?min_position=99999999", clinic.polling(clinic.hall))),
            (503, "behind"),
        ),
        ("an unknown path", Request::get("/api/v1/nothing"), (404, "not-found")),
        (
            "a wrong method",
            Request::get(staff("agent-status/call_next/")),
            (405, "method-not-allowed"),
        ),
    ]
}

fn next_with(request: Request, body: Value) -> Request {
    Request { body: Some(body), ..request }
}

async fn must_be(http: &mut Http, what: &str, request: &Request, (status, problem): Expected) {
    let answer = http.ask(request).await;
    must_answer(what, &answer, (status, problem));
}

fn must_answer(what: &str, answer: &Answer, (status, problem): Expected) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.problem(), problem, "{what}");
    if status == 503 {
        assert!(answer.header("retry-after").is_some(), "{what} says when to come back");
    }
}

#[tokio::test]
async fn every_mistake_gets_its_documented_answer() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    clinic.issued(&mut http, 0).await;
    let closed = clinic.called(&mut http, 0).await;
    http.done(&clinic.act(0, &closed, "close")).await;
    for (what, request, expected) in rows(&clinic, &closed) {
        must_be(&mut http, what, &request, expected).await;
    }
    let get = http.get(&clinic.staff("agent-status/call_next/")).await;
    assert_eq!(get.header("allow"), Some("POST"));

    let host = server.address;
    let path = clinic.staff("tickets/");
    let broken =
        format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 9\r\n\r\n{{\"queue_i");
    must_answer("half a body", &http.raw(broken.as_bytes()).await.unwrap(), (422, "malformed"));
    let long = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 9999999\r\n\r\n");
    let answer = server.http().raw(long.as_bytes()).await.unwrap();
    assert_eq!(answer.status, 413, "{}", answer.text());
    answer.problem();

    let keyed = clinic.issue(0).key("the-same-key-1");
    let first = http.ask(&keyed).await;
    let again = http.ask(&keyed).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body), "the same answer again");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let other = clinic.issue(1).key("the-same-key-1");
    must_be(&mut http, "a key used for something else", &other, (422, "key-reused")).await;
}

#[tokio::test]
async fn every_mistake_on_a_socket_gets_its_documented_answer() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let screen = Screen::of(&server, &clinic, clinic.hall).await;
    let (seq, epoch) = (screen.replica.seq, screen.replica.epoch.clone());
    let hall = clinic.socket(clinic.hall);
    let visit = |path: String| Visit { path, ..Visit::default() };

    for path in [clinic.socket(id(9, 1)), "/ws/tenants/nowhere/displays/x/".to_owned()] {
        let mut unknown = Screen::visit(&server, &visit(path.clone())).await.expect("it opens");
        let end = unknown.message().await.expect_err("no message before the close");
        assert_eq!(end.code(), 4503, "{path}");
    }
    for query in [
        format!("?after={seq}&epoch=another"),
        format!("?after={seq}"),
        format!("?after={}&epoch={epoch}", seq + 1_000_000),
    ] {
        let visit = visit(format!("{hall}{query}"));
        let mut screen = Screen::visit(&server, &visit).await.expect("it opens");
        let greeting = screen.message().await.expect("a greeting");
        assert!(greeting["view"].is_object(), "a snapshot, never a part: {query}");
    }
    let soon = Screen::visit(&server, &visit(format!("{hall}?after=soon"))).await;
    assert_eq!(soon.err().map(|(status, _)| status), Some(422));

    let foreign = Visit { origin: Some("https://example.org".into()), ..visit(hall.clone()) };
    let refused = Screen::visit(&server, &foreign).await;
    assert_eq!(refused.err().map(|(status, _)| status), Some(403));
    let own = Visit { origin: Some(format!("http://{}", server.address)), ..visit(hall) };
    assert!(Screen::visit(&server, &own).await.is_ok(), "our own pages may watch");
}
