//! What a run is made of: how long, how often, with which server and where. Owns the numbers of full and quick runs;
//! the sections take them from here.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::postgres::Postgres;
use crate::server::Server;
use crate::wire::load::Window;

/// One run.
pub(crate) struct Run {
    pub(crate) quick: bool,
    /// The program of the server.
    pub(crate) server: PathBuf,
    folder: PathBuf,
    folders: Cell<usize>,
    postgres: OnceCell<Result<Postgres, String>>,
}

impl Run {
    /// A run whose logs lie in `folder`, which is removed at its end.
    pub(crate) fn new(quick: bool, server: PathBuf, folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(Self { quick, server, folder, folders: Cell::new(0), postgres: OnceCell::new() })
    }

    /// Where everything is written.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// An empty folder for one log.
    pub(crate) fn fresh_folder(&self) -> Result<PathBuf> {
        self.folders.set(self.folders.get() + 1);
        let folder = self.folder.join(self.folders.get().to_string());
        std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(folder)
    }

    /// A server with an empty log.
    pub(crate) fn fresh_server(&self, options: &[&str]) -> Result<Server> {
        Server::start(&self.server, &self.fresh_folder()?, options)
    }

    /// A PostgreSQL cluster for this run, started at the first call; or why there is none.
    pub(crate) fn postgres(&self) -> Result<&Postgres, &str> {
        let start = || Postgres::start().map_err(|error| format!("{error:#}"));
        self.postgres.get_or_init(start).as_ref().map_err(String::as_str)
    }

    /// A server on a database.
    pub(crate) fn server_on(
        &self,
        postgres: &Postgres,
        url: &str,
        options: &[&str],
    ) -> Result<Server> {
        Server::start_on(postgres, url, &self.server, &self.fresh_folder()?, options)
    }

    /// The full figure, or the one of a quick run.
    pub(crate) fn or_quick<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// How long a closed loop is measured.
    pub(crate) fn window(&self) -> Window {
        let millis = |full, quick| Duration::from_millis(self.or_quick(full, quick));
        Window { warm_up: millis(700, 200), measured: millis(2_500, 500) }
    }

    /// How long a floor is measured.
    pub(crate) fn floor_time(&self) -> Duration {
        Duration::from_millis(self.or_quick(1_000, 200))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // What is left over is seen in the target folder, and does no harm there.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Says what is being done, beside the report.
pub(crate) fn progress(what: &str) {
    eprintln!("bench: {what}");
}

/// Raises the soft limit of open files to the hard one: each socket is one.
pub(crate) fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Where it cannot be raised, the first socket too many says so.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// How many files may be open.
pub(crate) fn open_files_max() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}
