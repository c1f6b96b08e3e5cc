//! A request says once for which host it is.
//!
//! Owns that refusal (RFC 9112, 3.2): two programs in a row that each believe another one of two hosts can be played off
//! against each other. Never judges which host it is; the staff guard does.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::HOST;
use http::{StatusCode, Version};

use crate::problem::Problem;

/// Refuses a request with several `Host` headers, and one of HTTP/1.1 without any.
pub async fn one_host(request: Request, next: Next) -> Response {
    let detail = match request.headers().get_all(HOST).iter().count() {
        0 if request.version() == Version::HTTP_11 => "The header Host is missing.",
        0 | 1 => return next.run(request).await,
        _ => "There is more than one header Host; send one.",
    };
    Problem::of_status(StatusCode::BAD_REQUEST).detail(detail).into_response()
}
