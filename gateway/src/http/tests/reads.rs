//! What visitors and staff may read, and what the answers to mistakes look like.

use http::StatusCode;
use serde_json::{Value, json as value};

use super::server;
use crate::testing::{DISPLAY, QUEUE, SITE, Server, TENANT, json, ticket_id};

/// A visitor called, another one waiting.
async fn busy() -> Server {
    let mut server = server().await;
    server.log.issue_and_call(1);
    server.log.issue(2);
    server.publish();
    server
}

async fn read(server: &Server, path: &str) -> Value {
    let response = server.get(path, &[]).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    json(response).await
}

#[tokio::test]
async fn visitors_see_tenants_queues_displays_and_their_ticket() {
    let server = busy().await;
    let tenants = read(&server, "/api/v1/public/tenants/").await;
    let row = value!({
        "slug": TENANT, "name": "Clinic", "active_queues_count": 1, "total_waiting": 1
    });
    assert_eq!(tenants, value!([row]));

    let of_tenant = |rest: &str| format!("/api/v1/public/tenants/{TENANT}/{rest}");
    let queue = &read(&server, &of_tenant("queues/")).await[0];
    assert_eq!(queue["id"], value!(QUEUE));
    assert_eq!(queue["waiting_count"], 1);
    assert_eq!(queue["algorithm"], "fifo");
    assert_eq!(queue["status"], "active");
    assert_eq!(queue["site"]["name"], "Dakar");
    for field in ["name", "service", "estimated_service_seconds", "max_capacity"] {
        assert!(queue.get(field).is_some(), "{field}");
    }

    let displays = read(&server, &of_tenant("displays")).await;
    let site = value!({ "id": SITE, "name": "Dakar" });
    assert_eq!(displays, value!([{ "id": DISPLAY, "name": "Hall", "site": site }]));

    let path = of_tenant(&format!("tickets/{}/", ticket_id(2)));
    let ticket = read(&server, &path).await;
    assert_eq!(ticket["ticket_number"], "A002");
    assert_eq!((&ticket["status"], &ticket["position"]), (&value!("en_attente"), &value!(1)));
}

#[tokio::test]
async fn staff_see_the_line_the_desk_and_the_day() {
    let server = busy().await;
    let of_tenant = |rest: String| format!("/api/v1/tenants/{TENANT}/{rest}");
    let line = read(&server, &of_tenant(format!("queues/{QUEUE}/line/"))).await;
    assert_eq!(line["waiting"][0]["number"], "A002");
    let desk = read(&server, &of_tenant(format!("sites/{SITE}/desk/"))).await;
    assert_eq!(desk["tickets"][0]["number"], "A001");
    let day = read(&server, &of_tenant(format!("sites/{SITE}/day"))).await;
    assert_eq!(day["queues"][QUEUE.to_string()]["issued"], 2);
}

#[tokio::test]
async fn what_is_unknown_or_no_name_at_all_is_a_problem_that_says_so() {
    let server = busy().await;
    let nobody = ticket_id(99);
    for path in [
        "/api/v1/public/tenants/nobody/queues/".to_owned(),
        "/api/v1/public/tenants/No_Name/displays/".to_owned(),
        format!("/api/v1/public/tenants/{TENANT}/tickets/{nobody}/"),
        format!("/api/v1/public/tenants/{TENANT}/tickets/mine/"),
        format!("/api/v1/tenants/{TENANT}/queues/{nobody}/line/"),
        format!("/api/v1/tenants/{TENANT}/sites/{nobody}/desk/"),
        format!("/api/v1/tenants/nobody/sites/{SITE}/day/"),
    ] {
        let response = server.get(&path, &[]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem = json(response).await;
        assert_eq!(
            (&problem["type"], &problem["status"]),
            (&value!("/problems/unknown"), &value!(404))
        );
        assert!(problem["title"].is_string() && problem["detail"].is_string());
    }
}
