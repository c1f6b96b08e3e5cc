//! Promises of the binary and its edges, over real sockets and real processes.
//!
//! Owns one test binary. Never sleeps to wait for something: it waits for an answer or an end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what its tests share")]

mod accept;
mod binary;
mod client;
mod edge;
mod feed;
mod pages;
mod public;
