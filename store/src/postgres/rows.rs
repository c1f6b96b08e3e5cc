//! A row of PostgreSQL as an event.

use chrono::{DateTime, Utc};
use domain::{CommandId, Event, Position, Recorded, StreamId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::fault::Fault;
use crate::error::ReadError;
use crate::row::count;

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
