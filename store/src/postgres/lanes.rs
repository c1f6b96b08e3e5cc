//! Which tenants are awake in this process, and the way to each.
//!
//! Owns the lanes. A tenant wakes at its first append here, or when somebody who listens is told of one elsewhere;
//! it sleeps when nothing happens. Never loses an append between a lane that stops and one that starts.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use domain::{Clock, TenantSlug};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio_util::task::TaskTracker;

use super::chain::{Broken, Chains};
use super::connect::Connections;
use super::hint::Hints;
use super::lane::{Job, Lane};
use crate::commits::Handover;
use crate::error::AppendError;
use crate::log::{Appended, StreamAppend};
use crate::options::StoreOptions;
use crate::row::Row;

/// A tenant as this process knows it.
enum Tenant {
    /// Nothing happens; up to here everything is old.
    Asleep(u64),
    Awake {
        jobs: mpsc::Sender<Job>,
        heard: watch::Sender<u64>,
    },
}

/// All tenants of the log.
pub(super) struct Lanes {
    pub(super) connections: Connections,
    pub(super) options: StoreOptions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) handover: Handover,
    pub(super) hints: Hints,
    pub(super) chains: Chains,
    /// Whether the database answered when it was asked last.
    pub(super) reachable: watch::Sender<bool>,
    tenants: DashMap<TenantSlug, Tenant>,
    /// One permit for each append that may wait.
    places: Arc<Semaphore>,
    closed: AtomicBool,
    tracker: TaskTracker,
}

impl Lanes {
    pub(super) fn new(
        connections: Connections,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        Self {
            handover: Handover::new(options.handover_len),
            places: Arc::new(Semaphore::new(options.append_queue_len)),
            hints: Hints::default(),
            chains: Chains::default(),
            reachable: watch::Sender::new(true),
            tenants: DashMap::new(),
            closed: AtomicBool::new(false),
            connections,
            options,
            clock,
            tracker,
        }
    }

    /// What is committed up to `head` is old: it was there before anyone could subscribe.
    pub(super) fn known_at_start(&self, tenant: TenantSlug, head: u64) {
        self.tenants.insert(tenant, Tenant::Asleep(head));
    }

    /// Sends an append to its tenant's lane and waits for the answer.
    pub(super) async fn append(
        self: &Arc<Self>,
        append: StreamAppend,
    ) -> Result<Appended, AppendError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| AppendError::Overloaded)?;
        let rows = append.events.into_iter().map(Row::encode).collect();
        let (answer, answered) = oneshot::channel();
        let (stream, expected) = (append.stream, append.expected);
        self.send(Job { stream, expected, rows, answer, _place: place })?;
        match answered.await {
            Ok(Ok(appended)) => Ok(appended),
            Ok(Err(failed)) => Err(failed.error),
            Err(_) => Err(closed()),
        }
    }

    fn send(self: &Arc<Self>, job: Job) -> Result<(), AppendError> {
        // The entry is locked until the job is sent: its lane can neither fall asleep in between, nor break the chain
        // that the job belongs to unseen.
        let entry = self.tenants.entry(job.stream.tenant().clone());
        if self.closed.load(Ordering::SeqCst) {
            return Err(closed());
        }
        if self.chains.is_broken(&job.stream, job.expected) {
            let Job { stream, expected, .. } = job;
            return Err(AppendError::Conflict { stream, expected, actual: expected });
        }
        let mut tenant = match entry {
            Entry::Occupied(entry) => entry.into_ref(),
            // It was not there when the log was opened: all its events are new.
            Entry::Vacant(entry) => entry.insert(Tenant::Asleep(0)),
        };
        let slug = job.stream.tenant().clone();
        self.wake(&slug, &mut tenant);
        match &*tenant {
            // Permits bound the queue, so it is never full.
            Tenant::Awake { jobs, .. } => jobs.try_send(job).map_err(|_| closed()),
            Tenant::Asleep(_) => Err(closed()),
        }
    }

    /// Takes note of a tenant's head in the database. An old or repeated one does no harm.
    pub(super) fn hear(self: &Arc<Self>, slug: &TenantSlug, head: u64) {
        let entry = self.tenants.entry(slug.clone());
        if self.closed.load(Ordering::SeqCst) {
            return;
        }
        let mut tenant = entry.or_insert(Tenant::Asleep(0));
        if let Tenant::Asleep(old) = &mut *tenant {
            if head <= *old {
                return;
            }
            if !self.handover.is_wanted(slug) {
                *old = head;
                return;
            }
            self.wake(slug, &mut tenant);
        }
        if let Tenant::Awake { heard, .. } = &*tenant {
            heard.send_if_modified(|old| {
                let newer = head > *old;
                *old = head.max(*old);
                newer
            });
        }
    }

    fn wake(self: &Arc<Self>, slug: &TenantSlug, tenant: &mut Tenant) {
        let Tenant::Asleep(published) = *tenant else { return };
        let (jobs, jobs_receiver) = mpsc::channel(self.options.append_queue_len);
        let (heard, heard_receiver) = watch::channel(published);
        let lane = Lane {
            tenant: slug.clone(),
            jobs: jobs_receiver,
            waiting: VecDeque::new(),
            heard: heard_receiver,
            published,
            lanes: self.clone(),
        };
        self.tracker.spawn(lane.run());
        *tenant = Tenant::Awake { jobs, heard };
    }

    /// Remembers that a job failed. What is sent from now on sees it; what was sent before is in the queue.
    pub(super) fn break_chain(&self, job: &Job) -> Broken {
        let _locked = self.tenants.get_mut(job.stream.tenant());
        self.chains.break_at(job.stream.clone(), job.end())
    }

    /// Lets a lane end, unless it was sent something meanwhile.
    pub(super) fn put_to_sleep(&self, lane: &Lane) -> bool {
        let Some(mut tenant) = self.tenants.get_mut(&lane.tenant) else { return false };
        let busy = !lane.jobs.is_empty() || *lane.heard.borrow() > lane.published;
        if !busy {
            *tenant = Tenant::Asleep(lane.published);
        }
        !busy
    }

    /// Takes no more; the lanes do what they were sent and end.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.tenants.clear();
    }
}

fn closed() -> AppendError {
    AppendError::Unavailable("the log is closed".into())
}
