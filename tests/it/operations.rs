//! What an operator does to a running server, and what must not be lost by it.

use std::path::PathBuf;

use crate::harness::{Clinic, Server, in_time};

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
