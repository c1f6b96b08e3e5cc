//! A closed loop of many clients in one thread: each sends its next request when it has its answer. Owns the window
//! of time that counts; what is asked is the script's business.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::http::Answer;
use crate::samples::Samples;
use crate::usage::{Usage, Watch};

/// Longest silence of all clients together.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer is shorter than this as a rule.
const PART_BYTES: usize = 4096;

/// What one client asks, one request after another.
pub(crate) trait Script {
    /// Puts the next request into `out`, knowing the answer to the last one; none before the first.
    ///
    /// # Errors
    /// An answer that should not be.
    fn next(&mut self, last: Option<Answer<'_>>, out: &mut Vec<u8>) -> Result<()>;
}

/// How long is measured, after how long a warm-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// What came of it.
pub(crate) struct Load {
    pub(crate) per_second: f64,
    pub(crate) latencies: Samples,
    pub(crate) usage: Usage,
}

struct Client<S> {
    stream: TcpStream,
    script: S,
    sent: Instant,
    received: Vec<u8>,
}

/// Runs the scripts against the server, each on a connection of its own.
pub(crate) fn run<S: Script>(
    address: SocketAddr,
    scripts: Vec<S>,
    window: Window,
    watched: &[(&'static str, u32)],
) -> Result<Load> {
    let mut poll = Poll::new().context("make a poll")?;
    let mut events = Events::with_capacity(1024);
    let mut request = Vec::new();
    let mut clients = Vec::new();
    for (at, script) in scripts.into_iter().enumerate() {
        let mut client = Client::connect(address, script)?;
        poll.registry()
            .register(&mut client.stream, Token(at), Interest::READABLE)
            .context("register a connection")?;
        clients.push(client);
    }
    let from = Instant::now() + window.warm_up;
    let mut until = from + window.measured;
    for client in &mut clients {
        client.send(None, &mut request)?;
    }
    let mut latencies = Samples::default();
    let mut watch: Option<(Watch, Instant)> = None;
    loop {
        poll.poll(&mut events, Some(PATIENCE)).context("wait for answers")?;
        if events.is_empty() {
            bail!("no answer for {} s", PATIENCE.as_secs());
        }
        let now = Instant::now();
        if watch.is_none() && now >= from {
            watch = Some((Watch::begin(watched)?, now));
            until = now + window.measured;
        }
        if let (Some((watch, began)), true) = (&watch, now >= until) {
            let usage = watch.end()?;
            let per_second = latencies.len() as f64 / began.elapsed().as_secs_f64();
            return Ok(Load { per_second, latencies, usage });
        }
        for event in &events {
            let Some(client) = clients.get_mut(event.token().0) else { continue };
            if let Some(took) = client.receive(&mut request)?
                && watch.is_some()
            {
                latencies.push(took);
            }
        }
    }
}

impl<S: Script> Client<S> {
    fn connect(address: SocketAddr, script: S) -> Result<Self> {
        let stream = std::net::TcpStream::connect(address).context("connect to the server")?;
        stream.set_nodelay(true).context("set TCP_NODELAY")?;
        stream.set_nonblocking(true).context("make a connection non-blocking")?;
        let stream = TcpStream::from_std(stream);
        Ok(Self { stream, script, sent: Instant::now(), received: Vec::new() })
    }

    fn send(&mut self, last: Option<Answer<'_>>, request: &mut Vec<u8>) -> Result<()> {
        request.clear();
        self.script.next(last, request)?;
        self.sent = Instant::now();
        // A request is far smaller than the buffer of a connection with nothing under way.
        self.stream.write_all(request).context("send a request")
    }

    /// Reads what is there. With a whole answer, sends the next request and says how long the answer took.
    fn receive(&mut self, request: &mut Vec<u8>) -> Result<Option<Duration>> {
        let mut part = [0; PART_BYTES];
        loop {
            match self.stream.read(&mut part) {
                Ok(0) => bail!("the server hung up"),
                Ok(len) => {
                    self.received.extend_from_slice(&part[..len]);
                    // A short read has emptied the socket.
                    if len < part.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("read an answer"),
            }
        }
        let received = std::mem::take(&mut self.received);
        let Some((answer, _)) = Answer::read(&received) else {
            self.received = received;
            return Ok(None);
        };
        let took = self.sent.elapsed();
        self.send(Some(answer), request)?;
        self.received = received;
        self.received.clear();
        Ok(Some(took))
    }
}
