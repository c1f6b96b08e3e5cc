//! Opening and closing a site's day by hand. A day also opens with its first command, and closes when the next
//! one begins.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use domain::directory::DayEnd;
use domain::service_day::DayCommand;
use domain::{Actor, SiteId};
use serde::Deserialize;

use crate::answer;
use crate::extract::{Body, Id, Key, Tenant};
use crate::problem::Problem;
use crate::state::Api;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Close {
    /// `expire` or `carry_over`; by default what the site says.
    end: Option<DayEnd>,
}

/// `POST sites/{site}/open/`: today.
pub(crate) async fn open(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(site_id): Id<SiteId>,
    key: Key,
    Body(Open {}): Body<Open>,
) -> Result<Response, Problem> {
    api.directory(&tenant).await?;
    // Which date it is and who is carried over, the store looks up.
    let (date, carried) = (NaiveDate::default(), vec![]);
    let command = DayCommand::Open { site_id, date, carried, latest: None };
    let executed = api.execute(&tenant, site_id, command, Actor::Staff, key).await?;
    Ok(answer::done(&executed))
}

/// `POST sites/{site}/close/`
pub(crate) async fn close(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(site_id): Id<SiteId>,
    key: Key,
    Body(Close { end }): Body<Close>,
) -> Result<Response, Problem> {
    api.directory(&tenant).await?;
    let command = DayCommand::Close { end };
    let executed = api.execute(&tenant, site_id, command, Actor::Staff, key).await?;
    Ok(answer::done(&executed))
}
