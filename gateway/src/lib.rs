//! The read side: live views over WebSockets, event streams and plain HTTP.
//!
//! Owns the wire protocol (`docs/spec/live.md`), the rooms and the sockets. It is handed committed events by the
//! server and never sees the log, decides anything about tickets, or depends on the write side.

mod http;
mod hub;
mod limits;
mod protocol;
mod reader;
mod room;
mod socket;
#[cfg(test)]
mod testing;

pub use http::{public_router, staff_router};
pub use hub::{Bootstrap, Gap, Hub, Settings};
pub use limits::Limits;
