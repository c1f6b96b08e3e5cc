//! What a start replays: several streams of one tenant as one, in the order of their positions.
//!
//! Owns the merge. Reads these streams and nothing else, so that the years between their events cost nothing.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use domain::{Position, Recorded, StreamId};
use store::{EventLog, ReadError};

/// Events of one stream that are read at a time.
const READ_MAX: usize = 1_024;

/// The events of some streams up to a position.
pub struct Replay {
    log: Arc<dyn EventLog>,
    head: Position,
    sources: Vec<Source>,
    /// The next position of each source that has one.
    next: BinaryHeap<Reverse<(Position, usize)>>,
}

struct Source {
    stream: StreamId,
    /// The last event that was read.
    sequence: u64,
    read: VecDeque<Arc<Recorded>>,
    ended: bool,
}

impl Replay {
    /// The events of these streams that stand at `head` or before.
    ///
    /// # Errors
    /// [`ReadError`], also when an event of a stream is missing.
    pub async fn of(
        log: Arc<dyn EventLog>,
        streams: impl IntoIterator<Item = StreamId>,
        head: Position,
    ) -> Result<Self, ReadError> {
        let source = |stream| Source { stream, sequence: 0, read: VecDeque::new(), ended: false };
        let sources: Vec<Source> = streams.into_iter().map(source).collect();
        let mut replay = Self { log, head, sources, next: BinaryHeap::new() };
        for index in 0..replay.sources.len() {
            replay.line_up(index).await?;
        }
        Ok(replay)
    }

    /// The next event; none after the last.
    ///
    /// # Errors
    /// [`ReadError`], also when an event of a stream is missing.
    pub async fn next(&mut self) -> Result<Option<Arc<Recorded>>, ReadError> {
        let Some(Reverse((_, index))) = self.next.pop() else { return Ok(None) };
        let event = self.sources[index].read.pop_front();
        self.line_up(index).await?;
        Ok(event)
    }

    /// Makes known what is next in a source, reading on where need be.
    async fn line_up(&mut self, index: usize) -> Result<(), ReadError> {
        let source = &mut self.sources[index];
        if source.read.is_empty() && !source.ended {
            let events = self.log.read_stream(&source.stream, source.sequence, READ_MAX).await?;
            source.sequence = events.last().map_or(source.sequence, |last| last.sequence);
            let count = events.len();
            let head = self.head;
            source.read.extend(events.into_iter().take_while(|event| event.position <= head));
            source.ended = count == 0 || source.read.len() < count;
        }
        if let Some(event) = source.read.front() {
            self.next.push(Reverse((event.position, index)));
        }
        Ok(())
    }
}
