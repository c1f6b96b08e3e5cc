//! A handler that panics answers 500 and the program goes on.
//!
//! Owns that answer. Never shows the panic to the client; the hook of `telemetry.rs` has logged it.

use std::any::Any;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::problem::Problem;

type Answer = fn(Box<dyn Any + Send>) -> Response;

/// The layer.
#[must_use]
pub fn catch_panics() -> CatchPanicLayer<Answer> {
    CatchPanicLayer::custom(answer as Answer)
}

fn answer(_panic: Box<dyn Any + Send>) -> Response {
    metrics::counter!("smartqueue_http_panics_total").increment(1);
    Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}
