//! Which commands were executed under which key, as the stream itself tells.
//!
//! Owns the memory of keys beside one stream's state. It is a fold of the stream's metadata, so it is the same after
//! a restart. Never remembers a command that left no event.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, CommandId, Metadata, Recorded, StreamId};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// How many keys a bounded memory holds before it looks for old ones to drop.
const PRUNE_FROM: usize = 1024;

/// The events of one command: a run of sequences of one stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) stream: StreamId,
    pub(super) first: u64,
    pub(super) last: u64,
}

struct Entry {
    fingerprint: Arc<str>,
    command_id: CommandId,
    span: Span,
    at: DateTime<Utc>,
}

/// What is known of a key.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// Nothing: decide.
    New,
    /// The same command was executed.
    Same(Span),
    /// Another command was executed under it.
    Other,
}

/// The keys of one stream.
pub(super) struct Keys {
    entries: HashMap<(Actor, Arc<str>), Entry>,
    /// How long a key is remembered; none is as long as the stream.
    kept: Option<TimeDelta>,
    prune_at: usize,
}

impl Keys {
    pub(super) fn new(kept: Option<TimeDelta>) -> Self {
        Self { entries: HashMap::new(), kept, prune_at: PRUNE_FROM }
    }

    pub(super) fn look_up(&self, metadata: &Metadata, now: DateTime<Utc>) -> Known {
        let (Some(key), Some(fingerprint)) = (&metadata.key, &metadata.fingerprint) else {
            return Known::New;
        };
        match self.entries.get(&(metadata.actor, key.clone())) {
            None => Known::New,
            Some(entry) if self.is_old(entry, now) => Known::New,
            Some(entry) if entry.fingerprint == *fingerprint => Known::Same(entry.span.clone()),
            Some(_) => Known::Other,
        }
    }

    /// Remembers the command of a recorded event of this stream.
    pub(super) fn learn(&mut self, event: &Recorded) {
        let span =
            Span { stream: event.stream.clone(), first: event.sequence, last: event.sequence };
        self.remember(&event.metadata, event.command_id, span, event.recorded_at);
    }

    /// Remembers the command of an event of the stream before this one, unless the key was used here since.
    pub(super) fn learn_older(&mut self, event: &Recorded) {
        let used_here = event.metadata.key.as_ref().is_some_and(|key| {
            let entry = self.entries.get(&(event.metadata.actor, key.clone()));
            entry.is_some_and(|entry| entry.span.stream != event.stream)
        });
        if !used_here {
            self.learn(event);
        }
    }

    pub(super) fn remember(
        &mut self,
        metadata: &Metadata,
        command_id: CommandId,
        span: Span,
        at: DateTime<Utc>,
    ) {
        let (Some(key), Some(fingerprint)) = (&metadata.key, &metadata.fingerprint) else {
            return;
        };
        let name = (metadata.actor, key.clone());
        match self.entries.get_mut(&name) {
            Some(old) if old.command_id == command_id => {
                old.span.last = old.span.last.max(span.last)
            }
            Some(_) | None => {
                let fingerprint = fingerprint.clone();
                self.entries.insert(name, Entry { fingerprint, command_id, span, at });
                self.prune(at);
            }
        }
    }

    fn is_old(&self, entry: &Entry, now: DateTime<Utc>) -> bool {
        self.kept.is_some_and(|kept| entry.at < now - kept)
    }

    fn prune(&mut self, now: DateTime<Utc>) {
        if let Some(kept) = self.kept
            && self.entries.len() >= self.prune_at
        {
            self.entries.retain(|_, entry| entry.at >= now - kept);
            self.prune_at = (2 * self.entries.len()).max(PRUNE_FROM);
        }
    }
}

/// What a command asks for, as 16 hex digits: the same for a repeat, another for another wish. `own` removes from
/// the command's JSON what the server put in.
pub(super) fn fingerprint<C: Serialize>(
    command: &C,
    own: impl FnOnce(&mut serde_json::Value),
) -> Arc<str> {
    // Commands are maps with text keys: serde_json cannot refuse them.
    let mut json = serde_json::to_value(command)
        .unwrap_or_else(|error| unreachable!("a command always encodes: {error}"));
    own(&mut json);
    let digest = Sha256::digest(json.to_string().as_bytes());
    let first = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    format!("{first:016x}").into()
}
