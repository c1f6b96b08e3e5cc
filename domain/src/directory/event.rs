//! What happened to the configuration. Names and fields are frozen: a golden line per version holds them.

use std::sync::Arc;

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{Agent, Counter, Display, Kiosk, Queue, QueueState, Site, Sound, Theme};
use crate::ids::QueueId;

/// A change of the configuration, as a fact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryEvent {
    TenantRegistered(TenantRegistered),
    SiteDefined {
        site: Site,
    },
    /// `policy_version` counts the definitions that changed how the next ticket is chosen; each call cites it.
    QueueDefined {
        queue: Queue,
        policy_version: u32,
    },
    QueueStateChanged {
        queue_id: QueueId,
        state: QueueState,
    },
    CounterDefined {
        counter: Counter,
    },
    AgentDefined {
        agent: Agent,
    },
    DisplayDefined {
        display: Display,
    },
    KioskDefined {
        kiosk: Kiosk,
    },
    ThemeDefined {
        theme: Theme,
    },
    SoundDefined {
        sound: Sound,
    },
}

/// The tenant exists from here on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TenantRegistered {
    pub name: Arc<str>,
    /// The language of its pages: `fr`, `wo` or `en`.
    pub locale: Arc<str>,
}

impl DirectoryEvent {
    /// Every type this program can read, as stored.
    pub const TYPES: [&'static str; 10] = [
        "tenant_registered",
        "site_defined",
        "queue_defined",
        "queue_state_changed",
        "counter_defined",
        "agent_defined",
        "display_defined",
        "kiosk_defined",
        "theme_defined",
        "sound_defined",
    ];

    /// The stored type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::TenantRegistered(_) => "tenant_registered",
            Self::SiteDefined { .. } => "site_defined",
            Self::QueueDefined { .. } => "queue_defined",
            Self::QueueStateChanged { .. } => "queue_state_changed",
            Self::CounterDefined { .. } => "counter_defined",
            Self::AgentDefined { .. } => "agent_defined",
            Self::DisplayDefined { .. } => "display_defined",
            Self::KioskDefined { .. } => "kiosk_defined",
            Self::ThemeDefined { .. } => "theme_defined",
            Self::SoundDefined { .. } => "sound_defined",
        }
    }
}

impl DomainEvent for DirectoryEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}
