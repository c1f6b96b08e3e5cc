//! What pages of other origins may do with public answers, and how many tickets one address may take.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::{Request, StatusCode};
use server::health::Readiness;
use tower::ServiceExt as _;

use crate::edge::router;

const LISTED: &str = "https://www.example.org";
const PHONE: &str = "192.168.1.20:5000";

async fn ask(
    router: &axum::Router,
    peer: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    let mut request = Request::builder().method(method).uri(path).header("host", "queue.local");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
    router.clone().oneshot(request).await.unwrap()
}

fn allowed(response: &Response) -> Option<&str> {
    response.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn lv50_pages_of_listed_origins_may_read_what_is_public() {
    let router = router(false, &Readiness::default());
    let get =
        async |origin| ask(&router, PHONE, "GET", "/page?page=1", &[("origin", origin)]).await;
    let listed = get(LISTED).await;
    assert_eq!((listed.status(), allowed(&listed)), (StatusCode::OK, Some(LISTED)));
    assert_eq!(allowed(&get("https://evil.example").await), None);

    for (path, method) in [("/page", "GET"), ("/echo", "POST"), ("/signup", "POST")] {
        let asked = [
            ("origin", LISTED),
            ("access-control-request-method", method),
            ("access-control-request-headers", "content-type,idempotency-key"),
        ];
        let preflight = ask(&router, PHONE, "OPTIONS", path, &asked).await;
        assert_eq!(
            (preflight.status(), allowed(&preflight)),
            (StatusCode::OK, Some(LISTED)),
            "{path}"
        );
        let headers = preflight.headers()["access-control-allow-headers"].to_str().unwrap();
        assert!(headers.contains("idempotency-key"), "{headers}");
    }
    let staff =
        ask(&router, PHONE, "OPTIONS", "/api/v1/tenants/x/calls", &[("origin", LISTED)]).await;
    assert_eq!(allowed(&staff), None, "the staff API is not for other pages to read");
}

#[tokio::test]
async fn a_foreign_page_takes_no_ticket() {
    let router = router(false, &Readiness::default());
    let sign_up = async |origin: &[(&str, &str)]| {
        ask(&router, "127.0.0.1:5000", "POST", "/signup", origin).await.status()
    };
    assert_eq!(sign_up(&[]).await, StatusCode::OK);
    assert_eq!(sign_up(&[("origin", "http://queue.local")]).await, StatusCode::OK);
    assert_eq!(sign_up(&[("origin", LISTED)]).await, StatusCode::OK);
    assert_eq!(sign_up(&[("origin", "https://evil.example")]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn one_address_takes_so_many_tickets_a_minute() {
    let router = router(false, &Readiness::default());
    let sign_up = async |peer| ask(&router, peer, "POST", "/signup", &[("origin", LISTED)]).await;
    for _ in 0..2 {
        assert_eq!(sign_up(PHONE).await.status(), StatusCode::OK);
    }
    let refused = sign_up(PHONE).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(allowed(&refused), Some(LISTED), "the page can read why");
    assert_eq!(sign_up("192.168.1.21:5000").await.status(), StatusCode::OK, "another address");
    for _ in 0..5 {
        assert_eq!(sign_up("127.0.0.1:5000").await.status(), StatusCode::OK, "a proxy here");
    }
}
