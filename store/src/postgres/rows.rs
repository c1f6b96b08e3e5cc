//! One event as a row, and back.
//!
//! Owns the encoding of columns. Encoding happens in the caller's task.

use chrono::{DateTime, Utc};
use domain::{CommandId, Event, Position, Recorded, StreamId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::fault::Fault;
use crate::error::ReadError;
use crate::log::NewEvent;

/// An event with its columns, ready to be bound.
pub(super) struct Row {
    pub(super) event: NewEvent,
    pub(super) event_type: String,
    pub(super) event_version: String,
    pub(super) payload: String,
    pub(super) metadata: String,
    pub(super) ticket_id: Option<Uuid>,
}

impl Row {
    pub(super) fn encode(event: NewEvent) -> Self {
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

/// The columns that [`decode`] reads, in its order.
pub(super) const COLUMNS: &str = "e.tenant_pos, e.sequence, e.aggregate_type, e.aggregate_id, e.event_type, \
     e.event_version, e.payload::text, e.metadata::text, e.recorded_at, e.command_id";

/// Reads a row of [`COLUMNS`]. `known` is the stream where the caller knows it already.
pub(super) fn decode(row: &PgRow, known: Option<&StreamId>) -> Result<Recorded, ReadError> {
    let position = number(row, 0)?;
    let damaged = |error: &dyn std::fmt::Display| {
        ReadError::Corrupt(format!("position {position}: {error}").into())
    };
    let text = |column: usize| row.try_get::<&str, _>(column).map_err(|error| damaged(&error));
    let stream = match known {
        Some(stream) => stream.clone(),
        None => StreamId::parse(text(2)?, text(3)?).map_err(|error| damaged(&error))?,
    };
    let event = Event::decode(stream.aggregate_type(), text(4)?, text(5)?, text(6)?)
        .map_err(|error| damaged(&error))?;
    let metadata = serde_json::from_str(text(7)?).map_err(|error| damaged(&error))?;
    let recorded_at: DateTime<Utc> = row.try_get(8).map_err(|error| damaged(&error))?;
    let command_id: Uuid = row.try_get(9).map_err(|error| damaged(&error))?;
    Ok(Recorded {
        position: Position(position),
        stream,
        sequence: number(row, 1)?,
        recorded_at,
        command_id: CommandId(command_id),
        metadata,
        event,
    })
}

/// A count in a column.
pub(super) fn number(row: &PgRow, column: usize) -> Result<u64, ReadError> {
    let number: i64 = row.try_get(column).map_err(|error| Fault::from(error).into_read_error())?;
    Ok(count(number))
}

/// A count of PostgreSQL as ours. The tables' checks keep it above 0.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Our count as PostgreSQL's; what is larger is larger than every row.
pub(super) fn bigint(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
