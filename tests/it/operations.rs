//! What an operator does to a running server, and what must not be lost by it.

use std::path::PathBuf;

use rustix::process::Signal;

use crate::harness::{Clinic, Screen, Server, in_time};

/// How a process ends that must not go on.
const ABORTED: i32 = 6;

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

/// What is done to the files, given the log's path.
type Mishap = fn(PathBuf);

#[tokio::test]
async fn a_server_whose_files_are_gone_acknowledges_nothing_more_and_ends() {
    let mishaps: [(&str, Mishap); 5] = [
        ("the log is deleted", |log| std::fs::remove_file(log).unwrap()),
        ("the folder is deleted", |log| std::fs::remove_dir_all(log.parent().unwrap()).unwrap()),
        ("another file takes its place", |log| {
            let other = log.with_file_name("other.db");
            std::fs::copy(&log, &other).unwrap();
            std::fs::rename(other, log).unwrap();
        }),
        ("the newest part is deleted", |log| {
            std::fs::remove_file(log.with_file_name("smartqueue.db-wal")).unwrap();
        }),
        ("the lock is deleted", |log| {
            std::fs::remove_file(log.with_file_name("smartqueue.db.lock")).unwrap();
        }),
    ];
    for (what, mishap) in mishaps {
        let mut server = Server::start().await;
        let clinic = Clinic::open(&server, 1).await;
        let mut http = server.http();
        clinic.issued(&mut http, 0).await;
        mishap(server.file());
        // What came within the second after the last look may still be acknowledged.
        let refused = async { while http.send(&clinic.issue(0)).await.is_ok() {} };
        in_time("the first command that is not answered", refused).await;
        let status = server.ended().await;
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(ABORTED), "{what}");
        let said = server.logged();
        assert!(
            said.contains("smartqueue.db") && said.contains("start it again"),
            "{what}: {said}"
        );
    }
}

#[tokio::test]
async fn a_server_that_drains_says_so_and_answers_until_the_window_is_over() {
    for signal in [Signal::TERM, Signal::HUP] {
        let mut server = Server::with(&["--drain-window-seconds=3"]).await;
        let clinic = Clinic::open(&server, 1).await;
        server.signal(signal);
        let unready = async { while server.http().get("/readyz").await.status == 200 {} };
        in_time("the server not to be ready", unready).await;
        let mut http = server.http();
        assert_eq!(http.get("/readyz").await.status, 503, "{signal:?}");
        assert_eq!(http.get("/healthz").await.status, 200);
        clinic.issued(&mut http, 0).await;
        let socket = clinic.socket(clinic.hall);
        let upgrade = format!(
            "GET {socket} HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            server.address
        );
        let refused = http.raw(upgrade.as_bytes()).await.unwrap();
        assert_eq!(refused.status, 503, "no new socket");
        assert!(refused.header("retry-after").is_some());
        assert!(server.ended().await.success());
    }
}

#[tokio::test]
async fn it_serves_with_every_number_at_its_largest() {
    let largest = [
        "--connections-max=1000000",
        "--sockets-max=1000000",
        "--listen-backlog-len=65535",
        "--socket-message-bytes-max=16777216",
        "--socket-read-buffer-bytes=1048576",
        "--socket-send-buffer-bytes=16777216",
        "--write-deadline-seconds=3600",
        "--tcp-keepalive-seconds=32767",
        "--heartbeat-seconds=3600",
        "--header-read-timeout-seconds=3600",
        "--head-bytes-max=1048576",
        "--body-bytes-max=67108864",
        "--request-timeout-seconds=3600",
        "--stop-deadline-seconds=3600",
        "--append-batch-max=10000",
        "--mailbox-len=1000000",
        "--frame-ring-len=65536",
    ];
    let mut server = Server::with(&largest).await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    let issued = clinic.issue(0);
    let position = http.done(&issued).await["log_position"].as_u64().unwrap();
    let mut screen = Screen::of(&server, &clinic, clinic.hall).await;
    screen.until(position).await;
    server.stop().await;
}
