//! Hints between the nodes of one database: a tenant's new head, by NOTIFY and LISTEN.
//!
//! Owns the channel. A hint may be lost, late or repeated: the poller finds everything without it. Never notifies
//! in the transaction of an append, because a NOTIFY takes a lock on the whole database at its commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::TenantSlug;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;

use super::lanes::Lanes;
use crate::row::bigint;

const CHANNEL: &str = "smartqueue";

/// At least so long between two notifications of one node; what changes meanwhile goes together.
const SPACING: Duration = Duration::from_millis(5);

/// Without the setting the transaction would wait for the disk, which a hint is not worth.
const NOTIFY: &str = "SELECT set_config('synchronous_commit', 'off', true), \
     pg_notify($1, tenant || ':' || pos) FROM unnest($2::text[], $3::bigint[]) AS t(tenant, pos)";

/// The heads that others were not told of yet.
#[derive(Default)]
pub(super) struct Hints {
    untold: Mutex<HashMap<TenantSlug, u64>>,
    some: Notify,
}

impl Hints {
    pub(super) fn tell(&self, tenant: &TenantSlug, head: u64) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        untold.insert(tenant.clone(), head);
        self.some.notify_one();
    }

    fn take(&self) -> HashMap<TenantSlug, u64> {
        std::mem::take(&mut self.untold.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells the other nodes, for as long as it runs.
pub(super) async fn notify(lanes: Arc<Lanes>) {
    loop {
        lanes.hints.some.notified().await;
        let (tenants, heads): (Vec<_>, Vec<_>) =
            lanes.hints.take().into_iter().map(|(t, pos)| (t.to_string(), bigint(pos))).unzip();
        if tenants.is_empty() {
            continue;
        }
        let telling = sqlx::query(NOTIFY).bind(CHANNEL).bind(tenants).bind(heads);
        if let Err(error) = telling.execute(&lanes.connections.appends).await {
            tracing::debug!(%error, "a hint was lost");
        }
        tokio::time::sleep(SPACING).await;
    }
}

/// Listens to the other nodes, for as long as it runs. `pool` is this connection's own.
pub(super) async fn listen(lanes: Arc<Lanes>, pool: PgPool) {
    let pause = Duration::from_millis(lanes.options.poll_interval_ms);
    loop {
        if let Err(error) = hear_hints(&lanes, &pool).await {
            tracing::debug!(%error, "hints are not heard just now");
        }
        tokio::time::sleep(pause).await;
    }
}

async fn hear_hints(lanes: &Arc<Lanes>, pool: &PgPool) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // Anybody may notify: what does not read as a hint is none.
        let hint = listener.recv().await?;
        if let Some((tenant, head)) = hint.payload().rsplit_once(':')
            && let (Ok(tenant), Ok(head)) = (tenant.parse(), head.parse())
        {
            lanes.hear(&tenant, head);
        }
    }
}
