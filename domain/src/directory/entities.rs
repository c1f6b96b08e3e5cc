//! The things a tenant configures, whole as they are defined; a new definition replaces the old one.

use std::num::NonZeroU8;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Color;
use crate::ids::{AgentId, CounterId, DisplayId, KioskId, QueueId, SiteId, SoundId, ThemeId};

/// A branch: it has one business day at a time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    pub id: SiteId,
    pub name: Arc<str>,
    /// IANA name, such as `Africa/Dakar`.
    pub time_zone: Tz,
    /// The local hour (0 to 12) at which a new business day begins: before it, it is still yesterday.
    #[serde(default)]
    pub cutover_hour: u8,
    /// What becomes of those who still wait when the day closes.
    #[serde(default)]
    pub day_end: DayEnd,
}

impl Site {
    /// The business day that `now` belongs to, in the site's own time zone.
    #[must_use]
    pub fn business_date(&self, now: DateTime<Utc>) -> NaiveDate {
        let local = now.with_timezone(&self.time_zone).naive_local();
        (local - Duration::hours(i64::from(self.cutover_hour))).date()
    }
}

/// What becomes of those who still wait when the day closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayEnd {
    /// Their tickets end with the day.
    #[default]
    Expire,
    /// They keep number and arrival time, and wait on the next business day.
    CarryOver,
}

/// The line for one service.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    pub id: QueueId,
    pub site_id: SiteId,
    pub name: Arc<str>,
    /// What is served here, where it differs from the queue's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<Arc<str>>,
    /// 1 to 3 capital letters that begin each number; one of its own per site.
    pub prefix: Arc<str>,
    #[serde(default)]
    pub policy: Policy,
    /// How many may wait at once; none is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// The wait that is promised, in seconds: the policy `sla` serves the late first.
    #[serde(default = "sla_seconds_default")]
    pub sla_seconds: u32,
    /// How many calls a ticket must have had before it may be marked a no-show.
    #[serde(default = "calls_before_no_show_min_default")]
    pub calls_before_no_show_min: u8,
    /// The queue's colour on screens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
}

/// 10 minutes, as in the system that this one follows.
fn sla_seconds_default() -> u32 {
    600
}

fn calls_before_no_show_min_default() -> u8 {
    1
}

/// How the next ticket of a queue is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Policy {
    /// By arrival.
    #[default]
    Fifo,
    /// Higher priority first. With `normal_per_priority`, so many tickets without priority are called between
    /// two with priority, while both wait.
    Priority {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        normal_per_priority: Option<NonZeroU8>,
    },
    /// Those who waited longer than the queue's `sla_seconds` first; among them, and among the others, higher
    /// priority first, then by arrival.
    Sla,
}

/// Whether a queue takes and gives tickets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Tickets are issued and called.
    #[default]
    Active,
    /// No ticket is issued and none is called; those who wait keep their place.
    Paused,
    /// No ticket is issued; those who wait are still called.
    Closed,
}

/// A place where visitors are served.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    pub id: CounterId,
    pub site_id: SiteId,
    /// What screens say, such as `4`.
    pub label: Arc<str>,
    #[serde(default = "yes")]
    pub active: bool,
}

/// A person who serves visitors.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub id: AgentId,
    pub site_id: SiteId,
    /// What colleagues see; on public screens only where the display says so.
    pub name: Arc<str>,
    /// The queues that the agent serves.
    pub queues: Vec<QueueId>,
    #[serde(default = "yes")]
    pub active: bool,
}

/// A screen in a waiting room.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    pub id: DisplayId,
    pub site_id: SiteId,
    pub name: Arc<str>,
    #[serde(default, rename = "type")]
    pub kind: DisplayKind,
    #[serde(default)]
    pub layout: DisplayLayout,
    /// The queues it shows; none is all queues of its site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<QueueId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme_id: Option<ThemeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound_id: Option<SoundId>,
    /// Names of agents are personal data: off unless turned on.
    #[serde(default)]
    pub show_agent_names: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_message: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_message: Option<Arc<str>>,
    #[serde(default)]
    pub message_position: MessagePosition,
    /// Only active displays are served.
    #[serde(default = "yes")]
    pub active: bool,
}

/// What a display is for, in the seed system's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisplayKind {
    #[default]
    Main,
    Counter,
    Waiting,
}

/// How a display arranges its calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisplayLayout {
    #[default]
    Grid,
    List,
    Split,
    Fullscreen,
}

/// Where a display writes its messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessagePosition {
    Top,
    #[default]
    Bottom,
    Both,
}

/// A self-service machine that issues tickets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kiosk {
    pub id: KioskId,
    pub site_id: SiteId,
    pub name: Arc<str>,
    /// The queues it offers; none is all queues of its site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<QueueId>>,
    #[serde(default = "yes")]
    pub active: bool,
}

/// The look of a display: typed colours, checked for contrast, never style sheets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    pub id: ThemeId,
    pub name: Arc<str>,
    pub primary: Color,
    pub background: Color,
    pub text: Color,
}

/// A chime of the tenant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    pub id: SoundId,
    pub name: Arc<str>,
    pub chime: Chime,
}

/// A built-in chime.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chime {
    #[default]
    DingDong,
    ThreeNotes,
    Soft,
}

fn yes() -> bool {
    true
}
