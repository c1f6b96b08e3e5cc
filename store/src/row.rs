//! One event with its columns, the same in every engine; and how counts become numbers of SQL.
//!
//! Owns the encoding. It happens in the caller's task, never where appends wait for one another.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{Position, Recorded, StreamId};
use uuid::Uuid;

use crate::log::NewEvent;

/// An event with its columns, ready to be bound.
pub(crate) struct Row {
    pub(crate) event: NewEvent,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) ticket_id: Option<Uuid>,
}

impl Row {
    pub(crate) fn encode(event: NewEvent) -> Self {
        // Metadata are a map with text keys: serde_json cannot refuse them.
        let metadata = serde_json::to_string(&event.metadata)
            .unwrap_or_else(|error| unreachable!("metadata always encode: {error}"));
        Self {
            event_type: event.event.event_type(),
            event_version: event.event.event_version(),
            payload: event.event.payload(),
            metadata,
            ticket_id: event.event.ticket_id().map(|id| id.0),
            event,
        }
    }
}

/// How many commands the rows of one append carry; the events of a command lie side by side.
pub(crate) fn commands(rows: &[Row]) -> usize {
    let changes = rows.windows(2);
    1 + changes.filter(|two| two[0].event.command_id != two[1].event.command_id).count()
}

/// The rows of one append as recorded events: after the sequence `after` of their stream, and after the position `base`
/// of their tenant.
pub(crate) fn record(
    stream: &StreamId,
    after: u64,
    base: u64,
    recorded_at: DateTime<Utc>,
    rows: Vec<Row>,
) -> Vec<Arc<Recorded>> {
    let record = |(n, row): (u64, Row)| {
        Arc::new(Recorded {
            position: Position(base + n),
            stream: stream.clone(),
            sequence: after + n,
            recorded_at,
            command_id: row.event.command_id,
            metadata: row.event.metadata,
            event: row.event.event,
        })
    };
    (1..).zip(rows).map(record).collect()
}

/// A count of the engine as ours. The tables' checks keep it above 0.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Our count as the engine's; what is larger is larger than every row.
pub(crate) fn bigint(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
