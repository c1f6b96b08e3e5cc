//! A row of SQLite as an event. Decoding happens in the reader's thread; never in the writer's.

use std::sync::Arc;

use chrono::DateTime;
use domain::{CommandId, Event, Position, Recorded, StreamId};
use uuid::Uuid;

use crate::error::ReadError;
use crate::row::count;

/// The columns that [`decode`] reads, in its order.
pub(super) const COLUMNS: &str = "tenant_pos, sequence, aggregate_type, aggregate_id, event_type, \
     event_version, payload, metadata, recorded_at, command_id";

/// Reads a row of [`COLUMNS`]. `known` is the stream where the caller knows it already.
pub(super) fn decode(
    row: &rusqlite::Row<'_>,
    known: Option<&StreamId>,
) -> Result<Recorded, ReadError> {
    let position = row.get::<_, i64>(0).map_err(|error| failed(&error))?;
    let damaged = |error: &dyn std::fmt::Display| {
        ReadError::Corrupt(format!("position {position}: {error}").into())
    };
    let text = |column: usize| -> Result<&str, ReadError> {
        row.get_ref(column)
            .map_err(|error| failed(&error))?
            .as_str()
            .map_err(|error| damaged(&error))
    };
    let number = |column: usize| -> Result<i64, ReadError> {
        row.get(column).map_err(|error: rusqlite::Error| damaged(&error))
    };
    let stream = match known {
        Some(stream) => stream.clone(),
        None => StreamId::parse(text(2)?, text(3)?).map_err(|error| damaged(&error))?,
    };
    let event = Event::decode(stream.aggregate_type(), text(4)?, text(5)?, text(6)?)
        .map_err(|error| damaged(&error))?;
    let metadata = serde_json::from_str(text(7)?).map_err(|error| damaged(&error))?;
    let micros = number(8)?;
    let recorded_at = DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| damaged(&format!("{micros} is no time")))?;
    let id: [u8; 16] = row.get(9).map_err(|error| damaged(&error))?;
    Ok(Recorded {
        position: Position(count(number(0)?)),
        stream,
        sequence: count(number(1)?),
        recorded_at,
        command_id: CommandId(Uuid::from_bytes(id)),
        metadata,
        event,
    })
}

/// What SQLite says while it reads.
pub(super) fn failed(error: &rusqlite::Error) -> ReadError {
    let said: Arc<str> = error.to_string().into();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            ReadError::Corrupt(said)
        }
        _ => ReadError::Unavailable(said),
    }
}
