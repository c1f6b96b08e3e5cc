//! Everything that has a limit, by name and unit.
//!
//! Owns the numbers. Never enforces one: each is handed to the part that does.

use std::time::Duration;

use super::values::number;

/// The limits of one process. In the file they stand under `[limits]`.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// TCP connections open at once, sockets included; one more is answered 503. Keep it above `sockets_max`,
    /// so that commands still get through when every socket is taken.
    #[arg(long, env = "SMARTQUEUE_CONNECTIONS_MAX", value_name = "COUNT", default_value = "18000", value_parser = number::<usize>(1, 1_000_000))]
    pub connections_max: usize,

    /// TCP connections open at once from one address (an IPv6 /64 counts as one). This machine is exempt,
    /// because a proxy on it speaks for everybody.
    #[arg(long, env = "SMARTQUEUE_CONNECTIONS_PER_IP_MAX", value_name = "COUNT", default_value = "1000", value_parser = number::<usize>(1, 1_000_000))]
    pub connections_per_ip_max: usize,

    /// Connections that the kernel may hold ready before they are accepted.
    #[arg(long, env = "SMARTQUEUE_LISTEN_BACKLOG_LEN", value_name = "COUNT", default_value = "4096", value_parser = number::<u32>(1, 65_535))]
    pub listen_backlog_len: u32,

    /// Live sockets (WebSocket and SSE) open at once.
    #[arg(long, env = "SMARTQUEUE_SOCKETS_MAX", value_name = "COUNT", default_value = "16000", value_parser = number::<usize>(1, 1_000_000))]
    pub sockets_max: usize,

    /// Live sockets open at once on one display.
    #[arg(long, env = "SMARTQUEUE_SOCKETS_PER_DISPLAY_MAX", value_name = "COUNT", default_value = "12000", value_parser = number::<usize>(1, 1_000_000))]
    pub sockets_per_display_max: usize,

    /// Tickets that visitors may take in a minute from one address; one more is answered 429. A whole waiting room may
    /// share an address, so be generous. This machine is exempt, because a proxy on it speaks for everybody.
    #[arg(long, env = "SMARTQUEUE_SIGNUPS_PER_MINUTE_PER_IP_MAX", value_name = "COUNT", default_value = "120", value_parser = number::<u32>(1, 1_000_000))]
    pub signups_per_minute_per_ip_max: u32,

    /// Longest message that a socket may send to us.
    #[arg(long, env = "SMARTQUEUE_SOCKET_MESSAGE_BYTES_MAX", value_name = "BYTES", default_value = "16384", value_parser = number::<usize>(128, 16_777_216))]
    pub socket_message_bytes_max: usize,

    /// Memory that each socket keeps for reading; with many idle screens this is most of what they cost.
    #[arg(long, env = "SMARTQUEUE_SOCKET_READ_BUFFER_BYTES", value_name = "BYTES", default_value = "1024", value_parser = number::<usize>(256, 1_048_576))]
    pub socket_read_buffer_bytes: usize,

    /// Send buffer that the kernel gives each connection (it doubles the figure); 0 leaves it to the kernel.
    #[arg(long, env = "SMARTQUEUE_SOCKET_SEND_BUFFER_BYTES", value_name = "BYTES", default_value = "32768", value_parser = number::<usize>(0, 16_777_216))]
    pub socket_send_buffer_bytes: usize,

    /// A live socket to which what is due cannot be written to its end for so long is closed; any other connection when
    /// a write makes no progress for ten seconds more than that.
    #[arg(long, env = "SMARTQUEUE_WRITE_DEADLINE_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = number::<u64>(1, 3_600))]
    pub write_deadline_seconds: u64,

    /// Silence after which the kernel asks whether the other end is still there.
    #[arg(long, env = "SMARTQUEUE_TCP_KEEPALIVE_SECONDS", value_name = "SECONDS", default_value = "60", value_parser = number::<u64>(1, 32_767))]
    pub tcp_keepalive_seconds: u64,

    /// Time between two heartbeats on a live socket.
    #[arg(long, env = "SMARTQUEUE_HEARTBEAT_SECONDS", value_name = "SECONDS", default_value = "25", value_parser = number::<u64>(1, 3_600))]
    pub heartbeat_seconds: u64,

    /// Time for a client to send the head of a request, and how long an unused connection is kept.
    #[arg(long, env = "SMARTQUEUE_HEADER_READ_TIMEOUT_SECONDS", value_name = "SECONDS", default_value = "15", value_parser = number::<u64>(1, 3_600))]
    pub header_read_timeout_seconds: u64,

    /// Longest head of a request; it is also the read buffer of a connection that is not a live socket.
    #[arg(long, env = "SMARTQUEUE_HEAD_BYTES_MAX", value_name = "BYTES", default_value = "8192", value_parser = number::<usize>(8_192, 1_048_576))]
    pub head_bytes_max: usize,

    /// Longest body of a request; a longer one is answered 413.
    #[arg(long, env = "SMARTQUEUE_BODY_BYTES_MAX", value_name = "BYTES", default_value = "65536", value_parser = number::<usize>(1_024, 67_108_864))]
    pub body_bytes_max: usize,

    /// Time until an answer must begin; after it the client gets 503. Live sockets and streams may then go on.
    #[arg(long, env = "SMARTQUEUE_REQUEST_TIMEOUT_SECONDS", value_name = "SECONDS", default_value = "15", value_parser = number::<u64>(1, 3_600))]
    pub request_timeout_seconds: u64,

    /// Time after the drain window for requests and sockets to end, before they are cut at shutdown.
    #[arg(long, env = "SMARTQUEUE_STOP_DEADLINE_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = number::<u64>(1, 3_600))]
    pub stop_deadline_seconds: u64,

    /// Events that one append to the log may carry.
    #[arg(long, env = "SMARTQUEUE_APPEND_BATCH_MAX", value_name = "EVENTS", default_value = "256", value_parser = number::<usize>(1, 10_000))]
    pub append_batch_max: usize,

    /// Commands that may wait for one stream; one more is answered 503.
    #[arg(long, env = "SMARTQUEUE_MAILBOX_LEN", value_name = "COMMANDS", default_value = "1024", value_parser = number::<usize>(1, 1_000_000))]
    pub mailbox_len: usize,

    /// How often a PostgreSQL database is asked what other servers changed.
    #[arg(long, env = "SMARTQUEUE_DATABASE_POLL_MILLIS", value_name = "MILLIS", default_value = "50", value_parser = number::<u64>(1, 60_000))]
    pub database_poll_millis: u64,

    /// Connections to a PostgreSQL database for changes; reading and listening take a few more.
    #[arg(long, env = "SMARTQUEUE_DATABASE_CONNECTIONS", value_name = "COUNT", default_value = "8", value_parser = number::<usize>(1, 1_000))]
    pub database_connections: usize,

    /// Frames that a room keeps for its sockets; one that falls further behind gets the newest snapshot.
    #[arg(long, env = "SMARTQUEUE_FRAME_RING_LEN", value_name = "FRAMES", default_value = "256", value_parser = number::<usize>(1, 65_536))]
    pub frame_ring_len: usize,
}

impl Limits {
    /// How long a write may take.
    #[must_use]
    pub fn write_deadline(&self) -> Duration {
        Duration::from_secs(self.write_deadline_seconds)
    }

    /// How long an answer may take to begin.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// How long shutdown waits after the drain window.
    #[must_use]
    pub fn stop_deadline(&self) -> Duration {
        Duration::from_secs(self.stop_deadline_seconds)
    }
}
