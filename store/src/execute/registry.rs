//! Which streams are active, and the way to each.
//!
//! Owns the mailboxes. Never loses a command between an actor that stops and one that starts: a mailbox that closed
//! gives the command back, and it goes to the next actor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::StreamId;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::task::TaskTracker;

use super::ExecuteError;
use super::actor::{Actor, Message};
use super::kind::Kind;
use super::state::Shared;

/// Dead mailboxes are swept out when there are so many mailboxes, and again when there are twice as many.
const SWEEP_FROM: usize = 256;

/// The active streams of one kind.
pub(super) struct Registry<D: Kind> {
    shared: Arc<Shared>,
    tracker: TaskTracker,
    active: Mutex<Active<D>>,
}

struct Active<D: Kind> {
    mailboxes: HashMap<StreamId, mpsc::Sender<Message<D>>>,
    sweep_at: usize,
    closed: bool,
}

impl<D: Kind> Registry<D> {
    pub(super) fn new(shared: Arc<Shared>, tracker: TaskTracker) -> Self {
        let active = Active { mailboxes: HashMap::new(), sweep_at: SWEEP_FROM, closed: false };
        Self { shared, tracker, active: Mutex::new(active) }
    }

    /// Puts a message into the stream's mailbox.
    pub(super) fn send<R>(
        &self,
        stream: &StreamId,
        mut message: Message<D>,
    ) -> Result<(), ExecuteError<R>> {
        loop {
            match self.mailbox(stream)?.try_send(message) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_)) => return Err(ExecuteError::overloaded()),
                // It just stopped; the next turn starts another.
                Err(TrySendError::Closed(back)) => message = back,
            }
        }
    }

    fn mailbox<R>(&self, stream: &StreamId) -> Result<mpsc::Sender<Message<D>>, ExecuteError<R>> {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if active.closed {
            return Err(ExecuteError::closed());
        }
        if let Some(mailbox) = active.mailboxes.get(stream).filter(|mailbox| !mailbox.is_closed()) {
            return Ok(mailbox.clone());
        }
        let (sender, mailbox) = mpsc::channel(self.shared.options.mailbox_len);
        let (shared, stream) = (self.shared.clone(), stream.clone());
        let actor = Actor::<D> { shared, stream: stream.clone(), mailbox, loaded: None };
        self.tracker.spawn(actor.run());
        active.mailboxes.insert(stream, sender.clone());
        if active.mailboxes.len() >= active.sweep_at {
            active.mailboxes.retain(|_, mailbox| !mailbox.is_closed());
            active.sweep_at = (2 * active.mailboxes.len()).max(SWEEP_FROM);
        }
        Ok(sender)
    }

    /// Takes no more; the actors do what they were sent and end.
    pub(super) fn close(&self) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.closed = true;
        active.mailboxes.clear();
    }
}
