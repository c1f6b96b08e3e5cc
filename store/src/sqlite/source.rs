//! A log in a file as the source of a copy: read as it is, and retired at the end.
//!
//! Owns the lock that keeps servers out meanwhile. Never changes an event.

use std::fs::File;
use std::path::{Path, PathBuf};

use domain::{Position, TenantSlug};
use rusqlite::{Connection, params};

use super::open;
use super::rows::failed;
use crate::copy::RawEvent;
use crate::error::{BackupError, CopyError, OpenError, ReadError};
use crate::row::{bigint, count};

const EVENTS: &str = "SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
     tenant_pos, recorded_at, command_id, ticket_id FROM events WHERE tenant = ?1 AND tenant_pos > ?2 \
     ORDER BY tenant_pos LIMIT ?3";

/// A file that no server has open.
pub(crate) struct Source {
    path: PathBuf,
    connection: Connection,
    epoch: String,
    _lock: File,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, CopyError> {
        if !path.exists() {
            return Err(BackupError::Missing { path: path.into() }.into());
        }
        let lock = open::lock(path)?;
        let connection = open::outsider(path)?;
        let epoch = connection
            .query_row("SELECT epoch FROM log_identity", [], |row| row.get(0))
            .map_err(|error| failed(&error))?;
        Ok(Self { path: path.into(), connection, epoch, _lock: lock })
    }

    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Every tenant and the position of its last event, by name.
    pub(crate) fn heads(&self) -> Result<Vec<(TenantSlug, Position)>, ReadError> {
        let error = |error: rusqlite::Error| failed(&error);
        let mut heads = self
            .connection
            .prepare("SELECT tenant, pos FROM tenant_head ORDER BY tenant")
            .map_err(error)?;
        let rows = heads
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))
            .map_err(error)?;
        rows.map(|row| {
            let (name, pos) = row.map_err(error)?;
            let tenant = name
                .parse()
                .map_err(|error: domain::BadId| ReadError::Corrupt(error.to_string().into()))?;
            Ok((tenant, Position(count(pos))))
        })
        .collect()
    }

    /// Up to `limit` events after `after`, as they are.
    pub(crate) fn read(
        &self,
        tenant: &TenantSlug,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RawEvent>, ReadError> {
        let error = |error: rusqlite::Error| failed(&error);
        let mut events = self.connection.prepare_cached(EVENTS).map_err(error)?;
        let rows = events
            .query_map(params![tenant.as_str(), bigint(after.0), bigint(limit as u64)], |row| {
                Ok(RawEvent {
                    aggregate_type: row.get(0)?,
                    aggregate_id: row.get(1)?,
                    sequence: row.get(2)?,
                    event_type: row.get(3)?,
                    event_version: row.get(4)?,
                    payload: row.get(5)?,
                    metadata: row.get(6)?,
                    position: row.get(7)?,
                    recorded_at: row.get(8)?,
                    command_id: row.get(9)?,
                    ticket_id: row.get(10)?,
                })
            })
            .map_err(error)?;
        rows.map(|row| row.map_err(error)).collect()
    }

    /// Gives the file an epoch of its own: what is appended to it from now on is another history.
    pub(crate) fn retire(self, new_epoch: &str) -> Result<(), CopyError> {
        let Self { path, connection, .. } = self;
        let not_written = |error: rusqlite::Error| OpenError::Engine {
            path: path.clone(),
            reason: error.to_string(),
        };
        drop(connection);
        let connection = Connection::open(&path).map_err(not_written)?;
        connection
            .execute("UPDATE log_identity SET epoch = ?1", [new_epoch])
            .map_err(not_written)?;
        Ok(())
    }
}
