//! A PostgreSQL cluster to throw away, for tests and the bench; and where the other programs are that they start.
//!
//! Owns its folder and its processes; both are gone when its owner is, however that ends. Never used by the program.

mod cluster;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};

pub use cluster::Cluster;

/// Names a cluster that runs already, by a URL of a user who may make databases.
pub const URL_VARIABLE: &str = "SCRATCH_POSTGRES_URL";

/// The folder of PostgreSQL's programs: on the path, or where Debian puts the newest.
#[must_use]
pub fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.filter_map(|v| Some(v.ok()?.path())).collect();
        let number = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or(0)
        };
        versions.sort_by_key(|path| std::cmp::Reverse(number(path)));
        folders.extend(versions.into_iter().map(|version| version.join("bin")));
    }
    let whole = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).exists())
    };
    folders.into_iter().find(whole)
}

/// HAProxy: on the path, or where Debian puts it, which is on the path of root alone.
#[must_use]
pub fn haproxy() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join("haproxy")).find(|program| program.exists())
}

/// Makes an empty database and answers its URL. It lies in the cluster that [`URL_VARIABLE`] names, else in one that
/// this process starts at the first call and that ends with it.
///
/// # Errors
/// When PostgreSQL is not installed or does not start.
pub fn database() -> Result<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = shared()?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("scratch_{}_{number}", std::process::id());
    execute(cluster, &format!("CREATE DATABASE {name}"))?;
    let (server, _) = cluster.rsplit_once('/').context("the URL of the cluster has no database")?;
    Ok(format!("{server}/{name}"))
}

/// Runs one statement as a program outside of the one that is tested would.
///
/// # Errors
/// What PostgreSQL says.
pub fn execute(url: &str, sql: &str) -> Result<()> {
    query(url, sql).map(drop)
}

/// As [`execute`], and answers the columns of its rows as text.
///
/// # Errors
/// What PostgreSQL says.
pub fn query(url: &str, sql: &str) -> Result<String> {
    let psql = binaries().map_or_else(|| "psql".into(), |folder| folder.join("psql"));
    let mut command = Command::new(psql);
    command.args([
        "--no-psqlrc",
        "--quiet",
        "--no-align",
        "--tuples-only",
        "--set=ON_ERROR_STOP=1",
    ]);
    command.args(["--command", sql]);
    let output = command.arg("--dbname").arg(url).stdin(Stdio::null()).output();
    let output = output.context("psql does not start: install PostgreSQL")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("psql does not answer in UTF-8")
}

/// The URL of the cluster that the tests of this process share.
fn shared() -> Result<&'static str> {
    static SHARED: LazyLock<Result<(String, Option<Cluster>)>> = LazyLock::new(|| {
        if let Ok(url) = std::env::var(URL_VARIABLE) {
            return Ok((url, None));
        }
        let cluster = Cluster::start()?;
        Ok((cluster.url().to_owned(), Some(cluster)))
    });
    match &*SHARED {
        Ok((url, _)) => Ok(url),
        Err(error) => bail!("{error:#}"),
    }
}
