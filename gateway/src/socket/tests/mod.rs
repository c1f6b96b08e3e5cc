//! Real sockets on a real port. Names cite the rules of `docs/spec/live.md`.

mod clients;

use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use futures_util::StreamExt;
use http::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::testing::{DISPLAY, EPOCH, Log, QUEUE, Replica, Server, TENANT, settings, ticket_id};
use crate::{Hub, Limits};

pub(super) async fn server() -> Server {
    Server::start(Log::open(), Limits::default()).await
}

/// The status of a refused upgrade.
async fn refusal(
    server: &Server,
    path: &str,
    headers: &[(&'static str, &str)],
) -> http::Response<Option<Vec<u8>>> {
    match server.connect(path, headers).await {
        Err(Error::Http(response)) => *response,
        Err(other) => panic!("expected a refusal, got {other}"),
        Ok(_) => panic!("expected a refusal, got a socket"),
    }
}

#[tokio::test]
async fn lv1_connection_comes_first_and_says_where_the_reader_stands() {
    let server = server().await;
    let message = server.watch("").await.message().await;
    assert_eq!(message["type"], "connection");
    assert_eq!(message["status"], "connected");
    assert_eq!(message["epoch"], EPOCH);
    assert_eq!(message["build"], "0.0.0-test");
    assert_eq!(message["position"], server.log.head().0);
    assert_eq!(message["heartbeat_seconds"], 25);
    assert!(message.get("resumed").is_none());
    assert!(message["seq"].as_u64().unwrap() <= server.log.head().0);
    assert_eq!(message["timestamp"], message["server_time"]);
    assert_eq!(message["view"]["display"]["name"], "Hall");
}

#[tokio::test]
async fn lv19_a_client_of_the_seed_system_works_unchanged() {
    let mut server = server().await;
    let mut client = server.watch("").await;
    assert_eq!(client.message().await["status"], "connected");
    server.log.issue_and_call(1);
    server.publish();
    let issued = client.message().await;
    assert_eq!(issued["type"], "ticket_updated");
    let called = client.message().await;
    assert_eq!(called["type"], "ticket_called");
    let ticket = called["ticket"].as_object().unwrap();
    for field in
        ["id", "number", "queue_name", "queue_id", "status", "called_at", "counter", "agent_name"]
    {
        assert!(ticket.contains_key(field), "{field}");
    }
    assert_eq!(ticket["id"], json!(ticket_id(1)));
    assert_eq!(ticket["number"], "A001");
    assert_eq!(ticket["queue_id"], json!(QUEUE));
    assert_eq!(ticket["status"], "appele");
    assert_eq!(ticket["counter"], "4");
    assert!(ticket["called_at"].is_string() && called["timestamp"].is_string());
    client.say(r#"{"type":"ping"}"#).await;
    assert_eq!(client.message().await["type"], "pong");
}

#[tokio::test]
async fn lv5_a_socket_that_was_away_gets_what_it_missed() {
    let mut server = server().await;
    let mut reader = Replica::default();
    reader.take(&server.watch("").await.message().await);
    for n in 1..=3 {
        server.log.issue_and_call(n);
    }
    server.publish();
    let query = format!("?after={}&epoch={EPOCH}", reader.seq);
    let mut client = server.watch(&query).await;
    let greeting = client.message().await;
    assert_eq!(greeting["resumed"], true);
    assert!(greeting.get("view").is_none());
    assert_eq!(greeting["seq"], reader.seq);
    reader.take(&greeting);
    for _ in 0..6 {
        reader.take(&client.message().await);
    }
    assert!(!reader.needs_resync);
    assert_eq!(reader.seq, server.log.head().0);
    let numbers: Vec<_> = reader.announced.iter().map(|(number, _)| number.as_str()).collect();
    assert_eq!(numbers, ["A001", "A002", "A003"]);
}

#[tokio::test]
async fn lv6_another_epoch_gets_the_snapshot() {
    let server = server().await;
    let seq = server.watch("").await.message().await["seq"].clone();
    let greeting = server.watch(&format!("?after={seq}&epoch=e0")).await.message().await;
    assert!(greeting.get("resumed").is_none());
    assert!(greeting["view"].is_object());
}

#[tokio::test]
async fn lv9_a_malformed_after_is_refused_before_the_upgrade() {
    let server = server().await;
    for query in ["?after=soon&epoch=e1", "?after=-1", "?after=1&after=2"] {
        let response = refusal(&server, &Server::display_path(query), &[]).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn lv10_a_resume_works_across_a_restart() {
    let mut first = server().await;
    first.log.issue_and_call(1);
    first.publish();
    let seq = first.watch("").await.message().await["seq"].clone();
    first.log.issue_and_call(2);
    first.publish();
    let query = format!("?after={seq}&epoch={EPOCH}");
    let mut before = first.watch(&query).await;
    let before = [before.text().await, before.text().await, before.text().await];

    let hub = Hub::new(settings(Limits::default()));
    let mut bootstrap = hub.bootstrap(TENANT.parse().unwrap());
    bootstrap.feed(first.log.events.iter().map(Arc::as_ref));
    hub.install(bootstrap, first.log.head());
    hub.mark_ready();
    let mut after = Server::serve(hub, first.log).await.watch(&query).await;
    let after = [after.text().await, after.text().await, after.text().await];
    assert_eq!(before, after);
}

#[tokio::test]
async fn lv35_an_unknown_display_is_told_by_a_close_code_and_nothing_else() {
    let limits = Limits { unknown_wait_millis: 20, ..Limits::default() };
    let server = Server::start(Log::open(), limits).await;
    for path in [
        "/ws/tenants/clinic/displays/00000000-0000-0000-0000-0000000000ff/".to_owned(),
        "/ws/tenants/clinic/displays/hall".to_owned(),
        format!("/ws/tenants/nobody/displays/{DISPLAY}/"),
        format!("/ws/tenants/No_Name/displays/{DISPLAY}"),
    ] {
        let mut client = server.connect(&path, &[]).await.unwrap();
        match client.socket.next().await {
            Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 4503),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn lv35_a_socket_that_comes_before_its_tenant_is_let_in_once_that_is_here() {
    let limits = Limits { unknown_wait_millis: 20_000, ..Limits::default() };
    let hub = Hub::new(settings(limits));
    hub.mark_ready();
    let mut server = Server::serve(hub, Log::configured()).await;
    let path = Server::display_path("");
    let (hub, fresh) = (server.hub.clone(), server.log.fresh().to_vec());
    // The configuration without the display, then the display.
    let tenant = TENANT.parse().unwrap();
    let publish = async {
        for event in &fresh {
            hub.apply(&tenant, std::slice::from_ref(event)).unwrap();
            tokio::task::yield_now().await;
        }
    };
    let (client, ()) = tokio::join!(server.connect(&path, &[]), publish);
    assert_eq!(client.unwrap().message().await["type"], "connection");
}

#[tokio::test]
async fn lv49_a_stopped_tenant_lets_its_readers_go_and_tells_why() {
    let server = server().await;
    let mut client = server.watch("").await;
    client.message().await;
    server.hub.stop(&TENANT.parse().unwrap());
    assert_eq!(u16::from(client.close().await.code), 4012);
    let mut late = server.watch("").await;
    match late.socket.next().await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 4012),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn lv36_a_display_that_is_turned_off_is_closed() {
    let mut server = server().await;
    let mut client = server.watch("").await;
    client.message().await;
    server.log.display(false);
    server.publish();
    assert_eq!(u16::from(client.close().await.code), 4503);
    server.log.display(true);
    server.publish();
    assert_eq!(server.watch("").await.message().await["type"], "connection");
}

#[tokio::test]
async fn lv37_pages_of_other_origins_may_not_watch() {
    let server = server().await;
    let path = Server::display_path("");
    let own = format!("http://{}", server.address);
    for origin in [own.as_str(), "https://www.example.org"] {
        let mut client = server.connect(&path, &[("origin", origin)]).await.unwrap();
        assert_eq!(client.message().await["type"], "connection", "{origin}");
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1"] {
        let response = refusal(&server, &path, &[("origin", origin)]).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin}");
    }
}

#[tokio::test]
async fn lv38_readers_beyond_a_limit_are_asked_to_come_later() {
    let path = Server::display_path("");
    let one = |limits| async {
        let server = Server::start(Log::open(), limits).await;
        let mut first = server.watch("").await;
        first.message().await;
        let refused = refusal(&server, &path, &[]).await;
        assert!(refused.headers().contains_key("retry-after"));
        drop(first);
        refused.status()
    };
    let limits = Limits { sockets_max: 1, ..Limits::default() };
    assert_eq!(one(limits).await, StatusCode::SERVICE_UNAVAILABLE);
    let limits = Limits { sockets_per_display_max: 1, ..Limits::default() };
    assert_eq!(one(limits).await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn lv39_before_the_views_are_there_readers_are_asked_to_come_later() {
    let server = Server::serve(Hub::new(settings(Limits::default())), Log::open()).await;
    let response = refusal(&server, &Server::display_path(""), &[]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
    assert_eq!(body["type"], "/problems/not-ready");
}

#[tokio::test]
async fn lv40_a_shutdown_lets_all_go_over_a_window() {
    let server = server().await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = server.watch("").await;
        client.message().await;
        clients.push(client);
    }
    let closes = async {
        let closes = clients.iter_mut().map(|client| client.close());
        futures_util::future::join_all(closes).await
    };
    let (closes, ()) = tokio::join!(closes, server.hub.drain(Duration::from_millis(400)));
    for close in &closes {
        assert_eq!(u16::from(close.code), 4001);
        let hint: Value = serde_json::from_str(&close.reason).unwrap();
        assert_eq!(hint, json!({ "reconnect_in": [1, 5] }));
    }
    assert_eq!(server.hub.sockets(), 0);
    let response = refusal(&server, &Server::display_path(""), &[]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn lv48_after_a_start_without_open_days_seq_does_not_go_back() {
    let mut first = server().await;
    first.log.issue_and_call(1);
    first.log.close_day();
    first.publish();
    let seq = first.watch("").await.message().await["seq"].as_u64().unwrap();

    let hub = Hub::new(settings(Limits::default()));
    let mut bootstrap = hub.bootstrap(TENANT.parse().unwrap());
    let configuration = first.log.events.iter().filter(|e| e.position <= Position(6));
    bootstrap.feed(configuration.map(Arc::as_ref));
    hub.install(bootstrap, first.log.head());
    hub.mark_ready();
    let second = Server::serve(hub, first.log).await;
    let greeting = second.watch(&format!("?after={seq}&epoch={EPOCH}")).await.message().await;
    assert!(greeting["seq"].as_u64().unwrap() >= seq);
    assert_eq!(greeting["seq"], second.log.head().0);
}
