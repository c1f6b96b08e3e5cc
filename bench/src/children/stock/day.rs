//! One aggregate for the whole day: the domain's own, with its own rules. Every command reads the day from the beginning.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::{Context as _, Result};
use domain::directory::Directory;
use domain::service_day::{Channel, DayCommand, DayContext, ServiceDay};
use domain::{Decider as _, Ids as _, TicketId};
use postgres_es::PostgresCqrs;
use sqlx::PgPool;

use super::{LastCalls, execute, framework, now};
use crate::children::closed_loop::Desk;
use crate::children::system::RandomIds;
use crate::clinic;

/// The stream, named as ours is.
const ID: &str = "clinic/0193b000-0000-7000-8000-000000000100/2026-03-02";

/// The day of the clinic.
pub(super) struct Day {
    framework: PostgresCqrs<ServiceDay>,
    calls: LastCalls,
    conflicts: Arc<AtomicU64>,
}

impl Day {
    /// Opens it and seats so many agents. The configuration is in memory from the start.
    pub(super) async fn open(
        pool: &PgPool,
        conflicts: Arc<AtomicU64>,
        agents: usize,
    ) -> Result<Self> {
        let mut directory = Directory::default();
        for command in clinic::commands(agents) {
            for event in directory.decide(&command, &())? {
                directory.evolve(&event);
            }
        }
        let (now, calls) = (now(), LastCalls::default());
        let context = DayContext { now, directory: Arc::new(directory) };
        let framework = framework(pool, vec![Box::new(calls.clone())], context);
        let day = Self { framework, calls, conflicts };
        let date = now.date_naive();
        day.execute(DayCommand::Open {
            site_id: clinic::SITE,
            date,
            carried: Vec::new(),
            latest: None,
        })
        .await?;
        for n in 0..agents {
            day.execute(clinic::seat(n)).await?;
        }
        Ok(day)
    }

    async fn execute(&self, command: DayCommand) -> Result<()> {
        execute(&self.framework, ID, command, &self.conflicts).await
    }
}

impl Desk for Day {
    async fn issue(&self, n: usize) -> Result<()> {
        self.execute(DayCommand::Issue {
            ticket_id: TicketId(RandomIds.fresh()),
            queue_id: clinic::queue(n),
            priority: 0,
            channel: Channel::Kiosk,
            contact: false,
        })
        .await
    }

    async fn call_next(&self, n: usize) -> Result<TicketId> {
        let agent_id = clinic::agent(n);
        self.execute(DayCommand::CallNext { agent_id, queue_id: None }).await?;
        self.calls.of(agent_id).context("a call named no ticket")
    }

    async fn finish(&self, n: usize, ticket_id: TicketId) -> Result<()> {
        self.execute(DayCommand::Finish { agent_id: clinic::agent(n), ticket_id }).await
    }
}
