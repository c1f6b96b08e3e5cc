//! Who may reach the staff API: this machine, unless it is opened.
//!
//! Owns that refusal and the two ways around it that a browser on this machine offers to strangers: a foreign
//! page that sends a request, and a foreign name that resolves to us. Never knows an account.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{FORWARDED, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, StatusCode};

use crate::config::Origin;
use crate::problem::Problem;

/// Headers that a proxy adds: the peer is then not the one who asks.
const FORWARDED_FOR: [HeaderName; 3] =
    [FORWARDED, HeaderName::from_static("x-forwarded-for"), HeaderName::from_static("x-real-ip")];

/// The rule, from the settings.
#[derive(Clone, Debug)]
pub struct StaffGuard {
    /// Whether everybody may ask (`--open-staff-api`).
    pub open: bool,
    /// Origins that may ask besides our own (`--allowed-origins`).
    pub allowed_origins: Arc<[Origin]>,
}

impl StaffGuard {
    /// Why this request is refused, if it is.
    fn refusal(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> Option<&'static str> {
        if !self.is_own_origin(headers) {
            return Some(
                "The page that sent this comes from another site. Its origin must be listed in --allowed-origins.",
            );
        }
        if self.open {
            return None;
        }
        let is_local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        let is_forwarded = FORWARDED_FOR.iter().any(|name| headers.contains_key(name));
        if !is_local || is_forwarded {
            return Some(
                "The staff API answers only requests of the machine it runs on. Start the server with --open-staff-api to answer others too.",
            );
        }
        if !self.is_own_host(headers) {
            return Some(
                "This name is not known to be ours. Use localhost, or list the origin in --allowed-origins.",
            );
        }
        None
    }

    /// A browser says which page sent a request; the page must be ours or listed. Programs say nothing.
    fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else { return true };
        let (Ok(origin), Some(host)) = (origin.to_str(), host(headers)) else { return false };
        let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        own.is_some_and(|own| own.eq_ignore_ascii_case(host))
            || self
                .allowed_origins
                .iter()
                .any(|allowed| allowed.as_str().eq_ignore_ascii_case(origin))
    }

    /// A foreign name can be made to resolve to this machine, an address and `localhost` cannot.
    fn is_own_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = host(headers) else { return false };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            Some(_) | None => host,
        };
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok()
            || self
                .allowed_origins
                .iter()
                .any(|allowed| allowed.authority().eq_ignore_ascii_case(host))
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

/// Refuses with 403 whom the rule refuses. Without a known peer nobody passes.
pub async fn guard_staff(
    State(guard): State<StaffGuard>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    match guard.refusal(peer, request.headers()) {
        None => next.run(request).await,
        Some(detail) => Problem::of_status(StatusCode::FORBIDDEN).detail(detail).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: &str = "127.0.0.1:5000";
    const SCREEN: &str = "192.168.1.20:5000";

    fn refused(open: bool, peer: &str, headers: &[(&'static str, &str)]) -> bool {
        let listed = "https://queue.example.org".parse().unwrap();
        let guard = StaffGuard { open, allowed_origins: Arc::new([listed]) };
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        guard.refusal(Some(peer.parse().unwrap()), &map).is_some()
    }

    #[test]
    fn only_this_machine_passes_unless_opened() {
        assert!(!refused(false, LOCAL, &[("host", "localhost:8000")]));
        assert!(!refused(false, "[::1]:5000", &[("host", "[::1]:8000")]));
        assert!(!refused(false, "[::ffff:127.0.0.1]:5000", &[("host", "127.0.0.1:8000")]));
        assert!(refused(false, SCREEN, &[("host", "192.168.1.2:8000")]));
        assert!(!refused(true, SCREEN, &[("host", "192.168.1.2:8000")]));
    }

    #[test]
    fn a_request_that_a_proxy_forwards_is_not_local() {
        assert!(refused(
            false,
            LOCAL,
            &[("host", "localhost:8000"), ("x-forwarded-for", "127.0.0.1")]
        ));
        assert!(!refused(
            true,
            LOCAL,
            &[("host", "localhost:8000"), ("x-forwarded-for", "1.2.3.4")]
        ));
    }

    #[test]
    fn a_foreign_page_is_refused_also_when_opened() {
        for open in [false, true] {
            assert!(refused(
                open,
                LOCAL,
                &[("host", "localhost:8000"), ("origin", "https://evil.example")]
            ));
            assert!(refused(open, LOCAL, &[("host", "localhost:8000"), ("origin", "null")]));
            assert!(!refused(
                open,
                LOCAL,
                &[("host", "localhost:8000"), ("origin", "http://localhost:8000")]
            ));
            assert!(!refused(
                open,
                LOCAL,
                &[("host", "localhost:8000"), ("origin", "https://queue.example.org")]
            ));
        }
    }

    #[test]
    fn a_foreign_name_that_resolves_to_this_machine_is_refused() {
        let rebound = [("host", "evil.example:8000"), ("origin", "http://evil.example:8000")];
        assert!(refused(false, LOCAL, &rebound));
        assert!(!refused(false, LOCAL, &[("host", "queue.example.org")]));
        assert!(refused(false, LOCAL, &[]));
    }
}
