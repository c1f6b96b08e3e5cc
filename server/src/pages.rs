//! The pages: HTML by surface, and the files they load.
//!
//! Owns how `web/dist` is found, named and cached by browsers. Never builds or changes a page.
//!
//! The files are embedded with `rust-embed` (MIT, released regularly): it hashes each file when building, which
//! gives the `ETag` for nothing, where `include_dir` would leave that to us at every start.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH,
};
use http::{HeaderMap, StatusCode, Uri};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::middleware::page_headers::{Framing, page_headers};
use crate::problem::Problem;

/// One HTML file each, served at `/{surface}` and below it, where the page reads its own address.
pub const SURFACES: [&str; 6] = ["admin", "audit", "console", "display", "kiosk", "track"];

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
const NEVER_KEEP: &str = "no-store";
const HTML: [(HeaderName, &str); 2] =
    [(CACHE_CONTROL, NEVER_KEEP), (CONTENT_TYPE, "text/html; charset=utf-8")];

#[derive(RustEmbed)]
#[folder = "../web/dist/"]
struct Embedded;

/// The name and hash of every embedded file, in the order of their names.
#[must_use]
pub fn embedded_files() -> Vec<(String, [u8; 32])> {
    let hash = |name: &str| Embedded::get(name).map(|file| file.metadata.sha256_hash());
    let mut files: Vec<_> = Embedded::iter()
        .filter_map(|name| hash(&name).map(|hash| (name.into_owned(), hash)))
        .collect();
    files.sort();
    files
}

/// Where the pages are read from.
#[derive(Clone, Debug)]
pub enum Pages {
    /// From the binary.
    Embedded,
    /// From a folder, afresh at each request.
    Folder(Arc<Path>),
}

struct File {
    bytes: Cow<'static, [u8]>,
    hash: [u8; 32],
}

impl Pages {
    /// From the folder if there is one, else from the binary.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        folder.map_or(Self::Embedded, |folder| Self::Folder(folder.into()))
    }

    /// The routes of all pages.
    pub fn router(&self) -> Router {
        let own = Router::new().route("/", get(index)).route("/assets/{*file}", get(asset));
        let own = SURFACES.into_iter().filter(|name| *name != "display").fold(own, surface);
        let display = surface(Router::new(), "display");
        own.layer(from_fn_with_state(Framing::Own, page_headers))
            .merge(display.layer(from_fn_with_state(Framing::Anyone, page_headers)))
            .with_state(self.clone())
    }

    async fn file(&self, name: &str) -> Option<File> {
        match self {
            Self::Embedded => {
                let file = Embedded::get(name)?;
                Some(File { hash: file.metadata.sha256_hash(), bytes: file.data })
            }
            Self::Folder(folder) => {
                let name = Path::new(name);
                let stays_inside =
                    name.components().all(|part| matches!(part, Component::Normal(_)));
                let path = stays_inside.then(|| folder.join(name))?;
                // For work on the pages only, so that a short wait on the disk harms nobody.
                let bytes = std::fs::read(path).ok()?;
                Some(File { hash: Sha256::digest(&bytes).into(), bytes: bytes.into() })
            }
        }
    }

    async fn html(&self, name: &str, asked: &HeaderMap) -> Response {
        let Some(file) = self.file(&format!("{name}.html")).await else {
            return missing(asked);
        };
        (HTML, file.bytes).into_response()
    }
}

/// Nothing is here: a page with a way out for a person, a problem for a program.
fn missing(asked: &HeaderMap) -> Response {
    let accepted = asked.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") {
        return (StatusCode::NOT_FOUND, HTML, include_str!("missing.html")).into_response();
    }
    Problem::of_status(StatusCode::NOT_FOUND).into_response()
}

/// What no route serves. The addresses of programs stay with problems, whoever asks.
pub async fn nowhere(uri: Uri, mut asked: HeaderMap) -> Response {
    if ["/api/", "/ws/"].iter().any(|start| uri.path().starts_with(start)) {
        asked.remove(ACCEPT);
    }
    missing(&asked)
}

fn surface(router: Router<Pages>, name: &'static str) -> Router<Pages> {
    let page = move |State(pages): State<Pages>, asked: HeaderMap| async move {
        pages.html(name, &asked).await
    };
    router.route(&format!("/{name}"), get(page)).route(&format!("/{name}/{{*rest}}"), get(page))
}

async fn index(State(pages): State<Pages>, asked: HeaderMap) -> Response {
    pages.html("index", &asked).await
}

async fn asset(
    State(pages): State<Pages>,
    UrlPath(name): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    let Some(file) = pages.file(&format!("assets/{name}")).await else {
        return Problem::of_status(StatusCode::NOT_FOUND).into_response();
    };
    let tag =
        file.hash.iter().take(8).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let tag = format!("\"{tag}\"");
    let keep = match pages {
        Pages::Embedded if names_its_content(&name) => FOREVER,
        Pages::Embedded | Pages::Folder(_) => ASK_AGAIN,
    };
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known
        .is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut answer = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, media_type(&name))], file.bytes).into_response()
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(ETAG, tag);
    }
    answer
}

/// Whether the name carries a hash of the content, as in `display.3f9a1c20.js`: then it never changes.
fn names_its_content(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let (Some(_extension), Some(hash), Some(_stem)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_hash_like = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    hash.len() >= 8
        && hash.bytes().all(is_hash_like)
        && hash.bytes().any(|byte| byte.is_ascii_digit())
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "m4a" => "audio/mp4",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wav" => "audio/wav",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_with_a_hash_is_kept_forever() {
        assert!(names_its_content("display.3f9a1c20.js"));
        assert!(names_its_content("fonts/inter.a1B2c3D4.woff2"));
        assert!(!names_its_content("display.js"));
        assert!(!names_its_content("display.production.js"));
    }

    #[tokio::test]
    async fn a_folder_is_never_left() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        std::fs::write(folder.path().join("dist/open"), "x").unwrap();
        let pages = Pages::new(Some(folder.path().join("dist")));
        assert!(pages.file("open").await.is_some());
        assert!(pages.file("../secret").await.is_none());
        assert!(pages.file(folder.path().join("secret").to_str().unwrap()).await.is_none());
    }
}
