//! One task per active stream: it takes all commands that wait, decides them in order, appends once, answers each.
//!
//! Owns the stream's state. A command runs here and not in its sender's task, so a client that hangs up cannot cut
//! one in half. Never answers a command, not even a refused one, before the events that it was decided upon are
//! durable.

use std::sync::Arc;
use std::time::Duration;

use domain::{CommandId, Metadata, StreamId};
use tokio::sync::{mpsc, oneshot};

use super::keys::{Known, Span};
use super::kind::Kind;
use super::state::{Loaded, Shared};
use super::verdict::{Verdict, answer};
use super::{ExecuteError, Executed};
use crate::error::{AppendError, ReadError};
use crate::log::{NewEvent, StreamAppend};

/// How often a batch is decided again after another writer was first.
const CONFLICT_TRIES_MAX: u32 = 5;

/// The longest wait before the first of these tries, in microseconds; it doubles each time.
const CONFLICT_WAIT_MICROS: u64 = 2_000;

/// What an actor is asked.
pub(crate) enum Message<D: Kind> {
    Execute(Request<D>),
    /// Looks at the state after the commands that were sent before; not called when it cannot be loaded.
    Inspect(Box<dyn FnOnce(&D) + Send>),
    /// Another process appended up to this sequence: what is in memory may be old.
    Grown(u64),
}

/// One command on its way.
pub(crate) struct Request<D: Kind> {
    pub(super) command: D::Command,
    pub(super) command_id: CommandId,
    pub(super) metadata: Metadata,
    pub(super) answer: oneshot::Sender<Answer<D>>,
}

/// What a command is answered.
pub(crate) type Answer<D> = Result<Executed, NotExecuted<<D as cqrs_es::Aggregate>::Error>>;

/// Why it was not executed here.
pub(crate) enum NotExecuted<R> {
    /// It belongs to another stream by now: find it again.
    Elsewhere,
    /// It failed.
    Failed(ExecuteError<R>),
}

/// What was decided of a batch: one verdict per command, and all their events in order.
struct Decided<R> {
    verdicts: Vec<Verdict<R>>,
    events: Vec<NewEvent>,
}

/// The one who executes the commands of a stream.
pub(super) struct Actor<D: Kind> {
    pub(super) shared: Arc<Shared>,
    pub(super) stream: StreamId,
    pub(super) mailbox: mpsc::Receiver<Message<D>>,
    /// None before the first command and after a failed append.
    pub(super) loaded: Option<Loaded<D>>,
}

impl<D: Kind> Actor<D> {
    /// Runs until nothing was asked for the idle time, or the store shuts down; what was sent before is done.
    pub(super) async fn run(mut self) {
        let idle = Duration::from_secs(self.shared.options.actors_idle_seconds);
        loop {
            match tokio::time::timeout(idle, self.mailbox.recv()).await {
                Ok(Some(first)) => self.work(first).await,
                Ok(None) => return,
                Err(_) => {
                    // From here on senders find it closed and start another one.
                    self.mailbox.close();
                    while let Some(first) = self.mailbox.recv().await {
                        self.work(first).await;
                    }
                    return;
                }
            }
        }
    }

    async fn work(&mut self, first: Message<D>) {
        let (mut requests, mut inspections) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Execute(request) => requests.push(request),
                Message::Inspect(look) => inspections.push(look),
                Message::Grown(sequence) => self.renew(sequence).await,
            }
            if requests.len() < self.shared.options.append_batch_max {
                next = self.mailbox.try_recv().ok();
            }
        }
        if !requests.is_empty() {
            self.execute(requests).await;
        }
        if !inspections.is_empty()
            && let Ok(loaded) = self.loaded().await
        {
            for look in inspections {
                look(&loaded.state);
            }
        }
    }

    /// Loads the state anew where it does not go so far. What cannot be loaded just now is loaded when it is needed.
    async fn renew(&mut self, sequence: u64) {
        if self.loaded.as_ref().is_some_and(|loaded| loaded.sequence < sequence) {
            self.loaded = None;
        }
        if self.loaded().await.is_err() {
            D::forget(&self.shared, &self.stream);
        }
    }

    /// The state, loaded where it is not.
    async fn loaded(&mut self) -> Result<&mut Loaded<D>, ReadError> {
        if self.loaded.is_none() {
            let loaded = Loaded::<D>::load(&self.shared, &self.stream).await?;
            loaded.state.publish(&self.shared, &self.stream);
            return Ok(self.loaded.insert(loaded));
        }
        self.loaded.as_mut().ok_or_else(|| ReadError::Unavailable("not loaded".into()))
    }

    async fn execute(&mut self, requests: Vec<Request<D>>) {
        let mut tries = 0;
        loop {
            match self.decide_and_append(&requests).await {
                Ok(answers) => {
                    for (request, answer) in requests.into_iter().zip(answers) {
                        // A client that hung up needs no answer; the command stands.
                        let _ = request.answer.send(answer);
                    }
                    return;
                }
                Err(Broken::Append(AppendError::Conflict { .. })) if tries < CONFLICT_TRIES_MAX => {
                    self.loaded = None;
                    tokio::time::sleep(self.jitter(tries)).await;
                    tries += 1;
                }
                Err(Broken::Stale) if tries < CONFLICT_TRIES_MAX => {
                    self.loaded = None;
                    tries += 1;
                }
                Err(broken) => {
                    // What was evolved in memory is not in the log.
                    self.loaded = None;
                    for request in requests {
                        let failed = match &broken {
                            Broken::Append(error) => error.clone().into(),
                            Broken::Read(error) => error.clone().into(),
                            Broken::Stale => ExecuteError::overloaded(),
                        };
                        let _ = request.answer.send(Err(NotExecuted::Failed(failed)));
                    }
                    return;
                }
            }
        }
    }

    /// One try: decide all, append once, and say what each is answered.
    async fn decide_and_append(
        &mut self,
        requests: &[Request<D>],
    ) -> Result<Vec<Answer<D>>, Broken> {
        let (shared, stream) = (self.shared.clone(), self.stream.clone());
        let loaded = self.loaded().await?;
        if loaded.is_new() {
            loaded.inherit(&shared, &stream).await?;
        }
        let base = loaded.sequence;
        let Decided { verdicts, events } = decide(loaded, requests, &shared, &stream)?;
        let mut appended = Vec::new();
        if events.is_empty() {
            // No append shows that this was decided on the newest state.
            let others = shared.log.has_other_writers();
            if others && !shared.log.read_stream(&stream, base, 1).await?.is_empty() {
                return Err(Broken::Stale);
            }
        } else {
            let append = StreamAppend { stream: stream.clone(), expected: base, events };
            appended = shared.log.append(append).await?.events;
            if let (Some(first), Some(last)) = (appended.first(), appended.last()) {
                loaded.has_begun(first.recorded_at);
                loaded.sequence = last.sequence;
            }
            loaded.state.publish(&shared, &stream);
        }
        let mut answers = Vec::with_capacity(verdicts.len());
        for verdict in verdicts {
            answers.push(answer(verdict, &appended, base, &shared, &stream).await);
        }
        Ok(answers)
    }

    /// A wait that differs between writers, so that they do not meet again.
    fn jitter(&self, tries: u32) -> Duration {
        let random = self.shared.ids.fresh().as_u64_pair().1;
        Duration::from_micros(1 + random % (CONFLICT_WAIT_MICROS << tries))
    }
}

/// Why a try did not get to its end.
enum Broken {
    Append(AppendError),
    Read(ReadError),
    /// Another process has changed what it was decided upon.
    Stale,
}

impl From<AppendError> for Broken {
    fn from(error: AppendError) -> Self {
        Self::Append(error)
    }
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// Decides the commands in order, each on what the ones before it left.
fn decide<D: Kind>(
    loaded: &mut Loaded<D>,
    requests: &[Request<D>],
    shared: &Shared,
    stream: &StreamId,
) -> Result<Decided<D::Error>, ReadError> {
    let mut context = D::context(shared, stream, shared.clock.now())
        .ok_or_else(|| ReadError::Unavailable("the configuration is not loaded".into()))?;
    let mut events = Vec::new();
    let mut verdicts = Vec::with_capacity(requests.len());
    for request in requests {
        let clock = shared.clock.now();
        let now = loaded.next_time(clock);
        D::set_time(&mut context, now);
        if !D::belongs(stream, &request.command, &context, clock) {
            verdicts.push(Verdict::Elsewhere);
            continue;
        }
        match loaded.keys.look_up(&request.metadata, now) {
            Known::New => {}
            Known::Same(span) => {
                verdicts.push(Verdict::Replay(span));
                continue;
            }
            Known::Other => {
                verdicts.push(Verdict::KeyReused);
                continue;
            }
        }
        match loaded.state.decide(&request.command, &context) {
            Err(refusal) => verdicts.push(Verdict::Refused(refusal)),
            Ok(decided) => {
                let from = events.len();
                for event in decided {
                    loaded.evolve(&event);
                    events.push(NewEvent {
                        event: event.into(),
                        metadata: request.metadata.clone(),
                        command_id: request.command_id,
                    });
                }
                let to = events.len();
                if from < to {
                    let (first, last) =
                        (loaded.sequence + from as u64 + 1, loaded.sequence + to as u64);
                    let span = Span { stream: stream.clone(), first, last };
                    loaded.keys.remember(&request.metadata, request.command_id, span, now);
                }
                verdicts.push(Verdict::Decided(from..to));
            }
        }
    }
    Ok(Decided { verdicts, events })
}
