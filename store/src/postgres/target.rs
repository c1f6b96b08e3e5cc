//! A database as the target of a copy: filled tenant by tenant, and no log until it is finished.
//!
//! Owns the rows that it writes. While it is filled the database has no epoch, so that no server starts on it.

use domain::{Position, TenantSlug};
use sqlx::{Executor as _, Row as _};
use uuid::Uuid;

use super::connect::{Connections, refused};
use super::fault::Fault;
use super::migrate;
use super::select;
use crate::copy::RawEvent;
use crate::error::{CopyError, ReadError};
use crate::options::StoreOptions;
use crate::row::bigint;

const APPEND: &str = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
     metadata, tenant, tenant_pos, recorded_at, command_id, ticket_id) \
     SELECT n.kind, n.id, n.sequence, n.event_type, n.event_version, n.payload::json, n.metadata::json, $1, n.pos, \
         timestamptz 'epoch' + n.at * interval '1 microsecond', n.command_id, n.ticket_id \
     FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], \
         $10::bigint[], $11::uuid[], $12::uuid[]) \
         AS n(kind, id, sequence, event_type, event_version, payload, metadata, pos, at, command_id, ticket_id)";

const RAISE_HEAD: &str = "INSERT INTO tenant_head (tenant, pos, at) \
     VALUES ($1, $2, timestamptz 'epoch' + $3 * interval '1 microsecond') \
     ON CONFLICT (tenant) DO UPDATE SET pos = excluded.pos, at = excluded.at";

const EVENTS: &str = "SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text, \
     metadata::text, tenant_pos, (extract(epoch FROM recorded_at) * 1000000)::bigint, command_id, ticket_id \
     FROM events WHERE tenant = $1 AND tenant_pos > $2 ORDER BY tenant_pos LIMIT $3";

/// Other programs of ours on this database.
const SERVERS: &str = "SELECT count(*) FROM pg_stat_activity \
     WHERE datname = current_database() AND application_name = 'smartqueue' AND pid <> pg_backend_pid() \
         AND backend_start < (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())";

/// A database that is being filled.
pub(crate) struct Target {
    connections: Connections,
}

impl Target {
    /// Makes the tables where they are not, and takes the epoch away from a log that has no event yet.
    pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<Self, CopyError> {
        let options = StoreOptions { append_connections: 1, ..options.clone() };
        let connections = Connections::open(url, &options).await?;
        let place = connections.place.clone();
        let said = |error: sqlx::Error| CopyError::from(refused(&place, &error));
        migrate::tables(&connections).await?;
        let servers: i64 =
            sqlx::query_scalar(SERVERS).fetch_one(&connections.appends).await.map_err(said)?;
        if servers > 0 {
            return Err(CopyError::TargetInUse { place });
        }
        let (epochs, tenants): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM log_identity), (SELECT count(*) FROM tenant_head)",
        )
        .fetch_one(&connections.appends)
        .await
        .map_err(said)?;
        match (epochs, tenants) {
            (0, _) => {}
            (_, 0) => forget_epoch(&connections).await.map_err(said)?,
            (_, _) => return Err(CopyError::TargetNotEmpty { place }),
        }
        Ok(Self { connections })
    }

    pub(crate) async fn tenants(&self) -> Result<Vec<TenantSlug>, ReadError> {
        select::tenants(&self.connections.appends).await
    }

    pub(crate) async fn head(&self, tenant: &TenantSlug) -> Result<Position, ReadError> {
        let head = select::head(&self.connections.appends, tenant);
        head.await.map_err(Fault::into_read_error)
    }

    /// Adds events after the tenant's last one.
    pub(crate) async fn append(
        &self,
        tenant: &TenantSlug,
        events: &[RawEvent],
    ) -> Result<(), ReadError> {
        self.try_append(tenant, events).await.map_err(|e| Fault::from(e).into_read_error())
    }

    async fn try_append(&self, tenant: &TenantSlug, events: &[RawEvent]) -> sqlx::Result<()> {
        let Some(last) = events.last() else { return Ok(()) };
        let texts = |column: fn(&RawEvent) -> &String| -> Vec<&str> {
            events.iter().map(|event| column(event).as_str()).collect()
        };
        let numbers =
            |column: fn(&RawEvent) -> i64| -> Vec<i64> { events.iter().map(column).collect() };
        let mut all = self.connections.appends.begin().await?;
        sqlx::query(APPEND)
            .bind(tenant.as_str())
            .bind(texts(|event| &event.aggregate_type))
            .bind(texts(|event| &event.aggregate_id))
            .bind(numbers(|event| event.sequence))
            .bind(texts(|event| &event.event_type))
            .bind(texts(|event| &event.event_version))
            .bind(texts(|event| &event.payload))
            .bind(texts(|event| &event.metadata))
            .bind(numbers(|event| event.position))
            .bind(numbers(|event| event.recorded_at))
            .bind(events.iter().map(|event| Uuid::from_bytes(event.command_id)).collect::<Vec<_>>())
            .bind(
                events
                    .iter()
                    .map(|event| event.ticket_id.map(Uuid::from_bytes))
                    .collect::<Vec<_>>(),
            )
            .execute(&mut *all)
            .await?;
        sqlx::query(RAISE_HEAD)
            .bind(tenant.as_str())
            .bind(last.position)
            .bind(last.recorded_at)
            .execute(&mut *all)
            .await?;
        all.commit().await
    }

    /// Up to `limit` events after `after`, as they are.
    pub(crate) async fn read(
        &self,
        tenant: &TenantSlug,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RawEvent>, ReadError> {
        let rows = sqlx::query(EVENTS)
            .bind(tenant.as_str())
            .bind(bigint(after.0))
            .bind(bigint(limit as u64))
            .fetch_all(&self.connections.appends)
            .await;
        let event = |row: sqlx::postgres::PgRow| -> sqlx::Result<RawEvent> {
            Ok(RawEvent {
                aggregate_type: row.try_get(0)?,
                aggregate_id: row.try_get(1)?,
                sequence: row.try_get(2)?,
                event_type: row.try_get(3)?,
                event_version: row.try_get(4)?,
                payload: row.try_get(5)?,
                metadata: row.try_get(6)?,
                position: row.try_get(7)?,
                recorded_at: row.try_get(8)?,
                command_id: row.try_get::<Uuid, _>(9)?.into_bytes(),
                ticket_id: row.try_get::<Option<Uuid>, _>(10)?.map(Uuid::into_bytes),
            })
        };
        rows.and_then(|rows| rows.into_iter().map(event).collect())
            .map_err(|error| Fault::from(error).into_read_error())
    }

    /// From now on it is a log.
    pub(crate) async fn finish(self, epoch: &str) -> Result<(), CopyError> {
        let Connections { appends, place, .. } = &self.connections;
        sqlx::query("INSERT INTO log_identity (one, epoch) VALUES (1, $1)")
            .bind(epoch)
            .execute(appends)
            .await
            .map_err(|error| refused(place, &error))?;
        self.connections.close().await;
        Ok(())
    }
}

/// An empty log has no history that anybody could know; its epoch goes. Only the owner of the tables may do that.
async fn forget_epoch(connections: &Connections) -> sqlx::Result<()> {
    let mut all = connections.appends.begin().await?;
    all.execute("ALTER TABLE log_identity DISABLE TRIGGER log_identity_never_altered").await?;
    all.execute("DELETE FROM log_identity").await?;
    all.execute("ALTER TABLE log_identity ENABLE TRIGGER log_identity_never_altered").await?;
    all.commit().await
}
