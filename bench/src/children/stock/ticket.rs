//! One aggregate for each ticket: no two commands meet, and each reads two events at most. What no ticket can know,
//! its number and who is next, comes from memory, so that this shape does less than the work.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use cqrs_es::event_sink::EventSink;
use domain::directory::Policy;
use domain::service_day::{CallKind, CallReason, Channel, DayEvent, TicketRef};
use domain::{AgentId, CounterId, Ids as _, TicketId};
use postgres_es::PostgresCqrs;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use super::{execute, framework, now};
use crate::children::closed_loop::Desk;
use crate::children::system::RandomIds;
use crate::clinic;

/// A ticket; its events are those of the day, so that as many bytes are written.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Ticket {
    stage: Stage,
    ticket: Option<TicketRef>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Stage {
    #[default]
    None,
    Waiting,
    Called,
    Finished,
}

#[derive(Clone)]
enum Command {
    Issue { ticket: TicketRef, ordinal: u32 },
    Call { agent_id: AgentId, counter_id: CounterId },
    Finish { agent_id: AgentId },
}

#[derive(Debug, PartialEq, Eq)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the ticket is not in that stage")
    }
}

impl std::error::Error for Refused {}

impl cqrs_es::Aggregate for Ticket {
    const TYPE: &'static str = "ticket";
    type Command = Command;
    type Event = DayEvent;
    type Error = Refused;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Refused> {
        let at = now();
        let event = match (command, self.stage, self.ticket.clone()) {
            (Command::Issue { ticket, ordinal }, Stage::None, _) => DayEvent::TicketIssued {
                ticket,
                ordinal,
                priority: 0,
                channel: Channel::Kiosk,
                contact: false,
                position_in_line: 1,
                estimate_seconds: None,
                at,
            },
            (Command::Call { agent_id, counter_id }, Stage::Waiting, Some(ticket)) => {
                let policy = Policy::Fifo;
                let reason = CallReason {
                    kind: CallKind::Next,
                    policy,
                    policy_version: 1,
                    rank: 1,
                    waiting: 1,
                    waited_seconds: 0,
                };
                let counter = "1".into();
                DayEvent::TicketCalled { ticket, agent_id, counter_id, counter, reason, at }
            }
            (Command::Finish { agent_id }, Stage::Called, Some(ticket)) => {
                DayEvent::ServiceFinished { ticket, agent_id, service_seconds: 0, at }
            }
            (Command::Issue { .. } | Command::Call { .. } | Command::Finish { .. }, _, _) => {
                return Err(Refused);
            }
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: DayEvent) {
        if let DayEvent::TicketIssued { ticket, .. } = &event {
            self.ticket = Some(ticket.clone());
        }
        self.stage = match self.stage {
            Stage::None => Stage::Waiting,
            Stage::Waiting => Stage::Called,
            Stage::Called | Stage::Finished => Stage::Finished,
        };
    }
}

/// All tickets, and in memory who waits.
pub(super) struct Tickets {
    framework: PostgresCqrs<Ticket>,
    conflicts: Arc<AtomicU64>,
    last_ordinal: AtomicU32,
    waiting: Mutex<VecDeque<TicketId>>,
}

impl Tickets {
    pub(super) fn new(pool: &PgPool, conflicts: Arc<AtomicU64>) -> Self {
        Self {
            framework: framework(pool, Vec::new(), ()),
            conflicts,
            last_ordinal: AtomicU32::new(0),
            waiting: Mutex::default(),
        }
    }

    async fn execute(&self, ticket: TicketId, command: Command) -> Result<()> {
        execute(&self.framework, &ticket.to_string(), command, &self.conflicts).await
    }
}

impl Desk for Tickets {
    async fn issue(&self, n: usize) -> Result<()> {
        let ordinal = 1 + self.last_ordinal.fetch_add(1, Ordering::Relaxed);
        let (id, number) = (TicketId(RandomIds.fresh()), format!("A{ordinal:03}").into());
        let ticket = TicketRef { id, number, queue_id: clinic::queue(n) };
        self.execute(id, Command::Issue { ticket, ordinal }).await?;
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(id);
        Ok(())
    }

    async fn call_next(&self, n: usize) -> Result<TicketId> {
        let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let ticket = next.context("nobody waits")?;
        let (agent_id, counter_id) = (clinic::agent(n), clinic::counter(n));
        self.execute(ticket, Command::Call { agent_id, counter_id }).await?;
        Ok(ticket)
    }

    async fn finish(&self, n: usize, ticket: TicketId) -> Result<()> {
        self.execute(ticket, Command::Finish { agent_id: clinic::agent(n) }).await
    }
}
