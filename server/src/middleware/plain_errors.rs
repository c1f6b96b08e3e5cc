//! Every error is a problem, also those that the framework words itself (404, 405, refused extractors).
//!
//! Owns the translation of plain texts. Never touches an error that has a shape of its own.

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt as _, Limited};

use crate::problem::Problem;

/// Longest plain text that becomes the detail.
const DETAIL_BYTES_MAX: usize = 1_024;

/// Turns an error without a body, or with a plain one, into a problem; its other headers (`Allow`) stay.
pub async fn plain_errors_to_problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !is_plain(&response) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let problem = Problem::of_status(status);
    let problem = match text_of(body).await {
        // What went wrong inside is not for the client.
        Some(text) if status.is_client_error() => problem.detail(text),
        Some(_) | None => problem,
    };
    let (problem_head, body) = problem.into_response().into_parts();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.extend(problem_head.headers);
    Response::from_parts(head, body)
}

fn is_plain(response: &Response) -> bool {
    match response.headers().get(CONTENT_TYPE) {
        None => response.body().size_hint().exact() == Some(0),
        Some(kind) => kind.as_bytes().starts_with(b"text/plain"),
    }
}

async fn text_of(body: Body) -> Option<String> {
    let bytes = Limited::new(body, DETAIL_BYTES_MAX).collect().await.ok()?.to_bytes();
    let text = std::str::from_utf8(&bytes).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
