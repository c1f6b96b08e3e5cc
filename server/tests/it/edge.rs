//! What surrounds the routes: problems, limits, the staff guard, health.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Query};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{Request, StatusCode};
use server::edge::{Edge, Routes};
use server::health::{self, Readiness};
use server::system::RandomIds;
use server::telemetry;
use tower::ServiceExt as _;

use crate::client::{TestServer, limits};

const BODY_BYTES_MAX: usize = 1_000;

#[derive(serde::Deserialize)]
struct Page {
    page: u32,
}

pub(crate) fn router(open: bool, readiness: &Readiness) -> Router {
    let staff = Router::new().route("/api/v1/tenants/{slug}/calls", post(async || "called"));
    let public = Router::new()
        .route("/echo", post(async |body: Bytes| body))
        .route("/json", post(async |Json(json): Json<Vec<u8>>| Json(json)))
        .route("/page", get(async |Query(query): Query<Page>| query.page.to_string()))
        .route("/panic", get(panicking))
        .route("/slow", get(std::future::pending::<()>))
        .merge(health::router(readiness.clone(), telemetry::metrics().unwrap()));
    let signup = Router::new().route("/signup", post(async || "your ticket"));
    let request_timeout = Duration::from_millis(200);
    Edge {
        open_staff_api: open,
        origins: vec!["https://www.example.org".parse().unwrap()].into(),
        signups_per_minute_per_ip_max: 2,
        body_bytes_max: BODY_BYTES_MAX,
        request_timeout,
        ids: Arc::new(RandomIds),
    }
    .around(Routes { staff, public, signup, pages: Router::new() })
}

async fn panicking() -> &'static str {
    panic!("on purpose")
}

fn start() -> TestServer {
    TestServer::start(router(false, &Readiness::default()), limits())
}

fn post_to(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

#[tokio::test]
async fn an_unknown_address_is_a_problem() {
    start().get("/nowhere").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_and_says_which_are_right() {
    let answer = start().get("/echo").await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_problem() {
    let server = start();
    let largest = "x".repeat(BODY_BYTES_MAX);
    assert_eq!(server.ask(&post_to("/echo", "", &largest)).await.body, largest);
    server.ask(&post_to("/echo", "", &format!("{largest}x"))).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn a_body_that_does_not_say_its_length_is_counted() {
    let chunk = format!("{:x}\r\n{}\r\n", 600, "x".repeat(600));
    let request = format!(
        "POST /echo HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
    );
    let detail = start().ask(&request).await.problem(413, "body-too-large");
    assert!(detail.contains("1000 bytes"), "{detail}");
}

#[tokio::test]
async fn what_an_extractor_refuses_is_a_problem_with_its_reason() {
    let server = start();
    let json = "content-type: application/json\r\n";
    server.ask(&post_to("/json", "", "[1]")).await.problem(415, "unsupported-media-type");
    server.ask(&post_to("/json", json, "[1")).await.problem(400, "bad-request");
    let detail = server.ask(&post_to("/json", json, "[999]")).await.problem(422, "malformed");
    assert!(detail.contains("999"), "{detail}");
    server.get("/page?page=x").await.problem(400, "bad-request");
}

#[tokio::test]
async fn a_request_says_once_for_which_host_it_is() {
    let server = start();
    let ask = async |head: &str| server.ask(&format!("{head}\r\n\r\n")).await;
    ask("GET /healthz HTTP/1.1").await.problem(400, "bad-request");
    ask("GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b").await.problem(400, "bad-request");
    assert_eq!(ask("GET /healthz HTTP/1.0").await.status, 200, "there it did not exist yet");
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing() {
    let detail = start().get("/panic").await.problem(500, "internal");
    assert!(!detail.contains("on purpose"));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_a_problem_to_try_again() {
    let answer = start().get("/slow").await;
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_problem_too() {
    let head = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n";
    start().ask(head).await.problem(503, "overloaded");
}

#[tokio::test]
async fn every_answer_has_an_id_and_a_clean_one_is_kept() {
    let server = start();
    let given =
        server.ask("GET /nowhere HTTP/1.1\r\nhost: localhost\r\nx-request-id: abc-1\r\n\r\n").await;
    assert_eq!(given.header("x-request-id"), Some("abc-1"));
    assert_eq!(given.header("x-content-type-options"), Some("nosniff"));
    let spoiled =
        server.ask("GET /nowhere HTTP/1.1\r\nhost: localhost\r\nx-request-id: a b\r\n\r\n").await;
    assert_eq!(spoiled.header("x-request-id").map(str::len), Some(36));
}

async fn staff_status(open: bool, peer: &str) -> StatusCode {
    let request = Request::post("/api/v1/tenants/x/calls").header("host", "192.168.1.2:8000");
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
    router(open, &Readiness::default()).oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn the_staff_api_answers_this_machine_only_unless_opened() {
    assert_eq!(staff_status(false, "127.0.0.1:5000").await, StatusCode::OK);
    assert_eq!(staff_status(false, "192.168.1.20:5000").await, StatusCode::FORBIDDEN);
    assert_eq!(staff_status(true, "192.168.1.20:5000").await, StatusCode::OK);
}

#[tokio::test]
async fn a_refused_staff_request_names_the_flag() {
    let server = start();
    let path = "/api/v1/tenants/x/calls";
    assert_eq!(server.ask(&post_to(path, "", "")).await.body, "called");
    let refused = server.ask(&post_to(path, "x-forwarded-for: 127.0.0.1\r\n", "")).await;
    assert!(refused.problem(403, "forbidden").contains("--open-staff-api"));
}

#[tokio::test]
async fn readiness_says_what_is_missing() {
    let readiness = Readiness::waiting_for(["log", "views"]);
    let server = TestServer::start(router(false, &readiness), limits());
    assert_eq!(server.get("/healthz").await.status, 200);
    readiness.met("log");
    let waiting = server.get("/readyz").await;
    assert_eq!(
        (waiting.status, waiting.body.as_str()),
        (503, r#"{"ready":false,"waiting_for":["views"]}"#)
    );
    readiness.met("views");
    assert_eq!(server.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn metrics_name_the_template_and_not_the_path() {
    let server = start();
    server.ask(&post_to("/api/v1/tenants/secret-clinic/calls", "", "")).await;
    let metrics = server.get("/metrics").await.body;
    assert!(metrics.contains("smartqueue_http_request_seconds_bucket"), "{metrics}");
    assert!(metrics.contains(r#"route="/api/v1/tenants/{slug}/calls""#), "{metrics}");
    assert!(!metrics.contains("secret-clinic"));
}
