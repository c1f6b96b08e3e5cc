//! A clinic to try things at: one site with three queues, so many counters and agents, and two displays.
//!
//! Owns its ids and the requests that concern it. Never knows how they are answered.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Http, Request, Server};

/// A clinic that is defined and whose agents are seated: agent n at counter n, serving all queues.
#[derive(Clone, Debug)]
pub(crate) struct Clinic {
    pub(crate) slug: &'static str,
    pub(crate) site: Uuid,
    /// `A` reception, `B` pharmacy, `C` cash desk.
    pub(crate) queues: [Uuid; 3],
    pub(crate) agents: Vec<Uuid>,
    counters: Vec<Uuid>,
    /// Shows all queues, without names of agents.
    pub(crate) hall: Uuid,
    /// Shows queue `A` alone, with names of agents.
    pub(crate) corridor: Uuid,
}

/// An id that is the same in every run.
pub(crate) fn id(kind: u8, n: usize) -> Uuid {
    let n = n as u128;
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + (u128::from(kind) << 32) + n)
}

impl Clinic {
    /// Defines a clinic of so many agents at a server, and seats them.
    pub(crate) async fn open(server: &Server, agents: usize) -> Self {
        let clinic = Self {
            slug: "clinique-madeleine",
            site: id(1, 1),
            queues: [1, 2, 3].map(|n| id(2, n)),
            agents: (0..agents).map(|n| id(3, n)).collect(),
            counters: (0..agents).map(|n| id(4, n)).collect(),
            hall: id(5, 1),
            corridor: id(5, 2),
        };
        let mut http = server.http();
        clinic.define(&mut http).await;
        for agent in 0..agents {
            http.done(&clinic.seat(agent)).await;
        }
        clinic
    }

    async fn define(&self, http: &mut Http) {
        let tenant = json!({ "name": "Clinique Madeleine", "locale": "fr" });
        http.done(&Request::put(self.staff(""), tenant)).await;
        let cutover_hour = cutover_hour(http).await;
        http.done(&self.located("Africa/Dakar", cutover_hour, "expire")).await;
        let names = [("A", "Accueil"), ("B", "Pharmacie"), ("C", "Caisse")];
        for (queue, (prefix, name)) in self.queues.into_iter().zip(names) {
            let queue_body = json!({ "site_id": self.site, "name": name, "prefix": prefix });
            self.put(http, "queues", queue, queue_body).await;
        }
        for (n, counter) in self.counters.iter().enumerate() {
            let body = json!({ "site_id": self.site, "label": (n + 1).to_string() });
            self.put(http, "counters", *counter, body).await;
        }
        for (n, agent) in self.agents.iter().enumerate() {
            let name = format!("Awa {}", n + 1);
            let body = json!({ "site_id": self.site, "name": name, "queues": self.queues });
            self.put(http, "agents", *agent, body).await;
        }
        let hall = json!({ "site_id": self.site, "name": "Hall" });
        self.put(http, "displays", self.hall, hall).await;
        let corridor = json!({
            "site_id": self.site, "name": "Couloir", "queues": [self.queues[0]],
            "show_agent_names": true
        });
        self.put(http, "displays", self.corridor, corridor).await;
    }

    async fn put(&self, http: &mut Http, kind: &str, id: Uuid, body: Value) {
        http.done(&Request::put(self.staff(&format!("{kind}/{id}/")), body)).await;
    }

    /// A path of the staff's side.
    pub(crate) fn staff(&self, rest: &str) -> String {
        format!("/api/v1/tenants/{}/{rest}", self.slug)
    }

    /// A path that everybody may ask.
    pub(crate) fn public(&self, rest: &str) -> String {
        format!("/api/v1/public/tenants/{}/{rest}", self.slug)
    }

    /// Where a display's socket is.
    pub(crate) fn socket(&self, display: Uuid) -> String {
        format!("/ws/tenants/{}/displays/{display}/", self.slug)
    }

    /// Where a display's tickets are polled.
    pub(crate) fn polling(&self, display: Uuid) -> String {
        self.public(&format!("displays/{display}/tickets/"))
    }

    /// What polling says once it knows the event at `position`.
    pub(crate) async fn poll(&self, http: &mut Http, display: Uuid, position: u64) -> Value {
        let path = format!("{}?min_position={position}", self.polling(display));
        http.done(&Request::get(path)).await
    }

    /// Where the site is, when its day turns, and what becomes then of those who wait.
    fn located(&self, time_zone: &str, cutover_hour: u8, day_end: &str) -> Request {
        let site = json!({
            "name": "Dakar", "time_zone": time_zone, "cutover_hour": cutover_hour,
            "day_end": day_end
        });
        Request::put(self.staff(&format!("sites/{}/", self.site)), site)
    }

    /// The site moves to where it is tomorrow already.
    pub(crate) fn tomorrow(&self, day_end: &str) -> Request {
        self.located("Pacific/Kiritimati", 0, day_end)
    }

    /// An agent takes the seat at the counter of the same number.
    pub(crate) fn seat(&self, agent: usize) -> Request {
        let seat = json!({ "status": "available", "counter_id": self.counters[agent] });
        self.set_status(agent, seat)
    }

    /// An agent takes a seat, pauses or leaves.
    pub(crate) fn set_status(&self, agent: usize, mut status: Value) -> Request {
        status["agent_id"] = json!(self.agents[agent]);
        Request::post(self.staff("agent-status/set_status/"), status)
    }

    /// A visitor takes a ticket by phone.
    pub(crate) fn sign_up(&self, queue: usize) -> Request {
        let body = json!({ "full_name": "Fatou", "email": "f@example.org", "phone": "+221" });
        Request::post(self.public(&format!("queues/{}/signup/", self.queues[queue])), body)
    }

    /// The reception issues a ticket.
    pub(crate) fn issue(&self, queue: usize) -> Request {
        Request::post(self.staff("tickets/"), json!({ "queue_id": self.queues[queue] }))
    }

    /// An agent calls whoever is next.
    pub(crate) fn call_next(&self, agent: usize) -> Request {
        let body = json!({ "agent_id": self.agents[agent] });
        Request::post(self.staff("agent-status/call_next/"), body)
    }

    /// An agent does something with a ticket: `call`, `recall`, `close` and so on.
    pub(crate) fn act(&self, agent: usize, ticket: &str, step: &str) -> Request {
        self.act_with(agent, ticket, step, json!({}))
    }

    /// As [`Clinic::act`], with more in the body.
    pub(crate) fn act_with(&self, agent: usize, ticket: &str, step: &str, body: Value) -> Request {
        let mut body = body;
        body["agent_id"] = json!(self.agents[agent]);
        Request::post(self.staff(&format!("tickets/{ticket}/{step}/")), body)
    }

    /// Issues a ticket and gives its id.
    pub(crate) async fn issued(&self, http: &mut Http, queue: usize) -> String {
        ticket_id(&http.done(&self.issue(queue)).await)
    }

    /// Calls the next ticket and gives its id.
    pub(crate) async fn called(&self, http: &mut Http, agent: usize) -> String {
        ticket_id(&http.done(&self.call_next(agent)).await)
    }
}

/// The id of the ticket that an answer is about.
fn ticket_id(answer: &Value) -> String {
    answer["ticket"]["id"].as_str().unwrap_or_else(|| panic!("no ticket in {answer}")).to_owned()
}

/// The hour at which the clinic's day turns: hours from now, so that it does not turn in the middle of a test, and so
/// that the day is a later one in Kiritimati (UTC+14). The server says what time it is; Dakar keeps UTC.
async fn cutover_hour(http: &mut Http) -> u8 {
    let answer = http.get("/readyz").await;
    let date = answer.header("date").unwrap();
    let hour: u8 = date.split(' ').nth(4).and_then(|time| time.get(..2)?.parse().ok()).unwrap();
    if (10..18).contains(&hour) { 0 } else { 12 }
}
