//! One cluster: made, started, stopped.
//!
//! Owns the guardian, a shell that outlives this process by a moment and clears away. Never runs PostgreSQL as root,
//! which refuses that.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

const GUARDIAN: &str = include_str!("guardian.sh");

/// How often another port is tried when somebody took it meanwhile.
const PORT_TRIES: usize = 3;

/// A cluster of its own, with `fsync` on, that is stopped and cleared away when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    guardian: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: TempDir,
}

impl Cluster {
    /// Makes and starts one on a free port of the loopback address.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self> {
        Self::start_at(None)
    }

    /// As [`Cluster::start`], with its data in a folder that is there already and empty, and stays.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_in(data: &Path) -> Result<Self> {
        Self::start_at(Some(data))
    }

    fn start_at(data: Option<&Path>) -> Result<Self> {
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(data) {
                Err(error) if tries == PORT_TRIES => return Err(error),
                Err(_) => {}
                Ok(cluster) => return Ok(cluster),
            }
        }
    }

    fn try_start(data: Option<&Path>) -> Result<Self> {
        let programs = super::binaries()
            .context("PostgreSQL is not installed; on Debian: apt-get install postgresql")?;
        let folder = tempfile::Builder::new().prefix("scratch-postgres-").tempdir()?;
        let password = random_word()?;
        fs::write(folder.path().join("password"), &password)?;
        let own = folder.path().join("data");
        let mut shell = as_an_ordinary_user(folder.path(), data)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        shell.args(["sh", "-c", GUARDIAN, "guardian"]).arg(folder.path()).arg(port.to_string());
        let mut guardian = shell
            .arg(programs)
            .arg(data.unwrap_or(&own))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the shell that guards PostgreSQL does not start")?;
        let orders = guardian.stdin.take();
        let answers = guardian.stdout.take().context("the guardian has no output")?;
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        let answers = BufReader::new(answers);
        let mut cluster = Self { url, guardian, orders, answers, folder };
        cluster.await_answer()?;
        Ok(cluster)
    }

    /// The URL of its superuser, with the password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process whose children serve the connections.
    ///
    /// # Errors
    /// When it is stopped.
    pub fn pid(&self) -> Result<u32> {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid"))?;
        let line = file.lines().next().unwrap_or_default();
        line.trim().parse().context("the process id of PostgreSQL")
    }

    /// Stops it; open connections end. Returns when it is down.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub fn stop(&mut self) -> Result<()> {
        self.order("stop")
    }

    /// Stops it without a checkpoint, so that the next start recovers from the write-ahead log.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub fn crash(&mut self) -> Result<()> {
        self.order("crash")
    }

    /// Starts it after it was stopped, on the same port. Returns when it takes connections.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub fn start_again(&mut self) -> Result<()> {
        self.order("start")
    }

    fn order(&mut self, order: &str) -> Result<()> {
        let orders = self.orders.as_mut().context("the guardian is gone")?;
        writeln!(orders, "{order}")?;
        self.await_answer()
    }

    fn await_answer(&mut self) -> Result<()> {
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim() {
            "done" => Ok(()),
            "" => bail!("the scratch PostgreSQL ended"),
            failed => bail!("the scratch PostgreSQL {failed}"),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.orders.take();
        // Nobody is left who could be told.
        let _ = self.guardian.wait();
    }
}

/// A command whose arguments are run as this user, or as `postgres` where this is root; the folders become theirs.
fn as_an_ordinary_user(folder: &Path, data: Option<&Path>) -> Result<Command> {
    let (is_root, mut command) = (fs::metadata("/proc/self")?.uid() == 0, Command::new("env"));
    if !is_root {
        return Ok(command);
    }
    let passwd = fs::read_to_string("/etc/passwd")?;
    let line = passwd.lines().find(|line| line.starts_with("postgres:"));
    let mut numbers =
        line.into_iter().flat_map(|line| line.split(':').skip(2)).map(str::parse::<u32>);
    let (Some(Ok(user)), Some(Ok(group))) = (numbers.next(), numbers.next()) else {
        bail!(
            "there is no user `postgres`: run as an ordinary user, or install PostgreSQL's package"
        );
    };
    for path in [Some(folder), Some(&*folder.join("password")), data].into_iter().flatten() {
        chown(path, Some(user), Some(group))?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={group}")]).arg("--clear-groups");
    Ok(command)
}

fn random_word() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
