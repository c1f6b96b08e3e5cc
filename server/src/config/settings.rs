//! The list of settings, each with its flag, its environment variable, its default and its explanation.
//!
//! Owns the list; help, `.env.sample` and the keys of the settings file are all derived from it. Never holds
//! logic: a rule about several settings together is in `load.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::limits::Limits;
use super::values::{self, DatabaseUrl, LogFormat, Origin};

/// Everything an administrator can set. In the file a key has the same name as the field here.
#[derive(clap::Args, Clone, Debug)]
pub struct Settings {
    /// File of settings in TOML; flags and environment go before it. Without one, ./smartqueue.toml if present.
    #[arg(long, env = "SMARTQUEUE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Address and port to serve on. The default lets every screen of the building connect.
    #[arg(long, env = "SMARTQUEUE_LISTEN", value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8000", value_parser = values::listen)]
    pub listen: SocketAddr,

    /// Where the log is kept: sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME. Unless it is set, the demo keeps its
    /// own in sqlite:data/demo.db.
    #[arg(
        long,
        env = "SMARTQUEUE_DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite:data/smartqueue.db"
    )]
    pub database_url: DatabaseUrl,

    /// Let the servers on one PostgreSQL database tell one another of every change at once. Without it they ask
    /// every `database_poll_millis`.
    #[arg(long, env = "SMARTQUEUE_DATABASE_HINTS", value_name = "BOOL", default_value = "true", num_args = 0..=1, require_equals = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub database_hints: bool,

    /// Answer the staff API (/api/v1/tenants/...) for every peer, not only for this machine, when it asks by an address,
    /// by localhost or by a name in `allowed_origins`. Take care: a reverse proxy on this machine that adds none of Via,
    /// Forwarded, X-Forwarded-* and X-Real-IP looks like this machine and opens the staff API even without this.
    #[arg(long, env = "SMARTQUEUE_OPEN_STAFF_API", value_name = "BOOL", default_value = "false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub open_staff_api: bool,

    /// Web origins, separated by commas, whose pages may connect, read and sign up besides our own, such as
    /// https://queue.example.org. Also the names under which the staff API may be asked: list what people type into
    /// their browser, behind a proxy the origin that they see.
    #[arg(long, env = "SMARTQUEUE_ALLOWED_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = values::origin)]
    pub allowed_origins: Vec<Origin>,

    /// Shape of the log lines on standard error: text or json.
    #[arg(long, env = "SMARTQUEUE_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// What is logged, as tracing directives; "info,server::middleware=debug" adds one line per request.
    #[arg(long, env = "SMARTQUEUE_LOG_FILTER", value_name = "FILTER", default_value = "info", value_parser = values::log_filter)]
    pub log_filter: String,

    /// Over how many seconds the screens are sent away at shutdown, so that they do not all return at once.
    #[arg(long, env = "SMARTQUEUE_DRAIN_WINDOW_SECONDS", value_name = "SECONDS", default_value = "5", value_parser = values::number::<u64>(0, 3_600))]
    pub drain_window_seconds: u64,

    /// How many times faster than believable the demo plays its day.
    #[arg(long, env = "SMARTQUEUE_DEMO_SPEED", value_name = "FACTOR", default_value = "1", value_parser = values::number::<u32>(1, 1_000))]
    pub demo_speed: u32,

    /// Serve the pages from this folder instead of the embedded ones; for work on the pages.
    #[arg(long, env = "SMARTQUEUE_WEB_DIR", value_name = "DIR")]
    pub web_dir: Option<PathBuf>,

    /// The limits, in the file under `[limits]`.
    #[command(flatten)]
    pub limits: Limits,
}

impl Settings {
    /// Over how long the screens are sent away.
    #[must_use]
    pub fn drain_window(&self) -> Duration {
        Duration::from_secs(self.drain_window_seconds)
    }
}
