//! Several servers behind HAProxy with the configuration that we deploy: one of them is killed, and whoever asks or
//! watches through the proxy goes on.
//!
//! Owns the proxy as a child process. Installs nothing.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::harness::{Clinic, Http, Request, Screen, Server, free_port, in_time};
use crate::workspace::root;

const AGENTS: usize = 4;

/// Enough here; the configuration's own figure needs more open files than a test may ask for.
const CONNECTIONS_MAX: &str = "1000";

/// HAProxy before two servers.
struct Balancer {
    address: SocketAddr,
    _child: Child,
}

impl Balancer {
    /// Starts it, and waits until it answers.
    async fn before(nodes: [SocketAddr; 2]) -> Self {
        let haproxy = scratch::haproxy()
            .expect("HAProxy is not installed: run `cargo xtask test` once, which installs it");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let child = Command::new(haproxy)
            .args(["-db", "-n", CONNECTIONS_MAX, "-f"])
            .arg(root().join("deploy/haproxy.cfg"))
            .env_clear()
            .env("NODE_1", nodes[0].to_string())
            .env("NODE_2", nodes[1].to_string())
            .env("LISTEN", address.to_string())
            .env("STAFF", "127.0.0.0/8")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let balancer = Self { address, _child: child };
        in_time("HAProxy to listen", async {
            while Http::to(address).connect().await.is_err() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        balancer
    }

    fn http(&self) -> Http {
        Http::to(self.address)
    }
}

/// Asks until a server answers: the proxy says 502 or 503 until it has noticed that one is gone. The key makes the
/// repeats harmless.
async fn done_at_last(balancer: &Balancer, request: &Request) -> u64 {
    let asking = async {
        loop {
            match balancer.http().send(request).await {
                Ok(answer) if answer.status < 300 => return answer.json(),
                Ok(answer) => assert!([502, 503].contains(&answer.status), "{}", answer.text()),
                Err(_) => {}
            }
        }
    };
    let answer = in_time("a command to be carried out", asking).await;
    answer["log_position"].as_u64().unwrap()
}

#[tokio::test]
async fn screens_and_commands_behind_haproxy_go_on_when_a_server_dies() {
    let database = format!("--database-url={}", scratch::database().unwrap());
    // As in `deploy/compose.yaml`: the proxy keeps strangers away from the staff API.
    let flags = [database.as_str(), "--open-staff-api=true"];
    let mut a = Server::with(&flags).await;
    let mut b = Server::with(&flags).await;
    let clinic = Clinic::open(&a, AGENTS).await;
    let balancer = Balancer::before([a.address, b.address]).await;
    let mut http = balancer.http();

    // The fewest connections decide: with an even number of screens both servers have some.
    let mut screens = Vec::new();
    for _ in 0..4 {
        screens.push(Screen::at(balancer.address, &clinic, clinic.hall).await);
    }
    let taken = http.done(&clinic.sign_up(0)).await;
    let called = http.done(&clinic.call_next(0)).await;
    assert_eq!(called["ticket"]["id"], taken["ticket_id"]);
    let position = called["log_position"].as_u64().unwrap();
    for screen in &mut screens {
        screen.until(position).await;
        screen.must_show_what_polling_says(&mut http, &clinic, position).await;
    }

    a.kill().await;
    let position = done_at_last(&balancer, &clinic.issue(0).key("after-the-death")).await;
    let called = done_at_last(&balancer, &clinic.call_next(1).key("and-a-call-then")).await;
    assert!(called > position);
    let mut cut = 0;
    for screen in &mut screens {
        // A screen of the dead server is cut by the proxy; the others have the news.
        while screen.replica.seq < called {
            match screen.message().await {
                Ok(message) => screen.replica.take(&message),
                Err(_) => {
                    cut += 1;
                    screen.come_back(&[balancer.address]).await;
                }
            }
        }
        screen.must_show_what_polling_says(&mut balancer.http(), &clinic, called).await;
    }
    assert!((1..4).contains(&cut), "{cut} of 4 screens were at the server that died");
    b.stop().await;
}
