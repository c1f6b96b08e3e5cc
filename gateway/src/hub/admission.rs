//! Who may open a socket or an event stream: counts for the process and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::Hub;

/// How many are in.
pub(super) struct Admission {
    count: watch::Sender<usize>,
    per_ip: Mutex<HashMap<IpAddr, usize>>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { count: watch::Sender::new(0), per_ip: Mutex::default() }
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
    /// The address has as many readers as it may.
    AddressFull,
}

/// The right to be in; it ends when it is dropped.
pub(crate) struct Permit {
    hub: Arc<Hub>,
    ip: Option<IpAddr>,
}

impl Hub {
    /// Lets one more reader in.
    pub(crate) fn admit(self: &Arc<Self>, ip: Option<IpAddr>) -> Result<Permit, Refused> {
        if self.drain.has_begun() {
            return Err(Refused::Draining);
        }
        let limits = self.limits();
        let ip = ip.filter(|_| limits.sockets_per_ip_max.is_some());
        if let (Some(ip), Some(max)) = (ip, limits.sockets_per_ip_max) {
            let mut per_ip = self.admission.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
            let count = per_ip.entry(ip).or_default();
            if *count >= max {
                return Err(Refused::AddressFull);
            }
            *count += 1;
        }
        // From here on the drop of the permit gives the address its place back.
        let permit = Permit { hub: self.clone(), ip };
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
        if let Some(ip) = self.ip {
            let admission = &self.hub.admission;
            let mut per_ip = admission.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = per_ip.get_mut(&ip) {
                *count -= 1;
                if *count == 0 {
                    per_ip.remove(&ip);
                }
            }
        }
        self.hub.admission.count.send_modify(|count| *count -= 1);
        self.hub.meters.sockets.decrement(1.0);
    }
}
