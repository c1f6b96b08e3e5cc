//! The last messages of a room, already encoded and shared by all its readers.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;
use domain::Position;

use crate::protocol::Link;

/// A message with its place.
#[derive(Clone, Debug)]
struct Frame {
    link: Link,
    text: Utf8Bytes,
}

/// Numbered frames, oldest first. A number is given once in the life of a room; a reader's cursor is the number
/// of the frame it needs next.
#[derive(Debug)]
pub(super) struct Ring {
    frames: VecDeque<Frame>,
    /// The number of the oldest frame that is kept.
    first: u64,
    bytes: usize,
    len_max: usize,
    bytes_max: usize,
}

impl Ring {
    /// An empty ring that keeps so many frames and bytes.
    pub(super) fn new(len_max: usize, bytes_max: usize) -> Self {
        Self { frames: VecDeque::new(), first: 0, bytes: 0, len_max: len_max.max(1), bytes_max }
    }

    /// The number that the next frame will get.
    pub(super) fn next(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// Adds a frame; the oldest leave.
    pub(super) fn push(&mut self, link: Link, text: Utf8Bytes) {
        self.bytes += text.len();
        self.frames.push_back(Frame { link, text });
        while self.frames.len() > self.len_max
            || (self.bytes > self.bytes_max && self.frames.len() > 1)
        {
            if let Some(oldest) = self.frames.pop_front() {
                self.bytes -= oldest.text.len();
                self.first += 1;
            }
        }
    }

    /// Forgets all frames; their numbers are not given again.
    pub(super) fn clear(&mut self) {
        self.first = self.next();
        self.frames.clear();
        self.bytes = 0;
    }

    /// The frame of that number, where it is still kept.
    pub(super) fn get(&self, number: u64) -> Option<(Link, &Utf8Bytes)> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.frames.get(index).map(|frame| (frame.link, &frame.text))
    }

    /// The number of the frame that follows `seq`.
    pub(super) fn after(&self, seq: Position) -> Option<u64> {
        let index = self.frames.binary_search_by_key(&seq, |frame| frame.link.prev).ok()?;
        Some(self.first + index as u64)
    }
}
