//! What a display shows: the latest ten called tickets, newest call first, and who waits.
//!
//! `screen` is one display, `boards` are all of a tenant. Never shows a display that is not active, nor a queue
//! that the display does not show.

mod boards;
mod info;
mod screen;
#[cfg(test)]
mod tests;
mod view;

pub use boards::{Boards, BoardsChange};
pub use view::{BoardChange, BoardRow, BoardView, ChangeKind, DisplayInfo, QueueInfo};

/// How many calls a display shows.
pub const TICKETS_SHOWN_MAX: usize = 10;
