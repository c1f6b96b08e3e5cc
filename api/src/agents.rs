//! Agents take seats, pause and leave.

use axum::extract::State;
use axum::response::Response;
use domain::service_day::{DayCommand, PauseReason};
use domain::{AgentId, CounterId};
use serde::Deserialize;

use crate::answer;
use crate::extract::{Body, Key, Tenant};
use crate::problem::Problem;
use crate::state::Api;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStatus {
    agent_id: AgentId,
    status: Status,
    counter_id: Option<CounterId>,
    reason: Option<PauseReason>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Available,
    Paused,
    Offline,
}

/// `POST agent-status/set_status/` with `status`: `available` (with `counter_id` to take a seat there),
/// `paused` (with a `reason` of the list) or `offline`. Whether an agent is busy follows from the ticket in hand.
pub(crate) async fn set_status(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    key: Key,
    Body(SetStatus { agent_id, status, counter_id, reason }): Body<SetStatus>,
) -> Result<Response, Problem> {
    let command = match (status, counter_id) {
        (Status::Available, Some(counter_id)) => DayCommand::SeatAgent { agent_id, counter_id },
        (Status::Available, None) => DayCommand::ResumeAgent { agent_id },
        (Status::Paused, _) => DayCommand::PauseAgent { agent_id, reason },
        (Status::Offline, _) => DayCommand::ReleaseAgent { agent_id },
    };
    let executed = api.execute_for_agent(&tenant, agent_id, command, key).await?;
    Ok(answer::done(&executed))
}
