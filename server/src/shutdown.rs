//! When and how the program ends.
//!
//! Owns the stop token and the tracker of everything that must finish first. Never ends a part itself: each
//! watches the token.

use anyhow::{Context as _, Result};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Handed to every part that runs in the background.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Cancelled when the program should end.
    pub stop: CancellationToken,
    /// Whatever is spawned here is waited for.
    pub tasks: TaskTracker,
}

impl Shutdown {
    /// Cancels the token at the first SIGTERM, SIGINT or SIGHUP; a second one ends the process at once.
    pub fn on_signals(&self) -> Result<()> {
        let mut signals = Signals::new().context("the stop signals cannot be watched")?;
        let stop = self.stop.clone();
        // Outside of `tasks`: this one waits for a second signal for as long as the process lives.
        TaskTracker::new().spawn(async move {
            signals.next().await;
            tracing::info!("stopping; a second signal ends at once");
            stop.cancel();
            signals.next().await;
            tracing::warn!("a second signal came: ending at once");
            std::process::exit(1);
        });
        Ok(())
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// None where whoever started us asked that it be ignored, as `nohup` does.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if hangup_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether SIGHUP was ignored before we came, as far as the system tells.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    const HANGUP_BIT: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & HANGUP_BIT != 0)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Without a console there is nothing to wait for, and the process must go on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
