//! The boards of all active displays of a tenant.
//!
//! Owns which displays there are and which of them an event concerns. Never serves an inactive display.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
#[cfg(test)]
use domain::directory::Directory;
use domain::directory::DirectoryEvent;
use domain::service_day::DayEvent;
use domain::{DisplayId, Event, QueueId, SiteId, TicketId};

use super::info::Shown;
use super::screen::{Moved, Screen};
use super::{BoardChange, BoardView};
#[cfg(test)]
use crate::hall::Hall;
use crate::hall::{Before, Step};
use crate::id_map::IdMap;
use crate::projection::{Moment, Projection};

/// The boards of all active displays.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Boards {
    /// In the order of their ids.
    screens: Vec<(DisplayId, Screen)>,
    /// Which displays show a queue, by their place in `screens`.
    by_queue: IdMap<QueueId, Vec<usize>>,
}

/// One step of one display.
#[derive(Clone, PartialEq, Debug)]
pub enum BoardsChange {
    /// The board went on; a refresh also where the display is new.
    Put(DisplayId, Box<BoardChange>),
    /// The display is no longer active.
    Remove(DisplayId),
}

impl Boards {
    /// What a display shows; none where it is unknown or inactive.
    #[must_use]
    pub fn board(&self, display_id: DisplayId) -> Option<BoardView> {
        let index = self.screens.binary_search_by_key(&display_id, |(id, _)| *id).ok()?;
        self.screens.get(index).map(|(_, screen)| screen.view())
    }

    /// The active displays.
    pub fn displays(&self) -> impl Iterator<Item = DisplayId> {
        self.screens.iter().map(|(id, _)| *id)
    }

    fn ticket_moved(
        &mut self,
        moment: &Moment<'_>,
        (site_id, ticket_id): (SiteId, TicketId),
        before: Option<&Before>,
        tell: &mut impl FnMut(BoardsChange),
    ) {
        let (Some(ticket), Event::Day(event)) =
            (moment.hall.ticket(ticket_id), &moment.recorded.event)
        else {
            return;
        };
        let from = before.map_or(ticket.queue_id, |before| before.queue_id);
        let shown_from = self.by_queue.get(&from);
        let shown_to = self.by_queue.get(&ticket.queue_id).filter(|_| from != ticket.queue_id);
        if shown_from.is_none() && shown_to.is_none() {
            return;
        }
        let mut hold = ticket.stage.hold();
        if hold.is_none() && !ticket.is_waiting() {
            hold = before.and_then(|before| before.stage.hold());
        }
        let waiting = |id| moment.hall.queue(site_id, id).waiting;
        let moved = Moved {
            at: event.at(),
            shown: Shown::new(ticket, hold, moment.directory),
            called: is_call(event),
            was_in_hand: before.is_some_and(|before| before.stage.in_hand()),
            waiting: waiting(ticket.queue_id),
            left: (from != ticket.queue_id).then(|| (from, waiting(from))),
        };
        let displays = shown_from.into_iter().flatten();
        let others = shown_to.into_iter().flatten();
        let others = others.filter(|index| !shown_from.is_some_and(|shown| shown.contains(index)));
        for index in displays.chain(others) {
            if let Some((id, screen)) = self.screens.get_mut(*index)
                && let Some(change) = screen.step(&moved)
            {
                tell(BoardsChange::Put(*id, change));
            }
        }
    }

    /// Draws displays anew (all, or those of a site) and tells of those that look different.
    fn redraw(
        &mut self,
        moment: &Moment<'_>,
        at: DateTime<Utc>,
        only: Option<SiteId>,
        tell: &mut impl FnMut(BoardsChange),
    ) {
        let concerned = |site_id: SiteId| only.is_none_or(|only| only == site_id);
        let (drawn, mut screens): (Vec<_>, Vec<_>) = std::mem::take(&mut self.screens)
            .into_iter()
            .partition(|(_, screen)| concerned(screen.site_id));
        let mut drawn: BTreeMap<DisplayId, Screen> = drawn.into_iter().collect();
        for display in moment.directory.displays.values() {
            if !display.active || !concerned(display.site_id) {
                continue;
            }
            let screen = Screen::new(display, moment.directory, moment.hall);
            if !drawn.remove(&display.id).is_some_and(|old| old.looks_like(&screen)) {
                tell(BoardsChange::Put(display.id, Box::new(screen.refresh(at))));
            }
            screens.push((display.id, screen));
        }
        for id in drawn.into_keys() {
            tell(BoardsChange::Remove(id));
        }
        screens.sort_by_key(|(id, _)| *id);
        *self = Self::of(screens);
    }

    fn of(screens: Vec<(DisplayId, Screen)>) -> Self {
        let mut by_queue: IdMap<QueueId, Vec<usize>> = IdMap::default();
        for (index, (_, screen)) in screens.iter().enumerate() {
            for queue_id in screen.queues() {
                by_queue.entry(queue_id).or_default().push(index);
            }
        }
        Self { screens, by_queue }
    }

    /// All boards as things stand, not step by step.
    #[cfg(test)]
    pub(super) fn drawn(directory: &Directory, hall: &Hall) -> Self {
        let active = directory.displays.values().filter(|display| display.active);
        Self::of(active.map(|d| (d.id, Screen::new(d, directory, hall))).collect())
    }
}

/// Whether screens chime.
fn is_call(event: &DayEvent) -> bool {
    matches!(event, DayEvent::TicketCalled { .. } | DayEvent::TicketRecalled { .. })
}

/// Whether a display could look different afterwards.
fn concerns_displays(event: &DirectoryEvent) -> bool {
    match event {
        DirectoryEvent::QueueDefined { .. }
        | DirectoryEvent::AgentDefined { .. }
        | DirectoryEvent::DisplayDefined { .. }
        | DirectoryEvent::ThemeDefined { .. }
        | DirectoryEvent::SoundDefined { .. } => true,
        DirectoryEvent::TenantRegistered(_)
        | DirectoryEvent::SiteDefined { .. }
        | DirectoryEvent::QueueStateChanged { .. }
        | DirectoryEvent::CounterDefined { .. }
        | DirectoryEvent::KioskDefined { .. } => false,
    }
}

impl Projection for Boards {
    type Change = BoardsChange;
    type Snapshot = BTreeMap<DisplayId, BoardView>;

    fn apply(&mut self, moment: &Moment<'_>, tell: &mut impl FnMut(BoardsChange)) {
        match (&moment.recorded.event, moment.step) {
            (Event::Directory(event), _) => {
                if concerns_displays(event) {
                    self.redraw(moment, moment.recorded.recorded_at, None, tell);
                }
            }
            (Event::Day(_), Step::Ticket { site_id, ticket_id, before }) => {
                self.ticket_moved(moment, (*site_id, *ticket_id), before.as_ref(), tell);
            }
            (Event::Day(event), Step::DayOpened { site_id, .. } | Step::DayClosed { site_id }) => {
                self.redraw(moment, event.at(), Some(*site_id), tell);
            }
            (Event::Day(_), Step::Agent { .. } | Step::Nothing) | (Event::Unknown { .. }, _) => {}
        }
    }

    fn snapshot(&self) -> Self::Snapshot {
        self.screens.iter().map(|(id, screen)| (*id, screen.view())).collect()
    }

    fn fold(snapshot: &mut Self::Snapshot, change: &BoardsChange) {
        match change {
            BoardsChange::Remove(id) => {
                snapshot.remove(id);
            }
            BoardsChange::Put(id, change) => match (snapshot.get_mut(id), &change.view) {
                (Some(view), _) => view.apply(change),
                (None, Some(view)) => {
                    snapshot.insert(*id, BoardView::clone(view));
                }
                (None, None) => {}
            },
        }
    }
}
