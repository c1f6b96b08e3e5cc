//! The lock around a room, and the seats of its readers.
//!
//! A reader looks for its next message and, finding none, leaves its waker under the same lock: a change cannot
//! fall between the two. Waking takes all wakers at once; nothing is queued per reader.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use axum::extract::ws::Utf8Bytes;
use domain::Position;

use super::{Joined, Next, Room, Step};

/// A room that readers share.
pub(crate) struct RoomCell {
    inner: Mutex<Inner>,
}

struct Inner {
    room: Room,
    seats: Seats,
    /// The display is no more: every reader is told so.
    gone: bool,
}

/// Who waits, by seat number; free numbers are given again.
#[derive(Default)]
struct Seats {
    parked: Vec<Option<Waker>>,
    free: Vec<u32>,
}

impl Seats {
    fn taken(&self) -> usize {
        self.parked.len() - self.free.len()
    }

    fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.parked.push(None);
            u32::try_from(self.parked.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn give_back(&mut self, seat: u32) {
        self.parked[seat as usize] = None;
        self.free.push(seat);
        if self.taken() == 0 {
            *self = Self::default();
        }
    }

    fn park(&mut self, seat: u32, waker: &Waker) {
        match &mut self.parked[seat as usize] {
            Some(parked) => parked.clone_from(waker),
            empty @ None => *empty = Some(waker.clone()),
        }
    }

    fn wakers(&mut self) -> Vec<Waker> {
        self.parked.iter_mut().filter_map(Option::take).collect()
    }
}

/// What a reader is handed.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// The message that follows the last one.
    Frame(Utf8Bytes),
    /// It fell behind: the newest snapshot in place of all it missed.
    Skipped(Utf8Bytes),
    /// The display is no more.
    Gone,
}

impl RoomCell {
    /// Opens a room to readers.
    pub(crate) fn new(room: Room) -> Self {
        Self { inner: Mutex::new(Inner { room, seats: Seats::default(), gone: false }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves a room whole: each change is made before it is announced.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the room as it stands.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Room) -> T) -> T {
        read(&self.lock().room)
    }

    /// How many seats are taken.
    #[cfg(test)]
    pub(crate) fn readers(&self) -> usize {
        self.lock().seats.taken()
    }

    /// Takes in what one event did and wakes the readers.
    pub(crate) fn record(&self, step: &Step<'_>) {
        let mut inner = self.lock();
        if inner.room.record(step) {
            let wakers = inner.seats.wakers();
            drop(inner);
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// See [`Room::settle`].
    pub(crate) fn settle(&self, head: Position) {
        self.lock().room.settle(head);
    }

    /// Tells every reader that the display is no more.
    pub(crate) fn close(&self) {
        self.lock().gone = true;
        self.wake();
    }

    /// Wakes every reader, so that it looks around.
    pub(crate) fn wake(&self) {
        let wakers = self.lock().seats.wakers();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Takes a seat and reads the snapshot, or what is missed, in one turn of the lock: no message falls between.
    /// None when so many seats are taken already.
    pub(crate) fn join(
        self: &Arc<Self>,
        after: Option<Position>,
        seats_max: usize,
    ) -> Option<(Seat, Joined)> {
        let mut inner = self.lock();
        if inner.seats.taken() >= seats_max {
            return None;
        }
        let joined = inner.room.join(after);
        let number = inner.seats.take();
        drop(inner);
        let seat = Seat { room: self.clone(), number, cursor: joined.cursor, seq: joined.seq };
        Some((seat, joined))
    }
}

/// One reader's place in a room: all that the server keeps of what the reader has seen.
pub(crate) struct Seat {
    room: Arc<RoomCell>,
    number: u32,
    cursor: u64,
    seq: Position,
}

impl Seat {
    /// The `seq` of the last message handed out.
    pub(crate) fn seq(&self) -> Position {
        self.seq
    }

    /// The next message; pending, with the waker parked, when there is none.
    pub(crate) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Delivery> {
        let mut inner = self.room.lock();
        if inner.gone {
            return Poll::Ready(Delivery::Gone);
        }
        match inner.room.next(&mut self.cursor) {
            Some(Next::Frame(seq, text)) => {
                self.seq = seq;
                Poll::Ready(Delivery::Frame(text))
            }
            Some(Next::Skipped(seq, text)) => {
                self.seq = seq;
                Poll::Ready(Delivery::Skipped(text))
            }
            None => {
                inner.seats.park(self.number, cx.waker());
                Poll::Pending
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.lock().seats.give_back(self.number);
    }
}
