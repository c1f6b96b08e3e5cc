//! The configuration as it stands: a fold of the directory's events.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Agent, Counter, DirectoryEvent, Display, Kiosk, Queue, QueueState, Site, Sound,
    TenantRegistered, Theme,
};
use crate::ids::{AgentId, CounterId, DisplayId, KioskId, QueueId, SiteId, SoundId, ThemeId};

/// A queue with what is decided about it beside its definition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct QueueEntry {
    pub queue: Arc<Queue>,
    pub state: QueueState,
    /// Counts the definitions that changed how the next ticket is chosen.
    pub policy_version: u32,
}

/// All that a tenant configured. Readers see it as fields; only [`Directory::evolve`] changes it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Directory {
    pub tenant: Option<TenantRegistered>,
    pub sites: BTreeMap<SiteId, Arc<Site>>,
    pub queues: BTreeMap<QueueId, QueueEntry>,
    pub counters: BTreeMap<CounterId, Arc<Counter>>,
    pub agents: BTreeMap<AgentId, Arc<Agent>>,
    pub displays: BTreeMap<DisplayId, Arc<Display>>,
    pub kiosks: BTreeMap<KioskId, Arc<Kiosk>>,
    pub themes: BTreeMap<ThemeId, Arc<Theme>>,
    pub sounds: BTreeMap<SoundId, Arc<Sound>>,
}

impl Directory {
    /// The queues of a site, in the order of their prefixes.
    #[must_use]
    pub fn queues_of(&self, site_id: SiteId) -> Vec<&QueueEntry> {
        let mut queues: Vec<_> =
            self.queues.values().filter(|e| e.queue.site_id == site_id).collect();
        queues.sort_by(|a, b| a.queue.prefix.cmp(&b.queue.prefix));
        queues
    }

    /// Whether a display shows a queue: its site's, and among its own where it names any.
    #[must_use]
    pub fn shows(&self, display: &Display, queue_id: QueueId) -> bool {
        match &display.queues {
            Some(queues) => queues.contains(&queue_id),
            None => self.queues.get(&queue_id).is_some_and(|e| e.queue.site_id == display.site_id),
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: &DirectoryEvent) {
        match event {
            DirectoryEvent::TenantRegistered(tenant) => self.tenant = Some(tenant.clone()),
            DirectoryEvent::SiteDefined { site } => {
                self.sites.insert(site.id, Arc::new(site.clone()));
            }
            DirectoryEvent::QueueDefined { queue, policy_version } => {
                let state =
                    self.queues.get(&queue.id).map_or_else(QueueState::default, |e| e.state);
                let queue = Arc::new(queue.clone());
                let entry = QueueEntry { queue, state, policy_version: *policy_version };
                self.queues.insert(entry.queue.id, entry);
            }
            DirectoryEvent::QueueStateChanged { queue_id, state } => {
                if let Some(entry) = self.queues.get_mut(queue_id) {
                    entry.state = *state;
                }
            }
            DirectoryEvent::CounterDefined { counter } => {
                self.counters.insert(counter.id, Arc::new(counter.clone()));
            }
            DirectoryEvent::AgentDefined { agent } => {
                self.agents.insert(agent.id, Arc::new(agent.clone()));
            }
            DirectoryEvent::DisplayDefined { display } => {
                self.displays.insert(display.id, Arc::new(display.clone()));
            }
            DirectoryEvent::KioskDefined { kiosk } => {
                self.kiosks.insert(kiosk.id, Arc::new(kiosk.clone()));
            }
            DirectoryEvent::ThemeDefined { theme } => {
                self.themes.insert(theme.id, Arc::new(theme.clone()));
            }
            DirectoryEvent::SoundDefined { sound } => {
                self.sounds.insert(sound.id, Arc::new(sound.clone()));
            }
        }
    }
}
