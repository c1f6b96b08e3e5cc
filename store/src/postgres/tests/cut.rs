//! A promise about an answer that never arrives: the append is on the disk, and its writer is not told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{CommandId, Position};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Database, event, stream, tenant};
use crate::log::StreamAppend;
use crate::options::StoreOptions;

/// How the server says that an append is done.
const DONE: &[u8] = b"SELECT 1";

/// A network between program and server that can lose an answer.
struct Network {
    url: String,
    /// The next answer to an append is lost, and the connection with it.
    armed: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Network {
    async fn to(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (_, rest) = database.url.rsplit_once('@').unwrap();
        let server = rest.split('/').next().unwrap().to_owned();
        let url = database.url.replace(&server, &address);
        let armed = Arc::new(AtomicBool::new(false));
        let (mut tasks, cut) = (JoinSet::new(), armed.clone());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (program, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&server).await.unwrap();
                connections.spawn(carry(program, server, cut.clone()));
            }
        });
        Self { url, armed, _tasks: tasks }
    }
}

async fn carry(mut program: TcpStream, mut server: TcpStream, armed: Arc<AtomicBool>) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            Ok(len) = program.read(&mut asked) => {
                if len == 0 || server.write_all(&asked[..len]).await.is_err() {
                    return;
                }
            }
            Ok(len) = server.read(&mut answered) => {
                let answer = &answered[..len];
                let done = answer.windows(DONE.len()).any(|bytes| bytes == DONE);
                if done && armed.swap(false, Ordering::SeqCst) {
                    return;
                }
                if len == 0 || program.write_all(answer).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

#[tokio::test]
async fn an_append_whose_answer_was_lost_is_answered_with_its_own_place() {
    let database = Database::new();
    let network = Network::to(&database).await;
    // Nothing but the appends of this test asks for anything.
    let options =
        StoreOptions { hints: false, poll_interval_ms: 3_600_000, ..StoreOptions::default() };
    let through = Database { url: network.url.clone() };
    let log = through.log(&options).await;
    let mut follower = crate::follow(log.clone(), tenant("a"), Position::START).await;
    for turn in 0..3 {
        let append = |name: &str, expected, command| {
            let mut new = event(name);
            new.command_id = CommandId(Uuid::from_u128(command));
            log.append(StreamAppend { stream: stream("a"), expected, events: vec![new; 2] })
        };
        network.armed.store(true, Ordering::SeqCst);
        let at = turn * 4;
        // Two that are in flight together, so that each has to find its own.
        let (first, second) = tokio::join!(
            append("A", at, u128::from(100 + at)),
            append("B", at + 2, u128::from(101 + at)),
        );
        assert!(!network.armed.load(Ordering::SeqCst), "no answer was lost: this shows nothing");
        let (first, second) = (first.unwrap().events, second.unwrap().events);
        let places: Vec<_> = first.iter().chain(&second).map(|e| e.position.0).collect();
        assert_eq!(places, (at + 1..=at + 4).collect::<Vec<_>>());
    }
    let mut seen = Vec::new();
    while follower.cursor() < Position(12) {
        seen.extend(follower.next().await.unwrap().iter().map(|event| event.position.0));
    }
    assert_eq!(seen, (1..=12).collect::<Vec<_>>(), "nothing was recorded twice");
    assert_eq!(log.head(&tenant("a")).await.unwrap(), Position(12));
    log.close().await;
}
