//! The PostgreSQL cluster of a run: its own, with `fsync` on and all else as it comes. Owns the cluster; each
//! measurement gets a database of its own in it.

use std::cell::Cell;
use std::path::Path;

use anyhow::{Context as _, Result};
use scratch::Cluster;

use crate::plan::progress;

/// The cluster.
pub(crate) struct Postgres {
    cluster: Cluster,
    pid: u32,
    version: String,
    databases: Cell<usize>,
}

impl Postgres {
    /// Starts it.
    pub(crate) fn start() -> Result<Self> {
        progress("starting PostgreSQL");
        let cluster = Cluster::start()?;
        let pid = cluster.pid()?;
        let version = scratch::query(cluster.url(), "SHOW server_version")?.trim().to_owned();
        Ok(Self { cluster, pid, version, databases: Cell::new(0) })
    }

    /// Makes an empty database and gives its URL.
    pub(crate) fn database(&self) -> Result<String> {
        let number = self.databases.get() + 1;
        self.databases.set(number);
        let name = format!("bench_{number}");
        scratch::execute(self.cluster.url(), &format!("CREATE DATABASE {name}"))?;
        let (server, _) = self.cluster.url().rsplit_once('/').context("a URL without a name")?;
        Ok(format!("{server}/{name}"))
    }

    /// The process whose children serve the connections.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        self.cluster.folder()
    }

    /// Such as `15.14`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }
}
