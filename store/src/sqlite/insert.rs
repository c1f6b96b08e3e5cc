//! One transaction: each append checked against its stream, its rows placed after the tenant's head.
//!
//! Owns the INSERT statements and what is remembered between transactions. Never answers anyone.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;
use domain::{Recorded, StreamId, TenantSlug};
use rusqlite::{Connection, OptionalExtension, params};

use super::writer::{Job, Verdict};
use crate::row::{self, Row, bigint, count};

const INSERT: &str = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, \
     event_version, payload, metadata, tenant, tenant_pos, recorded_at, command_id, ticket_id) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

const RAISE_HEAD: &str = "INSERT INTO tenant_head (tenant, pos, at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (tenant) DO UPDATE SET pos = excluded.pos, at = excluded.at";

const HEAD: &str = "SELECT pos, at FROM tenant_head WHERE tenant = ?1";

const STREAM_END: &str =
    "SELECT max(sequence) FROM events WHERE aggregate_type = ?1 AND aggregate_id = ?2";

/// Streams and tenants whose ends are remembered; beyond it, all are looked up again.
const REMEMBERED_MAX: usize = 20_000;

/// Where a transaction failed.
pub(super) enum Failed {
    /// Before the commit: nothing can be on the disk.
    Writing(rusqlite::Error),
    /// In the commit itself.
    Committing(rusqlite::Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Writing(error)
    }
}

/// Where the rows of an append were put.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The head before the first of them.
    after: u64,
    /// Microseconds since 1970.
    at: i64,
}

impl Place {
    /// The rows as recorded events.
    pub(super) fn record(
        self,
        stream: &StreamId,
        after: u64,
        rows: Vec<Row>,
    ) -> Vec<Arc<Recorded>> {
        let recorded_at = DateTime::from_timestamp_micros(self.at).unwrap_or_default();
        row::record(stream, after, self.after, recorded_at, rows)
    }
}

#[derive(Clone, Copy)]
struct Head {
    pos: u64,
    at: i64,
    raised: bool,
}

/// The ends of streams and tenants, as the last commit left them.
#[derive(Default)]
pub(super) struct Batch {
    heads: HashMap<TenantSlug, Head>,
    streams: HashMap<StreamId, u64>,
}

impl Batch {
    /// To be called when a transaction did not commit.
    pub(super) fn forget(&mut self) {
        self.heads.clear();
        self.streams.clear();
    }

    /// Writes and commits. After an error the caller must roll back and [`Batch::forget`].
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        jobs: &[Job],
        now: i64,
    ) -> Result<Vec<Verdict>, Failed> {
        if self.heads.len() + self.streams.len() > REMEMBERED_MAX {
            self.forget();
        }
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut raised: Vec<TenantSlug> = Vec::new();
        let mut verdicts = Vec::with_capacity(jobs.len());
        for job in jobs {
            let actual = self.stream_end(connection, &job.stream)?;
            if actual != job.expected {
                verdicts.push(Verdict::Conflict { actual });
                continue;
            }
            let head = self.head(connection, job.stream.tenant())?;
            head.at = head.at.max(now);
            let place = Place { after: head.pos, at: head.at };
            head.pos += job.rows.len() as u64;
            if !std::mem::replace(&mut head.raised, true) {
                raised.push(job.stream.tenant().clone());
            }
            insert(connection, job, place)?;
            self.streams.insert(job.stream.clone(), job.expected + job.rows.len() as u64);
            verdicts.push(Verdict::Placed(place));
        }
        let mut raise = connection.prepare_cached(RAISE_HEAD)?;
        for tenant in &raised {
            if let Some(head) = self.heads.get_mut(tenant) {
                head.raised = false;
                raise.execute(params![tenant.as_str(), bigint(head.pos), head.at])?;
            }
        }
        let committed = connection.prepare_cached("COMMIT")?.execute([]);
        committed.map(|_| verdicts).map_err(Failed::Committing)
    }

    fn stream_end(
        &mut self,
        connection: &Connection,
        stream: &StreamId,
    ) -> Result<u64, rusqlite::Error> {
        if let Some(end) = self.streams.get(stream) {
            return Ok(*end);
        }
        let end: Option<i64> = connection
            .prepare_cached(STREAM_END)?
            .query_row([stream.aggregate_type(), &stream.aggregate_id()], |row| row.get(0))?;
        let end = count(end.unwrap_or(0));
        self.streams.insert(stream.clone(), end);
        Ok(end)
    }

    fn head(
        &mut self,
        connection: &Connection,
        tenant: &TenantSlug,
    ) -> Result<&mut Head, rusqlite::Error> {
        if !self.heads.contains_key(tenant) {
            let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let found: Option<(i64, i64)> =
                connection.prepare_cached(HEAD)?.query_row([tenant.as_str()], pair).optional()?;
            let (pos, at) = found.map_or((0, i64::MIN), |(pos, at)| (count(pos), at));
            self.heads.insert(tenant.clone(), Head { pos, at, raised: false });
        }
        let head = self.heads.get_mut(tenant);
        head.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

fn insert(connection: &Connection, job: &Job, place: Place) -> Result<(), rusqlite::Error> {
    let mut insert = connection.prepare_cached(INSERT)?;
    let (kind, id) = (job.stream.aggregate_type(), job.stream.aggregate_id());
    let tenant = job.stream.tenant().as_str();
    for (n, row) in (1_u64..).zip(&job.rows) {
        insert.execute(params![
            kind,
            id,
            bigint(job.expected + n),
            row.event_type,
            row.event_version,
            row.payload,
            row.metadata,
            tenant,
            bigint(place.after + n),
            place.at,
            row.event.command_id.0.as_bytes(),
            row.ticket_id.as_ref().map(|id| id.as_bytes()),
        ])?;
    }
    Ok(())
}
