//! The accept loop: slow, many, silent and long-lived clients, and the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use server::accept::{AcceptLimits, Stopped};
use tokio::sync::Notify;

use crate::client::{self, TestServer, limits};

const SOON: Duration = Duration::from_millis(200);
const UPGRADE: &str = "GET /live HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn hello() -> Router {
    Router::new().route("/", get(async || "hello")).route("/live", get(live))
}

async fn live(upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .on_upgrade(|mut socket: WebSocket| async move { while socket.recv().await.is_some() {} })
}

#[tokio::test]
async fn a_slow_head_is_cut_while_others_are_served() {
    let server = TestServer::start(hello(), AcceptLimits { header_read_timeout: SOON, ..limits() });
    let mut slow = server.connect().await;
    slow.send("GET / HT").await;
    assert_eq!(server.get("/").await.body, "hello");
    slow.rest().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let server = TestServer::start(hello(), AcceptLimits { header_read_timeout: SOON, ..limits() });
    let mut silent = server.connect().await;
    assert_eq!(silent.rest().await, b"");
    let mut kept = server.connect().await;
    kept.send(&client::get("/")).await;
    assert_eq!(kept.answer().await.status, 200);
    assert_eq!(kept.rest().await, b"", "an unused keep-alive connection ends too");
}

#[tokio::test]
async fn over_the_cap_the_answer_is_503_and_a_place_becomes_free_again() {
    let server = TestServer::start(hello(), AcceptLimits { connections_max: 1, ..limits() });
    let mut first = server.connect().await;
    first.send(&client::get("/")).await;
    assert_eq!(first.answer().await.status, 200);

    let mut second = server.connect().await;
    let refused = second.answer().await;
    refused.problem(503, "overloaded");
    assert_eq!(refused.header("retry-after"), Some("5"));
    drop(second);

    drop(first);
    server.until_served("/").await;
}

#[tokio::test]
async fn an_upgraded_socket_keeps_its_place() {
    let server = TestServer::start(hello(), AcceptLimits { connections_max: 1, ..limits() });
    let mut socket = server.connect().await;
    socket.send(UPGRADE).await;
    assert_eq!(socket.answer().await.status, 101);
    assert_eq!(server.get("/").await.status, 503);
    drop(socket);
    server.until_served("/").await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut() {
    let large = Router::new()
        .route("/", get(async || "hello"))
        .route("/large", get(async || vec![b'x'; 64 << 20]));
    let server = TestServer::start(
        large,
        AcceptLimits { connections_max: 1, write_deadline: SOON, ..limits() },
    );
    let mut deaf = server.connect().await;
    deaf.send(&client::get("/large")).await;
    server.until_served("/").await;
    drop(deaf);
}

#[tokio::test]
async fn a_handler_sees_its_peer() {
    let peer = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
    let server = TestServer::start(Router::new().route("/", get(peer)), limits());
    assert_eq!(server.get("/").await.body, "127.0.0.1");
}

#[tokio::test]
async fn a_stop_waits_for_a_running_request_and_closes_idle_connections() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (entered_in, release_in) = (Arc::clone(&entered), Arc::clone(&release));
    let slow = async move || {
        entered_in.notify_one();
        release_in.notified().await;
        "done"
    };
    let router = hello().route("/slow", get(slow));
    let server = TestServer::start(router, limits());
    let mut idle = server.connect().await;
    idle.send(&client::get("/")).await;
    assert_eq!(idle.answer().await.status, 200);
    let mut running = server.connect().await;
    running.send(&client::get("/slow")).await;
    entered.notified().await;

    server.stop.cancel();
    assert_eq!(idle.rest().await, b"");
    assert!(!server.served.is_finished());
    release.notify_one();
    let answer = running.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "done"));
    assert_eq!(server.stopped().await, Stopped { cut: 0 });
}

#[tokio::test]
async fn during_the_drain_window_everybody_is_still_answered() {
    let limits = AcceptLimits { drain_window: 10 * SOON, ..limits() };
    let server = TestServer::start(hello(), limits);
    let mut kept = server.connect().await;
    server.stop.cancel();
    assert_eq!(server.get("/").await.body, "hello", "a new connection");
    kept.send(&client::get("/")).await;
    assert_eq!(kept.answer().await.body, "hello", "one from before");
    assert_eq!(kept.rest().await, b"", "closed when the window is over");
    assert_eq!(server.stopped().await, Stopped { cut: 0 });
}

#[tokio::test]
async fn a_stop_has_a_deadline() {
    let entered = Arc::new(Notify::new());
    let entered_in = Arc::clone(&entered);
    let endless = async move || {
        entered_in.notify_one();
        std::future::pending::<()>().await;
    };
    let router = Router::new().route("/", get(endless));
    let server = TestServer::start(router, AcceptLimits { stop_deadline: SOON, ..limits() });
    let mut client = server.connect().await;
    client.send(&client::get("/")).await;
    entered.notified().await;
    server.stop.cancel();
    assert_eq!(server.stopped().await, Stopped { cut: 1 });
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn a_stop_leaves_upgraded_sockets_to_their_owner() {
    let server = TestServer::start(hello(), limits());
    let mut socket = server.connect().await;
    socket.send(UPGRADE).await;
    assert_eq!(socket.answer().await.status, 101);
    server.stop.cancel();
    assert_eq!(server.stopped().await, Stopped { cut: 0 });
    // A ping without text, masked with zeros; its owner still answers with a pong.
    socket.send_bytes(&[0x89, 0x80, 0, 0, 0, 0]).await;
    assert_eq!(socket.bytes().await, [0x8a, 0]);
}
