//! The driver's side of the wire, by hand and small, so that it takes little of the processors that it shares with
//! the server: HTTP/1.1 with keep-alive, WebSocket frames, and thousands of sockets in one thread.

pub(crate) mod caller;
pub(crate) mod frames;
pub(crate) mod http;
pub(crate) mod load;
pub(crate) mod sockets;
