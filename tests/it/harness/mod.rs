//! What the promises of the whole are tried with: the real program as a process of its own, clients that know
//! only what is documented, and readers of the file that it leaves behind. It promises nothing itself.

mod client;
mod clinic;
mod dice;
mod fold;
mod http;
mod log;
mod replica;
mod screen;
mod server;

use std::future::Future;
use std::time::Duration;

pub(crate) use client::{Client, position};
pub(crate) use clinic::{Clinic, id};
pub(crate) use dice::Dice;
pub(crate) use fold::{Fold, rows_of};
pub(crate) use http::{Answer, Http, Request};
pub(crate) use log::{Row, boards, rows, rows_of_database};
pub(crate) use replica::Replica;
pub(crate) use screen::{End, Screen, Visit};
pub(crate) use server::{Server, Starting, free_port, run};

/// Longest that anything may take before a test gives up. Nothing waits for it in a run that passes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what must come.
pub(crate) async fn in_time<T>(what: &str, coming: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, coming).await {
        Ok(came) => came,
        Err(_) => panic!("waited {} s for {what}", PATIENCE.as_secs()),
    }
}
