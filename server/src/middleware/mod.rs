//! What surrounds every request, one file a concern.
//!
//! Owns the layers; `edge.rs` owns their order. Never knows a route.

pub mod body_limit;
pub mod cors;
pub mod host;
pub mod observe;
pub mod origins;
pub mod page_headers;
pub mod panics;
pub mod plain_errors;
pub mod signup_guard;
pub mod staff_guard;
pub mod stopped_tenants;
pub mod time_limit;
