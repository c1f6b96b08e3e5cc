//! The accept loop: every TCP connection of the program, from its first byte to the last.
//!
//! Owns the listener, the caps, the time-outs below HTTP and the graceful stop. Never looks into a request:
//! any [`Router`] can be served. A connection that upgrades leaves the loop with its permit; whoever holds the
//! socket then must end it at shutdown.

mod admission;
mod connection;
mod listener;
mod refuse;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

pub(crate) use admission::counted_as;
pub use admission::{Admission, Permit, Refused};
pub use connection::Connection;
pub use listener::bind;

use crate::config::Settings;

/// After an accept that failed for want of descriptors or memory, so that the loop does not spin.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// What a live socket has after its own write deadline to be told why, before the connection is cut below it.
const CLOSE_GRACE: Duration = Duration::from_secs(10);

/// What the loop needs of the limits.
#[derive(Clone, Debug)]
pub struct AcceptLimits {
    /// Connections open at once.
    pub connections_max: usize,
    /// Connections open at once from one address; this machine is exempt.
    pub connections_per_ip_max: usize,
    /// Longest head of a request and the read buffer; hyper asks for 8 KiB at least.
    pub head_bytes_max: usize,
    /// For the head of a request, and for the pause between two requests.
    pub header_read_timeout: Duration,
    /// For a write that makes no progress.
    pub write_deadline: Duration,
    /// `SO_SNDBUF`; 0 leaves it to the kernel.
    pub send_buffer_bytes: usize,
    /// `TCP_KEEPIDLE`.
    pub keepalive: Duration,
    /// How long after the stop connections are still taken and requests answered, so that whoever asks learns that
    /// this server is going.
    pub drain_window: Duration,
    /// For requests that still run after the drain window; after it they are cut.
    pub stop_deadline: Duration,
}

impl From<&Settings> for AcceptLimits {
    fn from(settings: &Settings) -> Self {
        let limits = &settings.limits;
        Self {
            connections_max: limits.connections_max,
            connections_per_ip_max: limits.connections_per_ip_max,
            head_bytes_max: limits.head_bytes_max,
            header_read_timeout: Duration::from_secs(limits.header_read_timeout_seconds),
            write_deadline: limits.write_deadline() + CLOSE_GRACE,
            send_buffer_bytes: limits.socket_send_buffer_bytes,
            keepalive: Duration::from_secs(limits.tcp_keepalive_seconds),
            drain_window: settings.drain_window(),
            stop_deadline: limits.stop_deadline(),
        }
    }
}

/// How the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that had not finished their request at the deadline and were cut.
    pub cut: usize,
}

/// Everything that the tasks of the connections share.
struct Shared {
    limits: AcceptLimits,
    router: Router,
    http: http1::Builder,
    /// Cancelled when the drain window after the stop is over.
    close: CancellationToken,
    cut: CancellationToken,
}

/// Serves `router` on `listener` until `stop` and for the drain window after it. Then no connection is accepted any
/// more, idle ones are closed, running requests may finish until the deadline. Handlers find the peer as
/// [`ConnectInfo`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: AcceptLimits,
    stop: CancellationToken,
) -> Stopped {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(limits.head_bytes_max)
        .keep_alive(true);
    let admission = Admission::new(limits.connections_max, limits.connections_per_ip_max);
    let (close, cut) = (CancellationToken::new(), CancellationToken::new());
    let shared = Arc::new(Shared { limits, router, http, close, cut });
    let tasks = TaskTracker::new();
    let drained = async {
        stop.cancelled().await;
        tokio::time::sleep(shared.limits.drain_window).await;
        shared.close.cancel();
    };
    tokio::join!(accept_until_close(&listener, &admission, &shared, &tasks), drained);

    drop(listener);
    tasks.close();
    if tokio::time::timeout(shared.limits.stop_deadline, tasks.wait()).await.is_ok() {
        return Stopped { cut: 0 };
    }
    let cut = tasks.len();
    tracing::warn!(
        connections = cut,
        "requests were still running at the stop deadline and are cut"
    );
    shared.cut.cancel();
    tasks.wait().await;
    Stopped { cut }
}

async fn accept_until_close(
    listener: &TcpListener,
    admission: &Arc<Admission>,
    shared: &Arc<Shared>,
    tasks: &TaskTracker,
) {
    let refusals = refuse::Refusals::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shared.close.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match admission.admit(peer.ip()) {
                Ok(permit) => {
                    listener::tune(&stream, &shared.limits);
                    tasks.spawn(connection(stream, peer, permit, Arc::clone(shared)));
                }
                Err(reason) => refusals.answer(stream, reason, tasks, &shared.close),
            },
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                metrics::counter!("smartqueue_accept_failures_total").increment(1);
                tracing::error!(%error, "no connection can be accepted for the moment");
                tokio::select! {
                    () = shared.close.cancelled() => return,
                    () = tokio::time::sleep(PAUSE_AFTER_FAILURE) => {}
                }
            }
        }
    }
}

/// One connection until it ends, upgrades, or is cut.
async fn connection(stream: TcpStream, peer: SocketAddr, permit: Permit, shared: Arc<Shared>) {
    let io = TokioIo::new(Connection::new(stream, permit, shared.limits.write_deadline));
    let router = shared.router.clone();
    let service = hyper::service::service_fn(move |request| answer(router.clone(), request, peer));
    let mut http = pin!(shared.http.serve_connection(io, service).with_upgrades());
    let ended = tokio::select! {
        ended = http.as_mut() => ended,
        () = shared.close.cancelled() => {
            http.as_mut().graceful_shutdown();
            tokio::select! {
                ended = http.as_mut() => ended,
                () = shared.cut.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        // The other end's doing as a rule: it hung up, was too slow, or does not speak HTTP.
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

async fn answer(
    mut router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    router.call(request.map(Body::new)).await
}

/// Whether the failure is of the connection that was about to be accepted and says nothing about the next.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}
