//! Who may reach the staff API: this machine, unless it is opened.
//!
//! Owns that refusal and the two ways around it that a browser on this machine offers to strangers: a foreign
//! page that sends a request, and a foreign name that resolves to us. Never knows an account.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{FORWARDED, VIA};
use http::{HeaderMap, HeaderName, StatusCode};

use super::origins::Origins;
use crate::problem::Problem;

/// Headers that a proxy adds: the peer is then not the one who asks.
const OF_PROXIES: [HeaderName; 6] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// The rule, from the settings.
#[derive(Clone, Debug)]
pub struct StaffGuard {
    /// Whether everybody may ask (`--open-staff-api`).
    pub open: bool,
    /// Origins that may ask besides our own, and names under which we may be asked (`--allowed-origins`).
    pub origins: Origins,
}

impl StaffGuard {
    /// Why this request is refused, if it is.
    fn refusal(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> Option<&'static str> {
        if !self.origins.is_own_page(headers) {
            return Some(
                "The page that sent this comes from another site. Its origin must be listed in --allowed-origins.",
            );
        }
        let is_local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        let is_forwarded = OF_PROXIES.iter().any(|name| headers.contains_key(name));
        if !self.open && (!is_local || is_forwarded) {
            return Some(
                "The staff API answers only requests of the machine it runs on. Start the server with --open-staff-api to answer others too.",
            );
        }
        // Opened or not: a page of any name may be open on a machine of the staff.
        if !self.origins.is_own_host(headers) {
            return Some(
                "This name is not known to be ours. Use an address or localhost, or list what people type, such as http://queue.example.org:8000, in --allowed-origins.",
            );
        }
        None
    }
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
        let guard = StaffGuard { open, origins: vec![listed].into() };
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
        for name in ["via", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto"] {
            assert!(refused(false, LOCAL, &[("host", "localhost:8000"), (name, "x")]), "{name}");
        }
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
        for (open, peer) in [(false, LOCAL), (true, LOCAL), (true, SCREEN)] {
            assert!(refused(open, peer, &rebound));
            assert!(refused(open, peer, &[("host", "evil.example")]));
            assert!(refused(open, peer, &[]));
            assert!(!refused(open, peer, &[("host", "queue.example.org")]));
            assert!(!refused(open, peer, &[("host", "LOCALHOST:8000")]));
            assert!(!refused(open, peer, &[("host", "192.168.1.2:8000")]));
        }
    }
}
