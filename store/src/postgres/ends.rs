//! Where streams end, when an append did not find them where it expected.
//!
//! Owns that question. Never answers a caller.

use domain::{CommandId, TenantSlug};
use sqlx::PgPool;
use uuid::Uuid;

use super::fault::Fault;
use super::lane::Job;
use crate::row::{bigint, count};

/// What stands in the way of one append.
pub(super) struct Ends {
    /// The sequence of the last event of its stream; 0 where there is none.
    pub(super) actual: u64,
    /// The command of the event that stands where the append's last event would be.
    pub(super) last_command: Option<CommandId>,
}

/// The ends of the jobs' streams, which are all of one tenant, in the order of the jobs.
pub(super) async fn of(
    pool: &PgPool,
    tenant: &TenantSlug,
    jobs: &[Job],
) -> Result<Vec<Ends>, Fault> {
    let kinds: Vec<&str> = jobs.iter().map(|job| job.stream.aggregate_type()).collect();
    let ids: Vec<String> = jobs.iter().map(|job| job.stream.aggregate_id()).collect();
    let lasts: Vec<i64> = jobs.iter().map(|job| bigint(job.end())).collect();
    let found: Vec<(i64, Option<Uuid>)> = sqlx::query_as(
        "WITH wall AS MATERIALIZED (SELECT set_config('smartqueue.tenant', $1, true) AS tenant) \
         SELECT coalesce((SELECT max(e.sequence) FROM events AS e WHERE e.tenant = wall.tenant \
                 AND e.aggregate_type = j.kind AND e.aggregate_id = j.id), 0), \
             (SELECT e.command_id FROM events AS e WHERE e.tenant = wall.tenant \
                 AND e.aggregate_type = j.kind AND e.aggregate_id = j.id AND e.sequence = j.last) \
         FROM wall, unnest($2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY \
             AS j(kind, id, last, n) ORDER BY j.n",
    )
    .bind(tenant.as_str())
    .bind(kinds)
    .bind(ids)
    .bind(lasts)
    .fetch_all(pool)
    .await?;
    let ends = |(actual, command): (i64, Option<Uuid>)| Ends {
        actual: count(actual),
        last_command: command.map(CommandId),
    };
    Ok(found.into_iter().map(ends).collect())
}
