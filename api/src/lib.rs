//! The write side over HTTP: commands of agents, reception, kiosks, phones and administrators.
//!
//! Owns the routes that change something, how their bodies become commands and how outcomes become answers.
//! Never decides anything about tickets, never reads a view, never speaks SQL.

mod agents;
mod answer;
mod configuration;
mod days;
mod extract;
mod json;
mod problem;
mod public;
mod router;
mod state;
mod tickets;

pub use router::{public_router, staff_router};
pub use state::Api;
