//! A tenant's rooms: one for every active display, and which event begins a day there.
//!
//! Follows the changes of the boards; works the same on a replay as live, so that both write the same messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::directory::Directory;
use domain::service_day::DayEvent;
use domain::{DisplayId, Event, Position, Recorded, SiteId};
use projections::{BoardChange, BoardView};

use crate::limits::Limits;
use crate::room::{Room, RoomCell, Step};

/// The rooms of one tenant.
pub(super) struct Rooms {
    rooms: BTreeMap<DisplayId, Arc<RoomCell>>,
    /// Sites whose business day is open.
    open_sites: BTreeSet<SiteId>,
    limits: Limits,
}

/// What an event did to a display.
pub(super) enum DisplayChange {
    /// Its board went on.
    Board(Box<BoardChange>),
    /// It is no longer active.
    Gone,
}

impl Rooms {
    /// No rooms yet.
    pub(super) fn new(limits: Limits) -> Self {
        Self { rooms: BTreeMap::new(), open_sites: BTreeSet::new(), limits }
    }

    /// The room of an active display.
    pub(super) fn get(&self, display: DisplayId) -> Option<Arc<RoomCell>> {
        self.rooms.get(&display).cloned()
    }

    /// All rooms.
    pub(super) fn all(&self) -> Vec<Arc<RoomCell>> {
        self.rooms.values().cloned().collect()
    }

    /// Takes in what one event did to the displays; `directory` is as after the event. Says whether a display appeared.
    pub(super) fn follow(
        &mut self,
        event: &Recorded,
        directory: &Directory,
        changes: impl IntoIterator<Item = (DisplayId, DisplayChange)>,
    ) -> bool {
        let mut per_display: BTreeMap<DisplayId, Vec<BoardChange>> = BTreeMap::new();
        for (display, change) in changes {
            match change {
                DisplayChange::Board(change) => {
                    per_display.entry(display).or_default().push(*change)
                }
                DisplayChange::Gone => {
                    if let Some(room) = self.rooms.remove(&display) {
                        room.close();
                    }
                }
            }
        }
        let began = self.follow_day(&event.event);
        if let Some(site) = began {
            let of_site = |display: &&DisplayId| site_of(directory, **display) == Some(site);
            for display in self.rooms.keys().filter(of_site) {
                per_display.entry(*display).or_default();
            }
        }
        let mut appeared = false;
        for (display, changes) in per_display {
            let day_began = began.is_some();
            let step = Step {
                position: event.position,
                at: decided_at(event),
                changes: &changes,
                day_began,
            };
            match self.rooms.get(&display) {
                Some(room) => room.record(&step),
                None => appeared |= self.open(display, &step),
            }
        }
        appeared
    }

    /// A display is new, or active again.
    fn open(&mut self, display: DisplayId, step: &Step<'_>) -> bool {
        let mut views = step.changes.iter().rev().filter_map(|change| change.view.as_ref());
        let Some(view) = views.next() else { return false };
        let room = Room::open(&self.limits, step.position, step.at, BoardView::clone(view));
        self.rooms.insert(display, Arc::new(RoomCell::new(room)));
        true
    }

    /// Keeps in mind which days are open; gives the site whose day begins with this event.
    fn follow_day(&mut self, event: &Event) -> Option<SiteId> {
        let Event::Day(event) = event else {
            return None;
        };
        if let DayEvent::DayOpened { site_id, .. } = event {
            self.open_sites.insert(*site_id);
            return Some(*site_id);
        }
        if let DayEvent::DayClosed { site_id, .. } = event {
            self.open_sites.remove(site_id);
        }
        None
    }

    /// After a replay that left out closed days: rooms of sites without an open day begin at the head of the log.
    pub(super) fn settle(&self, directory: &Directory, head: Position) {
        for (display, room) in &self.rooms {
            let open = site_of(directory, *display).is_some_and(|s| self.open_sites.contains(&s));
            if !open {
                room.settle(head);
            }
        }
    }
}

fn site_of(directory: &Directory, display: DisplayId) -> Option<SiteId> {
    directory.displays.get(&display).map(|display| display.site_id)
}

/// When an event was decided; those of the configuration do not say, so when the log took it.
fn decided_at(event: &Recorded) -> DateTime<Utc> {
    match &event.event {
        Event::Day(day) => day.at(),
        Event::Directory(_) | Event::Unknown { .. } => event.recorded_at,
    }
}
