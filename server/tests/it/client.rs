//! A server on a free port and a client that writes bytes as a test asks.
//!
//! Owns both ends of the wire. Never hides what is sent.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use server::accept::{self, AcceptLimits, Stopped};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest that anything in a test may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn limits() -> AcceptLimits {
    AcceptLimits {
        connections_max: 100,
        connections_per_ip_max: 100,
        head_bytes_max: 8_192,
        header_read_timeout: PATIENCE,
        write_deadline: PATIENCE,
        send_buffer_bytes: 32_768,
        keepalive: Duration::from_secs(60),
        drain_window: Duration::ZERO,
        stop_deadline: PATIENCE,
    }
}

pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinHandle<Stopped>,
}

impl TestServer {
    pub(crate) fn start(router: Router, limits: AcceptLimits) -> Self {
        let listener = accept::bind("127.0.0.1:0".parse().unwrap(), 128).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served =
            TaskTracker::new().spawn(accept::serve(listener, router, limits, stop.clone()));
        Self { address, stop, served }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(request).await;
        client.answer().await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&get(path)).await
    }

    /// Asks on fresh connections until one is served: for what the server can only notice by itself.
    pub(crate) async fn until_served(&self, path: &str) {
        let served = async { while self.get(path).await.status != 200 {} };
        tokio::time::timeout(PATIENCE, served).await.expect("a place should become free");
    }

    pub(crate) async fn stopped(self) -> Stopped {
        tokio::time::timeout(PATIENCE, self.served).await.expect("the server should stop").unwrap()
    }
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
}

pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let read = tokio::time::timeout(PATIENCE, self.0.read_exact(&mut bytes));
        read.await.expect("bytes in time").unwrap();
        bytes
    }

    /// Reads one answer, its body by its length.
    pub(crate) async fn answer(&mut self) -> Answer {
        let read = async {
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n\r\n") {
                bytes.push(self.0.read_u8().await.expect("the head of an answer"));
            }
            let mut answer = Answer::parse(&String::from_utf8(bytes).unwrap());
            let length =
                answer.header("content-length").map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
            answer.body = String::from_utf8(body).unwrap();
            answer
        };
        tokio::time::timeout(PATIENCE, read).await.expect("an answer in time")
    }

    /// What is left on the wire until the other end closes it.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest));
        // A reset is an end as well.
        let _ = read.await.expect("the connection should be closed");
        rest
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    head: String,
}

impl Answer {
    fn parse(head: &str) -> Self {
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, body: String::new(), head: head.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Checks that this is a problem with a status and a kind, and gives its detail.
    pub(crate) fn problem(&self, status: u16, slug: &str) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["type"], format!("/problems/{slug}"));
        assert_eq!(body["status"], status);
        body["detail"].as_str().unwrap().to_owned()
    }
}
