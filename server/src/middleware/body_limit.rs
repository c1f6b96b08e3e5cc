//! No body is longer than the limit.
//!
//! Owns the refusal of a body that announces too much, and the counting of one that does not say. Never
//! buffers a body.

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http_body_util::Limited;

use crate::problem::Problem;

/// Refuses a longer body: at once by its `Content-Length`, else when it has come too far.
pub async fn limit_body(State(bytes_max): State<usize>, request: Request, next: Next) -> Response {
    let bytes = request.body().size_hint().lower();
    if bytes > bytes_max as u64 {
        let detail = format!("The body has {bytes} bytes; {bytes_max} are allowed.");
        return Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE).detail(detail).into_response();
    }
    let response = next.run(request.map(|body| Body::new(Limited::new(body, bytes_max)))).await;
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return response;
    }
    let detail = format!("The body is longer than the {bytes_max} bytes that are allowed.");
    Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE).detail(detail).into_response()
}
