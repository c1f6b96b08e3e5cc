//! A screen of the seed system, written from its list of messages and its polling answer alone, works unchanged:
//! it sees every call, by whichever path it comes. It knows no `seq`, no `view` and no other field of ours.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Clinic, Http, Request, Screen, Server, Visit};

/// The statuses that the seed system shows.
const SHOWN: [&str; 2] = ["appele", "en_service"];

/// How many tickets the seed system shows.
const SHOWN_MAX: usize = 10;

struct SeedScreen {
    socket: Screen,
    polling: String,
    tickets: Vec<Value>,
}

impl SeedScreen {
    async fn open(server: &Server, clinic: &Clinic, display: Uuid) -> Self {
        let visit = Visit { path: clinic.socket(display), ..Visit::default() };
        let socket = Screen::visit(server, &visit).await.unwrap();
        let mut screen = Self { socket, polling: clinic.polling(display), tickets: Vec::new() };
        let greeting = screen.message().await;
        assert_eq!(greeting["type"], "connection");
        screen.reload(&mut server.http()).await;
        screen
    }

    /// The next message, after its fields were found to be the seed's.
    async fn message(&mut self) -> Value {
        let message = self.socket.message().await.unwrap();
        match message["type"].as_str().unwrap() {
            "connection" => {
                assert_eq!(message["status"], "connected");
                must_be_a_time(&message["timestamp"]);
            }
            "ticket_called" => {
                must_be_a_ticket(&message["ticket"]);
                must_be_a_time(&message["ticket"]["called_at"]);
                assert!(message["ticket"]["counter"].is_string(), "{message}");
                must_be_a_time(&message["timestamp"]);
            }
            "ticket_updated" => {
                must_be_a_ticket(&message["ticket"]);
                must_be_a_time(&message["timestamp"]);
            }
            "refresh" | "pong" => {}
            other => panic!("{other} is no message of the seed system"),
        }
        message
    }

    /// Takes messages in until this ticket is called.
    async fn until_called(&mut self, ticket: &str) -> Value {
        loop {
            let message = self.message().await;
            self.take(&message);
            if message["type"] == "ticket_called" && message["ticket"]["id"] == ticket {
                return message;
            }
        }
    }

    /// Takes messages in until this ticket has this status.
    async fn until_status(&mut self, ticket: &str, status: &str) {
        loop {
            let message = self.message().await;
            self.take(&message);
            if message["ticket"]["id"] == ticket && message["ticket"]["status"] == status {
                return;
            }
        }
    }

    fn take(&mut self, message: &Value) {
        let ticket = &message["ticket"];
        let is_shown = SHOWN.map(Value::from).contains(&ticket["status"]);
        match message["type"].as_str().unwrap() {
            "ticket_called" => {
                self.tickets.retain(|row| row["id"] != ticket["id"]);
                self.tickets.insert(0, ticket.clone());
                self.tickets.truncate(SHOWN_MAX);
            }
            "ticket_updated" if is_shown => {
                let row = self.tickets.iter_mut().find(|row| row["id"] == ticket["id"]);
                row.into_iter().for_each(|row| row.clone_from(ticket));
            }
            "ticket_updated" => self.tickets.retain(|row| row["id"] != ticket["id"]),
            _ => {}
        }
    }

    /// What the seed system's screen does at first, and as its repair: it polls.
    async fn reload(&mut self, http: &mut Http) {
        let answer = http.done(&Request::get(&self.polling)).await;
        must_be_the_seeds_polling_answer(&answer);
        self.tickets.clone_from(answer["tickets"].as_array().unwrap());
    }

    fn shown(&self) -> Vec<(&Value, &Value)> {
        self.tickets.iter().map(|ticket| (&ticket["id"], &ticket["status"])).collect()
    }
}

fn must_be_a_time(value: &Value) {
    let text = value.as_str().unwrap_or_else(|| panic!("a time, not {value}"));
    assert!(chrono::DateTime::parse_from_rfc3339(text).is_ok(), "{text}");
}

fn must_be_a_ticket(ticket: &Value) {
    for field in ["id", "number", "queue_name", "queue_id", "status"] {
        assert!(ticket[field].is_string(), "{field} of {ticket}");
    }
    // Who was never called has no counter yet, and names are shown only where the display says so.
    for field in ["called_at", "counter", "agent_name"] {
        let value = ticket.get(field).unwrap_or_else(|| panic!("{field} of {ticket}"));
        assert!(value.is_string() || value.is_null(), "{field} of {ticket}");
    }
}

fn must_be_the_seeds_polling_answer(answer: &Value) {
    must_be_a_time(&answer["timestamp"]);
    answer["tickets"].as_array().unwrap().iter().for_each(must_be_a_ticket);
    let waiting = answer["waiting_stats"].as_object().unwrap();
    assert!(waiting.iter().all(|(queue, count)| Uuid::try_parse(queue).is_ok() && count.is_u64()));
    let display = &answer["display"];
    for field in ["id", "name", "type", "layout", "custom_message", "secondary_message"] {
        assert!(display[field].is_string(), "{field} of {display}");
    }
    for field in ["primaryColor", "backgroundColor", "textColor"] {
        assert!(display["theme"][field].is_string(), "{field} of {display}");
    }
    assert!(display["auto_refresh_seconds"].is_u64() && display["show_video"].is_boolean());
}

#[tokio::test]
async fn lv19_every_path_to_a_call_reaches_the_seed_systems_screen() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 2).await;
    let http = &mut server.http();
    let mut screen = SeedScreen::open(&server, &clinic, clinic.hall).await;

    let next = clinic.issued(http, 0).await;
    assert_eq!(clinic.called(http, 0).await, next);
    let seen = screen.until_called(&next).await;
    assert_eq!(seen["ticket"]["number"], "A001");
    assert_eq!(seen["ticket"]["counter"], "1");
    assert_eq!(seen["ticket"]["queue_name"], "Accueil");

    let _earlier = clinic.issued(http, 0).await;
    let chosen = clinic.issued(http, 0).await;
    http.done(&clinic.act(1, &chosen, "call")).await;
    screen.until_called(&chosen).await;

    http.done(&clinic.act(1, &chosen, "recall")).await;
    screen.until_called(&chosen).await;

    let to_cash_desk = json!({ "to_queue_id": clinic.queues[2] });
    http.done(&clinic.act_with(1, &chosen, "transfer", to_cash_desk)).await;
    screen.until_status(&chosen, "transfere").await;
    http.done(&clinic.act(1, &chosen, "call")).await;
    assert_eq!(screen.until_called(&chosen).await["ticket"]["queue_name"], "Caisse");

    http.done(&clinic.act_with(1, &chosen, "return", json!({ "place": "front" }))).await;
    screen.until_status(&chosen, "en_attente").await;
    assert_eq!(clinic.called(http, 1).await, chosen);
    screen.until_called(&chosen).await;

    let both = Request::post(clinic.staff("agents/call-next/"), json!({}));
    assert_eq!(http.ask(&both).await.status, 422, "an agent is needed on either path");
}

#[tokio::test]
async fn lv19_a_recall_is_delivered_each_time() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let http = &mut server.http();
    let mut screen = SeedScreen::open(&server, &clinic, clinic.hall).await;
    let ticket = clinic.issued(http, 0).await;
    clinic.called(http, 0).await;
    let mut last = screen.until_called(&ticket).await["ticket"]["called_at"].clone();
    for _ in 0..5 {
        http.done(&clinic.act(0, &ticket, "recall")).await;
        let again = screen.until_called(&ticket).await["ticket"]["called_at"].clone();
        assert_ne!(again, last, "a screen can tell it from the call before");
        last = again;
    }
    assert_eq!(screen.shown().len(), 1);
}

#[tokio::test]
async fn lv19_polling_and_the_socket_show_the_seed_systems_screen_the_same() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 3).await;
    let http = &mut server.http();
    let mut screen = SeedScreen::open(&server, &clinic, clinic.hall).await;
    for queue in [0, 1, 2, 0] {
        clinic.issued(http, queue).await;
    }
    let served = clinic.called(http, 0).await;
    let missed = clinic.called(http, 1).await;
    let parked = clinic.called(http, 2).await;
    http.done(&clinic.act(0, &served, "start_service")).await;
    http.done(&clinic.act(1, &missed, "no_show")).await;
    let last = http.done(&clinic.act(2, &parked, "park")).await;
    screen.until_status(&parked, "pause").await;

    let position = last["log_position"].as_u64().unwrap();
    let polled = clinic.poll(http, clinic.hall, position).await;
    must_be_the_seeds_polling_answer(&polled);
    let polled_tickets = polled["tickets"].as_array().unwrap();
    let shown: Vec<_> = polled_tickets.iter().map(|t| (&t["id"], &t["status"])).collect();
    assert_eq!(screen.shown(), shown);
    assert_eq!(shown, [(&json!(served), &json!("en_service"))]);
    let waiting = polled["waiting_stats"].as_object().unwrap();
    assert_eq!(waiting.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 1);
}

#[tokio::test]
async fn an_agents_name_is_on_the_screens_that_say_so_and_on_no_other() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let http = &mut server.http();
    let mut with_names = SeedScreen::open(&server, &clinic, clinic.corridor).await;
    let mut without = SeedScreen::open(&server, &clinic, clinic.hall).await;
    let ticket = clinic.issued(http, 0).await;
    clinic.called(http, 0).await;
    let named = with_names.until_called(&ticket).await;
    assert_eq!(named["ticket"]["agent_name"], "Awa 1");
    let unnamed = without.until_called(&ticket).await;
    assert_eq!(unnamed["ticket"]["agent_name"], Value::Null);
}

#[tokio::test]
async fn lv27_a_screens_pings_are_answered_on_both_doors() {
    let server = Server::start().await;
    let clinic = Clinic::open(&server, 1).await;
    let mut screen = SeedScreen::open(&server, &clinic, clinic.hall).await;
    screen.socket.say(&json!({ "type": "ping" })).await;
    assert_eq!(screen.message().await["type"], "pong");
    let ping = clinic.public(&format!("displays/{}/ping/", clinic.hall));
    let answer = server.http().done(&Request::post(ping, json!({}))).await;
    assert_eq!(answer["status"], "ok");
    must_be_a_time(&answer["timestamp"]);
}
