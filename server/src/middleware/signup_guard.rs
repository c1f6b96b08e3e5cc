//! Visitors who take tickets: from which pages, and how many from one address.
//!
//! Owns the two refusals and the memory of addresses. Never knows a queue: its capacity is a rule of the domain.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tokio::time::Instant;

use super::origins::Origins;
use crate::accept::counted_as;
use crate::problem::Problem;

/// In this time an address that used up its sign-ups has all of them again.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered; each is forgotten after a window.
const ADDRESSES_MAX: usize = 10_000;

/// The rules, from the settings. Clones share the memory.
#[derive(Clone)]
pub struct SignupGuard {
    origins: Origins,
    buckets: Arc<Mutex<Buckets>>,
}

impl SignupGuard {
    /// At most so many sign-ups a minute from one address.
    #[must_use]
    pub fn new(origins: Origins, per_minute_per_ip_max: u32) -> Self {
        let buckets = Arc::new(Mutex::new(Buckets::new(per_minute_per_ip_max)));
        Self { origins, buckets }
    }

    fn refusal(&self, request: &Request) -> Option<Problem> {
        if !self.origins.is_own_page(request.headers()) {
            let said = "The page that sent this comes from another site. Its origin must be listed in --allowed-origins.";
            return Some(Problem::of_status(StatusCode::FORBIDDEN).detail(said));
        }
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let ip = peer.and_then(|ConnectInfo(peer)| counted_as(peer.ip()))?;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = buckets.take(ip, Instant::now()).err()?;
        let said = "Too many tickets were taken from this address. Try again a little later.";
        let problem = Problem::of_status(StatusCode::TOO_MANY_REQUESTS).detail(said);
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        Some(Problem { retry_after_seconds: Some(seconds), ..problem })
    }
}

/// Refuses foreign pages with 403, and an address that takes too many tickets with 429.
pub async fn guard_signups(
    State(guard): State<SignupGuard>,
    request: Request,
    next: Next,
) -> Response {
    match guard.refusal(&request) {
        None => next.run(request).await,
        Some(problem) => problem.into_response(),
    }
}

/// A bucket of tokens for each address, as the moment at which it is full again.
struct Buckets {
    full_at: HashMap<IpAddr, Instant>,
    /// The time in which one token comes back.
    every: Duration,
}

impl Buckets {
    fn new(per_window: u32) -> Self {
        Self { full_at: HashMap::new(), every: WINDOW / per_window.max(1) }
    }

    /// Takes a token, or says when there is one again.
    fn take(&mut self, ip: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.full_at.len() >= ADDRESSES_MAX && !self.full_at.contains_key(&ip) {
            self.full_at.retain(|_, full_at| *full_at > now);
            if self.full_at.len() >= ADDRESSES_MAX {
                // Strangers filled the memory: a visitor must not suffer for it.
                return Ok(());
            }
        }
        let full_at = self.full_at.get(&ip).map_or(now, |full_at| now.max(*full_at)) + self.every;
        let over = full_at.saturating_duration_since(now + WINDOW);
        if !over.is_zero() {
            return Err(over);
        }
        self.full_at.insert(ip, full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn an_address_has_so_many_at_once_and_then_one_at_a_time() {
        let (mut buckets, now) = (Buckets::new(3), Instant::now());
        for _ in 0..3 {
            assert_eq!(buckets.take(ip(1), now), Ok(()));
        }
        let third = Duration::from_secs(20);
        assert_eq!(buckets.take(ip(1), now), Err(third));
        assert_eq!(buckets.take(ip(2), now), Ok(()), "another address");
        assert_eq!(buckets.take(ip(1), now + third), Ok(()));
        assert_eq!(buckets.take(ip(1), now + third), Err(third));
        for _ in 0..3 {
            assert_eq!(buckets.take(ip(1), now + third + WINDOW), Ok(()), "full again");
        }
    }

    #[test]
    fn addresses_are_forgotten_and_a_full_memory_refuses_nobody() {
        let (mut buckets, now) = (Buckets::new(1), Instant::now());
        for n in 0..ADDRESSES_MAX {
            assert_eq!(buckets.take(ip(u32::try_from(n).unwrap()), now), Ok(()));
        }
        let stranger = ip(u32::MAX);
        assert_eq!(buckets.take(stranger, now), Ok(()));
        assert_eq!(buckets.full_at.len(), ADDRESSES_MAX);
        assert_eq!(buckets.take(stranger, now + WINDOW), Ok(()));
        assert_eq!(buckets.full_at.len(), 1);
    }
}
