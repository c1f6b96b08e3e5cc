//! The one binary, `smartqueue`: settings, the accept loop, what surrounds every request, pages and shutdown.
//!
//! Owns the edges of the program and its wiring; the only crate that knows all the others. Never decides
//! anything about a ticket and never shapes what a screen shows.

pub mod accept;
pub mod app;
pub mod build_id;
pub mod cli;
pub mod config;
pub mod database;
pub mod demo;
pub mod descriptors;
pub mod edge;
pub mod feed;
pub mod health;
pub mod middleware;
pub mod pages;
pub mod parts;
pub mod problem;
pub mod replay;
pub mod shutdown;
pub mod system;
pub mod telemetry;
