//! What handlers share, and the two ways by which they execute a command.

use std::sync::Arc;

use domain::directory::{Directory, DirectoryCommand};
use domain::service_day::DayCommand;
use domain::{Actor, AgentId, Ids, SiteId, TenantSlug, TicketId};
use store::{Executed, Issuer, Store};

use crate::extract::Key;
use crate::problem::Problem;

/// The write side: the store, and where fresh ids come from.
#[derive(Clone)]
pub struct Api {
    store: Store,
    ids: Arc<dyn Ids>,
}

impl Api {
    /// A write side on a store.
    pub fn new(store: Store, ids: Arc<dyn Ids>) -> Self {
        Self { store, ids }
    }

    /// An id for a new ticket.
    pub(crate) fn ticket_id(&self) -> TicketId {
        TicketId(self.ids.fresh())
    }

    /// The configuration of a tenant that exists.
    pub(crate) async fn directory(&self, tenant: &TenantSlug) -> Result<Arc<Directory>, Problem> {
        let directory = self.store.directory(tenant).await?;
        if directory.tenant.is_none() {
            return Err(Problem::unknown("tenant", tenant));
        }
        Ok(directory)
    }

    pub(crate) async fn configure(
        &self,
        tenant: &TenantSlug,
        command: DirectoryCommand,
        key: Key,
    ) -> Result<Executed, Problem> {
        if !matches!(command, DirectoryCommand::RegisterTenant { .. }) {
            self.directory(tenant).await?;
        }
        let issuer = Issuer { actor: Actor::Staff, key: key.0 };
        Ok(self.store.execute_directory(tenant, command, issuer).await?)
    }

    pub(crate) async fn execute(
        &self,
        tenant: &TenantSlug,
        site_id: SiteId,
        command: DayCommand,
        actor: Actor,
        key: Key,
    ) -> Result<Executed, Problem> {
        let issuer = Issuer { actor, key: key.0 };
        Ok(self.store.execute_day(tenant, site_id, command, issuer).await?)
    }

    /// Executes an agent's command at the agent's site.
    pub(crate) async fn execute_for_agent(
        &self,
        tenant: &TenantSlug,
        agent_id: AgentId,
        command: DayCommand,
        key: Key,
    ) -> Result<Executed, Problem> {
        let directory = self.directory(tenant).await?;
        let agent =
            directory.agents.get(&agent_id).ok_or_else(|| Problem::unknown("agent", agent_id))?;
        self.execute(tenant, agent.site_id, command, Actor::Agent(agent_id), key).await
    }

    /// Executes a command on a ticket: at the agent's site, or without an agent where the ticket is.
    pub(crate) async fn execute_on_ticket(
        &self,
        tenant: &TenantSlug,
        ticket_id: TicketId,
        agent_id: Option<AgentId>,
        command: DayCommand,
        key: Key,
    ) -> Result<Executed, Problem> {
        if let Some(agent_id) = agent_id {
            return self.execute_for_agent(tenant, agent_id, command, key).await;
        }
        self.directory(tenant).await?;
        let site_id = self.store.site_of_ticket(tenant, ticket_id).await?;
        let site_id = site_id.ok_or_else(|| Problem::unknown("ticket", ticket_id))?;
        self.execute(tenant, site_id, command, Actor::Staff, key).await
    }
}
