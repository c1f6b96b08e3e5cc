//! An answer begins in time or is 503.
//!
//! Owns that deadline. It covers the time until the head of the answer, body of the request included: an
//! upgrade or an event stream has answered by then, so that it needs no exception that others could claim.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use crate::problem::Problem;

/// Gives the handler `limit` to begin its answer.
pub async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::of_status(StatusCode::SERVICE_UNAVAILABLE)
            .detail(format!(
                "No answer within {} s. It may still be carried out: ask again with the same key.",
                limit.as_secs_f32()
            ))
            .into_response(),
    }
}
