//! What surrounds every request, one file a concern.
//!
//! Owns the layers; `edge.rs` owns their order. Never knows a route.

pub mod body_limit;
pub mod host;
pub mod observe;
pub mod page_headers;
pub mod panics;
pub mod plain_errors;
pub mod staff_guard;
pub mod time_limit;
