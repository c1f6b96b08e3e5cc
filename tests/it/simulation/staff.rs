//! What the staff wishes: drawn by chance, mostly possible and sometimes not.

use serde_json::{Value, json};

use crate::harness::{Clinic, Dice, Request};

/// More agents than a display shows tickets, so that calls push others out.
pub(super) const AGENTS: usize = 14;

/// The agents who pause and leave.
const RESTLESS: usize = 3;

/// The tickets that wishes are about.
const LATEST: usize = 24;

/// The tickets of yesterday that are not forgotten.
const YESTERDAYS: usize = 6;

/// What an agent does with the ticket in hand.
const IN_HAND: [&str; 13] = [
    "recall",
    "recall",
    "recall",
    "start_service",
    "start_service",
    "close",
    "no_show",
    "park",
    "return",
    "transfer",
    "cancel",
    "undo",
    "priority",
];

/// What anybody tries with any ticket.
const ANY: [&str; 11] = [
    "call", "call", "call", "resume", "undo", "undo", "return", "transfer", "priority", "cancel",
    "recall",
];

/// What the staff knows, from answers alone.
#[derive(Default)]
pub(super) struct Staff {
    tickets: Vec<String>,
    /// Who was told to have which ticket; long ago it may be otherwise.
    in_hand: Vec<(usize, String)>,
    /// As long as nobody said otherwise.
    parked: Vec<String>,
}

impl Staff {
    /// Learns from what was done.
    pub(super) fn learn(&mut self, clinic: &Clinic, done: &Value) {
        let ticket = &done["ticket"];
        let Some(id) = ticket["id"].as_str().map(str::to_owned) else { return };
        self.in_hand.retain(|(_, held)| *held != id);
        self.parked.retain(|parked| *parked != id);
        self.parked.extend((ticket["status"] == "pause").then(|| id.clone()));
        let holder = clinic.agents.iter().position(|agent| ticket["agent_id"] == agent.to_string());
        self.in_hand.extend(holder.map(|agent| (agent, id.clone())));
        self.tickets.retain(|known| *known != id);
        self.tickets.push(id);
    }

    /// Most tickets of yesterday are of no use any more; some wishes still are about them.
    pub(super) fn forget_yesterday(&mut self) {
        self.in_hand.clear();
        self.parked.clear();
        self.tickets.drain(..self.tickets.len().saturating_sub(YESTERDAYS));
    }

    /// The next wish.
    pub(super) fn wish(&self, dice: &mut Dice, clinic: &Clinic) -> Request {
        let agent = self.agent(dice);
        match dice.throw(32) {
            0..9 => issue(dice, clinic),
            9..16 => clinic.call_next(agent),
            16..24 if !self.in_hand.is_empty() => {
                let latest = &self.in_hand[self.in_hand.len().saturating_sub(AGENTS)..];
                let (agent, ticket) = dice.pick(latest);
                let step = *dice.pick(&IN_HAND);
                act(dice, clinic, Some(*agent), ticket, step)
            }
            24 | 25 if !self.parked.is_empty() => {
                let ticket = dice.pick(&self.parked);
                act(dice, clinic, Some(agent), ticket, "resume")
            }
            26..29 if !self.tickets.is_empty() => {
                let latest = &self.tickets[self.tickets.len().saturating_sub(LATEST)..];
                let (ticket, step) = (dice.pick(latest), *dice.pick(&ANY));
                let by_reception = dice.throw(2) == 0 && !is_agents_alone(step);
                act(dice, clinic, (!by_reception).then_some(agent), ticket, step)
            }
            29 | 30 => status(dice, clinic),
            31 => queue_state(dice, clinic),
            _ => clinic.call_next(agent),
        }
    }

    /// Mostly one who has no ticket.
    fn agent(&self, dice: &mut Dice) -> usize {
        let busy = |agent: &usize| self.in_hand.iter().any(|(holder, _)| holder == agent);
        let free: Vec<usize> = (0..AGENTS).filter(|agent| !busy(agent)).collect();
        if free.is_empty() || dice.throw(4) == 0 {
            return dice.throw(AGENTS);
        }
        *dice.pick(&free)
    }
}

fn issue(dice: &mut Dice, clinic: &Clinic) -> Request {
    let mut request = clinic.issue(dice.throw(clinic.queues.len()));
    request.body.as_mut().unwrap()["priority"] = json!(dice.throw(3) / 2);
    request
}

/// A step of a ticket, by an agent or by the reception.
fn act(
    dice: &mut Dice,
    clinic: &Clinic,
    agent: Option<usize>,
    ticket: &str,
    step: &str,
) -> Request {
    let body = match step {
        "return" => json!({ "place": dice.pick(&["front", "end", "arrival"]) }),
        "priority" => json!({ "priority": dice.throw(3) }),
        "transfer" if dice.throw(2) == 0 => json!({ "to_queue_id": dice.pick(&clinic.queues) }),
        "transfer" => json!({ "to_agent_id": dice.pick(&clinic.agents) }),
        _ => json!({}),
    };
    match agent {
        Some(agent) => clinic.act_with(agent, ticket, step, body),
        None => Request::post(clinic.staff(&format!("tickets/{ticket}/{step}/")), body),
    }
}

/// Whether the reception has no such step.
fn is_agents_alone(step: &str) -> bool {
    matches!(step, "call" | "recall" | "resume")
}

/// An agent takes the own seat or tries another's, pauses, resumes or leaves.
fn status(dice: &mut Dice, clinic: &Clinic) -> Request {
    // The same few come and go, so that who paused also resumes.
    let agent = dice.throw(RESTLESS);
    match dice.throw(8) {
        0 => clinic.set_status(agent, json!({ "status": "offline" })),
        1 | 2 => clinic.set_status(agent, json!({ "status": "paused", "reason": "break" })),
        3..6 => clinic.set_status(agent, json!({ "status": "available" })),
        6 => {
            let other = clinic.seat(dice.throw(AGENTS)).body.unwrap();
            let counter = &other["counter_id"];
            clinic.set_status(agent, json!({ "status": "available", "counter_id": counter }))
        }
        _ => clinic.seat(agent),
    }
}

/// Queues pause and close, and go on soon.
fn queue_state(dice: &mut Dice, clinic: &Clinic) -> Request {
    let queue = dice.pick(&clinic.queues);
    let states = ["paused", "closed", "active", "active", "active", "active", "active"];
    let state = *dice.pick(&states);
    Request::post(clinic.staff(&format!("queues/{queue}/state/")), json!({ "state": state }))
}
