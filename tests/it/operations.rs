//! What an operator does to a running server, and what must not be lost by it.

use crate::harness::{Clinic, Server};

#[tokio::test]
async fn a_log_that_cannot_be_written_ends_nothing() {
    let mut server = Server::unheard(&["--log-filter=debug"]).await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    clinic.issued(&mut http, 0).await;
    assert_eq!(http.get("/nowhere").await.status, 404);
    clinic.issued(&mut http, 0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_clients_mistakes_are_counted_and_not_logged() {
    let mut server = Server::with(&["--log-filter=info"]).await;
    let mut http = server.http();
    assert_eq!(http.get("/nowhere").await.status, 404);
    let counted = http.get("/metrics").await.text();
    assert!(counted.contains(r#"status="404""#), "{counted}");
    server.stop().await;
    assert!(!server.logged().contains("404"), "{}", server.logged());
}
