//! Learning what other nodes appended: the heads of all tenants, asked at an interval.
//!
//! Owns the question and the interval. Never hands anything over: each tenant's lane does, in its order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::fault::Fault;
use super::lanes::Lanes;
use super::select;

/// Asks for as long as it runs.
pub(super) async fn poll(lanes: Arc<Lanes>) {
    let mut told: HashMap<String, u64> = HashMap::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(lanes.options.poll_interval_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match ask(&lanes, &mut told).await {
            Ok(()) => {
                if !lanes.reachable.send_replace(true) {
                    tracing::info!("the database can be asked again");
                }
            }
            Err(fault) => {
                if lanes.reachable.send_replace(false) {
                    tracing::warn!(what = %fault.what(), "the database cannot be asked what is new");
                }
            }
        }
    }
}

async fn ask(lanes: &Arc<Lanes>, told: &mut HashMap<String, u64>) -> Result<(), Fault> {
    let heads = select::heads(&lanes.connections.appends);
    let patience = lanes.connections.patience;
    let heads = tokio::time::timeout(patience, heads).await;
    for (tenant, head) in heads.unwrap_or_else(|_| Err(Fault::Lost("no answer".into())))? {
        match told.get_mut(&tenant) {
            Some(old) if *old == head => continue,
            Some(old) => {
                if head < *old {
                    tracing::error!(
                        tenant,
                        known = *old,
                        head,
                        "the database has lost events that were recorded: it was restored, or a standby took over \
                         without them; stop every server, give the log a new epoch, and start them again"
                    );
                }
                *old = head;
            }
            None => {
                told.insert(tenant.clone(), head);
            }
        }
        match tenant.parse() {
            Ok(slug) => lanes.hear(&slug, head),
            Err(error) => tracing::error!(%error, "the database names a tenant that cannot be"),
        }
    }
    Ok(())
}
