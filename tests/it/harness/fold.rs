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
        self.take_turn(row);
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

    /// Of those who wait when a day closes, some expire; those carried over wait again when one opens.
    fn take_turn(&mut self, row: &Row) {
        let all = |field: &str| row.fields[field].as_array().cloned().unwrap_or_default();
        for id in all("expired") {
            self.place(&id).state = State::Elsewhere;
        }
        for ticket in all("carried").into_iter().map(|mut carried| carried["ticket"].take()) {
            let place = self.place(&ticket["id"]);
            let opens = row.kind == "day_opened";
            place.state = if opens { State::Waiting } else { State::Elsewhere };
            place.number.clone_from(&ticket["number"]);
            place.queue.clone_from(&ticket["queue_id"]);
        }
    }

    fn place(&mut self, id: &Value) -> &mut Place {
        self.tickets.entry(id.as_str().unwrap().to_owned()).or_default()
    }

    /// Id, number, queue, status, counter and calls of the tickets that a display of these queues shows.
    pub(crate) fn shown(&self, queues: &[Uuid]) -> Vec<Value> {
        let mut shown: Vec<(u64, Value)> = self
            .of_queues(queues)
            .filter_map(|(id, place)| {
                let status = match place.state {
                    State::Called => "appele",
                    State::Serving => "en_service",
                    State::Waiting | State::Elsewhere => return None,
                };
                Some((place.called, place.row(id, status)))
            })
            .collect();
        shown.sort_by_key(|(called, _)| std::cmp::Reverse(*called));
        shown.into_iter().map(|(_, row)| row).take(SHOWN_MAX).collect()
    }

    /// How many wait in each of these queues.
    pub(crate) fn waiting(&self, queues: &[Uuid]) -> Value {
        let waiting = queues.iter().map(|queue| {
            let of_queue = self.of_queues(std::slice::from_ref(queue));
            let count = of_queue.filter(|(_, place)| place.state == State::Waiting).count();
            (queue.to_string(), json!(count))
        });
        Value::Object(waiting.collect())
    }

    fn of_queues(&self, queues: &[Uuid]) -> impl Iterator<Item = (&String, &Place)> {
        let queues: Vec<Value> = queues.iter().map(|queue| json!(queue)).collect();
        self.tickets.iter().filter(move |(_, place)| queues.contains(&place.queue))
    }
}

impl Place {
    fn row(&self, id: &str, status: &str) -> Value {
        json!({
            "id": id, "number": self.number, "queue_id": self.queue, "status": status,
            "counter": self.counter, "calls": self.calls,
        })
    }

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

/// What the fold, too, knows of the tickets that a screen shows.
pub(crate) fn rows_of(tickets: &[Value]) -> Vec<Value> {
    let known = ["id", "number", "queue_id", "status", "counter", "calls"];
    let row = |ticket: &Value| {
        known.iter().map(|field| ((*field).to_owned(), ticket[field].clone())).collect()
    };
    tickets.iter().map(row).map(Value::Object).collect()
}
