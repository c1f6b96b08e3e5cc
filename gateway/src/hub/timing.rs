//! The times that sockets and event streams keep, out of the limits.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Hub;

impl Hub {
    /// The time to the next heartbeat of a reader: up to a tenth more or less than the limit says, so that readers
    /// that came together do not stay together.
    pub(crate) fn heartbeat(&self) -> Duration {
        // Multiples of the golden ratio fall evenly into the unit interval.
        let turn = self.heartbeats.fetch_add(1, Ordering::Relaxed);
        let spread = (f64::from(turn) * 0.618_033_988_749_895).fract();
        self.mean_heartbeat().mul_f64(0.9 + 0.2 * spread)
    }

    /// After how long a silence a client is taken for gone.
    pub(crate) fn silence_max(&self) -> Duration {
        (self.mean_heartbeat() * self.limits().silent_heartbeats_max).mul_f64(1.1)
    }

    /// How long a reader waits for what is not known here yet.
    pub(crate) fn unknown_wait(&self) -> Duration {
        Duration::from_millis(self.limits().unknown_wait_millis.into())
    }

    /// How long `?min_position=`, and a reader who knows more than we do, wait for the views.
    pub(crate) fn min_position_wait(&self) -> Duration {
        Duration::from_millis(self.limits().min_position_wait_millis.into())
    }

    /// How long a write may block.
    pub(crate) fn write_deadline(&self) -> Duration {
        Duration::from_secs(self.limits().write_deadline_seconds.into())
    }

    /// How long a closing socket is kept.
    pub(crate) fn close_grace(&self) -> Duration {
        Duration::from_secs(self.limits().close_grace_seconds.into())
    }

    fn mean_heartbeat(&self) -> Duration {
        Duration::from_secs(self.limits().heartbeat_seconds.into())
    }
}
