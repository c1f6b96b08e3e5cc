//! What becomes of a batch: placed, in conflict, or unknown.
//!
//! Owns the tries. One append at fault disturbs no other. A connection that broke is answered by trying once more:
//! either the first try was recorded, then its own events are found in the way, or it was not and never will be.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{Recorded, StreamId};
use tokio::sync::oneshot;

use super::append::{Place, append};
use super::ends::{self, Ends};
use super::fault::Fault;
use super::lane::{Failed, Job, Lane};
use super::select;
use crate::error::AppendError;
use crate::log::Appended;

/// How often a batch is sent. Each time but the first, somebody was faster or the connection broke.
const TRIES_MAX: u32 = 6;

/// What is known of the tries before.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    /// One of them may have been recorded.
    Unknown,
}

impl Lane {
    /// Appends the jobs and answers each.
    pub(super) async fn settle(&mut self, jobs: Vec<Job>) {
        self.settle_after(Before::Nothing, jobs).await;
    }

    async fn settle_after(&mut self, mut before: Before, mut jobs: Vec<Job>) {
        for _ in 0..TRIES_MAX {
            if jobs.is_empty() {
                return;
            }
            match self.try_append(&jobs, before).await {
                Ok(place) => return self.placed(jobs, place).await,
                Err(Fault::Stale) => match self.sift(jobs, before).await {
                    Ok(rest) => jobs = rest,
                    Err((rest, fault)) => return self.fail(rest, &fault),
                },
                Err(Fault::Lost(what)) => {
                    tracing::warn!(tenant = %self.tenant, %what, "the connection broke in an append");
                    before = Before::Unknown;
                }
                Err(Fault::Refused(what)) if jobs.len() > 1 => {
                    tracing::error!(tenant = %self.tenant, %what, "an append among others is refused");
                    for job in jobs {
                        Box::pin(self.settle_after(before, vec![job])).await;
                    }
                    return;
                }
                Err(fault @ (Fault::Full | Fault::Passing(_) | Fault::Refused(_))) => {
                    tracing::error!(tenant = %self.tenant, what = %fault.what(), "an append failed");
                    return self.fail(jobs, &fault);
                }
            }
        }
        let fault = match before {
            Before::Nothing => Fault::Stale,
            Before::Unknown => Fault::Lost("the outcome is unknown".into()),
        };
        self.fail(jobs, &fault);
    }

    async fn try_append(&self, jobs: &[Job], before: Before) -> Result<Place, Fault> {
        let connections = &self.lanes.connections;
        let mut connection = match before {
            Before::Nothing => connections.appends.acquire().await?,
            Before::Unknown => connections.fresh_append().await?,
        };
        let now = self.lanes.clock.now().timestamp_micros();
        let now: DateTime<Utc> = DateTime::from_timestamp_micros(now).unwrap_or_default();
        let appending = append(&mut connection, &self.tenant, jobs, now);
        let outcome = tokio::time::timeout(connections.patience, appending).await;
        let outcome = outcome.unwrap_or_else(|_| Err(Fault::Lost("no answer".into())));
        if let Err(Fault::Lost(_)) = &outcome {
            drop(connection.detach());
        }
        outcome
    }

    /// Hands the events over, then answers: the screens need not wait for the callers. Where others appended in
    /// between, their events go first, and the callers do not wait for those.
    async fn placed(&mut self, jobs: Vec<Job>, mut place: Place) {
        let in_order = place.base == self.published;
        let mut answers = Vec::with_capacity(jobs.len());
        let mut all: Vec<Arc<Recorded>> = Vec::new();
        for job in jobs {
            let events = place.record(&job.stream, job.expected, job.rows);
            all.extend(events.iter().cloned());
            answers.push((job.answer, Appended { events }));
        }
        let head = place.base;
        if in_order {
            self.published = head;
            self.lanes.handover.publish(&self.tenant, all);
        }
        for (caller, appended) in answers {
            // A caller that no longer waits needs no answer.
            let _ = caller.send(Ok(appended));
        }
        if self.lanes.options.hints {
            self.lanes.hints.tell(&self.tenant, head);
        }
        if !in_order {
            self.publish_up_to(head).await;
        }
    }

    /// Answers the jobs whose streams have grown, and returns the others in their order.
    async fn sift(
        &mut self,
        jobs: Vec<Job>,
        before: Before,
    ) -> Result<Vec<Job>, (Vec<Job>, Fault)> {
        let found = match ends::of(&self.lanes.connections.appends, &self.tenant, &jobs).await {
            Ok(found) => found,
            Err(fault) => return Err((jobs, fault)),
        };
        let mut ends: HashMap<StreamId, u64> = HashMap::new();
        let (mut rest, mut failed) = (Vec::new(), Vec::new());
        for (job, Ends { actual, last_command }) in jobs.into_iter().zip(found) {
            let ours = last_command.is_some()
                && last_command == job.rows.last().map(|row| row.event.command_id);
            if matches!(before, Before::Unknown) && ours {
                self.answer_recorded(job).await;
                continue;
            }
            let end = *ends.get(&job.stream).unwrap_or(&actual);
            if end == job.expected && !self.lanes.chains.is_broken(&job.stream, job.expected) {
                ends.insert(job.stream.clone(), job.end());
                rest.push(job);
            } else {
                failed.push(self.failed(job, |stream, expected| AppendError::Conflict {
                    stream,
                    expected,
                    actual: end,
                }));
            }
        }
        self.answer_failed(failed);
        Ok(rest)
    }

    /// Answers a job that an earlier try recorded.
    async fn answer_recorded(&mut self, job: Job) {
        let (pool, len) = (&self.lanes.connections.reads, job.rows.len());
        let read = select::stream(pool, &job.stream, job.expected, len).await;
        match read.map_err(Fault::into_read_error).flatten() {
            Ok(events) => {
                let head = events.last().map_or(0, |event| event.position.0);
                // A caller that no longer waits needs no answer.
                let _ = job.answer.send(Ok(Appended { events }));
                self.publish_up_to(head).await;
            }
            Err(error) => self.fail(vec![job], &Fault::Lost(error.to_string().into())),
        }
    }

    fn fail(&mut self, jobs: Vec<Job>, fault: &Fault) {
        let error = fault.to_append_error();
        let failed = jobs.into_iter().map(|job| self.failed(job, |_, _| error.clone())).collect();
        self.answer_failed(failed);
    }

    fn failed(&self, job: Job, error: impl FnOnce(StreamId, u64) -> AppendError) -> Unanswered {
        let broken = self.lanes.break_chain(&job);
        (job.answer, Failed { error: error(job.stream, job.expected), _broken: broken })
    }

    /// Answers failed jobs, and with them those that wait and were decided upon them.
    fn answer_failed(&mut self, mut failed: Vec<Unanswered>) {
        if failed.is_empty() {
            return;
        }
        while let Ok(job) = self.jobs.try_recv() {
            self.waiting.push_back(job);
        }
        for job in std::mem::take(&mut self.waiting) {
            if self.lanes.chains.is_broken(&job.stream, job.expected) {
                failed.push(self.failed(job, |stream, expected| AppendError::Conflict {
                    stream,
                    expected,
                    actual: expected,
                }));
            } else {
                self.waiting.push_back(job);
            }
        }
        for (caller, failed) in failed {
            // A caller that no longer waits needs no answer.
            let _ = caller.send(Err(failed));
        }
    }
}

/// A failed job's caller, and what it is told once everything that follows from it is known.
type Unanswered = (oneshot::Sender<Result<Appended, Failed>>, Failed);
