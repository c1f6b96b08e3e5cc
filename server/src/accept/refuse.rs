//! The answer to a connection over the cap: 503 with `Retry-After`, then the end.
//!
//! Owns that answer and how long it lingers. Never reads a request, and never spends more than a handful of
//! descriptors on those it turns away: beyond that a connection is dropped without a word.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::Refused;

/// Refused connections that may linger at once.
const LINGERING_MAX: usize = 64;
/// How long one lingers for its client to read the answer. Closing with unread bytes would reset it instead.
const LINGER: Duration = Duration::from_secs(1);

const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/problem+json\r\ncontent-length: 107\r\n\
    retry-after: 5\r\nconnection: close\r\n\r\n\
    {\"type\":\"/problems/overloaded\",\"title\":\"Overloaded\",\"status\":503,\
    \"detail\":\"Too many connections are open.\"}";

pub(super) struct Refusals {
    lingering: Arc<Semaphore>,
}

impl Refusals {
    pub(super) fn new() -> Self {
        Self { lingering: Arc::new(Semaphore::new(LINGERING_MAX)) }
    }

    pub(super) fn answer(
        &self,
        stream: TcpStream,
        reason: Refused,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        metrics::counter!("smartqueue_connections_refused_total", "cap" => reason.to_string())
            .increment(1);
        if let Ok(permit) = Arc::clone(&self.lingering).try_acquire_owned() {
            tasks.spawn(linger(stream, permit, stop.clone()));
        }
    }
}

async fn linger(mut stream: TcpStream, _permit: OwnedSemaphorePermit, stop: CancellationToken) {
    let farewell = async {
        stream.write_all(ANSWER).await?;
        stream.shutdown().await?;
        let mut rest = [0_u8; 256];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Whatever goes wrong here, the connection is over.
    tokio::select! {
        _ = tokio::time::timeout(LINGER, farewell) => {}
        () = stop.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::ANSWER;

    #[test]
    fn the_answer_has_the_length_that_it_says() {
        let text = std::str::from_utf8(ANSWER).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{} bytes",
            body.len()
        );
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
