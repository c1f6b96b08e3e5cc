//! A client for HTTP/1.1 over one connection that is kept. Written by hand, so that a test decides every byte.
//!
//! Never repeats a request by itself: whether a command was carried out is what the tests are about.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::in_time;

/// A connection that was idle for so long may be closed by the server at any moment: take a new one.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// One request, to be sent once or again.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) key: Option<String>,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None, key: None }
    }

    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", path: path.into(), body: Some(body), key: None }
    }

    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self { method: "PUT", path: path.into(), body: Some(body), key: None }
    }

    /// The same under an `Idempotency-Key`.
    pub(crate) fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let (method, path) = (self.method, &self.path);
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n");
        if let Some(key) = &self.key {
            head += &format!("idempotency-key: {key}\r\n");
        }
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        if self.body.is_some() {
            let length = body.len();
            head += &format!("content-type: application/json\r\ncontent-length: {length}\r\n");
        }
        (head + "\r\n" + &body).into_bytes()
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The last part of a problem's `type`, after the answer was found to be a whole problem.
    pub(crate) fn problem(&self) -> String {
        let problem = self.json();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{problem}");
        assert_eq!(problem["status"], self.status, "{problem}");
        for field in ["type", "title", "detail"] {
            let text = problem[field].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{field} in {problem}");
        }
        let name = problem["type"].as_str().unwrap().strip_prefix("/problems/");
        name.unwrap_or_else(|| panic!("a type of ours: {problem}")).to_owned()
    }
}

/// A client with one connection.
pub(crate) struct Http {
    address: SocketAddr,
    connection: Option<(BufReader<TcpStream>, Instant)>,
}

impl Http {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// Connects, so that the next request costs no more than itself.
    pub(crate) async fn connect(&mut self) -> Result<&mut BufReader<TcpStream>> {
        let fresh = self.connection.take().filter(|(_, used)| used.elapsed() < IDLE_MAX);
        let stream = match fresh {
            Some((stream, _)) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        Ok(&mut self.connection.insert((stream, Instant::now())).0)
    }

    /// Lets go of the connection; the next request takes a new one.
    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Sends a request and reads the answer. After an error nobody knows whether it was carried out.
    pub(crate) async fn send(&mut self, request: &Request) -> Result<Answer> {
        self.raw(&request.bytes(self.address)).await
    }

    /// Sends bytes as they are and reads one answer.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) -> Result<Answer> {
        let exchange = async {
            let stream = self.connect().await?;
            stream.write_all(bytes).await?;
            read_answer(stream, bytes.starts_with(b"HEAD ")).await
        };
        let answer = in_time("an answer", exchange).await;
        let ends = |answer: &Answer| answer.header("connection") == Some("close");
        if answer.as_ref().map_or(true, ends) {
            self.connection = None;
        }
        answer
    }

    /// The answer of a server that is there.
    pub(crate) async fn ask(&mut self, request: &Request) -> Answer {
        self.send(request).await.unwrap_or_else(|error| panic!("{error} on {request:?}"))
    }

    /// The JSON of an answer that must be a success.
    pub(crate) async fn done(&mut self, request: &Request) -> Value {
        let answer = self.ask(request).await;
        assert!((200..300).contains(&answer.status), "{request:?}: {}", answer.text());
        answer.json()
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(&Request::get(path)).await
    }

    /// One figure of `/metrics`; 0 where it was never counted.
    pub(crate) async fn metric(&mut self, name: &str) -> f64 {
        let text = self.get("/metrics").await.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |figure| figure.trim().parse().unwrap())
    }
}

async fn read_answer(stream: &mut BufReader<TcpStream>, head_only: bool) -> Result<Answer> {
    let unclear = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status: u16 = status.ok_or_else(|| unclear("no status"))?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: Vec::new() };
    if head_only || status < 200 || matches!(status, 204 | 304) {
        return Ok(answer);
    }
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    answer.body.resize(length.ok_or_else(|| unclear("an answer without a length"))?, 0);
    stream.read_exact(&mut answer.body).await?;
    Ok(answer)
}
