//! The order of a line: who is next, at which rank each one stands, and how long it will take. The same
//! functions serve the call and the views, so that what a phone says is what the agent gets.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Place;
use crate::directory::Policy;
use crate::ids::{AgentId, TicketId};

/// The fewest finished services from which a wait is estimated; below it a number would mislead.
const SERVICES_FOR_ESTIMATE_MIN: u32 = 5;

/// What the order needs to know of a waiting ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate {
    pub ticket_id: TicketId,
    /// The order of issue, which decides between places of the same time.
    pub ordinal: u32,
    pub priority: u8,
    pub arrived_at: DateTime<Utc>,
    pub place: Place,
    /// Only this agent may call it.
    pub reserved_for: Option<AgentId>,
}

/// Whose turn it is between those with priority and those without.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Turn {
    /// Tickets without priority called since the last one with priority.
    pub normal_since_priority: u32,
}

impl Default for Turn {
    /// The first ticket with priority goes at once.
    fn default() -> Self {
        Self { normal_since_priority: u32::MAX }
    }
}

impl Turn {
    /// The turn after a ticket of that priority was called.
    #[must_use]
    pub fn after(self, priority: u8) -> Self {
        let normal_since_priority =
            if priority > 0 { 0 } else { self.normal_since_priority.saturating_add(1) };
        Self { normal_since_priority }
    }
}

/// The turn of a queue as the calls left it, and which ticket's call was the last one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct QueueTurn {
    pub turn: Turn,
    called: Option<TicketId>,
}

impl QueueTurn {
    /// After the call of this ticket.
    #[must_use]
    pub fn after(self, ticket_id: TicketId, priority: u8) -> Self {
        Self { turn: self.turn.after(priority), called: Some(ticket_id) }
    }

    /// After the call of this ticket was taken back: as it was `before`, unless others were called since, for whom
    /// the turn counts on.
    #[must_use]
    pub fn without(self, ticket_id: TicketId, before: Self) -> Self {
        if self.called == Some(ticket_id) { before } else { self }
    }
}

/// How a queue orders its line now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ordering {
    pub policy: Policy,
    pub sla_seconds: u32,
    pub turn: Turn,
    pub now: DateTime<Utc>,
}

/// Sorts first what is called first, apart from interleaving.
type Key = (Reverse<u32>, bool, Reverse<u8>, Arrival);

/// Who came first: by time, then by number. The id comes last, as it is drawn before the order is fixed.
type Arrival = (DateTime<Utc>, u32, TicketId);

fn arrival(c: &Candidate) -> Arrival {
    (c.place.since, c.ordinal, c.ticket_id)
}

impl Ordering {
    fn key(&self, c: &Candidate) -> Key {
        let (not_late, priority) = match self.policy {
            Policy::Fifo => (false, 0),
            Policy::Priority { .. } => (false, c.priority),
            Policy::Sla => {
                // Since the place, not the arrival: who went to the end would else be late again at once.
                let waited_seconds = (self.now - c.place.since).num_seconds();
                (waited_seconds <= i64::from(self.sla_seconds), c.priority)
            }
        };
        (Reverse(c.place.front), not_late, Reverse(priority), arrival(c))
    }

    /// Who is next of several queues' next ones: returned to the front, then whose place counts from the earliest
    /// time. Priority and lateness count within a queue alone, so that no queue's policy makes the visitors of
    /// another one wait for somebody who came later.
    pub(super) fn between_queues(c: &Candidate) -> (Reverse<u32>, Arrival) {
        (Reverse(c.place.front), arrival(c))
    }

    /// How many without priority go between two with priority; none where the policy does not interleave.
    fn interleave(&self) -> Option<u32> {
        match self.policy {
            Policy::Priority { normal_per_priority } => {
                normal_per_priority.map(|n| u32::from(n.get()))
            }
            Policy::Fifo | Policy::Sla => None,
        }
    }

    /// Whether a ticket with priority goes before one without, when both wait.
    fn priority_first(&self, turn: Turn) -> bool {
        self.interleave().is_none_or(|normal| turn.normal_since_priority >= normal)
    }

    /// Who is next of these; none of an empty line.
    pub fn choose<'a>(
        &self,
        line: impl IntoIterator<Item = &'a Candidate>,
    ) -> Option<&'a Candidate> {
        let (mut best, mut best_normal): (Option<&Candidate>, Option<&Candidate>) = (None, None);
        let first = |a: Option<&'a Candidate>, b: &'a Candidate| match a {
            Some(a) if self.key(a) < self.key(b) => Some(a),
            _ => Some(b),
        };
        for candidate in line {
            best = first(best, candidate);
            if candidate.priority == 0 && candidate.place.front == 0 {
                best_normal = first(best_normal, candidate);
            }
        }
        let best = best?;
        let hold_back = best.place.front == 0 && !self.priority_first(self.turn);
        if hold_back { best_normal.or(Some(best)) } else { Some(best) }
    }

    /// The whole line, next one first.
    #[must_use]
    pub fn order(&self, line: &[Candidate]) -> Vec<TicketId> {
        let mut sorted: Vec<&Candidate> = line.iter().collect();
        sorted.sort_by_key(|c| self.key(c));
        if self.interleave().is_none() {
            return sorted.iter().map(|c| c.ticket_id).collect();
        }
        type Part<'a> = Vec<&'a Candidate>;
        let (front, rest): (Part<'_>, Part<'_>) =
            sorted.into_iter().partition(|c| c.place.front > 0);
        let (priority, normal): (Part<'_>, Part<'_>) =
            rest.into_iter().partition(|c| c.priority > 0);
        let mut turn = front.iter().fold(self.turn, |turn, c| turn.after(c.priority));
        let mut ordered: Vec<TicketId> = front.iter().map(|c| c.ticket_id).collect();
        let (mut priority, mut normal) =
            (priority.into_iter().peekable(), normal.into_iter().peekable());
        loop {
            let take_priority = match (priority.peek(), normal.peek()) {
                (None, None) => return ordered,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some(_), Some(_)) => self.priority_first(turn),
            };
            if let Some(c) = if take_priority { priority.next() } else { normal.next() } {
                turn = turn.after(c.priority);
                ordered.push(c.ticket_id);
            }
        }
    }

    /// The rank of `of` among these, 1 for who is next; `of` itself need not be in the line.
    #[must_use]
    pub fn rank(&self, line: &[Candidate], of: &Candidate) -> u32 {
        if self.interleave().is_some() {
            let mut with: Vec<Candidate> =
                line.iter().filter(|c| c.ticket_id != of.ticket_id).copied().collect();
            with.push(*of);
            let ahead = self.order(&with).iter().take_while(|id| **id != of.ticket_id).count();
            return u32::try_from(ahead).unwrap_or(u32::MAX).saturating_add(1);
        }
        let key = self.key(of);
        let ahead =
            line.iter().filter(|c| c.ticket_id != of.ticket_id && self.key(c) < key).count();
        u32::try_from(ahead).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// The wait of rank `rank`, in seconds: those ahead, shared among the agents who serve, each taking as long as
/// the mean of the last services. None where too few services were finished or nobody serves.
#[must_use]
pub fn wait_estimate_seconds(rank: u32, services: ServiceTimes, agents: u32) -> Option<u32> {
    let mean = services.mean_seconds()?;
    if agents == 0 {
        return None;
    }
    let seconds = f64::from(rank) * mean / f64::from(agents);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive count of seconds, clamped"
    )]
    Some(seconds.clamp(0.0, 86_400.0) as u32)
}

/// How long the last services took: a moving mean over [`ServiceTimes::WINDOW`].
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceTimes {
    /// How many were finished.
    pub count: u32,
    /// Their mean, in seconds.
    pub mean_seconds: f64,
}

impl ServiceTimes {
    /// As many as the system that this one follows looks back on.
    pub const WINDOW: u32 = 50;

    /// Takes in one more service.
    pub fn add(&mut self, seconds: u32) {
        self.count += 1;
        self.mean_seconds += (f64::from(seconds) - self.mean_seconds) / self.weight();
    }

    /// Takes one back that was taken in. Exact for the last one; else the mean of the others, as near as it can be
    /// told beyond the window.
    pub fn take_back(&mut self, seconds: u32) {
        let (weight, count) = (self.weight(), self.count.saturating_sub(1));
        let mean_seconds = if count == 0 {
            0.0
        } else {
            (self.mean_seconds * weight - f64::from(seconds)) / (weight - 1.0)
        };
        *self = Self { count, mean_seconds: mean_seconds.max(0.0) };
    }

    /// How many the mean stands for: the divisor of the last one taken in.
    fn weight(self) -> f64 {
        f64::from(self.count.min(Self::WINDOW))
    }

    fn mean_seconds(self) -> Option<f64> {
        (self.count >= SERVICES_FOR_ESTIMATE_MIN).then_some(self.mean_seconds)
    }
}
