//! Fifty times in the middle of its work the server is killed without a word. What it had acknowledged is there,
//! what was repeated has one effect, and the screen that comes back shows what the log says.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::harness::{Client, Clinic, Row, Screen, Server, rows};
use crate::invariants::{
    commands_are_there_exactly_once, no_ticket_agent_or_counter_is_taken_twice,
    numbers_are_given_once_without_gaps, positions_have_no_holes,
};

const ROUNDS: u32 = 50;
const CLIENTS: usize = 16;

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
    let position = clients.iter().flat_map(Client::position).max();
    let http = &mut server.http();
    screen.must_show_what_polling_says(http, clinic, position.unwrap_or_default()).await;
    (clients, screen)
}

#[tokio::test]
async fn fifty_kills_under_load_lose_nothing_and_double_nothing() {
    let mut server = Server::start().await;
    let clinic = Arc::new(Clinic::open(&server, CLIENTS).await);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|n| Client::new(n, &[&server])).collect();
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
    no_ticket_agent_or_counter_is_taken_twice(&rows);
    the_screen_was_told_of_every_call(&rows, &screen);
    let repeated: usize = clients.iter().map(|client| client.repeated).sum();
    assert!(repeated > 0, "some kill fell between a command and its answer");
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
