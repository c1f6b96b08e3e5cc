//! The real program as a child process: its start, its ends, and what the system says of it.
//!
//! Owns the process, its folder and its port, which stay the same over restarts. Never looks into the process.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::{Http, in_time};

/// Lines of the program's own log that are shown when a test fails.
const LOG_LINES_SHOWN: usize = 40;

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    folder: TempDir,
    /// Where its standard error goes.
    log: PathBuf,
    flags: Vec<String>,
    child: Child,
    // What it says on standard output; kept open, so that it can always write.
    said: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Serves an empty log and is ready.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// As [`Server::start`], with more flags.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("server.log");
        Self::logging_to(folder, log, flags).await
    }

    /// As [`Server::with`], with a standard error that cannot be written.
    pub(crate) async fn unheard(flags: &[&str]) -> Self {
        Self::logging_to(tempfile::tempdir().unwrap(), "/dev/full".into(), flags).await
    }

    async fn logging_to(folder: TempDir, log: PathBuf, flags: &[&str]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut all = vec![format!("--listen={address}")];
        for default in ["--log-filter=warn", "--drain-window-seconds=0"] {
            let (name, _) = default.split_once('=').unwrap();
            if !flags.iter().any(|flag| flag.starts_with(name)) {
                all.push(default.to_owned());
            }
        }
        all.extend(flags.iter().map(|flag| (*flag).to_owned()));
        let (child, said) = spawn(folder.path(), &log, &all);
        let mut server = Self { address, folder, log, flags: all, child, said };
        server.ready().await;
        server
    }

    /// A connection for requests.
    pub(crate) fn http(&self) -> Http {
        Http::to(self.address)
    }

    /// The file that holds the log.
    pub(crate) fn file(&self) -> PathBuf {
        log_file(self.folder.path())
    }

    /// What it said on standard error.
    pub(crate) fn logged(&self) -> String {
        // Not of a device: some never end.
        if self.log.starts_with("/dev") {
            return String::new();
        }
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Memory of the process that is its own and in RAM.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let pid = self.child.id().expect("the server runs");
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
        kib * 1024
    }

    /// Ends it as a power cut of the program would: without a word.
    pub(crate) async fn kill(&mut self) {
        in_time("the killed server to be gone", self.child.kill()).await.unwrap();
    }

    pub(crate) fn pid(&self) -> Pid {
        pid(&self.child)
    }

    /// Asks it to stop in order.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        in_time("the server to end", self.child.wait()).await.unwrap()
    }

    /// Stops it in order.
    pub(crate) async fn stop(&mut self) {
        self.terminate();
        let status = self.ended().await;
        assert!(status.success(), "a stop in order is a success: {status}");
    }

    /// Starts it again on the same folder and port, and waits until it is ready.
    pub(crate) async fn start_again(&mut self) {
        self.spawn_again();
        self.ready().await;
    }

    /// Starts it again; it may not even listen yet.
    pub(crate) fn spawn_again(&mut self) {
        (self.child, self.said) = spawn(self.folder.path(), &self.log, &self.flags);
    }

    /// Waits until it says that it is ready, and holds it to its word.
    pub(crate) async fn ready(&mut self) {
        let link = async {
            loop {
                match self.said.next_line().await.unwrap() {
                    Some(line) if line.contains("http://") => return true,
                    Some(_) => {}
                    None => return false,
                }
            }
        };
        let came = in_time("the server to be ready", link).await;
        assert!(came, "the server ended before it was ready");
        assert_eq!(self.http().get("/readyz").await.status, 200);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let text = self.logged();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
            eprintln!("--- the server said last ---\n{tail}\n---");
        }
    }
}

/// A demo of which nobody knows whether it is there yet: its start has a whole clinic to define.
pub(crate) struct Starting {
    pub(crate) address: SocketAddr,
    child: Child,
    _folder: TempDir,
}

impl Starting {
    pub(crate) fn demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut demo = program(folder.path());
        demo.arg("demo").arg(format!("--listen={address}")).arg("--drain-window-seconds=0");
        let child = demo.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { address, child, _folder: folder }
    }

    /// Asks it to stop in order.
    pub(crate) fn terminate(&self) {
        kill_process(pid(&self.child), Signal::TERM).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        in_time("the demo to end", self.child.wait()).await.unwrap()
    }
}

fn pid(child: &Child) -> Pid {
    child.id().and_then(|id| Pid::from_raw(id.cast_signed())).unwrap()
}

/// Runs the program to its end, in a folder, with nothing of whoever runs the tests.
pub(crate) async fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program(folder);
    in_time("the program to end by itself", command.args(arguments).output()).await.unwrap()
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartqueue-under-test"));
    command.env_clear().current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn spawn(folder: &Path, log: &Path, flags: &[String]) -> (Child, Lines<BufReader<ChildStdout>>) {
    let said = File::options().create(true).append(true).open(log).unwrap();
    let mut database = vec![format!("--database-url=sqlite:{}", log_file(folder).display())];
    database.retain(|_| !flags.iter().any(|flag| flag.starts_with("--database-url")));
    let mut child = program(folder)
        .arg("serve")
        .args(database)
        .args(flags)
        .stdout(Stdio::piped())
        .stderr(said)
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, said)
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("data").join("smartqueue.db")
}

/// A port of this machine that nobody has. It lies below those that the system gives to outgoing connections, so
/// that none of our clients sits on it when a server comes back to it.
pub(crate) fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() % 120).unwrap() * 100;
    loop {
        let port = 20_000 + (offset + TAKEN.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
