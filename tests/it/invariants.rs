//! What is true of the rows of any log, whatever was done: told by code that shares nothing with the program's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{Client, Row, position};

/// I2.
pub(crate) fn positions_have_no_holes(rows: &[Row]) {
    let positions: Vec<u64> = rows.iter().map(|row| row.position).collect();
    assert_eq!(positions, (1..=rows.len() as u64).collect::<Vec<_>>());
    let mut sequences: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in rows {
        sequences.entry(&row.stream).or_default().push(row.sequence);
    }
    for (stream, sequences) in sequences {
        let whole: Vec<u64> = (1..=sequences.len() as u64).collect();
        assert_eq!(sequences, whole, "the sequences of {stream}");
    }
}

/// I1 and I5: what was acknowledged, and nothing else, under each key one command of one event.
pub(crate) fn commands_are_there_exactly_once(rows: &[Row], clients: &[Client]) {
    let mut recorded: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(key) = &row.key {
            recorded.entry(key).or_default().push(row);
        }
    }
    let mut acknowledged = BTreeSet::new();
    for carried_out in clients.iter().flat_map(|client| &client.carried_out) {
        let key = carried_out.0.key.as_deref().unwrap();
        let events = recorded.get(key).unwrap_or_else(|| panic!("{key} was acknowledged"));
        assert_eq!(events.len(), 1, "{key} has one effect: {events:?}");
        assert_eq!(events[0].position, position(carried_out), "{key} is where its answer says");
        assert_eq!(events[0].ticket(), carried_out.1.json()["ticket"]["id"].as_str());
        assert!(acknowledged.insert(key), "{key} was acknowledged once");
    }
    let unknown: Vec<_> = recorded.keys().filter(|key| !acknowledged.contains(*key)).collect();
    assert!(unknown.is_empty(), "every command was answered in the end: {unknown:?}");
    let commands: BTreeSet<&[u8]> = rows.iter().map(|row| row.command.as_slice()).collect();
    assert_eq!(commands.len(), rows.len(), "each of these commands causes one event");
}

/// I4: the numbers of a queue and day go up by one, from the highest that was carried into the day.
pub(crate) fn numbers_are_given_once_without_gaps(rows: &[Row]) {
    let mut given: BTreeMap<(&str, String), u64> = BTreeMap::new();
    for row in rows {
        let name = |queue: &Value| (row.stream.as_str(), queue.to_string());
        if row.kind == "day_opened" {
            for carried in row.fields["carried"].as_array().unwrap() {
                let last = given.entry(name(&carried["issued_in"])).or_default();
                *last = (*last).max(carried["ordinal"].as_u64().unwrap());
            }
        }
        if row.kind == "ticket_issued" {
            let last = given.entry(name(&row.fields["ticket"]["queue_id"])).or_default();
            *last += 1;
            assert_eq!(row.fields["ordinal"], *last, "the next number: {row:?}");
            let number = row.fields["ticket"]["number"].as_str().unwrap();
            assert_eq!(number[1..], format!("{last:03}"), "the ordinal behind the prefix: {row:?}");
        }
    }
}

/// Who sits where and has which ticket, as the log tells it.
#[derive(Default)]
struct Hands<'a> {
    /// Agents and their counters.
    seats: BTreeMap<&'a str, &'a str>,
    /// Tickets and the agents who have them.
    held: BTreeMap<&'a str, &'a str>,
}

/// I3: at every moment a ticket is with one agent at most, an agent has one ticket at most, a counter one agent;
/// and whoever does something to a ticket in hand is the one who has it.
pub(crate) fn no_ticket_agent_or_counter_is_taken_twice(rows: &[Row]) {
    let mut hands = Hands::default();
    rows.iter().for_each(|row| hands.see(row));
}

impl<'a> Hands<'a> {
    fn see(&mut self, row: &'a Row) {
        let agent = row.fields["agent_id"].as_str().unwrap_or_default();
        match (row.kind.as_str(), row.ticket()) {
            ("agent_seated", _) => self.seat(agent, row),
            ("agent_released", _) => {
                assert!(!self.has_ticket(agent), "left with a ticket: {row:?}");
                self.seats.remove(agent);
            }
            ("day_closed", _) => {
                // Who was called and never answered expires or is carried over, as who waits.
                let expired = row.fields["expired"].as_array().into_iter().flatten();
                let carried = row.fields["carried"].as_array().into_iter().flatten();
                for id in expired.chain(carried.map(|carried| &carried["ticket"]["id"])) {
                    self.held.remove(id.as_str().unwrap());
                }
                assert!(self.held.is_empty(), "still in hand, {:?}: {row:?}", self.held);
                self.seats.clear();
            }
            ("ticket_called", Some(ticket)) => self.take(ticket, &row.fields, row),
            ("ticket_resumed", Some(ticket)) => self.take(ticket, &row.fields["hold"], row),
            ("ticket_recalled" | "service_started", Some(ticket)) => {
                assert_eq!(self.held.get(ticket), Some(&agent), "not theirs: {row:?}");
            }
            ("service_finished" | "ticket_no_show" | "ticket_parked", Some(ticket)) => {
                assert_eq!(self.held.remove(ticket), Some(agent), "not theirs: {row:?}");
            }
            ("ticket_returned" | "ticket_transferred" | "ticket_cancelled", Some(ticket)) => {
                self.held.remove(ticket);
            }
            ("step_undone", Some(ticket)) => {
                self.held.remove(ticket);
                let restored = &row.fields["restored"];
                let holds = [&restored["called"], &restored["serving"]["hold"]];
                if let Some(hold) = holds.into_iter().find(|hold| !hold.is_null()) {
                    self.take(ticket, hold, row);
                }
            }
            _ => {}
        }
    }

    fn seat(&mut self, agent: &'a str, row: &'a Row) {
        let counter = row.fields["counter_id"].as_str().unwrap();
        let moved = self.seats.insert(agent, counter).is_some_and(|before| before != counter);
        assert!(!(moved && self.has_ticket(agent)), "moved with a ticket: {row:?}");
        let there = self.seats.values().filter(|taken| **taken == counter);
        assert_eq!(there.count(), 1, "two at one counter: {row:?}");
    }

    fn take(&mut self, ticket: &'a str, hold: &'a Value, row: &Row) {
        let agent = hold["agent_id"].as_str().unwrap();
        assert_eq!(self.seats.get(agent).copied(), hold["counter_id"].as_str(), "{row:?}");
        assert!(!self.has_ticket(agent), "has a ticket already: {row:?}");
        assert!(self.held.insert(ticket, agent).is_none(), "somebody has it already: {row:?}");
    }

    fn has_ticket(&self, agent: &str) -> bool {
        self.held.values().any(|holder| *holder == agent)
    }
}
