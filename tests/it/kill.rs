//! Fifty times in the middle of its work the server is killed without a word. What it had acknowledged is there,
//! what was repeated has one effect, and the screen that comes back shows what the log says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::harness::{Answer, Clinic, Http, Request, Row, Screen, Server, rows};
use crate::invariants::{numbers_are_given_once_without_gaps, positions_have_no_holes};

const ROUNDS: u32 = 50;
const CLIENTS: usize = 16;

/// A client at one counter: it issues, calls and finishes, and repeats what was not answered.
struct Client {
    agent: usize,
    http: Http,
    sent: usize,
    in_hand: Option<String>,
    /// Sent, and nobody knows whether it was carried out.
    unanswered: Option<Request>,
    /// How often a command was repeated because its answer was lost.
    repeated: usize,
    /// Every command that was carried out, with its first answer.
    carried_out: Vec<(Request, Answer)>,
}

impl Client {
    fn new(agent: usize, server: &Server) -> Self {
        Self {
            agent,
            http: server.http(),
            sent: 0,
            in_hand: None,
            unanswered: None,
            repeated: 0,
            carried_out: Vec::new(),
        }
    }

    /// Works until the connection breaks; each answer is one permit.
    async fn work(mut self, clinic: Arc<Clinic>, answered: Arc<Semaphore>) -> Self {
        while self.step(&clinic).await {
            answered.add_permits(1);
        }
        self
    }

    /// Sends the next command, or again the one that was not answered; whether it was answered.
    async fn step(&mut self, clinic: &Clinic) -> bool {
        let request = self.unanswered.take().unwrap_or_else(|| self.next(clinic));
        match self.http.send(&request).await {
            Ok(answer) => {
                self.take(request, answer);
                true
            }
            Err(_) => {
                self.unanswered = Some(request);
                false
            }
        }
    }

    /// Repeats the command that was not answered, if there is one.
    async fn repeat(&mut self, clinic: &Clinic) {
        if self.unanswered.is_some() {
            self.repeated += 1;
            assert!(self.step(clinic).await, "the server that came back answers");
        }
    }

    fn next(&mut self, clinic: &Clinic) -> Request {
        self.sent += 1;
        let request = match &self.in_hand {
            Some(ticket) => clinic.act(self.agent, ticket, "close"),
            None if self.sent.is_multiple_of(2) => clinic.call_next(self.agent),
            None => clinic.issue(self.sent % 3),
        };
        request.key(format!("counter-{}-{:06}", self.agent, self.sent))
    }

    fn take(&mut self, request: Request, answer: Answer) {
        match answer.status {
            201 => {}
            200 if request.path.ends_with("/call_next/") => {
                let ticket = answer.json()["ticket"]["id"].as_str().unwrap().to_owned();
                self.in_hand = Some(ticket);
            }
            200 => self.in_hand = None,
            // Any other refusal would mean that client and server disagree about what was done.
            _ => return assert_eq!(answer.problem(), "nobody-waiting"),
        }
        self.carried_out.push((request, answer));
    }

    /// The last command that was carried out gets its first answer again.
    async fn must_be_answered_the_same(&mut self) {
        let Some((request, first)) = self.carried_out.last() else { return };
        let again = self.http.ask(request).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{request:?}");
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
}

/// One round: work, a kill in the middle of it, and the return. Gives back the clients and the screen.
async fn round(
    server: &mut Server,
    clinic: &Arc<Clinic>,
    (clients, mut screen): (Vec<Client>, Screen),
    answers_before_kill: u32,
) -> (Vec<Client>, Screen) {
    let answered = Arc::new(Semaphore::new(0));
    let mut working = JoinSet::new();
    for client in clients {
        working.spawn(client.work(clinic.clone(), answered.clone()));
    }
    let mut watching = JoinSet::new();
    watching.spawn(async move {
        screen.until_end().await;
        screen
    });
    answered.acquire_many(answers_before_kill).await.unwrap().forget();
    server.kill().await;
    let mut clients = working.join_all().await;
    let mut screen = watching.join_next().await.unwrap().unwrap();

    server.start_again().await;
    screen.resume(server).await;
    for client in &mut clients {
        client.repeat(clinic).await;
        client.must_be_answered_the_same().await;
    }
    let position = clients.iter().flat_map(|client| client.carried_out.last()).map(position).max();
    let http = &mut server.http();
    screen.must_show_what_polling_says(http, clinic, position.unwrap_or_default()).await;
    (clients, screen)
}

/// Where an answer says that its outcome is.
fn position((_, answer): &(Request, Answer)) -> u64 {
    answer.json()["log_position"].as_u64().unwrap()
}

#[tokio::test]
async fn fifty_kills_under_load_lose_nothing_and_double_nothing() {
    let mut server = Server::start().await;
    let clinic = Arc::new(Clinic::open(&server, CLIENTS).await);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|n| Client::new(n, &server)).collect();
    let mut screen = Screen::of(&server, &clinic, clinic.hall).await;
    for n in 0..ROUNDS {
        // From 100 to 299 answers, so that kills fall into different moments.
        let answers_before_kill = 100 + n * 73 % 200;
        (clients, screen) =
            round(&mut server, &clinic, (clients, screen), answers_before_kill).await;
    }
    server.stop().await;

    let rows = rows(&server.file(), clinic.slug);
    positions_have_no_holes(&rows);
    commands_are_there_exactly_once(&rows, &clients);
    numbers_are_given_once_without_gaps(&rows);
    no_ticket_and_no_agent_is_taken_twice(&rows);
    the_screen_was_told_of_every_call(&rows, &screen);
    let repeated: usize = clients.iter().map(|client| client.repeated).sum();
    assert!(repeated > 0, "some kill fell between a command and its answer");
}

/// I1 and I5: what was acknowledged, and nothing else, under each key one command of one event.
fn commands_are_there_exactly_once(rows: &[Row], clients: &[Client]) {
    let mut recorded: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(key) = &row.key {
            recorded.entry(key).or_default().push(row);
        }
    }
    let mut acknowledged = BTreeSet::new();
    for carried_out in clients.iter().flat_map(|client| &client.carried_out) {
        let key = carried_out.0.key.as_deref().unwrap();
        let events = recorded.get(key).unwrap_or_else(|| panic!("{key} was acknowledged"));
        assert_eq!(events.len(), 1, "{key} has one effect: {events:?}");
        assert_eq!(events[0].position, position(carried_out), "{key} is where its answer says");
        assert_eq!(events[0].ticket(), carried_out.1.json()["ticket"]["id"].as_str());
        assert!(acknowledged.insert(key), "{key} was acknowledged once");
    }
    let unknown: Vec<_> = recorded.keys().filter(|key| !acknowledged.contains(*key)).collect();
    assert!(unknown.is_empty(), "every command was answered in the end: {unknown:?}");
    let commands: BTreeSet<&[u8]> = rows.iter().map(|row| row.command.as_slice()).collect();
    assert_eq!(commands.len(), rows.len(), "each of these commands causes one event");
}

/// I3.
fn no_ticket_and_no_agent_is_taken_twice(rows: &[Row]) {
    let (mut called, mut busy) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let agent = row.fields["agent_id"].as_str();
        match row.kind.as_str() {
            "ticket_called" => {
                assert!(called.insert(row.ticket()), "called twice: {row:?}");
                assert!(busy.insert(agent), "has a ticket: {row:?}");
            }
            "service_finished" => assert!(busy.remove(&agent), "has no ticket: {row:?}"),
            _ => {}
        }
    }
}

/// I6 and I7, call by call: each one was announced, or a snapshot carried the screen over it.
fn the_screen_was_told_of_every_call(rows: &[Row], screen: &Screen) {
    let replica = &screen.replica;
    let calls = rows.iter().filter(|row| row.kind == "ticket_called").map(|row| row.position);
    let told: Vec<u64> = calls.filter(|position| !replica.jumped_over(*position)).collect();
    assert_eq!(replica.calls, told, "all calls but those under a snapshot, in order");
    let (resumes, snapshots) = (replica.resumes, replica.jumps.len());
    assert!(resumes > snapshots, "{resumes} resumes and {snapshots} snapshots");
}
