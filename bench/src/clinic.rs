//! The clinic that is measured: one site, four queues, as many agents as the row has clients, one display. Owns its
//! definitions, once for the log and for HTTP, and the script of a client that works there.

use anyhow::{Context as _, Result, bail};
use domain::directory::{
    Agent, Counter, DayEnd, DirectoryCommand as Command, Display, Policy, Queue, Site,
};
use domain::service_day::DayCommand;
use domain::{AgentId, CounterId, DisplayId, QueueId, SiteId};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wire::caller::Caller;
use crate::wire::http::{Answer, Request, text};
use crate::wire::load::Script;

/// The site.
pub(crate) const SITE: SiteId = SiteId(id(0x100));
/// The display, which shows all queues.
pub(crate) const DISPLAY: DisplayId = DisplayId(id(0x200));
/// How many queues there are.
const QUEUES: usize = 4;

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_b000_0000_7000_8000_0000_0000_0000 + n)
}

/// An agent by number.
pub(crate) fn agent(n: usize) -> AgentId {
    AgentId(id(0x1_0000 + n as u128))
}

/// A queue by number; the numbers go round.
pub(crate) fn queue(n: usize) -> QueueId {
    QueueId(id(0x300 + (n % QUEUES) as u128))
}

/// The counter of the agent with that number.
pub(crate) fn counter(n: usize) -> CounterId {
    CounterId(id(0x2_0000 + n as u128))
}

/// An agent takes a seat.
pub(crate) fn seat(n: usize) -> DayCommand {
    DayCommand::SeatAgent { agent_id: agent(n), counter_id: counter(n) }
}

/// One thing to configure: where it is put over HTTP, and the command that this is.
struct Definition {
    path: String,
    body: Value,
    command: Command,
}

fn definition<T: Serialize>(path: String, thing: T, command: fn(T) -> Command) -> Definition {
    Definition { path, body: json!(thing), command: command(thing) }
}

fn definitions(agents: usize) -> Vec<Definition> {
    let (name, locale) = ("Clinique des mesures", "fr");
    let site = Site {
        id: SITE,
        name: "Dakar".into(),
        time_zone: chrono_tz::Africa::Dakar,
        cutover_hour: 4,
        day_end: DayEnd::Expire,
    };
    let mut all = vec![
        Definition {
            path: String::new(),
            body: json!({ "name": name, "locale": locale }),
            command: Command::RegisterTenant { name: name.into(), locale: locale.into() },
        },
        definition(format!("sites/{SITE}/"), site, Command::DefineSite),
    ];
    for n in 0..QUEUES {
        let path = format!("queues/{}/", queue(n));
        all.push(definition(path, new_queue(n), Command::DefineQueue));
    }
    for n in 0..agents {
        let label = format!("{}", n + 1).into();
        let counter = Counter { id: counter(n), site_id: SITE, label, active: true };
        all.push(definition(format!("counters/{}/", counter.id), counter, Command::DefineCounter));
        let name = format!("Agent {}", n + 1).into();
        let queues = (0..QUEUES).map(queue).collect();
        let agent = Agent { id: agent(n), site_id: SITE, name, queues, active: true };
        all.push(definition(format!("agents/{}/", agent.id), agent, Command::DefineAgent));
    }
    all.push(definition(format!("displays/{DISPLAY}/"), display(), Command::DefineDisplay));
    all
}

fn new_queue(n: usize) -> Queue {
    Queue {
        id: queue(n),
        site_id: SITE,
        name: ["Consultations", "Pharmacie", "Laboratoire", "Caisse"][n % QUEUES].into(),
        service_name: None,
        prefix: ["A", "B", "C", "D"][n % QUEUES].into(),
        policy: Policy::Fifo,
        capacity: None,
        sla_seconds: 600,
        calls_before_no_show_min: 1,
        color: None,
    }
}

fn display() -> Display {
    Display {
        id: DISPLAY,
        site_id: SITE,
        name: "Hall".into(),
        kind: Default::default(),
        layout: Default::default(),
        queues: None,
        theme_id: None,
        sound_id: None,
        show_agent_names: false,
        custom_message: None,
        secondary_message: None,
        message_position: Default::default(),
        active: true,
    }
}

/// The commands that define the clinic.
pub(crate) fn commands(agents: usize) -> impl Iterator<Item = Command> {
    definitions(agents).into_iter().map(|definition| definition.command)
}

/// Where the clinic of a tenant is configured and worked at.
pub(crate) fn api(slug: &str, path: &str) -> String {
    format!("/api/v1/tenants/{slug}/{path}")
}

/// Where its display is watched.
pub(crate) fn display_path(slug: &str) -> String {
    format!("/ws/tenants/{slug}/displays/{DISPLAY}/")
}

/// Defines the clinic over HTTP and seats its agents.
pub(crate) fn define(caller: &mut Caller, slug: &str, agents: usize) -> Result<()> {
    for Definition { path, body, .. } in definitions(agents) {
        caller.ask("PUT", &api(slug, &path), &body)?;
    }
    for n in 0..agents {
        let body = json!({ "agent_id": agent(n), "status": "available", "counter_id": counter(n) });
        caller.ask("POST", &api(slug, "agent-status/set_status/"), &body)?;
    }
    Ok(())
}

/// What a client does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// Issues a ticket, calls whoever is next, finishes that ticket, and so on.
    Mix,
    /// Issues one ticket after another.
    Issue,
}

impl Work {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Mix => "mix",
            Self::Issue => "issue",
        }
    }
}

/// A client at work: an agent with a kiosk of its own.
pub(crate) struct Worker {
    slug: String,
    n: usize,
    work: Work,
    step: Step,
    requests: u64,
}

#[derive(Clone, Copy)]
enum Step {
    Issue,
    CallNext,
    Finish,
}

impl Worker {
    pub(crate) fn new(slug: &str, n: usize, work: Work) -> Self {
        Self { slug: slug.into(), n, work, step: Step::Issue, requests: 0 }
    }

    /// A key as clients make them: random, and never used before.
    fn key(&self) -> String {
        let mut bits = ((self.n as u64) << 40 | self.requests).wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Uuid::from_u64_pair(bits ^ (bits >> 31), (self.n as u64) << 40 | self.requests).to_string()
    }
}

impl Script for Worker {
    fn next(&mut self, last: Option<Answer<'_>>, out: &mut Vec<u8>) -> Result<()> {
        if let Some(answer) = last.filter(|answer| !answer.is_success()) {
            bail!("a command was answered {}", answer.text());
        }
        self.requests += 1;
        let (path, body, following) = match self.step {
            Step::Issue => {
                let body = json!({ "queue_id": queue(self.n), "channel": "kiosk" });
                let following = if self.work == Work::Mix { Step::CallNext } else { Step::Issue };
                ("tickets/".into(), body, following)
            }
            Step::CallNext => {
                let body = json!({ "agent_id": agent(self.n) });
                ("agent-status/call_next/".into(), body, Step::Finish)
            }
            Step::Finish => {
                let called = last.and_then(|answer| text(answer.body, "id"));
                let ticket = called.context("a call named no ticket")?;
                let body = json!({ "agent_id": agent(self.n) });
                (format!("tickets/{ticket}/close/"), body, Step::Issue)
            }
        };
        self.step = following;
        let (path, body) = (api(&self.slug, &path), body.to_string());
        Request { method: "POST", path: &path, key: Some(&self.key()), body: &body }.encode(out);
        Ok(())
    }
}
