//! The one mapping from what went wrong to what HTTP says, as problem details (RFC 9457).
//!
//! `type` is a stable name for programs, `detail` a sentence for people that says what to do. Causes that
//! concern only us go to the log, once, here.

use std::fmt::Display;

use axum::response::{IntoResponse, Response};
use domain::directory::DirectoryRefusal;
use domain::service_day::{DayRefusal, RefusalKind};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use store::{ExecuteError, ReadError};

/// How long a client waits before it tries again, in seconds.
const RETRY_AFTER_SECONDS: u64 = 1;

/// An answer that is not what was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, slug: &str, detail: impl Display) -> Self {
        let title = status.canonical_reason().unwrap_or("Problem");
        let r#type = format!("/problems/{slug}");
        Self { r#type, title, status: status.as_u16(), detail: detail.to_string() }
    }

    /// 404: it names something that is not there, or not this tenant's.
    pub(crate) fn unknown(thing: &str, id: impl Display) -> Self {
        let slug = format!("unknown-{thing}");
        Self::new(StatusCode::NOT_FOUND, &slug, format_args!("there is no {thing} {id}"))
    }

    /// 422: it makes no sense however things stand.
    pub(crate) fn malformed(detail: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", detail)
    }

    fn overloaded(slug: &str, detail: impl Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, slug, detail)
    }

    fn corrupt(detail: impl Display) -> Self {
        tracing::error!(%detail, "the log cannot be read");
        let text = "the log is damaged; the administrator must restore it from a backup";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "log-damaged", text)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
        }
        response
    }
}

impl From<DayRefusal> for Problem {
    fn from(refusal: DayRefusal) -> Self {
        let status = match refusal.kind() {
            RefusalKind::Unknown => StatusCode::NOT_FOUND,
            RefusalKind::State => StatusCode::CONFLICT,
            RefusalKind::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, refusal.slug(), &refusal)
    }
}

impl From<DirectoryRefusal> for Problem {
    fn from(refusal: DirectoryRefusal) -> Self {
        use DirectoryRefusal as R;
        let (status, slug) = match &refusal {
            R::NoTenant => (StatusCode::NOT_FOUND, "unknown-tenant"),
            R::UnknownSite(_) => (StatusCode::NOT_FOUND, "unknown-site"),
            R::UnknownQueue(_) => (StatusCode::NOT_FOUND, "unknown-queue"),
            R::UnknownDisplay(_) => (StatusCode::NOT_FOUND, "unknown-display"),
            R::UnknownTheme(_) => (StatusCode::NOT_FOUND, "unknown-theme"),
            R::UnknownSound(_) => (StatusCode::NOT_FOUND, "unknown-sound"),
            R::TenantExists => (StatusCode::CONFLICT, "tenant-exists"),
            R::PrefixTaken { .. } => (StatusCode::CONFLICT, "prefix-taken"),
            R::LabelTaken { .. } => (StatusCode::CONFLICT, "label-taken"),
            R::QueueElsewhere(_) => (StatusCode::CONFLICT, "queue-elsewhere"),
            R::SiteFixed { .. } => (StatusCode::CONFLICT, "site-fixed"),
            R::BadText { .. }
            | R::BadLocale
            | R::BadPrefix
            | R::BadCutoverHour
            | R::ZeroNumber { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "malformed"),
            R::LowContrast { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "low-contrast"),
        };
        Self::new(status, slug, &refusal)
    }
}

impl<R: Into<Problem>> From<ExecuteError<R>> for Problem {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::KeyReused => {
                let text = "this Idempotency-Key was used for another command; take a fresh one";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", text)
            }
            ExecuteError::Overloaded { .. } => {
                let text = "too many commands at once; try again with the same Idempotency-Key";
                Self::overloaded("overloaded", text)
            }
            ExecuteError::StorageFull => {
                let text = "the disk is full; nothing was recorded, and reading goes on";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage-full", text)
            }
            ExecuteError::Unavailable(cause) => {
                tracing::warn!(%cause, "the log is unavailable");
                let text = "the log is not available; try again with the same Idempotency-Key";
                Self::overloaded("unavailable", text)
            }
            ExecuteError::Corrupt(cause) => Self::corrupt(cause),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Hole { .. } | ReadError::Corrupt(_) => Self::corrupt(error),
            ReadError::Unavailable(_) => Self::overloaded("unavailable", error),
        }
    }
}
