//! A reader that knows only the protocol: what `docs/spec/live.md` asks of every client, in a few lines.

use serde_json::{Value, json};

/// What a reader holds.
#[derive(Debug, Default)]
pub(crate) struct Replica {
    pub(crate) view: Value,
    pub(crate) seq: u64,
    /// Number and count of every call that was announced.
    pub(crate) announced: Vec<(String, u64)>,
    /// Something was missed: join again with `after=seq`.
    pub(crate) needs_resync: bool,
}

impl Replica {
    /// Takes one message in.
    pub(crate) fn take(&mut self, message: &Value) {
        let seq = message["seq"].as_u64().unwrap_or_default();
        match message["type"].as_str().unwrap_or_default() {
            "connection" | "refresh" if !message["view"].is_null() => {
                self.view = message["view"].clone();
                self.seq = seq;
                self.needs_resync = false;
            }
            "connection" => self.needs_resync = seq != self.seq,
            "pong" => self.needs_resync |= seq != self.seq,
            "ticket_called" | "ticket_updated" if self.needs_resync => {}
            kind @ ("ticket_called" | "ticket_updated") => {
                if message["prev"].as_u64() == Some(self.seq) {
                    self.change(message, kind == "ticket_called");
                    self.seq = seq;
                } else {
                    self.needs_resync = true;
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, message: &Value, called: bool) {
        let ticket = &message["ticket"];
        let removed = message["removed"].as_array().unwrap();
        let tickets = self.view["tickets"].as_array_mut().unwrap();
        tickets.retain(|row| !removed.contains(&row["id"]));
        if called {
            tickets.retain(|row| row["id"] != ticket["id"]);
            tickets.insert(0, ticket.clone());
            let number = ticket["number"].as_str().unwrap().to_owned();
            self.announced.push((number, ticket["calls"].as_u64().unwrap()));
        } else if let Some(row) = tickets.iter_mut().find(|row| row["id"] == ticket["id"]) {
            *row = ticket.clone();
        }
        tickets.extend(message["restored"].as_array().unwrap().iter().cloned());
        tickets.truncate(10);
        self.view["waiting_stats"] = message["waiting_stats"].clone();
    }

    /// The ids of the tickets shown, newest call first.
    pub(crate) fn tickets(&self) -> Vec<&str> {
        let rows = self.view["tickets"].as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(|row| row["id"].as_str()).collect()
    }

    /// What a fixture expects of a reader.
    pub(crate) fn expectation(&self) -> Value {
        let announced: Vec<_> = self
            .announced
            .iter()
            .map(|(number, calls)| json!({ "number": number, "calls": calls }))
            .collect();
        json!({
            "tickets": self.tickets(),
            "waiting_stats": self.view["waiting_stats"],
            "seq": self.seq,
            "announced": announced,
            "needs_resync": self.needs_resync,
        })
    }
}
