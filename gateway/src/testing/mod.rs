//! What the tests of this crate share: a clock, a log, boards, a reader that knows only the protocol, and a server
//! on a port of its own.

mod boards;
mod log;
mod replica;
mod server;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;

pub(crate) use boards::{called, full_view, refreshed, step, ticket_id, updated, view};
pub(crate) use log::{DISPLAY, Log, QUEUE, SITE, TENANT};
pub(crate) use replica::Replica;
pub(crate) use server::{Client, EPOCH, Server, json, settings};

/// A moment of the tests' day, so many seconds after nine.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    let nine: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
    nine + TimeDelta::seconds(seconds)
}

/// A clock that stands still at noon.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        at(3 * 3600)
    }
}
