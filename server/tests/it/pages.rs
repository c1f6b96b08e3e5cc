//! The pages as a browser gets them.

use axum::Router;
use server::pages::Pages;

use crate::client::{TestServer, limits};

fn start(pages: &Pages) -> TestServer {
    TestServer::start(Router::new().merge(pages.router()), limits())
}

#[tokio::test]
async fn a_display_is_served_at_each_of_its_addresses_and_never_kept() {
    let server = start(&Pages::Embedded);
    for path in ["/display/0192aaaa-0000-7000-8000-000000000001", "/display/x/"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("connect-src 'self' ws: wss:")
        );
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    }
}

#[tokio::test]
async fn where_no_page_is_a_person_finds_a_way_out_and_a_program_a_problem() {
    let pages = Pages::Embedded.router().fallback(server::pages::nowhere);
    let server = TestServer::start(pages, limits());
    let ask = |path: &str, accept: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n\r\n")
    };
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    for path in ["/admin", "/console", "/kiosk/x", "/track/1", "/audit", "/no/such/page"] {
        let page = server.ask(&ask(path, browser)).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert!(page.body.contains(r#"<a href="/">"#), "{path}");
        server.ask(&ask(path, "application/json")).await.problem(404, "not-found");
        server.get(path).await.problem(404, "not-found");
    }
    for path in ["/api/v1/none", "/ws/none"] {
        server.ask(&ask(path, browser)).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn an_unknown_asset_is_a_problem() {
    start(&Pages::Embedded).get("/assets/none.js").await.problem(404, "not-found");
}

#[tokio::test]
async fn an_asset_that_is_known_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    std::fs::write(folder.path().join("assets/display.3f9a1c20.js"), "let x = 1;").unwrap();
    let server = start(&Pages::new(Some(folder.path().to_owned())));
    let first = server.get("/assets/display.3f9a1c20.js").await;
    assert_eq!(first.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(first.body, "let x = 1;");
    let tag = first.header("etag").unwrap();
    let again = format!(
        "GET /assets/display.3f9a1c20.js HTTP/1.1\r\nhost: localhost\r\nif-none-match: {tag}\r\n\r\n"
    );
    assert_eq!(server.ask(&again).await.status, 304);
    std::fs::write(folder.path().join("assets/display.3f9a1c20.js"), "let x = 2;").unwrap();
    assert_eq!(server.ask(&again).await.body, "let x = 2;");
}
