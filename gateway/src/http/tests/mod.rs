//! Polling, event streams and reads, without a port. Names cite the rules of `docs/spec/live.md`.

mod polls;
mod reads;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::Limits;
use crate::testing::{DISPLAY, EPOCH, Log, Replica, Server, TENANT};

async fn server() -> Server {
    Server::start(Log::open(), Limits::default()).await
}

fn display(rest: &str) -> String {
    format!("/api/v1/public/tenants/{TENANT}/displays/{DISPLAY}/{rest}")
}

/// An event stream as a browser sees it.
struct Events {
    body: Body,
    text: String,
}

impl Events {
    fn of(response: Response) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// Id and data of the next event.
    async fn next(&mut self) -> (String, Value) {
        let end = loop {
            if let Some(end) = self.text.find("\n\n") {
                break end;
            }
            let frame = self.body.frame().await.expect("the stream goes on").unwrap();
            self.text += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
        };
        let event: String = self.text.drain(..end + 2).collect();
        let (id, data) = event.trim_end().split_once('\n').unwrap();
        let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        (id.strip_prefix("id: ").unwrap().to_owned(), data)
    }
}

#[tokio::test]
async fn lv41_an_event_stream_carries_the_same_messages() {
    let mut server = server().await;
    let mut events = Events::of(server.get(&display("events"), &[]).await);
    let mut socket = server.watch("").await;
    assert_eq!(events.next().await, {
        let greeting = socket.message().await;
        (format!("{EPOCH}:{}", greeting["seq"]), greeting)
    });
    server.log.issue_and_call(1);
    server.publish();
    for _ in 0..2 {
        let (id, message) = events.next().await;
        assert_eq!(id, format!("{EPOCH}:{}", message["seq"]));
        assert_eq!(message, socket.message().await);
    }
}

#[tokio::test]
async fn lv41_a_heartbeat_comes_as_an_event() {
    let limits = Limits { heartbeat_seconds: 1, ..Limits::default() };
    let server = Server::start(Log::open(), limits).await;
    let mut events = Events::of(server.get(&display("events/"), &[]).await);
    let (id, _) = events.next().await;
    let (heartbeat_id, pong) = events.next().await;
    assert_eq!(pong["type"], "pong");
    assert_eq!(id, heartbeat_id);
}

#[tokio::test]
async fn lv42_the_id_of_the_last_event_resumes_an_event_stream() {
    let mut server = server().await;
    let mut reader = Replica::default();
    let (id, greeting) = Events::of(server.get(&display("events"), &[]).await).next().await;
    reader.take(&greeting);
    server.log.issue_and_call(1);
    server.publish();
    let resumed = server.get(&display("events"), &[("last-event-id", &id)]).await;
    let mut events = Events::of(resumed);
    for _ in 0..3 {
        reader.take(&events.next().await.1);
    }
    assert!(!reader.needs_resync);
    assert_eq!(reader.announced, [("A001".to_owned(), 1)]);
    assert_eq!(reader.seq, server.log.head().0);
}

#[tokio::test]
async fn lv42_an_id_that_is_not_ours_gets_the_snapshot() {
    let server = server().await;
    for id in ["nonsense", "e1:soon", "e0:8"] {
        let answer = server.get(&display("events"), &[("last-event-id", id)]).await;
        assert!(Events::of(answer).next().await.1["view"].is_object(), "{id}");
    }
}

#[tokio::test]
async fn lv35_an_event_stream_of_an_unknown_display_is_not_found() {
    let server = server().await;
    let path = "/api/v1/public/tenants/clinic/displays/hall/events";
    assert_eq!(server.get(path, &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lv36_an_event_stream_ends_with_its_display() {
    let mut server = server().await;
    let mut events = Events::of(server.get(&display("events"), &[]).await);
    events.next().await;
    server.log.display(false);
    server.publish();
    assert!(events.body.frame().await.is_none());
}

#[tokio::test]
async fn lv37_event_streams_check_the_origin_too() {
    let server = server().await;
    let ask = |origin| {
        let server = &server;
        async move { server.get(&display("events"), &[("origin", origin)]).await.status() }
    };
    assert_eq!(ask("http://localhost").await, StatusCode::OK);
    assert_eq!(ask("http://localhost:80").await, StatusCode::OK);
    assert_eq!(ask("https://evil.example").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn lv40_event_streams_end_in_a_shutdown() {
    let server = server().await;
    let mut events = Events::of(server.get(&display("events"), &[]).await);
    events.next().await;
    let end = async {
        while let Some(frame) = events.body.frame().await {
            frame.unwrap();
        }
        drop(events);
    };
    tokio::join!(end, server.hub.drain(std::time::Duration::from_millis(50)));
    let refused = server.get(&display("events"), &[]).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn lv47_paths_are_served_with_and_without_a_slash() {
    let server = server().await;
    for path in ["tickets", "tickets/"] {
        assert_eq!(server.get(&display(path), &[]).await.status(), StatusCode::OK);
    }
}

/// Whether something is still under way when it has done all that it can.
async fn is_pending<T>(work: Pin<&mut impl Future<Output = T>>) -> bool {
    let mut work = work;
    poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_pending())).await
}

#[tokio::test]
async fn lv51_who_saw_more_on_another_server_is_let_in_once_this_one_has_it_too() {
    let mut server = server().await;
    server.log.issue_and_call(1);
    let (events, seq) = (server.log.fresh().to_vec(), server.log.head().0);
    let path = display(&format!("events?after={seq}&epoch={EPOCH}"));
    let mut joining = pin!(server.get(&path, &[]));
    assert!(is_pending(joining.as_mut()).await, "an answer now would show what is old");
    server.hub.apply(&TENANT.parse().unwrap(), &events).unwrap();
    let (_, greeting) = Events::of(joining.await).next().await;
    assert_eq!((&greeting["view"], &greeting["seq"]), (&Value::Null, &Value::from(seq)));
}
