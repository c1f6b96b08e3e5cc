//! Who may open a socket or an event stream: counts for the process. How many connections an address may have is the
//! business of whoever accepts them.

use std::sync::Arc;

use tokio::sync::watch;

use super::Hub;

/// How many are in.
pub(super) struct Admission {
    count: watch::Sender<usize>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { count: watch::Sender::new(0) }
    }
}

impl Admission {
    /// How many are in now.
    pub(super) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until nobody is in.
    pub(super) async fn empty(&self) {
        let mut count = self.count.subscribe();
        // The sender lives in `self`: the channel cannot close.
        let _open = count.wait_for(|count| *count == 0).await;
    }
}

/// Why nobody else is let in now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// The process stops.
    Draining,
    /// The process has as many readers as it may.
    Full,
}

/// The right to be in; it ends when it is dropped.
pub(crate) struct Permit {
    hub: Arc<Hub>,
}

impl Hub {
    /// Lets one more reader in.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Permit, Refused> {
        if self.drain.has_begun() {
            return Err(Refused::Draining);
        }
        let limits = self.limits();
        let permit = Permit { hub: self.clone() };
        let mut fits = false;
        self.admission.count.send_modify(|count| {
            fits = *count < limits.sockets_max;
            // The drop counts down, also when it does not fit.
            *count += 1;
        });
        self.meters.sockets.increment(1.0);
        if fits { Ok(permit) } else { Err(Refused::Full) }
    }
}

impl Permit {
    /// The hub that gave it.
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.hub.admission.count.send_modify(|count| *count -= 1);
        self.hub.meters.sockets.decrement(1.0);
    }
}
