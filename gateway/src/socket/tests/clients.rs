//! Clients that are slow, silent, or talk too much or nonsense.

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

use super::server;
use crate::Limits;
use crate::testing::{Client, Log, Replica, Server};

/// A client whose receive buffer is small, so that it blocks its writer soon when it does not read.
async fn narrow_client(server: &Server) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let stream = socket.connect(server.address).await.unwrap();
    server.connect_over(stream, &Server::display_path(""), &[]).await.unwrap()
}

#[tokio::test]
async fn lv26_a_reader_that_does_not_read_delays_nobody() {
    let limits = Limits { write_deadline_seconds: 1, close_grace_seconds: 1, ..Limits::default() };
    let mut server = Server::start(Log::open(), limits).await;
    let _slow = narrow_client(&server).await;
    let mut reader = Replica::default();
    let mut quick = server.watch("").await;
    reader.take(&quick.message().await);
    let mut n = 0;
    // Calls go on until the server has dropped the slow one.
    while server.hub.sockets() > 1 {
        for _ in 0..50 {
            n += 1;
            server.log.issue_and_call(n);
        }
        server.publish();
        while reader.seq < server.room_seq() {
            reader.take(&quick.message().await);
            assert!(!reader.needs_resync);
        }
    }
}

#[tokio::test]
async fn lv25_a_slow_reader_that_wakes_up_within_the_grace_learns_why() {
    let limits = Limits { write_deadline_seconds: 1, close_grace_seconds: 30, ..Limits::default() };
    let mut server = Server::start(Log::open(), limits).await;
    let mut slow = narrow_client(&server).await;
    // The buffers of the kernel fill, then the write blocks, then the seat is given back.
    let mut n = 0;
    while server.readers() > 0 {
        for _ in 0..50 {
            n += 1;
            server.log.issue_and_call(n);
        }
        server.publish();
        tokio::task::yield_now().await;
    }
    assert_eq!(u16::from(slow.close().await.code), 4008);
}

#[tokio::test]
async fn lv27_lv29_a_ping_is_answered_after_all_that_was_due() {
    let mut server = server().await;
    let mut client = server.watch("").await;
    let mut reader = Replica::default();
    reader.take(&client.message().await);
    server.log.issue_and_call(1);
    server.publish();
    client.say(r#"{"type":"ping","extra":1}"#).await;
    let pong = loop {
        let message = client.message().await;
        reader.take(&message);
        if message["type"] == "pong" {
            break message;
        }
    };
    assert!(!reader.needs_resync, "its seq is where the reader stands");
    assert_eq!(pong["position"], server.log.head().0);
    assert_eq!(reader.seq, server.log.head().0);
    assert!(pong["server_time"].is_string());
}

#[tokio::test]
async fn lv28_a_heartbeat_comes_unasked_with_a_ping() {
    let limits = Limits { heartbeat_seconds: 1, ..Limits::default() };
    let server = Server::start(Log::open(), limits).await;
    let mut client = server.watch("").await;
    let greeting = client.message().await;
    let pong = client.message().await;
    assert_eq!(pong["type"], "pong");
    assert_eq!(pong["seq"], greeting["seq"]);
    assert!(matches!(client.socket.next().await, Some(Ok(Message::Ping(_)))));
    // The client's pong is a sign of life: it stays longer than the silence that is allowed.
    for _ in 0..3 {
        assert_eq!(client.message().await["type"], "pong");
    }
}

// The clock stands still and jumps to the next deadline whenever nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn lv30_a_client_that_was_not_heard_for_two_heartbeats_is_closed() {
    let server = server().await;
    let mut client = server.watch("").await;
    let mut bytes = Vec::new();
    // Whoever reads below the WebSocket answers no ping.
    client.socket.get_mut().read_to_end(&mut bytes).await.unwrap();
    let close = b"\x0f\xa9silent client";
    assert!(bytes.ends_with(close), "4009 comes last: {}", String::from_utf8_lossy(&bytes));
}

#[tokio::test]
async fn lv31_what_is_not_understood_is_ignored_a_few_times() {
    let limits = Limits { bad_messages_max: 2, ..Limits::default() };
    let server = Server::start(Log::open(), limits).await;
    let mut client = server.watch("").await;
    client.message().await;
    client.say(r#"{"type":"subscribe"}"#).await;
    client.say("not json").await;
    client.say(r#"{"type":"ping"}"#).await;
    assert_eq!(client.message().await["type"], "pong");
    client.say("[]").await;
    assert_eq!(u16::from(client.close().await.code), 4011);
}

#[tokio::test]
async fn lv32_a_client_that_talks_too_much_is_closed() {
    let limits = Limits { client_messages_per_second_max: 5, ..Limits::default() };
    let server = Server::start(Log::open(), limits).await;
    let mut client = server.watch("").await;
    for _ in 0..12 {
        client.socket.feed(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    }
    client.socket.flush().await.unwrap();
    assert_eq!(u16::from(client.close().await.code), 4010);
}

#[tokio::test]
async fn lv33_binary_is_refused() {
    let server = server().await;
    let mut client = server.watch("").await;
    client.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(u16::from(client.close().await.code), 1003);
}

#[tokio::test]
async fn lv34_a_message_too_long_is_refused() {
    let server = server().await;
    let mut client = server.watch("").await;
    client.say(&"x".repeat(5000)).await;
    assert_eq!(u16::from(client.close().await.code), 1009);
}
