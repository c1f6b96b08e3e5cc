//! An aggregate's state with the keys beside it, as the log tells them.
//!
//! Owns the loading. Never guesses: an event that this program does not know stops it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use dashmap::DashMap;
use domain::directory::Directory;
use domain::{Clock, Ids, Recorded, StreamId, TenantSlug};

use super::keys::{Keys, Span};
use super::kind::Kind;
use crate::error::ReadError;
use crate::log::EventLog;
use crate::options::StoreOptions;

/// Events read at once.
const READ_BATCH_LEN: usize = 1000;

/// What all streams share.
pub(crate) struct Shared {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) options: StoreOptions,
    /// The current configuration of each tenant that was asked for; written by its directory's actor alone.
    pub(super) directories: DashMap<TenantSlug, Arc<Directory>>,
}

/// A stream in memory.
pub(super) struct Loaded<D> {
    pub(super) state: D,
    /// The sequence of the last event in `state`.
    pub(super) sequence: u64,
    pub(super) keys: Keys,
    /// When the stream began; none while it is empty.
    began: Option<DateTime<Utc>>,
    /// When its newest event was decided.
    newest: Option<DateTime<Utc>>,
}

impl<D: Kind> Loaded<D> {
    /// Folds the whole stream, and the keys that still count of the stream before it.
    pub(super) async fn load(shared: &Shared, stream: &StreamId) -> Result<Self, ReadError> {
        let mut loaded = Self {
            state: D::default(),
            sequence: 0,
            keys: Keys::new(D::KEYS_KEPT),
            began: None,
            newest: None,
        };
        loop {
            let events = shared.log.read_stream(stream, loaded.sequence, READ_BATCH_LEN).await?;
            for event in &events {
                loaded.take_in(event)?;
            }
            if events.len() < READ_BATCH_LEN {
                break;
            }
        }
        loaded.inherit(shared, stream).await?;
        Ok(loaded)
    }

    /// Whether the stream is still empty: then what it inherits may still grow.
    pub(super) fn is_new(&self) -> bool {
        self.sequence == 0
    }

    /// Learns the keys of the stream before this one that still count. A stream that began long ago needs none.
    pub(super) async fn inherit(
        &mut self,
        shared: &Shared,
        stream: &StreamId,
    ) -> Result<(), ReadError> {
        let (Some(kept), StreamId::ServiceDay { tenant, site, date }) =
            (self.state.inherits(), stream)
        else {
            return Ok(());
        };
        let from = shared.clock.now() - kept;
        if self.began.is_some_and(|began| began < from) {
            return Ok(());
        }
        let Some(older) = shared.log.day_before(tenant, *site, *date).await? else {
            return Ok(());
        };
        let mut sequence = 0;
        loop {
            let events = shared.log.read_stream(&older, sequence, READ_BATCH_LEN).await?;
            for event in events.iter().filter(|event| event.recorded_at >= from) {
                self.keys.learn_older(event);
            }
            match events.last() {
                Some(last) if events.len() == READ_BATCH_LEN => sequence = last.sequence,
                Some(_) | None => return Ok(()),
            }
        }
    }

    fn take_in(&mut self, event: &Recorded) -> Result<(), ReadError> {
        let Some(own) = D::own(&event.event) else {
            let (kind, version) = (event.event.event_type(), event.event.event_version());
            let (stream, at) = (&event.stream, event.position);
            let what = format!(
                "{stream} has event {kind} version {version} at position {at}, \
                 which this program does not know; use the newer program"
            );
            return Err(ReadError::Corrupt(what.into()));
        };
        self.evolve(own);
        self.sequence = event.sequence;
        self.began.get_or_insert(event.recorded_at);
        self.keys.learn(event);
        Ok(())
    }

    pub(super) fn evolve(&mut self, event: &D::Event) {
        self.state.evolve(event);
        self.newest = self.newest.max(D::at(event));
    }

    /// The time of the next decision: the clock's, but later than every decision before it. So the order of time is that
    /// of the log, whatever the clock does and however many decisions fall into one moment.
    pub(super) fn next_time(&self, clock: DateTime<Utc>) -> DateTime<Utc> {
        self.newest.map_or(clock, |newest| clock.max(newest + TimeDelta::microseconds(1)))
    }

    /// The stream began just now, with an append of ours.
    pub(super) fn has_begun(&mut self, at: DateTime<Utc>) {
        self.began.get_or_insert(at);
    }
}

/// The events of a command that was executed before.
pub(super) async fn read_span(
    shared: &Shared,
    span: &Span,
) -> Result<Vec<Arc<Recorded>>, ReadError> {
    let len = usize::try_from(span.last - span.first + 1).unwrap_or(usize::MAX);
    shared.log.read_stream(&span.stream, span.first - 1, len).await
}
