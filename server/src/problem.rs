//! Errors of the edge as RFC 9457 problem details.
//!
//! Owns the shape and the slugs that are not about queues. Never carries a cause: that goes to the log.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One problem, ready to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// What kind of problem, stable for programs.
    pub slug: &'static str,
    /// The kind for people.
    pub title: &'static str,
    /// What happened this time and what to do, for people.
    pub detail: String,
    /// When to come back.
    pub retry_after_seconds: Option<u32>,
}

impl Problem {
    /// The problem that goes with a status, in general words.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (slug, title, detail) = match status {
            StatusCode::BAD_REQUEST => {
                ("bad-request", "Bad request", "The request is not understood.")
            }
            StatusCode::FORBIDDEN => ("forbidden", "Forbidden", "This is not allowed."),
            StatusCode::NOT_FOUND => {
                ("not-found", "Not found", "There is nothing at this address.")
            }
            StatusCode::METHOD_NOT_ALLOWED => (
                "method-not-allowed",
                "Method not allowed",
                "This address exists, but not for this method.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("body-too-large", "Body too large", "The body is longer than allowed.")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "unsupported-media-type",
                "Unsupported media type",
                "Send JSON, with content-type application/json.",
            ),
            StatusCode::UNPROCESSABLE_ENTITY => {
                ("malformed", "Malformed", "A field is missing or has a wrong value.")
            }
            StatusCode::TOO_MANY_REQUESTS => {
                ("too-many-requests", "Too many requests", "Try again a little later.")
            }
            StatusCode::UPGRADE_REQUIRED => {
                ("upgrade-required", "Upgrade required", "This address speaks WebSocket only.")
            }
            StatusCode::INTERNAL_SERVER_ERROR => (
                "internal",
                "Internal error",
                "Something is wrong on our side; it has been logged.",
            ),
            StatusCode::SERVICE_UNAVAILABLE => {
                ("overloaded", "Overloaded", "Try again in a moment.")
            }
            status if status.is_server_error() => {
                ("internal", "Internal error", "Something is wrong on our side.")
            }
            _ => ("refused", "Refused", "The request is refused."),
        };
        let retry_after_seconds = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        Self { status, slug, title, detail: detail.to_owned(), retry_after_seconds }
    }

    /// The same problem with words of its own.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "type": format!("/problems/{}", self.slug),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        })
        .to_string()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        (self.status, headers, self.to_json()).into_response()
    }
}
