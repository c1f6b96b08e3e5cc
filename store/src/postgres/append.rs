//! The append: one statement, one round trip, several streams of one tenant.
//!
//! Owns the SQL that writes events. Never does anything between the tenant's lock and the commit: the statement is
//! its own transaction.

use chrono::{DateTime, Utc};
use domain::{Recorded, StreamId, TenantSlug};
use sqlx::{PgConnection, Row as _};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

use super::fault::Fault;
use super::lane::Job;
use crate::row::{self, Row, bigint, count};

/// The head row is the tenant's lock. It is not raised, and so nothing is written, where a stream does not have the
/// event that its writer knew as the last; where it has more, the constraint `events_stream` ends the statement.
/// The wall (see `select.rs`) comes first, because all else depends on its row.
const APPEND: &str = "\
WITH wall AS MATERIALIZED (SELECT set_config('smartqueue.tenant', $1, true) AS tenant), head AS (
    INSERT INTO tenant_head AS h (tenant, pos, at)
    SELECT wall.tenant, $2, $3 FROM wall WHERE NOT EXISTS (
        SELECT FROM unnest($4::text[], $5::text[], $6::bigint[]) AS known(kind, id, sequence)
        WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = wall.tenant
            AND e.aggregate_type = known.kind AND e.aggregate_id = known.id AND e.sequence = known.sequence))
    ON CONFLICT (tenant) DO UPDATE SET pos = h.pos + excluded.pos, at = greatest(h.at, excluded.at)
    RETURNING h.pos - $2 AS base, h.at
), placed AS (
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
        tenant, tenant_pos, recorded_at, command_id, ticket_id)
    SELECT n.kind, n.id, n.sequence, n.event_type, n.event_version, n.payload::json, n.metadata::json,
        $1, head.base + n.ord, head.at, n.command_id, n.ticket_id
    FROM head, unnest($7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[],
        $14::uuid[], $15::uuid[]) WITH ORDINALITY
        AS n(kind, id, sequence, event_type, event_version, payload, metadata, command_id, ticket_id, ord)
)
SELECT base, at FROM head";

/// Where the events of a statement were put.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The head before the first of them.
    pub(super) base: u64,
    pub(super) at: DateTime<Utc>,
}

impl Place {
    /// The rows of one append as recorded events, and the place of the next append.
    pub(super) fn record(
        &mut self,
        stream: &StreamId,
        after: u64,
        rows: Vec<Row>,
    ) -> Vec<Arc<Recorded>> {
        let Self { base, at } = *self;
        self.base += rows.len() as u64;
        row::record(stream, after, base, at, rows)
    }
}

/// The streams that must have an event already: kind, id, sequence.
#[derive(Default)]
struct Known<'a> {
    kinds: Vec<&'static str>,
    ids: Vec<&'a str>,
    sequences: Vec<i64>,
}

/// The events, column by column.
#[derive(Default)]
struct Columns<'a> {
    kinds: Vec<&'static str>,
    ids: Vec<&'a str>,
    sequences: Vec<i64>,
    types: Vec<&'a str>,
    versions: Vec<&'a str>,
    payloads: Vec<&'a str>,
    metadata: Vec<&'a str>,
    commands: Vec<Uuid>,
    tickets: Vec<Option<Uuid>>,
}

/// Appends all jobs or none. The caller's jobs are of one tenant and in the order in which they were sent.
pub(super) async fn append(
    connection: &mut PgConnection,
    tenant: &TenantSlug,
    jobs: &[Job],
    now: DateTime<Utc>,
) -> Result<Place, Fault> {
    let ids: Vec<String> = jobs.iter().map(|job| job.stream.aggregate_id()).collect();
    let mut known = Known::default();
    let mut columns = Columns::default();
    let mut ends: HashMap<&StreamId, u64> = HashMap::new();
    for (job, id) in jobs.iter().zip(&ids) {
        let kind = job.stream.aggregate_type();
        match ends.insert(&job.stream, job.end()) {
            // The append before it in this very statement.
            Some(end) if end == job.expected => {}
            Some(_) => return Err(Fault::Stale),
            None if job.expected == 0 => {}
            None => {
                known.kinds.push(kind);
                known.ids.push(id);
                known.sequences.push(bigint(job.expected));
            }
        }
        for (n, row) in (1..).zip(&job.rows) {
            columns.kinds.push(kind);
            columns.ids.push(id);
            columns.sequences.push(bigint(job.expected + n));
            columns.types.push(&row.event_type);
            columns.versions.push(&row.event_version);
            columns.payloads.push(&row.payload);
            columns.metadata.push(&row.metadata);
            columns.commands.push(row.event.command_id.0);
            columns.tickets.push(row.ticket_id);
        }
    }
    let placed = sqlx::query(APPEND)
        .bind(tenant.as_str())
        .bind(bigint(columns.ids.len() as u64))
        .bind(now)
        .bind(known.kinds)
        .bind(known.ids)
        .bind(known.sequences)
        .bind(columns.kinds)
        .bind(columns.ids)
        .bind(columns.sequences)
        .bind(columns.types)
        .bind(columns.versions)
        .bind(columns.payloads)
        .bind(columns.metadata)
        .bind(columns.commands)
        .bind(columns.tickets)
        .fetch_optional(connection)
        .await?
        .ok_or(Fault::Stale)?;
    Ok(Place { base: count(placed.try_get(0)?), at: placed.try_get(1)? })
}
