//! The listening socket and the options of every accepted one.
//!
//! Owns what is said when the port cannot be had. Never accepts.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, anyhow};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::AcceptLimits;

/// Listens on `address`. The error is one sentence that says what to do.
pub fn bind(address: SocketAddr, backlog_len: u32) -> Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket =
        socket.context("no socket can be opened; check the limit of open files (ulimit -n)")?;
    // A restart must not wait for the old connections to leave TIME_WAIT.
    socket.set_reuseaddr(true).context("the listening socket cannot be prepared")?;
    socket
        .bind(address)
        .and_then(|()| socket.listen(backlog_len))
        .map_err(|error| anyhow!(cannot_bind(address, &error)))
}

fn cannot_bind(address: SocketAddr, error: &std::io::Error) -> String {
    let (ip, port, kind) = (address.ip(), address.port(), error.kind());
    if kind == ErrorKind::AddrInUse {
        let other = SocketAddr::new(ip, port.checked_add(1).unwrap_or(8000));
        return format!(
            "port {port} is already taken by another program; stop that one, or choose another port, such as --listen {other}"
        );
    }
    if kind == ErrorKind::PermissionDenied {
        let other = SocketAddr::new(ip, 8000);
        return format!(
            "port {port} is not open to this user; choose one above 1023, such as --listen {other}"
        );
    }
    if kind == ErrorKind::AddrNotAvailable {
        return format!(
            "{ip} is no address of this machine; choose one that is, or all with --listen 0.0.0.0:{port}"
        );
    }
    format!("cannot listen on {address} ({error}); choose another address with --listen")
}

/// Sets the options of an accepted socket. None is worth refusing the connection for.
pub(super) fn tune(stream: &TcpStream, limits: &AcceptLimits) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(limits.keepalive);
    // A frame is small and must leave at once.
    let mut set = socket.set_tcp_nodelay(true).and_then(|()| socket.set_tcp_keepalive(&keepalive));
    if limits.send_buffer_bytes > 0 {
        set = set.and_then(|()| socket.set_send_buffer_size(limits.send_buffer_bytes));
    }
    if let Err(error) = set {
        tracing::debug!(%error, "a socket option was refused");
    }
}
