//! The thread that writes: all appends that wait become one transaction.
//!
//! Owns the read-write connection. Answers an append only after its commit; never retries a flush that failed,
//! because the system may have forgotten the pages by then: it ends the process, and the next start reads what is
//! really on the disk.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Clock, Recorded, StreamId, TenantSlug};
use tokio::sync::{mpsc, oneshot};

use super::fault::{self, Fault};
use super::insert::{Batch, Place};
use super::open::LogFile;
use crate::commits::Handover;
use crate::error::AppendError;
use crate::log::Appended;
use crate::options::StoreOptions;
use crate::row::{self, Row};

/// What the thread is asked to do.
pub(super) enum Message {
    Append(Job),
    /// Ends the thread after what was sent before; answered when the file is closed and its lock is free.
    Close(oneshot::Sender<()>),
}

/// One append, encoded.
pub(super) struct Job {
    pub(super) stream: StreamId,
    pub(super) expected: u64,
    pub(super) rows: Vec<Row>,
    pub(super) answer: oneshot::Sender<Result<Appended, AppendError>>,
}

/// What came of one append in a transaction.
pub(super) enum Verdict {
    Placed(Place),
    Conflict { actual: u64 },
}

/// The one writer of a file.
pub(super) struct Writer {
    file: LogFile,
    batch: Batch,
    clock: Arc<dyn Clock>,
    handover: Arc<Handover>,
    commands_max: usize,
    checkpoint_pages: usize,
    /// Pages written since the last checkpoint, estimated.
    pages: usize,
}

impl Writer {
    pub(super) fn new(
        file: LogFile,
        options: &StoreOptions,
        clock: Arc<dyn Clock>,
        handover: Arc<Handover>,
    ) -> Self {
        let (commands_max, checkpoint_pages) = (options.append_batch_max, options.checkpoint_pages);
        Self {
            file,
            batch: Batch::default(),
            clock,
            handover,
            commands_max,
            checkpoint_pages,
            pages: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &rusqlite::Connection {
        &self.file.connection
    }

    pub(super) fn start(self, messages: mpsc::Receiver<Message>) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name("log-writer".into());
        thread.spawn(move || self.run(messages)).map(drop)
    }

    fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let _guard = fault::EndProcessOnPanic;
        let mut closing = Vec::new();
        let mut jobs = Vec::new();
        while let Some(first) = messages.blocking_recv() {
            let mut commands = 0;
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Append(job) => {
                        commands += row::commands(&job.rows);
                        jobs.push(job);
                    }
                    Message::Close(answer) => {
                        messages.close();
                        closing.push(answer);
                    }
                }
                if commands < self.commands_max {
                    next = messages.try_recv().ok();
                }
            }
            self.settle(&mut jobs);
        }
        drop(self);
        for answer in closing {
            // Whoever closed it may have gone.
            let _ = answer.send(());
        }
    }

    /// Commits the jobs together. Where one of them is at fault in a way that should not be, each goes alone, so
    /// that it disturbs no other.
    pub(super) fn settle(&mut self, jobs: &mut Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        match self.commit(jobs) {
            Ok(verdicts) => self.answer(jobs.drain(..).zip(verdicts)),
            Err(Fault::Of(_)) if jobs.len() > 1 => {
                for job in std::mem::take(jobs) {
                    self.settle(&mut vec![job]);
                }
            }
            Err(fault) => {
                let error = fault.into_append_error();
                for job in jobs.drain(..) {
                    // A caller that no longer waits needs no answer.
                    let _ = job.answer.send(Err(error.clone()));
                }
            }
        }
        if self.pages >= self.checkpoint_pages {
            self.pages = 0;
            fault::checkpoint(&self.file.connection);
        }
    }

    fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Verdict>, Fault> {
        let connection = &self.file.connection;
        let now = self.clock.now().timestamp_micros();
        match self.batch.write(connection, jobs, now) {
            Ok(verdicts) => {
                fault::end_if_files_are_gone(&mut self.file.whereabouts, now);
                self.pages += 4 + jobs.iter().map(|job| 1 + job.rows.len() / 4).sum::<usize>();
                Ok(verdicts)
            }
            Err(failed) => {
                self.batch.forget();
                Err(fault::roll_back(connection, failed))
            }
        }
    }

    /// Hands the events over, then answers: the screens need not wait for the callers.
    fn answer(&self, settled: impl Iterator<Item = (Job, Verdict)>) {
        let mut answers = Vec::new();
        let mut tenants: Vec<(TenantSlug, Vec<Arc<Recorded>>)> = Vec::new();
        let mut index: HashMap<TenantSlug, usize> = HashMap::new();
        for (job, verdict) in settled {
            let answer = match verdict {
                Verdict::Conflict { actual } => {
                    let Job { stream, expected, .. } = job;
                    Err(AppendError::Conflict { stream, expected, actual })
                }
                Verdict::Placed(place) => {
                    let tenant = job.stream.tenant();
                    let at = *index.entry(tenant.clone()).or_insert_with(|| {
                        tenants.push((tenant.clone(), Vec::new()));
                        tenants.len() - 1
                    });
                    let events = place.record(&job.stream, job.expected, job.rows);
                    tenants[at].1.extend(events.iter().cloned());
                    Ok(Appended { events })
                }
            };
            answers.push((job.answer, answer));
        }
        for (tenant, events) in tenants {
            self.handover.publish(&tenant, events);
        }
        for (caller, answer) in answers {
            // A caller that no longer waits needs no answer.
            let _ = caller.send(answer);
        }
    }
}
