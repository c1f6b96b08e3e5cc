//! A server on a port of its own, and a client that opens real sockets to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::{DISPLAY, Log, Noon, TENANT};
use crate::room::Room;
use crate::{Hub, Limits, Settings, public_router, staff_router};

/// The epoch of all tests.
pub(crate) const EPOCH: &str = "e1";

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Settings with these limits.
pub(crate) fn settings(limits: Limits) -> Settings {
    Settings {
        epoch: EPOCH.into(),
        build: "0.0.0-test".into(),
        allowed_origins: vec!["https://www.example.org".into()],
        limits,
        clock: Arc::new(Noon),
        tracker: TaskTracker::new(),
    }
}

/// A hub behind both routers, serving on a port.
pub(crate) struct Server {
    pub(crate) hub: Arc<Hub>,
    pub(crate) log: Log,
    pub(crate) router: Router,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Serves what the log says.
    pub(crate) async fn start(mut log: Log, limits: Limits) -> Self {
        let hub = Hub::new(settings(limits));
        hub.apply(&TENANT.parse().unwrap(), log.fresh()).unwrap();
        hub.mark_ready();
        Self::serve(hub, log).await
    }

    /// Serves a hub as it is.
    pub(crate) async fn serve(hub: Arc<Hub>, log: Log) -> Self {
        let router = public_router(hub.clone()).merge(staff_router(hub.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
        TaskTracker::new().spawn(async move { axum::serve(listener, service).await });
        Self { hub, log, router, address }
    }

    /// Hands the hub what was added to the log.
    pub(crate) fn publish(&mut self) {
        self.hub.apply(&TENANT.parse().unwrap(), self.log.fresh()).unwrap();
    }

    /// The `seq` of the display's newest message.
    pub(crate) fn room_seq(&self) -> u64 {
        let tenant = self.hub.tenant(&TENANT.parse().unwrap()).unwrap();
        tenant.room(DISPLAY).unwrap().read(Room::seq).0
    }

    /// How many readers the display has.
    pub(crate) fn readers(&self) -> usize {
        let tenant = self.hub.tenant(&TENANT.parse().unwrap());
        let room = tenant.and_then(|tenant| tenant.room(DISPLAY));
        room.map_or(0, |room| room.readers())
    }

    /// One request and its answer, without a port.
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send("GET", path, headers).await
    }

    /// One request of that method and its answer, without a port.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// A socket to the display.
    pub(crate) async fn watch(&self, query: &str) -> Client {
        self.connect(&Self::display_path(query), &[]).await.unwrap()
    }

    /// The address of the display's socket.
    pub(crate) fn display_path(query: &str) -> String {
        format!("/ws/tenants/{TENANT}/displays/{DISPLAY}/{query}")
    }

    /// A socket to any path.
    pub(crate) async fn connect(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, tungstenite::Error> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        self.connect_over(stream, path, headers).await
    }

    /// A socket over a connection that is there.
    pub(crate) async fn connect_over(
        &self,
        stream: TcpStream,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, tungstenite::Error> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = client_async(request, stream).await?;
        Ok(Client { socket })
    }
}

/// One socket, as a client sees it.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// The next text message, as text.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a message, got {other:?}"),
            }
        }
    }

    /// The next text message.
    pub(crate) async fn message(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// The close frame, after any messages.
    pub(crate) async fn close(&mut self) -> CloseFrame {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame,
                Some(Ok(_)) => {}
                other => panic!("expected a close, got {other:?}"),
            }
        }
    }

    /// Says something.
    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    async fn next(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("nothing came")
    }
}

/// The JSON of an answer.
pub(crate) async fn json(response: Response) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}
