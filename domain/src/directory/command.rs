//! What an administrator may ask of the configuration.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Agent, Counter, Display, Kiosk, Queue, QueueState, Site, Sound, Theme};
use crate::ids::{DisplayId, QueueId};

/// A change of the configuration. To define is to add, or to replace what has the same id.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryCommand {
    /// Makes the tenant exist; everything else is refused before it.
    RegisterTenant {
        name: Arc<str>,
        locale: Arc<str>,
    },
    DefineSite(Site),
    DefineQueue(Queue),
    SetQueueState {
        queue_id: QueueId,
        state: QueueState,
    },
    DefineCounter(Counter),
    DefineAgent(Agent),
    DefineDisplay(Display),
    /// Switches a display on or off, and leaves the rest as it is.
    SetDisplayActive {
        display_id: DisplayId,
        active: bool,
    },
    DefineKiosk(Kiosk),
    DefineTheme(Theme),
    DefineSound(Sound),
}
