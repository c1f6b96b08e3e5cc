//! A client at one counter who works through whatever fails: it repeats, under the same key, what was not answered.
//!
//! Owns what it sent and what it was answered. Never sends a command that it does not repeat until it is answered.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{Answer, Clinic, Http, Request, Server};

/// A client at one counter: it issues, calls and finishes, and repeats what was not answered.
pub(crate) struct Client {
    agent: usize,
    /// One connection to each server; the next one is asked where one does not answer.
    servers: Vec<Http>,
    at: usize,
    sent: usize,
    in_hand: Option<String>,
    /// Sent, and nobody knows whether it was carried out.
    unanswered: Option<Request>,
    /// How often a command was repeated because its answer was lost.
    pub(crate) repeated: usize,
    /// Every command that was carried out, with its first answer.
    pub(crate) carried_out: Vec<(Request, Answer)>,
}

impl Client {
    pub(crate) fn new(agent: usize, servers: &[&Server]) -> Self {
        Self {
            agent,
            servers: servers.iter().map(|server| server.http()).collect(),
            at: agent % servers.len(),
            sent: 0,
            in_hand: None,
            unanswered: None,
            repeated: 0,
            carried_out: Vec::new(),
        }
    }

    /// Works until the connection breaks; each answer is one permit.
    pub(crate) async fn work(mut self, clinic: Arc<Clinic>, answered: Arc<Semaphore>) -> Self {
        while self.step(&clinic).await {
            answered.add_permits(1);
        }
        self
    }

    /// Sends the next command, or again the one that was not answered; whether it was answered.
    pub(crate) async fn step(&mut self, clinic: &Clinic) -> bool {
        let request = self.unanswered.take().unwrap_or_else(|| self.next(clinic));
        match self.servers[self.at].send(&request).await {
            Ok(answer) if answer.status < 500 => {
                self.take(request, answer);
                true
            }
            // Nobody answered, or was able to: whether it was carried out is unknown.
            Ok(_) | Err(_) => {
                self.unanswered = Some(request);
                self.servers[self.at].disconnect();
                self.at = (self.at + 1) % self.servers.len();
                false
            }
        }
    }

    /// Works until it is told to stop, whatever fails meanwhile; in the end nothing is left unanswered.
    pub(crate) async fn work_through(
        mut self,
        clinic: Arc<Clinic>,
        answered: Arc<Semaphore>,
        stop: CancellationToken,
    ) -> Self {
        while !stop.is_cancelled() || self.unanswered.is_some() {
            let again = self.unanswered.is_some();
            if self.step(&clinic).await {
                answered.add_permits(1);
                self.repeated += usize::from(again);
            }
        }
        self
    }

    /// Repeats the command that was not answered, if there is one.
    pub(crate) async fn repeat(&mut self, clinic: &Clinic) {
        if self.unanswered.is_some() {
            self.repeated += 1;
            assert!(self.step(clinic).await, "the server that came back answers");
        }
    }

    fn next(&mut self, clinic: &Clinic) -> Request {
        self.sent += 1;
        let request = match &self.in_hand {
            Some(ticket) => clinic.act(self.agent, ticket, "close"),
            None if self.sent.is_multiple_of(2) => clinic.call_next(self.agent),
            None => clinic.issue(self.sent % 3),
        };
        request.key(format!("counter-{}-{:06}", self.agent, self.sent))
    }

    fn take(&mut self, request: Request, answer: Answer) {
        match answer.status {
            201 => {}
            200 if request.path.ends_with("/call_next/") => {
                let ticket = answer.json()["ticket"]["id"].as_str().unwrap().to_owned();
                self.in_hand = Some(ticket);
            }
            200 => self.in_hand = None,
            // Any other refusal would mean that client and server disagree about what was done.
            _ => {
                let last = self.carried_out.last();
                return assert_eq!(
                    answer.problem(),
                    "nobody-waiting",
                    "{request:?} after {last:?}"
                );
            }
        }
        self.carried_out.push((request, answer));
    }

    /// The last command that was carried out gets its first answer again.
    pub(crate) async fn must_be_answered_the_same(&mut self) {
        let Some((request, first)) = self.carried_out.last() else { return };
        let again = self.servers[self.at].ask(request).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{request:?}");
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }

    /// Where the outcome of its last command is in the log.
    pub(crate) fn position(&self) -> Option<u64> {
        self.carried_out.last().map(position)
    }
}

/// Where an answer says that its outcome is.
pub(crate) fn position((_, answer): &(Request, Answer)) -> u64 {
    answer.json()["log_position"].as_u64().unwrap()
}
