//! A second opinion: what a display must show, folded from the rows of the log by the shortest code that can.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Row;

/// How many tickets a display shows.
const SHOWN_MAX: usize = 10;

/// Where one ticket is.
#[derive(Clone, Debug, Default)]
struct Place {
    number: Value,
    queue: Value,
    state: State,
    /// Where the log has its last call.
    called: u64,
    counter: Value,
    calls: Value,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Waiting,
    Called,
    Serving,
    Elsewhere,
}

/// All tickets after some events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fold {
    tickets: BTreeMap<String, Place>,
}

impl Fold {
    /// The fold of all these.
    pub(crate) fn of(rows: &[Row]) -> Self {
        let mut fold = Self::default();
        rows.iter().for_each(|row| fold.take(row));
        fold
    }

    fn take(&mut self, row: &Row) {
        let Some(id) = row.ticket() else { return };
        let place = self.tickets.entry(id.to_owned()).or_default();
        let fields = &row.fields;
        place.number.clone_from(&fields["ticket"]["number"]);
        place.queue.clone_from(&fields["ticket"]["queue_id"]);
        match row.kind.as_str() {
            "ticket_issued" | "ticket_returned" | "ticket_transferred" => {
                place.state = State::Waiting;
            }
            "ticket_called" | "ticket_recalled" => {
                place.state = State::Called;
                place.called = row.position;
                place.counter.clone_from(&fields["counter"]);
                place.calls = fields.get("calls").cloned().unwrap_or_else(|| json!(1));
            }
            "service_started" => place.state = State::Serving,
            "ticket_resumed" => place.hold(State::Serving, &fields["hold"]),
            "step_undone" => place.restore(&fields["restored"]),
            "priority_changed" => {}
            _ => place.state = State::Elsewhere,
        }
    }

    /// Id, status, counter and calls of the tickets that a display of these queues shows.
    pub(crate) fn shown(&self, queues: &[Uuid]) -> Vec<Value> {
        let mut shown: Vec<(u64, Value)> = self
            .of_queues(queues)
            .filter_map(|(id, place)| {
                let status = match place.state {
                    State::Called => "appele",
                    State::Serving => "en_service",
                    State::Waiting | State::Elsewhere => return None,
                };
                Some((place.called, row(id, status, &place.counter, &place.calls)))
            })
            .collect();
        shown.sort_by_key(|(called, _)| std::cmp::Reverse(*called));
        shown.into_iter().map(|(_, row)| row).take(SHOWN_MAX).collect()
    }

    fn of_queues(&self, queues: &[Uuid]) -> impl Iterator<Item = (&String, &Place)> {
        let queues: Vec<Value> = queues.iter().map(|queue| json!(queue)).collect();
        self.tickets.iter().filter(move |(_, place)| queues.contains(&place.queue))
    }
}

impl Place {
    fn hold(&mut self, state: State, hold: &Value) {
        self.state = state;
        self.counter.clone_from(&hold["counter"]);
        self.calls.clone_from(&hold["calls"]);
    }

    fn restore(&mut self, restored: &Value) {
        if let Some(hold) = restored.get("called") {
            self.hold(State::Called, hold);
        } else if let Some(serving) = restored.get("serving") {
            self.hold(State::Serving, &serving["hold"]);
        } else if restored.get("waiting").is_some() {
            self.state = State::Waiting;
        } else {
            self.state = State::Elsewhere;
        }
    }
}

/// What both a screen and the fold know of a ticket.
fn row(id: &str, status: &str, counter: &Value, calls: &Value) -> Value {
    json!({ "id": id, "status": status, "counter": counter, "calls": calls })
}
