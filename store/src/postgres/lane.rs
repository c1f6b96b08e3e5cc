//! The one who owns the order of a tenant in this process: it appends, and it hands over.
//!
//! Owns the tenant's appends, one statement at a time with all that wait in it, and how far the tenant's events were
//! handed over. Never hands an event over twice, before one with a lower position, or before it is committed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::{Position, StreamId, TenantSlug};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::chain::Broken;
use super::lanes::Lanes;
use super::select;
use crate::error::{AppendError, ReadError};
use crate::log::Appended;
use crate::row::{self, Row};

/// Most events that are read at once to be handed over.
const CATCH_UP_LEN: usize = 1000;

/// A failed append's answer.
pub(super) struct Failed {
    pub(super) error: AppendError,
    /// Dropped when the sender has the error in hand.
    pub(super) _broken: Broken,
}

/// One append, encoded.
pub(super) struct Job {
    pub(super) stream: StreamId,
    pub(super) expected: u64,
    pub(super) rows: Vec<Row>,
    pub(super) answer: oneshot::Sender<Result<Appended, Failed>>,
    /// Its place among all appends that may wait.
    pub(super) _place: OwnedSemaphorePermit,
}

impl Job {
    /// Where its stream ends once it is placed.
    pub(super) fn end(&self) -> u64 {
        self.expected + self.rows.len() as u64
    }
}

/// The owner of one tenant's order.
pub(super) struct Lane {
    pub(super) tenant: TenantSlug,
    pub(super) jobs: mpsc::Receiver<Job>,
    /// Jobs that were taken out of `jobs` and not appended yet.
    pub(super) waiting: VecDeque<Job>,
    /// The tenant's head as the database was last heard to say.
    pub(super) heard: watch::Receiver<u64>,
    /// The position up to which events were handed over.
    pub(super) published: u64,
    pub(super) lanes: Arc<Lanes>,
}

impl Lane {
    /// Runs until nothing happened for the idle time, or the log is closed; what was sent before is done.
    pub(super) async fn run(mut self) {
        let options = &self.lanes.options;
        let idle = Duration::from_secs(options.actors_idle_seconds.max(1));
        let again = Duration::from_millis(options.poll_interval_ms);
        loop {
            let behind = *self.heard.borrow() > self.published;
            tokio::select! {
                job = self.jobs.recv() => match job {
                    Some(first) => self.work(first).await,
                    None => return,
                },
                Ok(()) = self.heard.changed() => self.catch_up().await,
                // The last read failed.
                () = tokio::time::sleep(again), if behind => self.catch_up().await,
                () = tokio::time::sleep(idle), if !behind => {
                    if self.lanes.clone().put_to_sleep(&self) {
                        return;
                    }
                }
            }
        }
    }

    /// Appends what waits, together.
    async fn work(&mut self, first: Job) {
        self.waiting.push_back(first);
        // Those who were answered just now are about to send their next ones: one batch with them instead of two.
        tokio::task::yield_now().await;
        while let Some(first) = self.waiting.pop_front() {
            let mut commands = row::commands(&first.rows);
            let mut jobs = vec![first];
            while commands < self.lanes.options.append_batch_max {
                let waiting = self.waiting.pop_front();
                let Some(job) = waiting.or_else(|| self.jobs.try_recv().ok()) else { break };
                commands += row::commands(&job.rows);
                jobs.push(job);
            }
            self.settle(jobs).await;
        }
    }

    /// Hands over what others appended, up to the head that was heard.
    pub(super) async fn catch_up(&mut self) {
        let head = *self.heard.borrow_and_update();
        self.publish_up_to(head).await;
    }

    /// Reads what was not handed over yet and hands it over. After a failure it is tried again later.
    pub(super) async fn publish_up_to(&mut self, head: u64) {
        while self.published < head {
            if !self.lanes.handover.is_wanted(&self.tenant) {
                // Whoever subscribes from now on reads these from the log.
                self.published = head;
                return;
            }
            let pool = &self.lanes.connections.reads;
            let after = Position(self.published);
            let read = select::tenant(pool, &self.tenant, after, CATCH_UP_LEN).await;
            match read.unwrap_or_else(|fault| Err(fault.into_read_error())) {
                Ok(events) => {
                    let Some(last) = events.last() else { return };
                    self.published = last.position.0;
                    self.lanes.handover.publish(&self.tenant, events);
                }
                Err(ReadError::Unavailable(what)) => {
                    tracing::warn!(tenant = %self.tenant, %what, "what others appended cannot be read yet");
                    return;
                }
                // What comes after it is handed over: followers see that something is missing, and stop.
                Err(ReadError::Hole { expected, found, .. }) => {
                    tracing::error!(tenant = %self.tenant, %expected, "the log has a hole");
                    self.published = found.0.max(expected.0 + 1) - 1;
                }
                Err(error @ ReadError::Corrupt(_)) => {
                    tracing::error!(tenant = %self.tenant, %error, "an event cannot be handed over");
                    self.published = head;
                }
            }
        }
    }
}
