//! A server and the database fail under load: nothing is lost or doubled, and every screen shows the log in the end.
//!
//! `SMARTQUEUE_OUTAGE_SCREENS` and `SMARTQUEUE_OUTAGE_ANSWERS` make it larger and longer.

use std::net::SocketAddr;
use std::sync::Arc;

use scratch::Cluster;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, block_in_place};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::{Client, Clinic, Fold, Screen, Server, in_time, rows_of, rows_of_database};
use crate::invariants::{
    commands_are_there_exactly_once, no_ticket_agent_or_counter_is_taken_twice,
    numbers_are_given_once_without_gaps, positions_have_no_holes,
};

const AGENTS: usize = 32;
const SCREENS: usize = 60;

/// Commands that are answered before each thing that happens.
const ANSWERS: usize = 300;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A screen that comes back at whichever server answers.
struct Watcher {
    screen: Screen,
    display: Uuid,
    /// The server that it is connected to.
    at: usize,
    cuts: usize,
}

impl Watcher {
    async fn watch(mut self, servers: [SocketAddr; 2], stop: CancellationToken) -> Self {
        loop {
            tokio::select! {
                biased;
                _ = self.screen.until_end() => {}
                () = stop.cancelled() => return self,
            }
            self.cuts += 1;
            self.at = self.screen.come_back(&servers).await;
        }
    }
}

async fn watchers(servers: [&Server; 2], clinic: &Clinic) -> Vec<Watcher> {
    let mut watchers = Vec::new();
    for n in 0..setting("SMARTQUEUE_OUTAGE_SCREENS", SCREENS) {
        let (at, display) = (n % 2, if n % 4 < 2 { clinic.hall } else { clinic.corridor });
        let screen = Screen::of(servers[at], clinic, display).await;
        watchers.push(Watcher { screen, display, at, cuts: 0 });
    }
    watchers
}

/// Asks until `/readyz` says so.
async fn until_readiness(server: &Server, status: u16) {
    let mut http = server.http();
    in_time("the readiness to change", async {
        while http.get("/readyz").await.status != status {}
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_and_the_database_fail_under_load_and_nothing_is_lost_or_doubled() {
    let mut cluster = block_in_place(Cluster::start).unwrap();
    let database = format!("--database-url={}", cluster.url());
    let mut a = Server::with(&[&database]).await;
    let clinic = Arc::new(Clinic::open(&a, AGENTS).await);
    let mut b = Server::with(&[&database]).await;

    let (answered, stop) = (Arc::new(Semaphore::new(0)), CancellationToken::new());
    let mut watching = JoinSet::new();
    for watcher in watchers([&a, &b], &clinic).await {
        watching.spawn(watcher.watch([a.address, b.address], stop.clone()));
    }
    let mut working = JoinSet::new();
    let working_stop = CancellationToken::new();
    for agent in 0..AGENTS {
        let client = Client::new(agent, &[&a, &b]);
        working.spawn(client.work_through(clinic.clone(), answered.clone(), working_stop.clone()));
    }
    let answers = u32::try_from(setting("SMARTQUEUE_OUTAGE_ANSWERS", ANSWERS)).unwrap();
    let work = async || answered.acquire_many(answers).await.unwrap().forget();
    work().await;
    a.kill().await;
    work().await;
    a.start_again().await;
    work().await;
    block_in_place(|| cluster.stop()).unwrap();
    until_readiness(&b, 503).await;
    let refused = b.http().ask(&clinic.issue(0)).await;
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true));
    block_in_place(|| cluster.start_again()).unwrap();
    until_readiness(&b, 200).await;
    work().await;
    working_stop.cancel();
    let clients = working.join_all().await;
    let position = clients.iter().flat_map(Client::position).max().unwrap();
    stop.cancel();
    let mut watchers = watching.join_all().await;

    let rows = rows_of_database(cluster.url(), clinic.slug);
    positions_have_no_holes(&rows);
    commands_are_there_exactly_once(&rows, &clients);
    numbers_are_given_once_without_gaps(&rows);
    no_ticket_agent_or_counter_is_taken_twice(&rows);
    assert!(clients.iter().any(|client| client.repeated > 0), "some command fell into a failure");
    let fold = Fold::of(&rows);
    let mut https = [a.http(), b.http()];
    for watcher in &mut watchers {
        let (http, screen) = (&mut https[watcher.at], &mut watcher.screen);
        screen.must_show_what_polling_says(http, &clinic, position).await;
        let all = watcher.display == clinic.hall;
        let queues = if all { &clinic.queues[..] } else { &clinic.queues[..1] };
        assert_eq!(rows_of(screen.replica.tickets()), fold.shown(queues), "the fold of the log");
    }
    let cut = watchers.iter().filter(|watcher| watcher.cuts > 0).count();
    assert_eq!(
        cut,
        watchers.len().div_ceil(2),
        "only the server that was killed let go of its screens"
    );
    b.stop().await;
    a.stop().await;
}
