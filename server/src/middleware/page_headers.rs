//! What a browser must and must not do with our pages.
//!
//! Owns the security headers. Never weakens one for a page: a page that needs inline script is rewritten.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};

// `ws:` and `wss:` are named because older browsers do not count them as 'self'.
macro_rules! policy {
    ($frames:literal) => {
        concat!(
            "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; ",
            "media-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'",
            $frames
        )
    };
}

/// Who may show a page inside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Our own pages only: something can be clicked.
    Own,
    /// Everybody: a display only shows, and signage players put it into a page of theirs.
    Anyone,
}

impl Framing {
    fn policy(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Own => policy!("; frame-ancestors 'self'"),
            Self::Anyone => policy!(""),
        })
    }
}

/// On every answer: a browser takes it for what we say it is.
pub async fn no_sniffing(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// On pages and what they load.
pub async fn page_headers(
    State(framing): State<Framing>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, framing.policy());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
