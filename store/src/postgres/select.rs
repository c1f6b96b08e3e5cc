//! What can be read from the database.
//!
//! Owns the SELECT statements. Never returns a run of events with a hole in it.

use std::sync::{Arc, LazyLock};

use domain::{Position, Recorded, SiteId, StreamId, TenantSlug, TicketId};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row as _};

use super::fault::Fault;
use super::rows::{COLUMNS, decode, number};
use crate::error::ReadError;
use crate::log::OpenDay;
use crate::row::{bigint, count};

/// Names the tenant to the row-level security of `events`, which lets any role but the owner see that one alone. What
/// reads events depends on the wall's row, so that it is always up before the first of them is looked at.
const WALL: &str =
    "WITH wall AS MATERIALIZED (SELECT set_config('smartqueue.tenant', $1, true) AS tenant)";

static OF_STREAM: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{WALL} SELECT {COLUMNS} FROM wall CROSS JOIN LATERAL (SELECT * FROM events \
             WHERE tenant = wall.tenant AND aggregate_type = $2 AND aggregate_id = $3 \
             AND sequence > $4 ORDER BY sequence LIMIT $5) AS e ORDER BY e.sequence"
    )
});

/// One statement and so one snapshot: the head, in the last column, belongs to the rows.
static OF_TENANT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{WALL} SELECT {COLUMNS}, h.pos FROM wall CROSS JOIN LATERAL (SELECT coalesce(\
             (SELECT pos FROM tenant_head WHERE tenant = wall.tenant), 0) AS pos) AS h \
         LEFT JOIN LATERAL (SELECT * FROM events WHERE tenant = wall.tenant AND tenant_pos > $2 \
             ORDER BY tenant_pos LIMIT $3) AS e ON true \
         ORDER BY e.tenant_pos"
    )
});

pub(super) async fn stream(
    pool: &PgPool,
    stream: &StreamId,
    after: u64,
    limit: usize,
) -> Result<Result<Vec<Arc<Recorded>>, ReadError>, Fault> {
    let rows = sqlx::query(&OF_STREAM)
        .bind(stream.tenant().as_str())
        .bind(stream.aggregate_type())
        .bind(stream.aggregate_id())
        .bind(bigint(after))
        .bind(limit_of(limit))
        .fetch_all(pool)
        .await?;
    Ok(in_sequence(&rows, stream, after))
}

fn in_sequence(
    rows: &[PgRow],
    stream: &StreamId,
    after: u64,
) -> Result<Vec<Arc<Recorded>>, ReadError> {
    let mut events = Vec::with_capacity(rows.len());
    for (expected, row) in (after + 1..).zip(rows) {
        let event = decode(row, Some(stream))?;
        if event.sequence != expected {
            let found = event.sequence;
            let what = format!("{stream}: sequence {expected} is missing before {found}");
            return Err(ReadError::Corrupt(what.into()));
        }
        events.push(Arc::new(event));
    }
    Ok(events)
}

pub(super) async fn tenant(
    pool: &PgPool,
    tenant: &TenantSlug,
    after: Position,
    limit: usize,
) -> Result<Result<Vec<Arc<Recorded>>, ReadError>, Fault> {
    let rows = sqlx::query(&OF_TENANT)
        .bind(tenant.as_str())
        .bind(bigint(after.0))
        .bind(limit_of(limit))
        .fetch_all(pool)
        .await?;
    Ok(without_hole(&rows, tenant, after, limit))
}

fn without_hole(
    rows: &[PgRow],
    tenant: &TenantSlug,
    after: Position,
    limit: usize,
) -> Result<Vec<Arc<Recorded>>, ReadError> {
    let mut events: Vec<Arc<Recorded>> = Vec::with_capacity(rows.len());
    let mut cursor = after;
    let hole = |expected, found| Err(ReadError::Hole { tenant: tenant.clone(), expected, found });
    for row in rows {
        // The one row of a tenant that has nothing more.
        if row.try_get::<Option<i64>, _>(0).is_ok_and(|position| position.is_none()) {
            continue;
        }
        let event = decode(row, None)?;
        if event.position != cursor.next() {
            return hole(cursor.next(), event.position);
        }
        cursor = event.position;
        events.push(Arc::new(event));
    }
    if events.len() < limit
        && let Some(row) = rows.first()
    {
        let head = Position(number(row, 10)?);
        if head > cursor {
            return hole(cursor.next(), head);
        }
    }
    Ok(events)
}

pub(super) async fn head(pool: &PgPool, tenant: &TenantSlug) -> Result<Position, Fault> {
    let head: Option<i64> = sqlx::query_scalar("SELECT pos FROM tenant_head WHERE tenant = $1")
        .bind(tenant.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(Position(count(head.unwrap_or(0))))
}

/// Every tenant's name and head, by name.
pub(super) async fn heads(pool: &PgPool) -> Result<Vec<(String, u64)>, Fault> {
    let heads: Vec<(String, i64)> =
        sqlx::query_as("SELECT tenant, pos FROM tenant_head ORDER BY tenant")
            .fetch_all(pool)
            .await?;
    Ok(heads.into_iter().map(|(tenant, pos)| (tenant, count(pos))).collect())
}

/// Every tenant, by name.
pub(super) async fn tenants(pool: &PgPool) -> Result<Vec<TenantSlug>, ReadError> {
    let slug = |(name, _): (String, u64)| {
        name.parse().map_err(|e: domain::BadId| ReadError::Corrupt(e.to_string().into()))
    };
    heads(pool).await.map_err(Fault::into_read_error)?.into_iter().map(slug).collect()
}

pub(super) async fn stream_of_ticket(
    pool: &PgPool,
    tenant: &TenantSlug,
    ticket: TicketId,
) -> Result<Option<(String, String)>, Fault> {
    let sql = format!(
        "{WALL} SELECT e.* FROM wall CROSS JOIN LATERAL (SELECT aggregate_type, aggregate_id \
             FROM events WHERE tenant = wall.tenant AND ticket_id = $2 \
             ORDER BY tenant_pos DESC LIMIT 1) AS e"
    );
    let found = sqlx::query_as(&sql).bind(tenant.as_str()).bind(ticket.0);
    Ok(found.fetch_optional(pool).await?)
}

pub(super) async fn open_days(
    pool: &PgPool,
    tenant: &TenantSlug,
) -> Result<Result<Vec<OpenDay>, ReadError>, Fault> {
    let sql = format!(
        "{WALL} SELECT turns.aggregate_id, (SELECT tenant_pos FROM events \
             WHERE tenant = turns.tenant AND aggregate_type = 'service_day' \
             AND aggregate_id = turns.aggregate_id AND sequence = 1) AS first \
         FROM wall CROSS JOIN LATERAL (SELECT DISTINCT ON (aggregate_id) tenant, aggregate_id, \
             event_type FROM events \
             WHERE tenant = wall.tenant AND event_type IN ('day_opened', 'day_closed') \
             ORDER BY aggregate_id, tenant_pos DESC) AS turns \
         WHERE turns.event_type = 'day_opened' ORDER BY first"
    );
    let days: Vec<(String, Option<i64>)> =
        sqlx::query_as(&sql).bind(tenant.as_str()).fetch_all(pool).await?;
    let day = |(id, first): (String, Option<i64>)| {
        let first = first
            .ok_or_else(|| ReadError::Corrupt(format!("the day {id} has no first event").into()))?;
        Ok(OpenDay { stream: parse("service_day", &id)?, first_position: Position(count(first)) })
    };
    Ok(days.into_iter().map(day).collect())
}

/// The id of the newest day of a site whose date, as `yyyy-mm-dd`, is below `before`. Such dates sort as text.
pub(super) async fn latest_day(
    pool: &PgPool,
    tenant: &TenantSlug,
    site: SiteId,
    before: &str,
) -> Result<Option<String>, Fault> {
    let sql = format!(
        "{WALL} SELECT e.aggregate_id FROM wall CROSS JOIN LATERAL (SELECT aggregate_id FROM events \
             WHERE tenant = wall.tenant AND aggregate_type = 'service_day' \
             AND aggregate_id > $2 AND aggregate_id < $3 \
             ORDER BY aggregate_id DESC LIMIT 1) AS e"
    );
    let (from, to) = (format!("{tenant}/{site}/"), format!("{tenant}/{site}/{before}"));
    let found = sqlx::query_scalar(&sql).bind(tenant.as_str()).bind(from).bind(to);
    Ok(found.fetch_optional(pool).await?)
}

/// The stream that two columns name.
pub(super) fn parse(kind: &str, id: &str) -> Result<StreamId, ReadError> {
    StreamId::parse(kind, id).map_err(|error| ReadError::Corrupt(error.to_string().into()))
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
