//! What a screen holds, by the rules that the live protocol sets for every client, and what it went through.

use serde_json::{Value, json};

/// How many tickets a screen shows.
const SHOWN_MAX: usize = 10;

/// A screen's copy of its board. It refuses, with a panic, whatever the protocol forbids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replica {
    pub(crate) seq: u64,
    pub(crate) epoch: String,
    view: Value,
    /// The `seq` of every call that was announced.
    pub(crate) calls: Vec<u64>,
    /// From where to where it was carried by a snapshot instead of by changes.
    pub(crate) jumps: Vec<(u64, u64)>,
    /// How often it resumed with nothing but changes.
    pub(crate) resumes: usize,
}

impl Replica {
    /// Takes one message in.
    pub(crate) fn take(&mut self, message: &Value) {
        let seq = message["seq"].as_u64().unwrap_or_else(|| panic!("no seq in {message}"));
        assert!(seq >= self.seq, "a screen never goes backwards: {} then {message}", self.seq);
        match message["type"].as_str().unwrap_or_default() {
            "connection" => self.greet(seq, message),
            "refresh" if message["prev"] == self.seq => self.replace(seq, message),
            "refresh" => self.jump(seq, message),
            kind @ ("ticket_called" | "ticket_updated") => {
                assert_eq!(message["prev"], self.seq, "nothing is missing before {message}");
                self.change(message, kind == "ticket_called");
                self.seq = seq;
            }
            "pong" => assert_eq!(seq, self.seq, "a pong says where the screen stands: {message}"),
            _ => panic!("a message of the protocol: {message}"),
        }
    }

    fn greet(&mut self, seq: u64, message: &Value) {
        assert_eq!(message["status"], "connected");
        let epoch = message["epoch"].as_str().unwrap();
        if message["view"].is_null() {
            assert_eq!(seq, self.seq, "a resume goes on where the screen stands: {message}");
            assert_eq!(epoch, self.epoch);
            self.resumes += 1;
        } else {
            epoch.clone_into(&mut self.epoch);
            self.jump(seq, message);
        }
    }

    fn jump(&mut self, seq: u64, message: &Value) {
        self.jumps.push((self.seq, seq));
        self.replace(seq, message);
    }

    fn replace(&mut self, seq: u64, message: &Value) {
        self.view = message["view"].clone();
        assert!(self.view.is_object(), "a snapshot in {message}");
        self.seq = seq;
    }

    fn change(&mut self, message: &Value, called: bool) {
        let (ticket, removed) = (&message["ticket"], message["removed"].as_array().unwrap());
        let tickets = self.view["tickets"].as_array_mut().unwrap();
        tickets.retain(|row| !removed.contains(&row["id"]));
        if called {
            tickets.retain(|row| row["id"] != ticket["id"]);
            tickets.insert(0, ticket.clone());
            self.calls.push(message["seq"].as_u64().unwrap());
        } else if let Some(row) = tickets.iter_mut().find(|row| row["id"] == ticket["id"]) {
            row.clone_from(ticket);
        }
        tickets.extend(message["restored"].as_array().unwrap().iter().cloned());
        tickets.truncate(SHOWN_MAX);
        self.view["waiting_stats"].clone_from(&message["waiting_stats"]);
    }

    /// The tickets shown, newest call first.
    pub(crate) fn tickets(&self) -> &[Value] {
        self.view["tickets"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// What a person sees: tickets and waiting numbers.
    pub(crate) fn board(&self) -> Value {
        board_of(&self.view)
    }

    /// Whether a position was skipped by a snapshot.
    pub(crate) fn jumped_over(&self, position: u64) -> bool {
        self.jumps.iter().any(|(from, to)| (*from + 1..=*to).contains(&position))
    }
}

/// Tickets and waiting numbers of a view or of a polling answer.
pub(crate) fn board_of(view: &Value) -> Value {
    json!({ "tickets": view["tickets"], "waiting_stats": view["waiting_stats"] })
}
