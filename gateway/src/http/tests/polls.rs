//! Polling and the reads that wait. Names cite the rules of `docs/spec/live.md`.

use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::json as value;

use super::{display, server};
use crate::testing::{EPOCH, Log, QUEUE, Server, TENANT, json, settings};
use crate::{Hub, Limits};

#[tokio::test]
async fn lv43_polling_gives_the_seed_systems_answer() {
    let mut server = server().await;
    server.log.issue_and_call(1);
    server.log.issue(2);
    server.publish();
    let answer = json(server.get(&display("tickets/"), &[]).await).await;
    for field in [
        "id",
        "name",
        "type",
        "layout",
        "theme",
        "auto_refresh_seconds",
        "show_video",
        "video_url",
        "background_image",
        "custom_message",
        "secondary_message",
        "message_position",
        "ticket_colors",
    ] {
        assert!(!answer["display"][field].is_null(), "{field}");
    }
    let theme = value!({
        "primaryColor": "#1d4ed8", "backgroundColor": "#ffffff", "textColor": "#1f2937"
    });
    assert_eq!(answer["display"]["theme"], theme);
    assert_eq!(answer["tickets"][0]["number"], "A001");
    assert_eq!(answer["waiting_stats"], value!({ QUEUE.to_string(): 1 }));
    assert_eq!(answer["seq"], server.log.head().0);
    assert_eq!(answer["epoch"], EPOCH);
    assert!(answer["timestamp"].is_string());
}

#[tokio::test]
async fn lv43_the_polled_view_is_that_of_the_sockets() {
    let mut server = server().await;
    server.log.paint();
    server.log.issue_and_call(1);
    server.log.issue(2);
    server.publish();
    let polled = json(server.get(&display("tickets/"), &[]).await).await;
    let greeting = server.watch("").await.message().await;
    assert_eq!((&polled["view"], &polled["seq"]), (&greeting["view"], &greeting["seq"]));
    // The page is tested against this very answer.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/polled.json");
    let text = serde_json::to_string_pretty(&polled).unwrap() + "\n";
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == text, "fixtures/polled.json is old: run with UPDATE_FIXTURES=1");
}

#[tokio::test]
async fn lv44_polling_what_did_not_change_costs_no_body() {
    let mut server = server().await;
    let first = server.get(&display("tickets"), &[]).await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let again = server.get(&display("tickets"), &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"], tag.as_str());
    assert!(again.into_body().collect().await.unwrap().to_bytes().is_empty());
    server.log.issue(1);
    server.publish();
    let changed = server.get(&display("tickets"), &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()["etag"], tag.as_str());
}

#[tokio::test]
async fn lv45_a_ping_is_answered_where_there_is_a_display() {
    let server = server().await;
    let answer = server.send("POST", &display("ping/"), &[]).await;
    assert_eq!(json(answer).await["status"], "ok");
    let unknown = server.send("POST", "/api/v1/public/tenants/clinic/displays/x/ping/", &[]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lv46_a_read_waits_for_the_position_that_it_must_know() {
    let limits = Limits { min_position_wait_millis: 200, ..Limits::default() };
    let mut server = Server::start(Log::open(), limits).await;
    server.log.issue(1);
    let path = display(&format!("tickets/?min_position={}", server.log.head()));
    let behind = server.get(&path, &[]).await;
    assert_eq!(behind.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(behind.headers()["retry-after"], "1");
    let (hub, fresh) = (server.hub.clone(), server.log.fresh().to_vec());
    let publish = async { hub.apply(&TENANT.parse().unwrap(), &fresh).unwrap() };
    let (answer, ()) = tokio::join!(server.get(&path, &[]), publish);
    assert_eq!(json(answer).await["seq"], server.log.head().0);
    let malformed = server.get(&display("tickets?min_position=soon"), &[]).await;
    assert_eq!(malformed.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn lv46_a_read_that_must_know_a_position_waits_for_its_tenant_too() {
    let limits = Limits { min_position_wait_millis: 200, ..Limits::default() };
    let hub = Hub::new(settings(limits));
    hub.mark_ready();
    let mut log = Log::open();
    log.issue(1);
    let mut server = Server::serve(hub, log).await;
    let path = display(&format!("tickets/?min_position={}", server.log.head()));
    assert_eq!(server.get(&path, &[]).await.status(), StatusCode::NOT_FOUND);
    let (hub, fresh) = (server.hub.clone(), server.log.fresh().to_vec());
    let publish = async {
        for event in &fresh {
            hub.apply(&TENANT.parse().unwrap(), std::slice::from_ref(event)).unwrap();
            tokio::task::yield_now().await;
        }
    };
    let (answer, ()) = tokio::join!(server.get(&path, &[]), publish);
    assert_eq!(json(answer).await["seq"], server.log.head().0);
}

#[tokio::test]
async fn lv49_reads_of_a_stopped_tenant_say_that_it_is_stopped() {
    let server = server().await;
    let stream = server.get(&display("events"), &[]).await;
    server.hub.stop(&TENANT.parse().unwrap());
    stream.into_body().collect().await.unwrap();
    for path in [
        display("tickets/"),
        display("events/"),
        display("tickets/?min_position=3"),
        format!("/api/v1/public/tenants/{TENANT}/queues/"),
    ] {
        let answer = server.get(&path, &[]).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.headers().contains_key("retry-after"));
        assert_eq!(json(answer).await["type"], "/problems/tenant-stopped");
    }
    assert_eq!(json(server.get("/api/v1/public/tenants/", &[]).await).await, value!([]));
}
