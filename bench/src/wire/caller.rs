//! One client that asks and waits, for setting up and for single calls.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::http::{Answer, Request};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that is kept.
pub(crate) struct Caller {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Caller {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connect to the server")?;
        stream.set_nodelay(true).context("set TCP_NODELAY")?;
        stream.set_read_timeout(Some(PATIENCE)).context("set a time limit")?;
        Ok(Self { stream, bytes: Vec::new() })
    }

    /// Asks, and gives the body of a success. Any other answer is an error.
    pub(crate) fn ask(&mut self, method: &'static str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) = self.exchange(&Request { method, path, key: None, body: &body })?;
        if !(200..300).contains(&status) {
            bail!("{method} {path} {body} was answered {status} {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{path} answered no JSON: {text}"))
    }

    /// The status of a `GET`.
    pub(crate) fn status(&mut self, path: &str) -> Result<u16> {
        Ok(self.exchange(&Request { method: "GET", path, key: None, body: "" })?.0)
    }

    fn exchange(&mut self, request: &Request<'_>) -> Result<(u16, String)> {
        self.bytes.clear();
        request.encode(&mut self.bytes);
        self.stream.write_all(&self.bytes).context("send a request")?;
        self.bytes.clear();
        loop {
            if let Some((answer, _)) = Answer::read(&self.bytes) {
                return Ok((answer.status, String::from_utf8_lossy(answer.body).into_owned()));
            }
            let mut part = [0; 4096];
            let len = self.stream.read(&mut part).context("wait for an answer")?;
            if len == 0 {
                bail!("the server hung up");
            }
            self.bytes.extend_from_slice(&part[..len]);
        }
    }
}
