//! Errors as RFC 9457 problem details: what is wrong, and what to do about it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::Serialize;

use crate::hub::Refused;

/// Where the kinds of problems are named.
const PROBLEMS: &str = "/problems/";

/// One error, on its way to the client.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    retry_after_seconds: Option<u32>,
}

impl Problem {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { status, kind, title, detail: detail.into(), retry_after_seconds: None }
    }

    /// Whether it says that something is not there.
    pub(crate) fn is_unknown(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    /// No such thing, or one of another tenant.
    pub(crate) fn unknown(what: &str) -> Self {
        let detail = format!("There is no such {what} here. Check the address.");
        Self::new(StatusCode::NOT_FOUND, "unknown", "Not found", detail)
    }

    /// A parameter that cannot be read.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", "Malformed request", detail)
    }

    /// A page of another origin.
    pub(crate) fn foreign_origin(origin: &str) -> Self {
        let detail = format!(
            "Pages of {origin} may not watch here. Add the origin to the allowed origins of the server."
        );
        Self::new(StatusCode::FORBIDDEN, "foreign-origin", "Origin not allowed", detail)
    }

    /// A plain request where a socket is served.
    pub(crate) fn not_a_socket(reason: String) -> Self {
        let detail = format!("Open a WebSocket here, version 13. {reason}");
        Self::new(StatusCode::UPGRADE_REQUIRED, "not-a-websocket", "Upgrade required", detail)
    }

    /// The process has not read its log yet.
    pub(crate) fn not_ready() -> Self {
        let detail = "The server is starting. Try again in a few seconds.";
        Self::unavailable("not-ready", "Starting", detail, 2)
    }

    /// The log of the tenant cannot be followed.
    pub(crate) fn stopped() -> Self {
        let detail =
            "The log of this tenant is damaged. The administrator must restore it from a backup.";
        Self::unavailable("tenant-stopped", "Stopped", detail, 60)
    }

    /// A reader too many, or one who comes too late.
    pub(crate) fn not_let_in(refused: Refused) -> Self {
        match refused {
            Refused::Draining => {
                let detail = "The server is stopping. Come back in a few seconds.";
                Self::unavailable("stopping", "Stopping", detail, 5)
            }
            Refused::Full => {
                let detail = "The server has as many readers as it may. Try again later.";
                Self::unavailable("full", "Too many readers", detail, 10)
            }
        }
    }

    /// A display with as many readers as it may have.
    pub(crate) fn display_full() -> Self {
        let detail = "This display has as many readers as it may. Try again later.";
        Self::unavailable("display-full", "Too many readers", detail, 10)
    }

    /// The view has not reached the position that was asked for.
    pub(crate) fn behind() -> Self {
        let detail = "The view has not reached that position yet. Ask again.";
        Self::unavailable("behind", "Not there yet", detail, 1)
    }

    fn unavailable(
        kind: &'static str,
        title: &'static str,
        detail: &'static str,
        retry_after_seconds: u32,
    ) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, detail)
            .retry_after(retry_after_seconds)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            r#type: String,
            title: &'static str,
            status: u16,
            detail: String,
        }
        let body = Body {
            r#type: format!("{PROBLEMS}{}", self.kind),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
