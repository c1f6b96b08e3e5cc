//! What the configuration allows.

use super::{
    Directory, DirectoryCommand as Command, DirectoryEvent as Event, Policy, Queue, Site,
    TenantRegistered,
};
use crate::decider::{Decider, handle};
use crate::ids::{CounterId, DisplayId, QueueId, SiteId, SoundId, ThemeId};

/// The least contrast of text on its background. Source: WCAG 2.2, 1.4.3 (AA).
const CONTRAST_MIN: f64 = 4.5;

/// Longest name, label or message, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// Why a change of the configuration is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DirectoryRefusal {
    #[error("the tenant is not registered yet")]
    NoTenant,
    #[error("the tenant is registered already")]
    TenantExists,
    #[error("there is no site {0}")]
    UnknownSite(SiteId),
    #[error("there is no queue {0}")]
    UnknownQueue(QueueId),
    #[error("there is no display {0}")]
    UnknownDisplay(DisplayId),
    #[error("there is no theme {0}")]
    UnknownTheme(ThemeId),
    #[error("there is no sound {0}")]
    UnknownSound(SoundId),
    #[error(
        "{field} must have 1 to {TEXT_CHARS_MAX} characters, and no line breaks or other control characters"
    )]
    BadText { field: &'static str },
    #[error("a language is one of fr, wo, en")]
    BadLocale,
    #[error("a prefix is 1 to 3 capital letters A to Z")]
    BadPrefix,
    #[error("prefix {prefix} already belongs to another queue of this site")]
    PrefixTaken { prefix: String },
    #[error("cutover_hour is 0 to 12")]
    BadCutoverHour,
    #[error("a number above 0 is needed for {field}")]
    ZeroNumber { field: &'static str },
    #[error("queue {0} belongs to another site")]
    QueueElsewhere(QueueId),
    #[error(
        "text on its background has a contrast of {contrast:.1}; at least {CONTRAST_MIN} is needed"
    )]
    LowContrast { contrast: f64 },
    #[error("{thing} cannot move to another site; define a new one")]
    SiteFixed { thing: &'static str },
    #[error("label {label} already belongs to another counter of this site")]
    LabelTaken { label: String, counter_id: CounterId },
}

type Decision = Result<Vec<Event>, DirectoryRefusal>;

impl cqrs_es::Aggregate for Directory {
    const TYPE: &'static str = "directory";
    type Command = Command;
    type Event = Event;
    type Error = DirectoryRefusal;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        context: &(),
        sink: &cqrs_es::event_sink::EventSink<Self>,
    ) -> Result<(), DirectoryRefusal> {
        handle(self, command, context, sink).await
    }

    fn apply(&mut self, event: Event) {
        self.evolve(&event);
    }
}

impl Decider for Directory {
    fn decide(&self, command: &Command, _: &()) -> Decision {
        if let Command::RegisterTenant { name, locale } = command {
            return self.register(name, locale);
        }
        if self.tenant.is_none() {
            return Err(DirectoryRefusal::NoTenant);
        }
        match command {
            Command::RegisterTenant { .. } => Err(DirectoryRefusal::TenantExists),
            Command::DefineSite(site) => self.define_site(site),
            Command::DefineQueue(queue) => self.define_queue(queue),
            Command::SetQueueState { queue_id, state } => {
                let entry =
                    self.queues.get(queue_id).ok_or(DirectoryRefusal::UnknownQueue(*queue_id))?;
                let event = Event::QueueStateChanged { queue_id: *queue_id, state: *state };
                Ok(changed(entry.state == *state, event))
            }
            Command::DefineCounter(counter) => {
                text("label", &counter.label)?;
                self.site(counter.site_id)?;
                let old = self.counters.get(&counter.id);
                same_site("a counter", old.map(|c| c.site_id), counter.site_id)?;
                self.label_free(counter)?;
                let same = old.is_some_and(|old| **old == *counter);
                Ok(changed(same, Event::CounterDefined { counter: counter.clone() }))
            }
            Command::DefineAgent(agent) => {
                text("name", &agent.name)?;
                self.own_queues(agent.site_id, &agent.queues)?;
                let old = self.agents.get(&agent.id);
                same_site("an agent", old.map(|a| a.site_id), agent.site_id)?;
                let same = old.is_some_and(|old| **old == *agent);
                Ok(changed(same, Event::AgentDefined { agent: agent.clone() }))
            }
            Command::DefineDisplay(display) => self.define_display(display),
            Command::SetDisplayActive { display_id, active } => {
                let old = self.displays.get(display_id);
                let old = old.ok_or(DirectoryRefusal::UnknownDisplay(*display_id))?;
                let display = super::Display { active: *active, ..old.as_ref().clone() };
                Ok(changed(old.active == *active, Event::DisplayDefined { display }))
            }
            Command::DefineKiosk(kiosk) => {
                text("name", &kiosk.name)?;
                self.own_queues(kiosk.site_id, kiosk.queues.as_deref().unwrap_or_default())?;
                let old = self.kiosks.get(&kiosk.id);
                same_site("a kiosk", old.map(|k| k.site_id), kiosk.site_id)?;
                let same = old.is_some_and(|old| **old == *kiosk);
                Ok(changed(same, Event::KioskDefined { kiosk: kiosk.clone() }))
            }
            Command::DefineTheme(theme) => {
                text("name", &theme.name)?;
                let contrast = theme.text.contrast(theme.background);
                if contrast < CONTRAST_MIN {
                    return Err(DirectoryRefusal::LowContrast { contrast });
                }
                let same = self.themes.get(&theme.id).is_some_and(|old| **old == *theme);
                Ok(changed(same, Event::ThemeDefined { theme: theme.clone() }))
            }
            Command::DefineSound(sound) => {
                text("name", &sound.name)?;
                let same = self.sounds.get(&sound.id).is_some_and(|old| **old == *sound);
                Ok(changed(same, Event::SoundDefined { sound: sound.clone() }))
            }
        }
    }

    fn evolve(&mut self, event: &Event) {
        Directory::evolve(self, event);
    }
}

impl Directory {
    fn register(&self, name: &std::sync::Arc<str>, locale: &std::sync::Arc<str>) -> Decision {
        if self.tenant.is_some() {
            return Err(DirectoryRefusal::TenantExists);
        }
        text("name", name)?;
        if !["fr", "wo", "en"].contains(&locale.as_ref()) {
            return Err(DirectoryRefusal::BadLocale);
        }
        let tenant = TenantRegistered { name: name.clone(), locale: locale.clone() };
        Ok(vec![Event::TenantRegistered(tenant)])
    }

    fn site(&self, id: SiteId) -> Result<&Site, DirectoryRefusal> {
        self.sites.get(&id).map(AsRef::as_ref).ok_or(DirectoryRefusal::UnknownSite(id))
    }

    fn define_site(&self, site: &Site) -> Decision {
        text("name", &site.name)?;
        if site.cutover_hour > 12 {
            return Err(DirectoryRefusal::BadCutoverHour);
        }
        let same = self.sites.get(&site.id).is_some_and(|old| **old == *site);
        Ok(changed(same, Event::SiteDefined { site: site.clone() }))
    }

    fn define_queue(&self, queue: &Queue) -> Decision {
        text("name", &queue.name)?;
        if let Some(service_name) = &queue.service_name {
            text("service_name", service_name)?;
        }
        self.site(queue.site_id)?;
        let prefix = queue.prefix.as_ref();
        if !(1..=3).contains(&prefix.len()) || !prefix.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(DirectoryRefusal::BadPrefix);
        }
        if queue.capacity == Some(0) {
            return Err(DirectoryRefusal::ZeroNumber { field: "capacity" });
        }
        let taken = self
            .queues_of(queue.site_id)
            .into_iter()
            .any(|other| other.queue.id != queue.id && other.queue.prefix.as_ref() == prefix);
        if taken {
            return Err(DirectoryRefusal::PrefixTaken { prefix: prefix.into() });
        }
        let old = self.queues.get(&queue.id);
        same_site("a queue", old.map(|e| e.queue.site_id), queue.site_id)?;
        let order = |queue: &Queue| -> (Policy, u32) { (queue.policy, queue.sla_seconds) };
        let policy_version = match old {
            None => 1,
            Some(old) if order(&old.queue) == order(queue) => old.policy_version,
            Some(old) => old.policy_version + 1,
        };
        let same = old.is_some_and(|old| *old.queue == *queue);
        Ok(changed(same, Event::QueueDefined { queue: queue.clone(), policy_version }))
    }

    fn define_display(&self, display: &super::Display) -> Decision {
        text("name", &display.name)?;
        for message in [&display.custom_message, &display.secondary_message].into_iter().flatten() {
            text("message", message)?;
        }
        self.own_queues(display.site_id, display.queues.as_deref().unwrap_or_default())?;
        if let Some(id) = display.theme_id.filter(|id| !self.themes.contains_key(id)) {
            return Err(DirectoryRefusal::UnknownTheme(id));
        }
        if let Some(id) = display.sound_id.filter(|id| !self.sounds.contains_key(id)) {
            return Err(DirectoryRefusal::UnknownSound(id));
        }
        let old = self.displays.get(&display.id);
        same_site("a display", old.map(|d| d.site_id), display.site_id)?;
        let same = old.is_some_and(|old| **old == *display);
        Ok(changed(same, Event::DisplayDefined { display: display.clone() }))
    }

    fn own_queues(&self, site_id: SiteId, queues: &[QueueId]) -> Result<(), DirectoryRefusal> {
        self.site(site_id)?;
        for id in queues {
            let entry = self.queues.get(id).ok_or(DirectoryRefusal::UnknownQueue(*id))?;
            if entry.queue.site_id != site_id {
                return Err(DirectoryRefusal::QueueElsewhere(*id));
            }
        }
        Ok(())
    }

    /// Two counters with one label send visitors to the wrong place.
    fn label_free(&self, counter: &super::Counter) -> Result<(), DirectoryRefusal> {
        let clash = self.counters.values().find(|other| {
            other.active
                && counter.active
                && other.id != counter.id
                && other.site_id == counter.site_id
                && other.label == counter.label
        });
        match clash {
            None => Ok(()),
            Some(other) => Err(DirectoryRefusal::LabelTaken {
                label: counter.label.to_string(),
                counter_id: other.id,
            }),
        }
    }
}

/// No event where the definition says what already stands.
fn changed(same: bool, event: Event) -> Vec<Event> {
    if same { vec![] } else { vec![event] }
}

fn same_site(
    thing: &'static str,
    old: Option<SiteId>,
    new: SiteId,
) -> Result<(), DirectoryRefusal> {
    if old.is_some_and(|old| old != new) {
        return Err(DirectoryRefusal::SiteFixed { thing });
    }
    Ok(())
}

fn text(field: &'static str, value: &str) -> Result<(), DirectoryRefusal> {
    let chars = value.chars().count();
    if value.trim().is_empty() || chars > TEXT_CHARS_MAX || value.chars().any(char::is_control) {
        return Err(DirectoryRefusal::BadText { field });
    }
    Ok(())
}
