//! What a mistake in a command is answered with: words for people, and never a silent success.

use serde_json::json;

use crate::harness::{Clinic, Request, Server, id};
use crate::workspace::root;

#[tokio::test]
async fn what_is_no_object_and_what_stands_twice_is_refused() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    let arr = "/api/v1/tenants/arr/";
    let signup = clinic.public(&format!("queues/{}/signup/", clinic.queues[0]));
    let site = clinic.staff(&format!("sites/{}/", id(9, 1)));
    let queue = clinic.staff(&format!("queues/{}/", clinic.queues[0]));
    let host = server.address;
    for (method, path, body, words) in [
        ("PUT", arr, "[\"By array\",\"en\"]", "must be an object"),
        ("POST", &signup, "[\"qr\"]", "must be an object"),
        ("PUT", arr, "{\"name\":\"a\",\"name\":\"b\"}", "the field name is there twice"),
        (
            "PUT",
            &site,
            "{\"name\":\"a\",\"name\":\"b\",\"time_zone\":\"UTC\"}",
            "name is there twice",
        ),
        ("PUT", &queue, "{\"policy\":[\"fifo\"]}", "policy must be an object"),
        ("PUT", arr, "{\"name\":", "it ends too early"),
    ] {
        let length = body.len();
        let bytes = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let answer = http.raw(bytes.as_bytes()).await.unwrap();
        assert_eq!((answer.status, answer.problem().as_str()), (422, "malformed"), "{body}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{body}: {detail}");
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_one_is_said_to_whoever_would_make_it() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    let body = json!({ "name": "x", "time_zone": "Africa/Dakar" });
    let answer = http.ask(&Request::put(clinic.staff("sites/foo/"), body)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "malformed"));
    assert!(answer.text().contains("is not a UUID"), "{}", answer.text());
    let answer = http.ask(&Request::put("/api/v1/tenants/NO!/", json!({ "name": "x" }))).await;
    assert!(answer.text().contains("is not a tenant slug"), "{}", answer.text());
    let answer = http.ask(&Request::put("/api/v1/tenants/%ff/", json!({ "name": "x" }))).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().contains("the path is not UTF-8"), "{}", answer.text());
}

#[tokio::test]
async fn two_keys_for_one_command_are_refused() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let (host, path) = (server.address, clinic.staff("tickets/"));
    let body = json!({ "queue_id": clinic.queues[0] }).to_string();
    let ask = async |first: &str, second: &str| {
        let length = body.len();
        let bytes = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nidempotency-key: {first}\r\n\
             idempotency-key: {second}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        server.http().raw(bytes.as_bytes()).await.unwrap().status
    };
    assert_eq!(ask("the-first-key", "the-second-key").await, 422);
    assert_eq!(ask("the-first-key", "the-first-key").await, 201);
}

#[tokio::test]
async fn switching_a_display_twice_under_one_key_is_one_command_whatever_was_defined_between() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    let path = clinic.staff(&format!("displays/{}/", clinic.hall));
    let off = Request::post(format!("{path}deactivate/"), json!({})).key("switch-it-off");
    let first = http.done(&off).await;
    let renamed = json!({ "site_id": clinic.site, "name": "Renamed", "active": true });
    http.done(&Request::put(path, renamed)).await;
    let again = http.ask(&off).await;
    assert_eq!((again.status, again.json()), (200, first));
    let directory = http.get(&clinic.staff("")).await.json();
    let display = &directory["displays"][clinic.hall.to_string()];
    assert_eq!((&display["name"], &display["active"]), (&json!("Renamed"), &json!(true)));
}

#[test]
fn every_route_is_in_the_reference() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let reference = read("docs/api.md");
    let routers = read("api/src/router.rs") + &read("gateway/src/http/mod.rs");
    let mut routes = 0;
    // Every second piece stands between quotation marks.
    for text in routers.split('"').skip(1).step_by(2) {
        let path = text.replace("{{", "{").replace("}}", "}");
        let path = match path.strip_prefix("{display}/") {
            Some(rest) => format!("/displays/{{display}}/{rest}"),
            None => path.replace("{api}/", "/"),
        };
        let Some(path) = path.strip_prefix('/') else { continue };
        let path = path.strip_prefix("api/v1/public/").unwrap_or(path);
        assert!(reference.contains(&format!("/{path}`")), "docs/api.md does not name {path}");
        routes += 1;
    }
    assert!(routes > 35, "only {routes} routes were found");
}
