//! Handing committed events over to those who follow, inside this process.
//!
//! Owns the subscriptions. What is handed over is a shortcut: a subscriber that falls behind loses some of it and
//! reads the log instead. Never hands over what is not committed.

use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;
use domain::{Recorded, TenantSlug};
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

/// Events of one tenant that were committed together; their positions follow one another.
type Batch = Arc<[Arc<Recorded>]>;

/// A subscription to what is committed.
#[derive(Debug)]
pub struct Commits(broadcast::Receiver<Batch>);

/// Why a subscription has nothing to give.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommitsEnded {
    /// The subscriber was too slow and missed something: read the log from where you are, then go on.
    #[error("some commits were missed: read the log")]
    Missed,
    /// The log is closed.
    #[error("the log is closed")]
    Closed,
}

impl Commits {
    /// Waits for the next events of one tenant. Loses nothing when it is dropped while it waits.
    ///
    /// # Errors
    /// [`CommitsEnded::Missed`] once after some were missed, [`CommitsEnded::Closed`] at the end.
    pub async fn next(&mut self) -> Result<Batch, CommitsEnded> {
        match self.0.recv().await {
            Ok(batch) => Ok(batch),
            Err(RecvError::Lagged(_)) => Err(CommitsEnded::Missed),
            Err(RecvError::Closed) => Err(CommitsEnded::Closed),
        }
    }

    /// The next events if they are there already.
    ///
    /// # Errors
    /// As [`Commits::next`].
    pub fn ready(&mut self) -> Result<Option<Batch>, CommitsEnded> {
        match self.0.try_recv() {
            Ok(batch) => Ok(Some(batch)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Lagged(_)) => Err(CommitsEnded::Missed),
            Err(TryRecvError::Closed) => Err(CommitsEnded::Closed),
        }
    }
}

/// Where an engine hands its commits over.
#[derive(Debug)]
pub(crate) struct Handover {
    /// None once the log is closed.
    all: Mutex<Option<broadcast::Sender<Batch>>>,
    /// One channel per followed tenant, so that a commit wakes only those whom it concerns.
    tenants: DashMap<TenantSlug, broadcast::Sender<Batch>>,
    len: usize,
}

impl Handover {
    pub(crate) fn new(len: usize) -> Self {
        let all = Mutex::new(Some(broadcast::Sender::new(len)));
        Self { all, tenants: DashMap::new(), len }
    }

    pub(crate) fn all(&self) -> Commits {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = all.as_ref().map(broadcast::Sender::subscribe);
        Commits(receiver.unwrap_or_else(|| broadcast::channel(1).1))
    }

    pub(crate) fn of(&self, tenant: &TenantSlug) -> Commits {
        let channel = self.tenants.entry(tenant.clone());
        Commits(channel.or_insert_with(|| broadcast::Sender::new(self.len)).subscribe())
    }

    /// Whether anybody is subscribed to what this tenant commits.
    pub(crate) fn is_wanted(&self, tenant: &TenantSlug) -> bool {
        let listens = |channel: &broadcast::Sender<Batch>| channel.receiver_count() > 0;
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.as_ref().is_some_and(listens) || self.tenants.get(tenant).is_some_and(|c| listens(&c))
    }

    /// To be called after the commit, in commit order; by one thread or task only for each tenant.
    pub(crate) fn publish(&self, tenant: &TenantSlug, events: Vec<Arc<Recorded>>) {
        let batch: Batch = events.into();
        let unheard = match self.tenants.get(tenant) {
            Some(channel) => channel.send(batch.clone()).is_err(),
            None => false,
        };
        if unheard {
            self.tenants.remove_if(tenant, |_, channel| channel.receiver_count() == 0);
        }
        if let Some(all) = &*self.all.lock().unwrap_or_else(PoisonError::into_inner) {
            // Nobody listening is no fault.
            let _ = all.send(batch);
        }
    }

    /// Ends every subscription.
    pub(crate) fn close(&self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.tenants.clear();
    }
}
