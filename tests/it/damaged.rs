//! A log that lacks an event, or holds one that nobody knows: one tenant's trouble, told aloud.

use serde_json::json;

use crate::harness::{Clinic, End, Request, Screen, Server, Visit, rows};

/// The close code of a tenant that was stopped.
const STOPPED: u16 = 4012;

/// Changes the events behind the back of their guards.
fn tamper(server: &Server, sql: &str, position: u64) {
    let connection = rusqlite::Connection::open(server.file()).unwrap();
    let guards =
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'";
    let mut select = connection.prepare(guards).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let guards: Vec<_> = select.query_map([], read).unwrap().map(Result::unwrap).collect();
    for (name, _) in &guards {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    let tenant = "clinique-madeleine";
    assert_eq!(connection.execute(sql, rusqlite::params![tenant, position.cast_signed()]), Ok(1));
    for (_, sql) in &guards {
        connection.execute_batch(sql).unwrap();
    }
}

/// A clinic in which two tickets were issued, at a server that has stopped; where the first one was.
async fn stopped_server() -> (Server, Clinic, u64) {
    let mut server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    let issued = http.done(&clinic.issue(0)).await;
    http.done(&clinic.issue(0)).await;
    http.done(&Request::put("/api/v1/tenants/banque/", json!({ "name": "Banque" }))).await;
    server.stop().await;
    (server, clinic, issued["log_position"].as_u64().unwrap())
}

#[tokio::test]
async fn lv49_a_tenant_with_a_hole_in_its_log_is_stopped_and_the_others_go_on() {
    let (mut server, clinic, position) = stopped_server().await;
    tamper(&server, "DELETE FROM events WHERE tenant = ?1 AND tenant_pos = ?2", position);
    assert!(rows(&server.file(), clinic.slug).iter().all(|row| row.position != position));
    // One damaged tenant is no reason to send everybody else away.
    server.start_again().await;
    let mut http = server.http();

    let mut screen = Screen::visit(&server, &visit(&clinic)).await.expect("it opens");
    let end = screen.until_end().await;
    assert!(matches!(&end, End::Closed(STOPPED, why) if why.contains("damaged")), "{end:?}");
    for request in [
        Request::get(clinic.polling(clinic.hall)),
        Request::get(clinic.public("queues/")),
        clinic.sign_up(0),
        clinic.call_next(0),
    ] {
        let answer = http.ask(&request).await;
        assert_eq!(answer.status, 503, "{request:?}: {}", answer.text());
        assert_eq!(answer.problem(), "tenant-stopped");
        assert!(answer.json()["detail"].as_str().unwrap().contains("backup"));
        assert!(answer.header("retry-after").is_some());
    }
    let gauge = format!("smartqueue_tenant_stopped{{tenant=\"{}\"}}", clinic.slug);
    assert!((http.metric(&gauge).await - 1.0).abs() < f64::EPSILON);

    let queues = http.done(&Request::get("/api/v1/public/tenants/banque/queues/")).await;
    assert_eq!(queues, json!([]));
    let site = json!({ "name": "Plateau", "time_zone": "Africa/Dakar" });
    http.done(&Request::put(format!("/api/v1/tenants/banque/sites/{}/", clinic.site), site)).await;
}

fn visit(clinic: &Clinic) -> Visit {
    Visit { path: clinic.socket(clinic.hall), ..Visit::default() }
}

#[tokio::test]
async fn an_event_that_nobody_knows_is_counted_and_the_screens_go_on() {
    let (mut server, clinic, position) = stopped_server().await;
    let unknown =
        "UPDATE events SET event_type = 'ticket_teleported' WHERE tenant = ?1 AND tenant_pos = ?2";
    tamper(&server, unknown, position);
    server.start_again().await;
    let mut http = server.http();
    let counter = format!("smartqueue_unknown_events_total{{tenant=\"{}\"}}", clinic.slug);
    assert!((http.metric(&counter).await - 1.0).abs() < f64::EPSILON);
    let polled = http.done(&Request::get(clinic.polling(clinic.hall))).await;
    assert_eq!(polled["waiting_stats"][clinic.queues[0].to_string()], 1);
}
