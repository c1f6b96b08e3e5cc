//! The rules of a walk-in queue, as values in and values out.
//!
//! Owns the two aggregates ([`service_day`] and [`directory`]), their commands and events, and the ids that
//! the whole program speaks in. Never does I/O, reads a clock, draws a random number or knows SQL: time, actor
//! and fresh ids come in with the command.

pub mod context;
pub mod decider;
pub mod directory;
pub mod event;
pub mod ids;
pub mod service_day;

pub use context::{Actor, Clock, Ids};
pub use decider::Decider;
pub use event::{Event, Metadata, Recorded, StreamId};
pub use ids::*;
