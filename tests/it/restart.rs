//! Stops, starts and refused starts.

use std::path::Path;

use crate::harness::{Clinic, End, Http, Request, Screen, Server, Starting, free_port, run};

/// The close code of a server that stops.
const SHUTDOWN: u16 = 4001;

#[tokio::test]
async fn a_restart_in_order_lets_screens_go_and_gives_them_exactly_what_they_missed() {
    let mut server = Server::start().await;
    let clinic = Clinic::open(&server, 2).await;
    let mut http = server.http();
    for _ in 0..4 {
        clinic.issued(&mut http, 0).await;
    }
    let mut screen = Screen::of(&server, &clinic, clinic.hall).await;
    let keyed = clinic.call_next(0).key("called-before-the-restart");
    let first = http.ask(&keyed).await;
    screen.until(first.json()["log_position"].as_u64().unwrap()).await;

    server.terminate();
    let end = screen.until_end().await;
    assert!(matches!(&end, End::Closed(SHUTDOWN, why) if why.contains("reconnect_in")), "{end:?}");
    assert!(server.ended().await.success());
    server.start_again().await;
    let mut http = server.http();
    let again = http.ask(&keyed).await;
    assert_eq!((first.status, first.body), (again.status, again.body), "the same answer as before");
    let called = http.done(&clinic.call_next(1)).await;
    let position = called["log_position"].as_u64().unwrap();

    screen.resume(&server).await;
    assert_eq!(screen.replica.resumes, 1, "changes, not a snapshot");
    screen.until(position).await;
    screen.must_show_what_polling_says(&mut http, &clinic, position).await;
}

#[tokio::test]
async fn a_signal_during_the_start_ends_it_in_order() {
    for _ in 0..20 {
        let mut starting = Starting::demo();
        let mut http = Http::to(starting.address);
        let ready = Request::get("/readyz");
        let status = loop {
            match http.send(&ready).await {
                Ok(answer) => break answer.status,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        starting.terminate();
        let ended = starting.ended().await;
        assert!(ended.success(), "{ended} after /readyz said {status}");
        if status == 503 {
            return;
        }
    }
    panic!("the demo is always there at once: this needs a longer start");
}

/// Starts a server that must not start; what it said.
async fn refused(folder: &Path, listen: u16, database: &str) -> String {
    let listen = format!("--listen=127.0.0.1:{listen}");
    let database = format!("--database-url=sqlite:{database}");
    let output = run(folder, &["serve", &listen, &database]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it must not start: {said}");
    let last = said.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("smartqueue: "), "its last line is a sentence for people: {said}");
    last
}

#[tokio::test]
async fn what_prevents_a_start_is_said_in_one_sentence() {
    let mut server = Server::start().await;
    let file = server.file();
    let path = file.to_str().unwrap();
    let folder = file.parent().unwrap();

    let second = refused(folder, free_port(), path).await;
    assert!(second.contains("in use by another running server"), "{second}");
    let taken = refused(folder, server.address.port(), "other.db").await;
    assert!(taken.contains(&server.address.port().to_string()), "{taken}");
    std::fs::write(folder.join("file"), "not a folder").unwrap();
    let unwritable = refused(folder, free_port(), "file/smartqueue.db").await;
    assert!(unwritable.contains("file"), "{unwritable}");
    std::fs::write(folder.join("text.db"), "this is no database, ".repeat(100)).unwrap();
    let no_log = refused(folder, free_port(), "text.db").await;
    assert!(no_log.contains("is not a SmartQueue log"), "{no_log}");

    server.stop().await;
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    let newer = refused(folder, free_port(), path).await;
    assert!(newer.contains("use the newer program"), "{newer}");
}

#[tokio::test]
async fn after_a_restore_screens_start_from_what_the_backup_held() {
    let mut server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    for _ in 0..3 {
        clinic.issued(&mut http, 0).await;
    }
    let called = http.done(&clinic.call_next(0)).await;
    let mut screen = Screen::of(&server, &clinic, clinic.hall).await;
    screen.until(called["log_position"].as_u64().unwrap()).await;

    let file = server.file();
    let folder = file.parent().unwrap();
    let database = format!("--database-url=sqlite:{}", file.display());
    let backed_up = run(folder, &["backup", &database, "../copy.db"]).await;
    let said = String::from_utf8_lossy(&backed_up.stdout).into_owned();
    assert!(said.starts_with("Backed up ") && said.contains("of 1 tenant"), "{backed_up:?}");
    let lost = http.done(&clinic.issue(0)).await;

    server.stop().await;
    let refused = run(folder, &["restore", &database, "../copy.db"]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("is there already"), "{refused:?}");
    let copy = folder.with_file_name("copy.db");
    std::fs::remove_dir_all(folder).unwrap();
    let restored = run(copy.parent().unwrap(), &["restore", &database, "copy.db"]).await;
    assert!(restored.status.success(), "{restored:?}");
    server.start_again().await;

    screen.resume(&server).await;
    assert_eq!(screen.replica.resumes, 0, "a snapshot: its position means nothing any more");
    let mut http = server.http();
    let position = called["log_position"].as_u64().unwrap();
    screen.must_show_what_polling_says(&mut http, &clinic, position).await;
    let anew = http.done(&clinic.issue(0)).await;
    assert_eq!(anew["ticket"]["number"], lost["ticket"]["number"], "as if it had never been given");
}
