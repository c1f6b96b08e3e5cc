//! The migrations, and the identity of the log.
//!
//! Owns the order of the files in `migrations/postgres`. Never runs one twice, and never touches a database that
//! belongs to something else.

use sqlx::{Connection as _, Executor as _, PgConnection};

use super::connect::{Connections, refused};
use crate::error::OpenError;

/// The migrations in their order; how many of them are applied is the format of the database.
const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/postgres/0001_log.sql")];

/// Serialises programs that start at the same time on one database: the letters `SmQ` and 1.
const LOCK: i64 = 0x536d_5101;

/// Brings the database to the newest format and answers its epoch. `new_epoch` is the epoch of a log made now.
pub(super) async fn migrate(
    connections: &Connections,
    new_epoch: &str,
) -> Result<String, OpenError> {
    let epoch = bring_up(connections, Some(new_epoch)).await?;
    epoch.ok_or_else(|| OpenError::Unfinished { place: connections.place.clone() })
}

/// Brings the database to the newest format. Where that makes the tables, they are no log yet: they have no epoch.
pub(super) async fn tables(connections: &Connections) -> Result<(), OpenError> {
    bring_up(connections, None).await.map(drop)
}

async fn bring_up(
    connections: &Connections,
    new_epoch: Option<&str>,
) -> Result<Option<String>, OpenError> {
    let said = |error: sqlx::Error| refused(&connections.place, &error);
    let mut connection = connections.appends.acquire().await.map_err(said)?;
    let place = &connections.place;
    let mut all = connection.begin().await.map_err(said)?;
    // Held until the end of the transaction.
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *all)
        .await
        .map_err(said)?;
    let found = format(&mut all).await.map_err(said)?;
    let known = MIGRATIONS.len() as i64;
    match found {
        Format::Foreign => return Err(OpenError::NotALogDatabase { place: place.clone() }),
        Format::Of(found) if found > known => {
            return Err(OpenError::NewerDatabase { place: place.clone(), found, known });
        }
        // Then a role that may only append and read is enough.
        Format::Of(found) if found == known => {}
        Format::Of(found) => apply(&mut all, found, new_epoch).await.map_err(said)?,
    }
    let epoch = sqlx::query_scalar("SELECT epoch FROM log_identity")
        .fetch_optional(&mut *all)
        .await
        .map_err(said)?;
    all.commit().await.map_err(said)?;
    Ok(epoch)
}

enum Format {
    /// So many migrations are applied.
    Of(i64),
    /// Tables of something else are where ours would be.
    Foreign,
}

async fn format(connection: &mut PgConnection) -> sqlx::Result<Format> {
    let (ours, theirs): (bool, bool) = sqlx::query_as(
        "SELECT to_regclass('smartqueue_migrations') IS NOT NULL, \
         to_regclass('events') IS NOT NULL OR to_regclass('tenant_head') IS NOT NULL",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !ours {
        return Ok(if theirs { Format::Foreign } else { Format::Of(0) });
    }
    let sql = "SELECT coalesce(max(number), 0) FROM smartqueue_migrations";
    Ok(Format::Of(sqlx::query_scalar(sql).fetch_one(connection).await?))
}

async fn apply(
    connection: &mut PgConnection,
    applied: i64,
    new_epoch: Option<&str>,
) -> sqlx::Result<()> {
    if applied == 0 {
        let table = "CREATE TABLE smartqueue_migrations (\
                     number bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";
        connection.execute(table).await?;
    }
    let missing = (1..).zip(MIGRATIONS).skip(usize::try_from(applied).unwrap_or(0));
    for (number, migration) in missing {
        connection.execute(migration).await?;
        sqlx::query("INSERT INTO smartqueue_migrations (number) VALUES ($1)")
            .bind(number)
            .execute(&mut *connection)
            .await?;
    }
    if let (0, Some(epoch)) = (applied, new_epoch) {
        sqlx::query("INSERT INTO log_identity (one, epoch) VALUES (1, $1)")
            .bind(epoch)
            .execute(connection)
            .await?;
    }
    Ok(())
}
