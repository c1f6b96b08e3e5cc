//! Configuration that another process changed.
//!
//! Owns listening for it. The directory in memory is what commands of the day are decided with, so it follows the
//! log within the time that a foreign append needs to be noticed. Never decides, and keeps no store alive.

use std::sync::Weak;

use domain::directory::DirectoryRefusal;
use domain::{StreamId, TenantSlug};

use super::actor::Message;
use super::store::Inner;
use crate::commits::{Commits, CommitsEnded};

/// Loads directories anew as they grow, for as long as the store is open.
pub(super) async fn renew_directories(store: Weak<Inner>, mut commits: Commits) {
    loop {
        let heard = commits.next().await;
        let Some(store) = store.upgrade() else { return };
        match heard {
            Ok(batch) => {
                let of_directory = |stream: &StreamId| matches!(stream, StreamId::Directory(_));
                if let Some(last) = batch.iter().rfind(|event| of_directory(&event.stream)) {
                    renew(&store, last.stream.tenant(), last.sequence);
                }
            }
            Err(CommitsEnded::Missed) => {
                for tenant in store
                    .shared
                    .directories
                    .iter()
                    .map(|entry| entry.key().clone())
                    .collect::<Vec<_>>()
                {
                    renew(&store, &tenant, u64::MAX);
                }
            }
            Err(CommitsEnded::Closed) => return,
        }
    }
}

/// The directory's own actor loads it, after the commands that were sent before.
fn renew(store: &Inner, tenant: &TenantSlug, sequence: u64) {
    if !store.shared.directories.contains_key(tenant) {
        return;
    }
    let stream = StreamId::Directory(tenant.clone());
    let sent = store.directories.send::<DirectoryRefusal>(&stream, Message::Grown(sequence));
    if sent.is_err() {
        // It is too busy to be told: whoever needs it next has it loaded.
        store.shared.directories.remove(tenant);
    }
}
