//! All the views of one tenant, fed in the order of its log.
//!
//! Owned by one task, the only one that applies events. Never skips a position: a hole is an error for the owner,
//! who reads the missing events from the log and applies them first.

mod bootstrap;
mod change;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::directory::Directory;
use domain::{DisplayId, Event, Position, QueueId, Recorded, SiteId, TicketId};

use crate::board::{BoardView, Boards};
use crate::day::{DayView, Days};
use crate::desk::{DeskView, Desks};
use crate::line::{LineView, Lines};
use crate::projection::{Ground, Moment, Projection};
use crate::track::{TrackView, Tracks};

pub use bootstrap::Bootstrap;
use change::Told;
pub use change::{Gap, ViewChange};

/// The views of one tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantViews {
    position: Position,
    unknown_events: u64,
    ground: Ground,
    boards: Boards,
    lines: Lines,
    desks: Desks,
    tracks: Tracks,
    days: Days,
}

impl TenantViews {
    /// Takes in the next event and tells which views changed. A position that was seen changes nothing.
    ///
    /// # Errors
    /// [`Gap`] when an event before this one is missing; nothing is taken in then.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<Vec<ViewChange>, Gap> {
        if recorded.position <= self.position {
            return Ok(Vec::new());
        }
        let expected = self.position.next();
        if recorded.position != expected {
            return Err(Gap { expected, found: recorded.position });
        }
        Ok(self.take(recorded))
    }

    fn take(&mut self, recorded: &Recorded) -> Vec<ViewChange> {
        self.position = recorded.position;
        if matches!(recorded.event, Event::Unknown { .. }) {
            self.unknown_events += 1;
            return Vec::new();
        }
        let step = self.ground.apply(recorded);
        let Ground { directory, hall } = &self.ground;
        let moment = Moment { recorded, directory, hall, step: &step };
        let mut told = Told::default();
        self.boards.apply(&moment, &mut |change| told.board(change));
        self.lines.apply(&moment, &mut |change| told.line(step.site_id(), change.queue_id()));
        self.desks.apply(&moment, &mut |change| told.desk(change.site_id()));
        self.tracks.apply(&moment, &mut |change| told.track(change.ticket_id()));
        self.days.apply(&moment, &mut |change| told.day(change.site_id()));
        if let Event::Directory(event) = &recorded.event {
            told.configured(event, directory);
        }
        told.into_changes()
    }

    /// The position of the last event taken in.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// How many events were of a type or version that this program does not know.
    #[must_use]
    pub fn unknown_events(&self) -> u64 {
        self.unknown_events
    }

    /// The configuration as it stands.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        &self.ground.directory
    }

    /// What a display shows; none where it is unknown or inactive.
    #[must_use]
    pub fn board(&self, display_id: DisplayId) -> Option<BoardView> {
        self.boards.board(display_id)
    }

    /// The active displays.
    pub fn boards(&self) -> impl Iterator<Item = DisplayId> {
        self.boards.displays()
    }

    /// The line of a queue at `now`, next one first; none where there is no such queue.
    #[must_use]
    pub fn line(&self, queue_id: QueueId, now: DateTime<Utc>) -> Option<LineView> {
        self.lines.line(queue_id, now)
    }

    /// How many wait in a queue.
    #[must_use]
    pub fn waiting(&self, queue_id: QueueId) -> u32 {
        self.lines.summary(queue_id).0
    }

    /// How long a service in this queue takes on average, in seconds; none while too few were finished.
    #[must_use]
    pub fn mean_service_seconds(&self, queue_id: QueueId) -> Option<u32> {
        self.lines.mean_service_seconds(queue_id)
    }

    /// What the consoles of a site show at `now`; none where there is no such site.
    #[must_use]
    pub fn desk(&self, site_id: SiteId, now: DateTime<Utc>) -> Option<DeskView> {
        self.desks.desk(site_id, self.directory(), &self.lines, now)
    }

    /// What the phone of a ticket's holder shows at `now`; none where the ticket is unknown or of a day gone by.
    #[must_use]
    pub fn track(&self, ticket_id: TicketId, now: DateTime<Utc>) -> Option<TrackView> {
        self.tracks.track(ticket_id, self.directory(), &self.lines, now)
    }

    /// The figures of a site's latest day; none before its first.
    #[must_use]
    pub fn day(&self, site_id: SiteId) -> Option<&DayView> {
        self.days.day(site_id)
    }
}
