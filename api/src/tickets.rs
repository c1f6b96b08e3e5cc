//! Commands on tickets. A command with `agent_id` comes from that agent, one without from the reception.

use axum::extract::State;
use axum::response::Response;
use domain::service_day::{Channel, DayCommand, ReturnPlace, TransferTarget};
use domain::{Actor, AgentId, QueueId, TicketId};
use http::StatusCode;
use serde::Deserialize;
use store::Executed;

use crate::answer;
use crate::extract::{Body, Id, Key, Tenant};
use crate::problem::Problem;
use crate::state::Api;

type Answered = Result<Response, Problem>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    queue_id: QueueId,
    #[serde(default)]
    priority: u8,
    #[serde(default = "by_staff")]
    channel: Channel,
}

fn by_staff() -> Channel {
    Channel::Staff
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallNext {
    agent_id: AgentId,
    queue_id: Option<QueueId>,
}

/// Who acts on the ticket of the path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct By {
    agent_id: AgentId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaybeBy {
    agent_id: Option<AgentId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Return {
    agent_id: Option<AgentId>,
    place: ReturnPlace,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    agent_id: Option<AgentId>,
    to_queue_id: Option<QueueId>,
    to_agent_id: Option<AgentId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Priority {
    agent_id: Option<AgentId>,
    priority: u8,
}

/// `POST tickets/`: the reception issues a ticket.
pub(crate) async fn issue(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    key: Key,
    Body(body): Body<Issue>,
) -> Answered {
    let executed =
        issued(&api, &tenant, (body.queue_id, body.priority, body.channel), Actor::Staff, key)
            .await?;
    Ok(answer::ticket(StatusCode::CREATED, &executed))
}

/// Issues a ticket at the site of its queue.
pub(crate) async fn issued(
    api: &Api,
    tenant: &domain::TenantSlug,
    (queue_id, priority, channel): (QueueId, u8, Channel),
    actor: Actor,
    key: Key,
) -> Result<Executed, Problem> {
    let directory = api.directory(tenant).await?;
    let entry =
        directory.queues.get(&queue_id).ok_or_else(|| Problem::unknown("queue", queue_id))?;
    let (ticket_id, contact) = (api.ticket_id(), false);
    let command = DayCommand::Issue { ticket_id, queue_id, priority, channel, contact };
    api.execute(tenant, entry.queue.site_id, command, actor, key).await
}

/// `POST agent-status/call_next/`: whoever is next for this agent.
pub(crate) async fn call_next(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    key: Key,
    Body(CallNext { agent_id, queue_id }): Body<CallNext>,
) -> Answered {
    let command = DayCommand::CallNext { agent_id, queue_id };
    let executed = api.execute_for_agent(&tenant, agent_id, command, key).await?;
    Ok(answer::ticket(StatusCode::OK, &executed))
}

/// The handlers of commands that need nothing but the agent and the ticket.
macro_rules! by_agent {
    ($($(#[$doc:meta])* $handler:ident => $command:ident;)+) => {$(
        $(#[$doc])*
        pub(crate) async fn $handler(
            State(api): State<Api>,
            Tenant(tenant): Tenant,
            Id(ticket_id): Id<TicketId>,
            key: Key,
            Body(By { agent_id }): Body<By>,
        ) -> Answered {
            let command = DayCommand::$command { agent_id, ticket_id };
            let executed = api.execute_for_agent(&tenant, agent_id, command, key).await?;
            Ok(answer::ticket(StatusCode::OK, &executed))
        }
    )+};
}

by_agent! {
    /// `POST tickets/{ticket}/call/`: this one, out of order.
    call => Call;
    /// `POST tickets/{ticket}/recall/`: once more.
    recall => Recall;
    /// `POST tickets/{ticket}/start_service/`
    start_service => StartService;
    /// `POST tickets/{ticket}/close/`: served.
    finish => Finish;
    /// `POST tickets/{ticket}/no_show/`: nobody came.
    no_show => MarkNoShow;
    /// `POST tickets/{ticket}/park/`: set aside.
    park => Park;
    /// `POST tickets/{ticket}/resume/`: take up again.
    resume => Resume;
}

async fn on_ticket(
    api: &Api,
    tenant: &domain::TenantSlug,
    ticket_id: TicketId,
    agent_id: Option<AgentId>,
    command: DayCommand,
    key: Key,
) -> Answered {
    let executed = api.execute_on_ticket(tenant, ticket_id, agent_id, command, key).await?;
    Ok(answer::ticket(StatusCode::OK, &executed))
}

/// `POST tickets/{ticket}/return/` with `place`: `front`, `end` or `arrival`.
pub(crate) async fn return_ticket(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(ticket_id): Id<TicketId>,
    key: Key,
    Body(Return { agent_id, place }): Body<Return>,
) -> Answered {
    let command = DayCommand::Return { agent_id, ticket_id, place };
    on_ticket(&api, &tenant, ticket_id, agent_id, command, key).await
}

/// `POST tickets/{ticket}/transfer/` with either `to_queue_id` or `to_agent_id`.
pub(crate) async fn transfer(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(ticket_id): Id<TicketId>,
    key: Key,
    Body(Transfer { agent_id, to_queue_id, to_agent_id }): Body<Transfer>,
) -> Answered {
    let to = match (to_queue_id, to_agent_id) {
        (Some(id), None) => TransferTarget::Queue(id),
        (None, Some(id)) => TransferTarget::Agent(id),
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::malformed("give either to_queue_id or to_agent_id"));
        }
    };
    let command = DayCommand::Transfer { agent_id, ticket_id, to };
    on_ticket(&api, &tenant, ticket_id, agent_id, command, key).await
}

/// `POST tickets/{ticket}/cancel/`
pub(crate) async fn cancel(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(ticket_id): Id<TicketId>,
    key: Key,
    Body(MaybeBy { agent_id }): Body<MaybeBy>,
) -> Answered {
    let command = DayCommand::Cancel { agent_id, ticket_id };
    on_ticket(&api, &tenant, ticket_id, agent_id, command, key).await
}

/// `POST tickets/{ticket}/priority/`
pub(crate) async fn change_priority(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(ticket_id): Id<TicketId>,
    key: Key,
    Body(Priority { agent_id, priority }): Body<Priority>,
) -> Answered {
    let command = DayCommand::ChangePriority { agent_id, ticket_id, priority };
    on_ticket(&api, &tenant, ticket_id, agent_id, command, key).await
}

/// `POST tickets/{ticket}/undo/`: the last step of this ticket.
pub(crate) async fn undo(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(ticket_id): Id<TicketId>,
    key: Key,
    Body(MaybeBy { agent_id }): Body<MaybeBy>,
) -> Answered {
    let command = DayCommand::Undo { agent_id, ticket_id };
    on_ticket(&api, &tenant, ticket_id, agent_id, command, key).await
}
