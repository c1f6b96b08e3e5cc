//! How a request becomes values: path, key and body, each refused with a problem that says what to do.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use domain::{
    AgentId, BadId, CounterId, DisplayId, KioskId, QueueId, SiteId, SoundId, TenantSlug, ThemeId,
    TicketId,
};
use http::Method;
use http::request::Parts;
use serde::de::DeserializeOwned;
use store::IdempotencyKey;

use crate::json;
use crate::problem::Problem;

/// The tenant of the path. Text that is no slug names no tenant.
pub(crate) struct Tenant(pub(crate) TenantSlug);

impl<S: Send + Sync> FromRequestParts<S> for Tenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        named(parts, state, "tenant").await.map(Self)
    }
}

/// The id of the thing that the path names. Text that is no id names nothing.
pub(crate) struct Id<T>(pub(crate) T);

/// An id that paths name.
pub(crate) trait PathId: FromStr<Err = BadId> {
    /// What it is the id of; also the name of the path's parameter.
    const THING: &'static str;
}

macro_rules! path_ids {
    ($($id:ty => $thing:literal),+ $(,)?) => {$(
        impl PathId for $id {
            const THING: &'static str = $thing;
        }
    )+};
}

path_ids! {
    AgentId => "agent",
    CounterId => "counter",
    DisplayId => "display",
    KioskId => "kiosk",
    QueueId => "queue",
    SiteId => "site",
    SoundId => "sound",
    ThemeId => "theme",
    TicketId => "ticket",
}

impl<T: PathId, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        named(parts, state, T::THING).await.map(Self)
    }
}

/// A path parameter by name, parsed. Text that cannot be read names nothing that is there; where the request would make
/// it, it says what is wrong with the text.
async fn named<T: FromStr<Err = BadId>, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<T, Problem> {
    let Ok(Path(values)) = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await
    else {
        return Err(Problem::malformed("the path is not UTF-8"));
    };
    let text = values.into_iter().find(|(key, _)| key == name).map(|(_, text)| text);
    let text = text.unwrap_or_default();
    text.parse().map_err(|error: BadId| match parts.method {
        Method::PUT => {
            Problem::malformed(format_args!("{error}: the {name} in the path must be one"))
        }
        _ => Problem::unknown(name, text),
    })
}

/// The `Idempotency-Key`, if one came.
pub(crate) struct Key(pub(crate) Option<IdempotencyKey>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        if values.any(|other| other != value) {
            return Err(Problem::malformed("there are two different Idempotency-Keys; send one"));
        }
        let text = value.to_str().unwrap_or_default();
        text.parse().map(|key| Self(Some(key))).map_err(Problem::malformed)
    }
}

/// A JSON body; an empty one counts as `{}`.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        // The body limit of the server answers for itself.
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
        let value = json::object(text).and_then(json::read);
        let value = value.map_err(|sentence| Problem::malformed(sentence).into_response())?;
        Ok(Self(value))
    }
}
