//! What was sent and how it was answered, and what the log must say of it in the end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{Answer, Request, Row, Screen};

/// The problems that a staff which knows its clinic can meet. Any other one would be news.
const PROBLEMS: [&str; 21] = [
    "agent-has-ticket",
    "agent-not-free",
    "agent-not-seated",
    "agent-paused",
    "counter-taken",
    "day-closed",
    "day-open",
    "nobody-waiting",
    "not-your-step",
    "not-your-ticket",
    "nothing-to-undo",
    "queue-closed",
    "queue-paused",
    "same-queue",
    "ticket-not-waiting",
    "ticket-reserved",
    "ticket-waiting",
    "too-few-calls",
    "undo-too-late",
    // A ticket of the day before.
    "unknown-ticket",
    "wrong-stage",
];

/// Commands that may change nothing, by a part of their path: a seat one has, a state that it is in.
const IDLE: [&str; 4] = ["/set_status/", "/state/", "/priority/", "/sites/"];

/// Every command that was answered.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// The commands that were carried out, with the position that was acknowledged.
    carried_out: BTreeMap<String, (u64, Request)>,
    /// The highest position that was acknowledged.
    pub(super) position: u64,
    pub(super) refused: usize,
    /// How many lost their answer by a kill.
    pub(super) repeated: usize,
    /// What happened, as the log names it.
    pub(super) kinds: BTreeSet<String>,
    /// How often screens came back with nothing but changes, and how often to a snapshot.
    pub(super) resumes: usize,
    pub(super) snapshots: usize,
}

impl Account {
    /// Takes an answer down: done, or a documented refusal, and nothing else. Gives what was done.
    pub(super) fn answered(&mut self, request: &Request, answer: &Answer) -> Option<Value> {
        if !matches!(answer.status, 200 | 201) {
            assert!(matches!(answer.status, 404 | 409), "{request:?}: {}", answer.text());
            let problem = answer.problem();
            assert!(PROBLEMS.contains(&&*problem), "{request:?}: {}", answer.text());
            self.refused += 1;
            return None;
        }
        let done = answer.json();
        let position = done["log_position"].as_u64().unwrap();
        self.position = self.position.max(position);
        let key = request.key.clone().unwrap();
        let twice = self.carried_out.insert(key, (position, request.clone()));
        assert!(twice.is_none(), "answered twice: {request:?}");
        Some(done)
    }

    /// What a screen went through.
    pub(super) fn watched(&mut self, screen: &Screen) {
        self.resumes += screen.replica.resumes;
        // The first one is no return.
        self.snapshots += screen.replica.jumps.len() - 1;
    }

    /// I1 and I5: what was acknowledged is in the log, once and where the answer says, and nothing else is.
    pub(super) fn must_be_in(&mut self, rows: &[Row]) {
        let mut recorded: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            self.kinds.insert(row.kind.clone());
            if let Some(key) = &row.key {
                recorded.entry(key).or_default().push(row);
            }
        }
        let head = rows.len() as u64;
        for (key, (position, request)) in &self.carried_out {
            assert!(*position <= head, "{key} is beyond the log's {head}: {request:?}");
            let Some(events) = recorded.remove(key.as_str()) else {
                let idle = IDLE.iter().any(|part| request.path.contains(part));
                assert!(idle, "{key} was acknowledged and is not there: {request:?}");
                continue;
            };
            let commands: BTreeSet<&[u8]> = events.iter().map(|row| &*row.command).collect();
            assert_eq!(commands.len(), 1, "{key} was carried out once: {events:?}");
            assert_eq!(events.last().map(|row| row.position), Some(*position), "{request:?}");
        }
        assert!(recorded.is_empty(), "in the log, and nobody was told: {recorded:?}");
    }

    /// Adds what another run did.
    pub(super) fn add(&mut self, other: Self) {
        self.refused += other.refused;
        self.repeated += other.repeated;
        self.kinds.extend(other.kinds);
        self.resumes += other.resumes;
        self.snapshots += other.snapshots;
    }
}
