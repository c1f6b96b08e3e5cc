//! What can be read from the file.
//!
//! Owns the SELECT statements. Never returns a run of events with a hole in it.

use std::sync::{Arc, LazyLock};

use domain::{Position, Recorded, SiteId, StreamId, TenantSlug, TicketId};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{COLUMNS, decode, failed};
use crate::error::ReadError;
use crate::log::OpenDay;
use crate::row::{bigint, count};

static OF_STREAM: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM events \
         WHERE aggregate_type = ?1 AND aggregate_id = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4"
    )
});

static OF_TENANT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM events \
         WHERE tenant = ?1 AND tenant_pos > ?2 ORDER BY tenant_pos LIMIT ?3"
    )
});

pub(super) fn stream(
    connection: &Connection,
    stream: &StreamId,
    after: u64,
    limit: usize,
) -> Result<Vec<Arc<Recorded>>, ReadError> {
    let mut select = connection.prepare_cached(&OF_STREAM).map_err(|e| failed(&e))?;
    let values =
        params![stream.aggregate_type(), stream.aggregate_id(), bigint(after), limit_of(limit)];
    let mut rows = select.query(values).map_err(|e| failed(&e))?;
    let mut events = Vec::new();
    let mut expected = after;
    while let Some(row) = rows.next().map_err(|e| failed(&e))? {
        let event = decode(row, Some(stream))?;
        expected += 1;
        if event.sequence != expected {
            let found = event.sequence;
            let what = format!("{stream}: sequence {expected} is missing before {found}");
            return Err(ReadError::Corrupt(what.into()));
        }
        events.push(Arc::new(event));
    }
    Ok(events)
}

pub(super) fn tenant(
    connection: &Connection,
    tenant: &TenantSlug,
    after: Position,
    limit: usize,
) -> Result<Vec<Arc<Recorded>>, ReadError> {
    // One transaction: the head belongs to the rows.
    let view = connection.unchecked_transaction().map_err(|e| failed(&e))?;
    let mut select = view.prepare_cached(&OF_TENANT).map_err(|e| failed(&e))?;
    let values = params![tenant.as_str(), bigint(after.0), limit_of(limit)];
    let mut rows = select.query(values).map_err(|e| failed(&e))?;
    let mut events: Vec<Arc<Recorded>> = Vec::new();
    let mut cursor = after;
    let hole = |expected, found| Err(ReadError::Hole { tenant: tenant.clone(), expected, found });
    while let Some(row) = rows.next().map_err(|e| failed(&e))? {
        let event = decode(row, None)?;
        if event.position != cursor.next() {
            return hole(cursor.next(), event.position);
        }
        cursor = event.position;
        events.push(Arc::new(event));
    }
    if events.len() < limit {
        let head = head(&view, tenant)?;
        if head > cursor {
            return hole(cursor.next(), head);
        }
    }
    Ok(events)
}

pub(super) fn head(connection: &Connection, tenant: &TenantSlug) -> Result<Position, ReadError> {
    let head = connection
        .prepare_cached("SELECT pos FROM tenant_head WHERE tenant = ?1")
        .and_then(|mut select| select.query_row([tenant.as_str()], |row| row.get(0)).optional())
        .map_err(|e| failed(&e))?;
    Ok(Position(count(head.unwrap_or(0))))
}

pub(super) fn tenants(connection: &Connection) -> Result<Vec<TenantSlug>, ReadError> {
    let names = connection
        .prepare_cached("SELECT tenant FROM tenant_head ORDER BY tenant")
        .and_then(|mut select| {
            select.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()
        })
        .map_err(|e| failed(&e))?;
    let slug = |name: String| name.parse().map_err(|e: domain::BadId| damaged(&e));
    names.into_iter().map(slug).collect()
}

pub(super) fn stream_of_ticket(
    connection: &Connection,
    tenant: &TenantSlug,
    ticket: TicketId,
) -> Result<Option<StreamId>, ReadError> {
    let sql = "SELECT aggregate_type, aggregate_id FROM events \
               WHERE tenant = ?1 AND ticket_id = ?2 ORDER BY tenant_pos DESC LIMIT 1";
    let found = connection
        .prepare_cached(sql)
        .and_then(|mut select| {
            let values = params![tenant.as_str(), ticket.0.as_bytes()];
            let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            select.query_row::<(String, String), _, _>(values, pair).optional()
        })
        .map_err(|e| failed(&e))?;
    found.map(|(kind, id)| StreamId::parse(&kind, &id).map_err(|e| damaged(&e))).transpose()
}

pub(super) fn open_days(
    connection: &Connection,
    tenant: &TenantSlug,
) -> Result<Vec<OpenDay>, ReadError> {
    // `event_type` stands beside one `max`, so SQLite takes it from the row that has the maximum.
    let sql = "SELECT turns.aggregate_id, (SELECT tenant_pos FROM events \
                   WHERE aggregate_type = 'service_day' AND aggregate_id = turns.aggregate_id \
                     AND sequence = 1) AS first \
               FROM (SELECT aggregate_id, event_type, max(tenant_pos) FROM events \
                     WHERE tenant = ?1 AND event_type IN ('day_opened', 'day_closed') \
                     GROUP BY aggregate_id) AS turns \
               WHERE turns.event_type = 'day_opened' ORDER BY first";
    let days = connection
        .prepare_cached(sql)
        .and_then(|mut select| {
            let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            select.query_map([tenant.as_str()], pair)?.collect::<Result<Vec<(String, i64)>, _>>()
        })
        .map_err(|e| failed(&e))?;
    let day = |(id, first): (String, i64)| {
        let stream = StreamId::parse("service_day", &id).map_err(|e| damaged(&e))?;
        Ok(OpenDay { stream, first_position: Position(count(first)) })
    };
    days.into_iter().map(day).collect()
}

/// The newest day of a site whose date, as `yyyy-mm-dd`, is below `before`. Such dates sort as text.
pub(super) fn latest_day(
    connection: &Connection,
    tenant: &TenantSlug,
    site: SiteId,
    before: &str,
) -> Result<Option<StreamId>, ReadError> {
    let sql = "SELECT aggregate_id FROM events \
               WHERE aggregate_type = 'service_day' AND aggregate_id > ?1 AND aggregate_id < ?2 \
               ORDER BY aggregate_id DESC LIMIT 1";
    let (from, to) = (format!("{tenant}/{site}/"), format!("{tenant}/{site}/{before}"));
    let found = connection
        .prepare_cached(sql)
        .and_then(|mut select| {
            select.query_row([from, to], |row| row.get::<_, String>(0)).optional()
        })
        .map_err(|e| failed(&e))?;
    found.map(|id| StreamId::parse("service_day", &id).map_err(|e| damaged(&e))).transpose()
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn damaged(error: &domain::BadId) -> ReadError {
    ReadError::Corrupt(error.to_string().into())
}
