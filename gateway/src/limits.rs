//! Every limit of the read side, with its unit in its name. What has no limit here is bounded by one that is.

/// What the read side may use. The defaults suit one machine with some ten thousand screens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Frames that a room keeps for sockets that resume or fall behind.
    pub frame_ring_len: usize,
    /// Bytes of frames that a room keeps; the newest frame always stays.
    pub frame_ring_bytes: usize,
    /// Sockets and event streams of this process.
    pub sockets_max: usize,
    /// Sockets and event streams of one display.
    pub sockets_per_display_max: usize,
    /// The longest message that a client may send.
    pub message_bytes_max: usize,
    /// What one read from a socket may take; it stays allocated for as long as the socket lives.
    pub read_buffer_bytes: usize,
    /// Frames are gathered up to this size before they are written, so that a burst is one write.
    pub write_buffer_bytes: usize,
    /// The most that may wait in a socket's own buffer, in bytes.
    pub write_buffer_bytes_max: usize,
    /// How long what is due may wait to be written before the socket is closed as too slow.
    pub write_deadline_seconds: u32,
    /// How long a closing socket has to take what is still due and to answer the close.
    pub close_grace_seconds: u32,
    /// How often a socket hears from us when nothing happens; each time up to a tenth earlier or later.
    pub heartbeat_seconds: u32,
    /// Heartbeats without a sign of life from the client after which it is taken for gone.
    pub silent_heartbeats_max: u32,
    /// Messages and control frames that a client may send in a second.
    pub client_messages_per_second_max: u32,
    /// Messages that we do not understand before the socket is closed.
    pub bad_messages_max: u32,
    /// How long `?min_position=` waits for the view.
    pub min_position_wait_millis: u32,
    /// How long a reader waits for a tenant or display that is not known here (yet) before it is told so.
    pub unknown_wait_millis: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_ring_len: 256,
            frame_ring_bytes: 256 * 1024,
            sockets_max: 20_000,
            sockets_per_display_max: 12_000,
            message_bytes_max: 4096,
            read_buffer_bytes: 1024,
            write_buffer_bytes: 4096,
            write_buffer_bytes_max: 256 * 1024,
            write_deadline_seconds: 10,
            close_grace_seconds: 5,
            heartbeat_seconds: 25,
            silent_heartbeats_max: 2,
            client_messages_per_second_max: 20,
            bad_messages_max: 10,
            min_position_wait_millis: 2000,
            unknown_wait_millis: 1000,
        }
    }
}
