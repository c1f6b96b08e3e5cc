//! A name, a log line and a measurement for every request.
//!
//! Owns the request id and what is recorded: method, path template, status, time. Never the path itself, the
//! query or a body: they carry tokens and people.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Ids;
use http::header::HeaderValue;
use http::{HeaderName, Method};
use tracing::Instrument as _;

/// The header in which a request id comes and goes.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_BYTES_MAX: usize = 64;

/// Names the request (as a proxy before us did, if it did), runs it, logs it and measures it.
pub async fn observe(State(ids): State<Arc<dyn Ids>>, request: Request, next: Next) -> Response {
    let id = given_id(&request).unwrap_or_else(|| ids.fresh().to_string().into());
    let method = method_label(request.method());
    let template = request.extensions().get::<MatchedPath>().cloned();
    let route = template.as_ref().map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!("request", id = %id, method, route);

    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let seconds = started.elapsed().as_secs_f64();

    let status = response.status();
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::histogram!("smartqueue_http_request_seconds", &labels).record(seconds);
    let milliseconds = seconds * 1_000.0;
    let status = status.as_u16();
    span.in_scope(|| match status {
        500.. => tracing::warn!(status, milliseconds, "answered"),
        // A client's mistakes are counted by the histogram above; a line for each would let it fill the disk.
        _ => tracing::debug!(status, milliseconds, "answered"),
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// An id from outside is only taken if it cannot spoil a log line.
fn given_id(request: &Request) -> Option<Arc<str>> {
    let text = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let clean = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (clean && (1..=REQUEST_ID_BYTES_MAX).contains(&text.len())).then(|| text.into())
}

/// Methods are labels of a metric, so that a client must not be able to invent them.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
