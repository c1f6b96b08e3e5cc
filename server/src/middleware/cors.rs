//! What browsers let pages of the listed origins do with public answers.
//!
//! Owns those headers. Never lets a page do what the same origin may not: no cookies, no other method.

use http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, RETRY_AFTER};
use http::{HeaderName, Method};
use tower_http::cors::CorsLayer;

use super::origins::Origins;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The layer.
pub fn cors(origins: &Origins) -> CorsLayer {
    let listed = origins.listed().filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(listed.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([CONTENT_TYPE, IF_NONE_MATCH, IDEMPOTENCY_KEY])
        .expose_headers([ETAG, RETRY_AFTER, IDEMPOTENCY_REPLAYED])
}
