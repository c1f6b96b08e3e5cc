//! Configuration. `PUT` with a whole definition adds a thing or replaces it; the id is the path's.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::directory::{
    Agent, Counter, Directory, DirectoryCommand as Command, Display, Kiosk, Queue, QueueState,
    Site, Sound, Theme,
};
use domain::{
    AgentId, CounterId, DisplayId, KioskId, QueueId, SiteId, SoundId, TenantSlug, ThemeId,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer;
use crate::extract::{Body, Id, Key, Tenant};
use crate::json;
use crate::problem::Problem;
use crate::state::Api;

type Answered = Result<Response, Problem>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    name: Arc<str>,
    #[serde(default = "french")]
    locale: Arc<str>,
}

fn french() -> Arc<str> {
    "fr".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetState {
    state: QueueState,
}

/// `PUT /`: makes the tenant exist.
pub(crate) async fn register_tenant(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    key: Key,
    Body(Register { name, locale }): Body<Register>,
) -> Answered {
    configure(&api, &tenant, Command::RegisterTenant { name, locale }, key).await
}

/// `GET /`: all that is configured.
pub(crate) async fn read(State(api): State<Api>, Tenant(tenant): Tenant) -> Answered {
    let directory: Arc<Directory> = api.directory(&tenant).await?;
    Ok(Json(directory.as_ref()).into_response())
}

/// `POST queues/{queue}/state/`: `active`, `paused` or `closed`.
pub(crate) async fn set_queue_state(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(queue_id): Id<QueueId>,
    key: Key,
    Body(SetState { state }): Body<SetState>,
) -> Answered {
    configure(&api, &tenant, Command::SetQueueState { queue_id, state }, key).await
}

/// `POST displays/{display}/activate/`
pub(crate) async fn activate_display(
    state: State<Api>,
    tenant: Tenant,
    id: Id<DisplayId>,
    key: Key,
) -> Answered {
    set_display_active(state, tenant, id, key, true).await
}

/// `POST displays/{display}/deactivate/`: the screen is told and stops.
pub(crate) async fn deactivate_display(
    state: State<Api>,
    tenant: Tenant,
    id: Id<DisplayId>,
    key: Key,
) -> Answered {
    set_display_active(state, tenant, id, key, false).await
}

async fn set_display_active(
    State(api): State<Api>,
    Tenant(tenant): Tenant,
    Id(display_id): Id<DisplayId>,
    key: Key,
    active: bool,
) -> Answered {
    configure(&api, &tenant, Command::SetDisplayActive { display_id, active }, key).await
}

/// The handlers that define a thing by its id.
macro_rules! definitions {
    ($($handler:ident: $command:ident($thing:ty) by $id:ty;)+) => {$(
        pub(crate) async fn $handler(
            State(api): State<Api>,
            Tenant(tenant): Tenant,
            Id(id): Id<$id>,
            key: Key,
            Body(body): Body<Map<String, Value>>,
        ) -> Answered {
            let thing: $thing = with_id(body, id)?;
            configure(&api, &tenant, Command::$command(thing), key).await
        }
    )+};
}

definitions! {
    define_site: DefineSite(Site) by SiteId;
    define_queue: DefineQueue(Queue) by QueueId;
    define_counter: DefineCounter(Counter) by CounterId;
    define_agent: DefineAgent(Agent) by AgentId;
    define_display: DefineDisplay(Display) by DisplayId;
    define_kiosk: DefineKiosk(Kiosk) by KioskId;
    define_theme: DefineTheme(Theme) by ThemeId;
    define_sound: DefineSound(Sound) by SoundId;
}

/// The definition in the body, under the id of the path.
fn with_id<T: DeserializeOwned>(
    mut body: Map<String, Value>,
    id: impl Serialize,
) -> Result<T, Problem> {
    let id = serde_json::to_value(id).unwrap_or_default();
    if body.insert("id".into(), id.clone()).is_some_and(|given| given != id) {
        return Err(Problem::malformed(
            "the id in the body is not the id of the path; leave it out",
        ));
    }
    // The rules would read a list as the values of its fields.
    if body.get("policy").is_some_and(Value::is_array) {
        return Err(Problem::malformed("policy must be an object, not a list"));
    }
    json::read(body).map_err(Problem::malformed)
}

async fn configure(api: &Api, tenant: &TenantSlug, command: Command, key: Key) -> Answered {
    let executed = api.configure(tenant, command, key).await?;
    Ok(answer::done(&executed))
}
