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
    /// Cancels the token at the first SIGTERM or SIGINT; a second one ends the process at once.
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
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
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
