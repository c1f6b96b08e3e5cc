//! A screen: one socket and the replica that it feeds.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

use super::replica::board_of;
use super::{Clinic, Http, Replica, Server, in_time};

/// How a socket is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visit {
    pub(crate) path: String,
    pub(crate) origin: Option<String>,
    /// A small one makes a client that cannot take much unread.
    pub(crate) receive_buffer_bytes: Option<u32>,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a close code and a reason.
    Closed(u16, String),
    /// Without a word.
    Cut,
}

impl End {
    /// The close code; 0 where there was none.
    pub(crate) fn code(&self) -> u16 {
        match self {
            Self::Closed(code, _) => *code,
            Self::Cut => 0,
        }
    }
}

/// A connected screen.
pub(crate) struct Screen {
    socket: WebSocketStream<TcpStream>,
    pub(crate) replica: Replica,
    path: String,
}

impl Screen {
    /// A screen of a display, with its first picture.
    pub(crate) async fn of(server: &Server, clinic: &Clinic, display: Uuid) -> Self {
        Self::at(server.address, clinic, display).await
    }

    /// As [`Screen::of`], where the address is not a server's own.
    pub(crate) async fn at(address: SocketAddr, clinic: &Clinic, display: Uuid) -> Self {
        let visit = Visit { path: clinic.socket(display), ..Visit::default() };
        let tcp = TcpSocket::new_v4().unwrap();
        let mut screen = Self::attempt(tcp, address, &visit).await.expect("the socket opens");
        screen.take().await;
        screen
    }

    /// A socket on which nothing was read yet, or the status and body of the refusal.
    pub(crate) async fn visit(server: &Server, visit: &Visit) -> Result<Self, (u16, Vec<u8>)> {
        let tcp = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = visit.receive_buffer_bytes {
            tcp.set_recv_buffer_size(bytes).unwrap();
        }
        match Self::attempt(tcp, server.address, visit).await {
            Ok(screen) => Ok(screen),
            Err(Error::Http(refusal)) => {
                let status = refusal.status().as_u16();
                Err((status, refusal.into_body().unwrap_or_default()))
            }
            Err(error) => panic!("a handshake or a refusal, not {error}"),
        }
    }

    async fn attempt(tcp: TcpSocket, address: SocketAddr, visit: &Visit) -> Result<Self, Error> {
        let stream = tcp.connect(address).await?;
        let url = format!("ws://{address}{}", visit.path);
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = &visit.origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let (socket, _) = in_time("a handshake", client_async(request, stream)).await?;
        Ok(Self { socket, replica: Replica::default(), path: visit.path.clone() })
    }

    /// Connects again with what the screen knows, and takes the greeting.
    pub(crate) async fn resume(&mut self, server: &Server) {
        let again = Self::visit(server, &self.again()).await.expect("the socket opens again");
        self.socket = again.socket;
        self.take().await;
    }

    /// As [`Screen::resume`], at whichever of these servers answers first; its place among them.
    pub(crate) async fn come_back(&mut self, servers: &[SocketAddr]) -> usize {
        for (n, address) in servers.iter().enumerate().cycle() {
            let tcp = TcpSocket::new_v4().unwrap();
            if let Ok(again) = Self::attempt(tcp, *address, &self.again()).await {
                self.socket = again.socket;
                if let Ok(greeting) = self.message().await {
                    self.replica.take(&greeting);
                    return n;
                }
            }
        }
        unreachable!("it tries for ever")
    }

    /// How to ask for the socket of this screen with what it knows.
    fn again(&self) -> Visit {
        let path = self.path.split('?').next().unwrap_or_default();
        let (seq, epoch) = (self.replica.seq, &self.replica.epoch);
        Visit { path: format!("{path}?after={seq}&epoch={epoch}"), ..Visit::default() }
    }

    /// The next message, unseen by the replica.
    pub(crate) async fn message(&mut self) -> Result<Value, End> {
        loop {
            match in_time("a message", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    // The close is answered, as any client does; an error means that nobody waits for it.
                    let _ = self.socket.flush().await;
                    return Err(End::Closed(frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None))) | Some(Err(_)) | None => return Err(End::Cut),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next message, taken in.
    pub(crate) async fn take(&mut self) -> Value {
        let message = self.message().await;
        let message = message.unwrap_or_else(|end| panic!("a message, not {end:?}"));
        self.replica.take(&message);
        message
    }

    /// Takes messages in until the replica stands at `position` or after it.
    pub(crate) async fn until(&mut self, position: u64) {
        while self.replica.seq < position {
            self.take().await;
        }
    }

    /// Takes messages in until the connection ends.
    pub(crate) async fn until_end(&mut self) -> End {
        loop {
            match self.message().await {
                Ok(message) => self.replica.take(&message),
                Err(end) => return end,
            }
        }
    }

    /// Says something.
    pub(crate) async fn say(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Takes in all that was due when this was called: a pong is written after it.
    pub(crate) async fn settle(&mut self) {
        self.settle_at(0).await;
    }

    /// As [`Screen::settle`], where the server knows the event at `position`. A heartbeat is a pong too, and may have
    /// been written long ago.
    async fn settle_at(&mut self, position: u64) {
        self.say(&json!({ "type": "ping" })).await;
        loop {
            let message = self.take().await;
            if message["type"] == "pong" && message["position"].as_u64() >= Some(position) {
                return;
            }
        }
    }

    /// Cuts the connection without a word.
    pub(crate) async fn cut(&mut self) {
        // An error means that the other end was faster.
        let _ = self.socket.get_mut().shutdown().await;
    }

    /// At rest a screen shows what polling says, and polling knows the event at `position`.
    pub(crate) async fn must_show_what_polling_says(
        &mut self,
        http: &mut Http,
        clinic: &Clinic,
        position: u64,
    ) {
        let display = self.path.split('/').nth(5).and_then(|id| id.parse().ok()).unwrap();
        let polled = clinic.poll(http, display, position).await;
        self.settle_at(position).await;
        assert_eq!(self.replica.board(), board_of(&polled), "a screen at rest shows the fold");
        assert_eq!(polled["seq"], self.replica.seq);
    }
}
