//! A screen that never reads harms nobody, costs a bounded memory, and is told why it is closed.

use serde_json::json;

use crate::harness::{Clinic, End, Screen, Server, Visit, in_time};

/// Memory that the server may take for a client that reads nothing, in bytes: its own buffer is 256 KiB at most.
const GROWTH_MAX: u64 = 8 << 20;

/// Recalls; some 600 bytes each, so that they fill what the kernel holds for a client that does not read.
const RECALLS: u32 = 1_500;

/// The close code of a client that is too slow.
const TOO_SLOW: u16 = 4008;

#[tokio::test]
async fn a_socket_that_never_reads_delays_nobody_and_is_closed_as_too_slow() {
    let server = Server::with(&[
        "--write-deadline-seconds=1",
        "--socket-send-buffer-bytes=8192",
        "--frame-ring-len=4096",
    ])
    .await;
    let clinic = Clinic::open(&server, 1).await;
    let mut http = server.http();
    let ticket = {
        clinic.issued(&mut http, 0).await;
        clinic.called(&mut http, 0).await
    };
    let mut reader = Screen::of(&server, &clinic, clinic.hall).await;
    let visit = Visit {
        path: clinic.socket(clinic.hall),
        receive_buffer_bytes: Some(4_096),
        ..Visit::default()
    };
    let mut silent = Screen::visit(&server, &visit).await.expect("the socket opens");
    let before = server.resident_bytes();

    let mut position = 0;
    for _ in 0..RECALLS {
        let answer = http.done(&clinic.act(0, &ticket, "recall")).await;
        position = answer["log_position"].as_u64().unwrap();
        reader.until(position).await;
    }
    assert_eq!(
        reader.replica.tickets()[0]["calls"],
        json!(RECALLS + 1),
        "the reader missed nothing"
    );
    assert_eq!(reader.replica.jumps.len(), 1, "and was never sent a snapshot again");

    let closed = async {
        while http.metric("smartqueue_live_too_slow_closes_total").await < 1.0 {
            reader.settle().await;
        }
    };
    in_time("the silent socket to be closed", closed).await;
    let grown = server.resident_bytes().saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{grown} bytes for a client that does not read");

    // It wakes up within the grace, finds what the kernel kept for it, and learns why.
    let end = loop {
        match silent.message().await {
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    assert!(matches!(&end, End::Closed(TOO_SLOW, _)), "{end:?}");
    reader.must_show_what_polling_says(&mut http, &clinic, position).await;
}
