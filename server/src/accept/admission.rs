//! Who may connect: the caps over all connections and per address.
//!
//! Owns the two counts; a short standard mutex guards them, never held across an await. Never knows a socket.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts connections and says whether one more may come.
pub struct Admission {
    total_max: usize,
    per_ip_max: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    per_ip: HashMap<IpAddr, usize>,
}

/// Why a connection is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The process has as many connections as it may.
    Total,
    /// This address has as many connections as it may.
    PerIp,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Total => "total",
            Self::PerIp => "per_ip",
        })
    }
}

/// The right of one connection to be open; given back when dropped.
pub struct Permit {
    admission: Arc<Admission>,
    counted_as: Option<IpAddr>,
}

impl Admission {
    /// Nobody is connected yet.
    #[must_use]
    pub fn new(total_max: usize, per_ip_max: usize) -> Arc<Self> {
        Arc::new(Self { total_max, per_ip_max, open: Mutex::default() })
    }

    /// Counts one more connection from `ip`, or says which cap is reached.
    pub fn admit(self: &Arc<Self>, ip: IpAddr) -> Result<Permit, Refused> {
        let counted_as = counted_as(ip);
        let mut open = self.open();
        if open.total >= self.total_max {
            return Err(Refused::Total);
        }
        if let Some(ip) = counted_as {
            let of_ip = open.per_ip.entry(ip).or_default();
            if *of_ip >= self.per_ip_max {
                return Err(Refused::PerIp);
            }
            *of_ip += 1;
        }
        open.total += 1;
        metrics::gauge!("smartqueue_connections_open").increment(1.0);
        Ok(Permit { admission: Arc::clone(self), counted_as })
    }

    /// Connections open now, upgraded ones included.
    #[must_use]
    pub fn total(&self) -> usize {
        self.open().total
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Two counts cannot be left half changed in a way that matters more than refusing everybody.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        open.total -= 1;
        if let Some(ip) = self.counted_as
            && let Some(of_ip) = open.per_ip.get_mut(&ip)
        {
            *of_ip -= 1;
            if *of_ip == 0 {
                open.per_ip.remove(&ip);
            }
        }
        metrics::gauge!("smartqueue_connections_open").decrement(1.0);
    }
}

/// The address under which a peer is counted: an IPv6 subscriber has a whole /64, this machine is not counted.
pub(crate) fn counted_as(ip: IpAddr) -> Option<IpAddr> {
    match ip.to_canonical() {
        ip if ip.is_loopback() => None,
        IpAddr::V4(ip) => Some(IpAddr::V4(ip)),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Some(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
        }
    }
}
