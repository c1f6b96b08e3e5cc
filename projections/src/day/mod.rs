//! The figures of a site's latest day, per queue: counts, waits and service times.
//!
//! An undo takes back what the step had counted, so that the figures say what became of each ticket. Earlier days
//! are read by folding their streams anew. Never keeps a single visitor's times.

mod fold;
mod histogram;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{QueueId, SiteId};
use serde::Serialize;

pub use histogram::Durations;

/// The figures of one queue on one day. A ticket's call counts where it was called, its transfer where it left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Figures {
    /// Tickets given.
    pub issued: u32,
    /// Tickets taken over from the day before.
    pub carried_in: u32,
    /// First calls; a ticket that was returned and called again counts twice.
    pub called: u32,
    pub recalled: u32,
    pub finished: u32,
    pub no_show: u32,
    pub cancelled: u32,
    pub transferred: u32,
    /// Still waiting (or called in vain) at the close, and ended by it.
    pub expired: u32,
    /// Still waiting (or called in vain) at the close, and handed to the next day.
    pub carried_over: u32,
    /// Steps that were taken back.
    pub undone: u32,
    /// From arrival to call.
    pub waits: Durations,
    /// From the start of service to its end.
    pub services: Durations,
}

/// One step of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are rows, and they are many")]
pub enum DayChange {
    /// A new day of the site: its rows are gone.
    Opened(SiteId, NaiveDate),
    Put(SiteId, QueueId, Figures),
}

impl DayChange {
    /// The site whose day changed.
    #[must_use]
    pub fn site_id(&self) -> SiteId {
        match self {
            Self::Opened(site_id, _) | Self::Put(site_id, ..) => *site_id,
        }
    }
}

/// The figures of a site's latest day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DayView {
    pub site_id: SiteId,
    pub date: NaiveDate,
    pub queues: BTreeMap<QueueId, Figures>,
}

/// The latest day of every site of a tenant.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Days {
    sites: BTreeMap<SiteId, DayView>,
}

impl Days {
    /// The figures of a site's latest day; none before its first.
    #[must_use]
    pub fn day(&self, site_id: SiteId) -> Option<&DayView> {
        self.sites.get(&site_id)
    }
}

impl DayView {
    /// The figures of all queues together.
    #[must_use]
    pub fn total(&self) -> Figures {
        self.queues.values().fold(Figures::default(), |total, one| Figures {
            issued: total.issued + one.issued,
            carried_in: total.carried_in + one.carried_in,
            called: total.called + one.called,
            recalled: total.recalled + one.recalled,
            finished: total.finished + one.finished,
            no_show: total.no_show + one.no_show,
            cancelled: total.cancelled + one.cancelled,
            transferred: total.transferred + one.transferred,
            expired: total.expired + one.expired,
            carried_over: total.carried_over + one.carried_over,
            undone: total.undone + one.undone,
            waits: total.waits.together(&one.waits),
            services: total.services.together(&one.services),
        })
    }
}
