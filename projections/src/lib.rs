//! The read models: pure folds from recorded events to rows, and the changes a reader needs to keep up.
//!
//! Owns what each screen shows. Never does I/O, reads a clock, or decides anything about tickets.
//!
//! [`TenantViews`] is where a server starts; [`Alone`] folds one projection by itself, for an auditor.

pub mod board;
pub mod day;
pub mod desk;
pub mod hall;
mod id_map;
pub mod line;
mod projection;
pub mod tenant;
pub mod track;

#[cfg(test)]
mod history;
#[cfg(test)]
mod laws;

pub use board::{BoardChange, BoardRow, BoardView, ChangeKind, DisplayInfo, QueueInfo};
pub use day::DayView;
pub use desk::DeskView;
pub use line::LineView;
pub use projection::{Alone, Ground, Moment, Projection};
pub use tenant::{Bootstrap, Gap, TenantViews, ViewChange};
pub use track::TrackView;
