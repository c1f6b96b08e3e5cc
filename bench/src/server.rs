//! The server as the process of its own that it is: started, awaited, ended. Owns the child; knows of the server only
//! its command line and `/readyz`.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::postgres::Postgres;
use crate::usage::DATABASE;
use crate::wire::caller::Caller;

/// Longest time for a start.
const START_MAX: Duration = Duration::from_secs(60);

/// Between two looks at a server that starts.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A server that runs; it is killed when dropped, as its log stands that.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    stderr: PathBuf,
    started: Instant,
    /// The process of its database, where that is another one.
    database: Option<u32>,
}

impl Server {
    /// Starts it on the log in `folder` and waits until it is ready.
    pub(crate) fn start(program: &Path, folder: &Path, options: &[&str]) -> Result<Self> {
        let mut server = Self::spawn(program, folder, options)?;
        server.ready()?;
        Ok(server)
    }

    /// Starts it on a PostgreSQL database, and waits until it is ready. `folder` is for its messages.
    pub(crate) fn start_on(
        postgres: &Postgres,
        url: &str,
        program: &Path,
        folder: &Path,
        options: &[&str],
    ) -> Result<Self> {
        let mut server = Self::spawn_on(url, program, folder, options)?;
        server.database = Some(postgres.pid());
        server.ready()?;
        Ok(server)
    }

    /// Starts it.
    pub(crate) fn spawn(program: &Path, folder: &Path, options: &[&str]) -> Result<Self> {
        Self::spawn_on(&sqlite_url(folder), program, folder, options)
    }

    fn spawn_on(url: &str, program: &Path, folder: &Path, options: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let stderr = folder.join("server.stderr");
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SMARTQUEUE_") {
                command.env_remove(name);
            }
        }
        command
            .arg("serve")
            .args(["--listen", &address.to_string()])
            .args(["--database-url", url])
            .args(["--log-filter", "warn"])
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&stderr).context("make a file for the server's messages")?);
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("start {}", program.display()))?;
        Ok(Self { child, address, stderr, started, database: None })
    }

    /// Waits until it is ready, and says how long that took from its start.
    pub(crate) fn ready(&mut self) -> Result<Duration> {
        while self.started.elapsed() < START_MAX {
            if let Some(status) = self.child.try_wait().context("look after the server")? {
                let said = std::fs::read_to_string(&self.stderr).unwrap_or_default();
                bail!("the server ended with {status}: {}", said.trim());
            }
            if self.caller().and_then(|mut caller| caller.status("/readyz")).ok() == Some(200) {
                return Ok(self.started.elapsed());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        bail!("the server was not ready within {} s", START_MAX.as_secs())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A connection to it.
    pub(crate) fn caller(&self) -> Result<Caller> {
        Caller::connect(self.address)
    }

    /// The processes of a measurement: the server, ourselves, and the database where it is one.
    pub(crate) fn watched(&self) -> Vec<(&'static str, u32)> {
        let mut watched = vec![("server", self.pid()), ("driver", std::process::id())];
        watched.extend(self.database.map(|pid| (DATABASE, pid)));
        watched
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The log of a server in `folder`.
pub(crate) fn log_file(folder: &Path) -> PathBuf {
    folder.join("log.db")
}

/// The URL of that log.
pub(crate) fn sqlite_url(folder: &Path) -> String {
    format!("sqlite:{}", log_file(folder).display())
}

/// A port that was free just now.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    listener.local_addr().context("find a free port")
}
