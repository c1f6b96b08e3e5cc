//! A clinic whose display is watched by many sockets, and an agent who calls. Owns the sockets and the one connection
//! of the agent, both in one thread, so that one clock takes both ends of a call.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;

use crate::clinic::{self, agent, api, queue};
use crate::server::Server;
use crate::wire::http::{Request, number, text};
use crate::wire::sockets::{Seen, Sockets};

/// The screens and the agent.
pub(crate) struct Screens {
    pub(crate) sockets: Sockets,
    slug: String,
    address: std::net::SocketAddr,
    caller: usize,
    open: usize,
}

/// Who is shown everything that comes meanwhile.
type See<'a> = &'a mut dyn FnMut(usize, &Seen<'_>);

/// A call that every screen shows.
pub(crate) struct Called {
    /// When the last screen had it.
    pub(crate) last: Duration,
    /// When the agent had the answer.
    pub(crate) answer: Duration,
    pub(crate) ticket: String,
    /// Its place in the log.
    pub(crate) position: u64,
    /// The message on the last screen.
    frame: Vec<u8>,
}

impl Screens {
    /// Defines the clinic, with visitors who wait and one agent, and no screen yet.
    pub(crate) fn new(server: &Server, slug: &str, waiting: usize) -> Result<Self> {
        let mut caller = server.caller()?;
        clinic::define(&mut caller, slug, 1)?;
        for n in 0..waiting {
            let body = json!({ "queue_id": queue(n), "channel": "kiosk" });
            caller.ask("POST", &api(slug, "tickets/"), &body)?;
        }
        let mut sockets = Sockets::new()?;
        let address = server.address();
        let caller = sockets.open_caller(address)?;
        Ok(Self { sockets, slug: slug.into(), address, caller, open: 0 })
    }

    /// How many screens there are.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// Opens more screens, and says how long that took.
    pub(crate) fn open_more(&mut self, count: usize, path: &str) -> Result<Duration> {
        self.open_more_at(self.address, count, path)
    }

    /// As [`Screens::open_more`], at another node than the agent's.
    pub(crate) fn open_more_at(
        &mut self,
        address: std::net::SocketAddr,
        count: usize,
        path: &str,
    ) -> Result<Duration> {
        self.open += count;
        self.sockets.open_readers(count, address, path)
    }

    /// A few calls that do not count. Gives the message of a call.
    pub(crate) fn warm_up(&mut self) -> Result<Vec<u8>> {
        let mut frame = Vec::new();
        for _ in 0..3 {
            let called = self.call()?;
            self.put_back(&called.ticket)?;
            frame = called.frame;
        }
        Ok(frame)
    }

    /// The agent calls whoever is next; waits until all screens have it.
    pub(crate) fn call(&mut self) -> Result<Called> {
        let body = json!({ "agent_id": agent(0) });
        let called = self.tell("agent-status/call_next/", &body.to_string(), &mut |_, _| {})?;
        let seq = number(&called.frame, "seq");
        ensure!(
            self.open == 0 || seq == Some(called.position),
            "the call at {} was shown as {seq:?}",
            called.position
        );
        Ok(called)
    }

    /// The ticket goes back to the end of its queue, so that as many wait as before.
    pub(crate) fn put_back(&mut self, ticket: &str) -> Result<()> {
        self.put_back_while(ticket, &mut |_, _| {}).map(drop)
    }

    /// A call and its end, while everything that comes is shown to the caller, who opened the screens. Gives the
    /// place of the last event in the log.
    pub(crate) fn call_while(&mut self, see: See<'_>) -> Result<u64> {
        let body = json!({ "agent_id": agent(0) });
        let called = self.tell("agent-status/call_next/", &body.to_string(), see)?;
        self.put_back_while(&called.ticket, see)
    }

    fn put_back_while(&mut self, ticket: &str, see: See<'_>) -> Result<u64> {
        let body = json!({ "agent_id": agent(0), "place": "end" });
        let path = format!("tickets/{ticket}/return/");
        Ok(self.tell(&path, &body.to_string(), see)?.position)
    }

    /// Sends one command that changes the screens, and waits for its answer and for one message on each.
    fn tell(&mut self, path: &str, body: &str, see: See<'_>) -> Result<Called> {
        let path = api(&self.slug, path);
        let mut request = Vec::new();
        Request { method: "POST", path: &path, key: None, body }.encode(&mut request);
        let Self { sockets, caller, open, .. } = self;
        let (mut left, mut frame) = (*open, Vec::new());
        let (mut last, mut answer) = (Duration::ZERO, None);
        let began = Instant::now();
        sockets.send(*caller, &request)?;
        while left > 0 || answer.is_none() {
            sockets.turn_or_fail(&mut |at, seen| {
                see(at, &seen);
                match seen {
                    Seen::Text(message) if is_change(message) => {
                        left = left.saturating_sub(1);
                        if left == 0 {
                            last = began.elapsed();
                            frame = message.to_vec();
                        }
                    }
                    Seen::Answer(given) => {
                        let body = given.body.to_vec();
                        answer = Some((began.elapsed(), given.is_success(), given.status, body));
                    }
                    Seen::Text(_) | Seen::Closed(_) => {}
                }
            })?;
        }
        let (answer, success, status, body) = answer.context("no answer came")?;
        if !success {
            bail!("{path} was answered {status} {}", String::from_utf8_lossy(&body));
        }
        let ticket = text(&body, "id").context("the answer names no ticket")?.to_owned();
        let position = number(&body, "log_position").context("the answer has no position")?;
        Ok(Called { last, answer, ticket, position, frame })
    }
}

/// Whether a message is about a change; heartbeats and greetings are not.
pub(crate) fn is_change(message: &[u8]) -> bool {
    message.starts_with(br#"{"type":"ticket_"#) || message.starts_with(br#"{"type":"refresh""#)
}
