//! Which pages and names are ours: by the request itself, and by the listed origins.
//!
//! Owns the two comparisons. Never refuses anybody: each guard says what follows.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use crate::config::Origin;

/// The origins of `--allowed-origins`.
#[derive(Clone, Debug)]
pub struct Origins(Arc<[Origin]>);

impl From<Vec<Origin>> for Origins {
    fn from(listed: Vec<Origin>) -> Self {
        Self(listed.into())
    }
}

impl Origins {
    /// Those that are listed.
    pub fn listed(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Origin::as_str)
    }

    /// A browser says which page sent a request; the page must be ours or listed. Programs say nothing.
    #[must_use]
    pub fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else { return true };
        let (Ok(origin), Some(host)) = (origin.to_str(), host(headers)) else { return false };
        let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        own.is_some_and(|own| own.eq_ignore_ascii_case(host))
            || self.listed().any(|listed| listed.eq_ignore_ascii_case(origin))
    }

    /// A foreign name can be made to resolve to this machine; an address and `localhost` cannot.
    #[must_use]
    pub fn is_own_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = host(headers) else { return false };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            Some(_) | None => host,
        };
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok()
            || self.0.iter().any(|listed| listed.authority().eq_ignore_ascii_case(host))
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}
