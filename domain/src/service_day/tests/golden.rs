//! One frozen line per event and version: what was once written must be read for ever.

use super::*;
use crate::event::Event;

/// The stored payloads of version 1.
const LINES: &str = include_str!("golden_v1.ndjson");

#[test]
fn every_event_of_version_1_reads_back_as_it_was_written() {
    let mut types = vec![];
    for line in LINES.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let event_type = value.as_object().unwrap().keys().next().unwrap().clone();
        let event = Event::decode("service_day", &event_type, "1", line).unwrap();
        assert_eq!(event.payload(), line, "{event_type} is written as it was");
        assert_eq!(event.event_type(), event_type);
        types.push(event_type);
    }
    assert_eq!(types, DayEvent::TYPES, "one line per event, in the order of the list");
}

#[test]
fn an_event_of_another_version_is_unknown_and_broken_text_is_an_error() {
    let line = LINES.lines().next().unwrap();
    let later = Event::decode("service_day", "day_opened", "2", line).unwrap();
    assert!(matches!(later, Event::Unknown { .. }));
    assert!(Event::decode("service_day", "day_opened", "1", "{}").is_err());
}
