//! One tenant: its views, its rooms, and the one lock around both.
//!
//! Written by the owner of the tenant only; readers look at it in short turns. Sockets do not come here for their
//! messages: each holds its room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use domain::{DisplayId, Position, Recorded, TenantSlug};
use metrics::{Gauge, gauge};
use projections::{Gap, TenantViews, ViewChange};
use tokio::sync::watch;

use super::rooms::{DisplayChange, Rooms};
use super::unknown::UnknownEvents;
use crate::limits::Limits;
use crate::room::RoomCell;

/// One tenant's live state.
pub(crate) struct Tenant {
    live: Mutex<Live>,
    position: watch::Sender<Position>,
    position_gauge: Gauge,
    unknown_events: UnknownEvents,
    /// Its log cannot be followed further.
    stopped: AtomicBool,
}

/// What the lock protects.
struct Live {
    views: TenantViews,
    rooms: Rooms,
}

/// What became of events that were handed over.
pub(super) struct TakenIn {
    /// A gap ends it.
    pub(super) outcome: Result<(), Gap>,
    /// There is a room that was not there before.
    pub(super) display_appeared: bool,
}

impl Live {
    /// Takes in one event: first the views, then every room that it changes. Says whether a display appeared.
    fn take_in(&mut self, event: &Recorded) -> Result<bool, Gap> {
        let changes = self.views.apply(event)?;
        let boards = changes.into_iter().filter_map(|change| match change {
            ViewChange::Board(display, change) => Some((display, DisplayChange::Board(change))),
            ViewChange::BoardGone(display) => Some((display, DisplayChange::Gone)),
            ViewChange::Line(_)
            | ViewChange::Desk(_)
            | ViewChange::Track(_)
            | ViewChange::Day(_) => None,
        });
        Ok(self.rooms.follow(event, self.views.directory(), boards))
    }
}

impl Tenant {
    /// A tenant before its first event.
    pub(super) fn new(slug: &TenantSlug, limits: Limits) -> Self {
        Self::with(slug, TenantViews::default(), Rooms::new(limits))
    }

    /// A tenant with views and rooms that stand at the same position.
    pub(super) fn with(slug: &TenantSlug, views: TenantViews, rooms: Rooms) -> Self {
        let slug = slug.as_str().to_owned();
        let (position, unknown) = (views.position(), views.unknown_events());
        let tenant = Self {
            live: Mutex::new(Live { views, rooms }),
            position: watch::Sender::new(position),
            position_gauge: gauge!("smartqueue_live_view_position", "tenant" => slug.clone()),
            unknown_events: UnknownEvents::of(slug),
            stopped: AtomicBool::new(false),
        };
        tenant.unknown_events.see(unknown);
        tenant.publish(position);
        tenant
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // A panic in the middle of an event leaves views that nobody may read.
        self.live.lock().unwrap_or_else(|_| panic!("the views broke in the middle of an event"))
    }

    /// Takes in what is new among these.
    pub(super) fn apply(&self, events: &[Arc<Recorded>]) -> TakenIn {
        let mut live = self.live();
        let before = live.views.position();
        let mut fresh = events.iter().filter(|event| event.position > before);
        let mut display_appeared = false;
        let outcome = fresh.try_for_each(|event| {
            display_appeared |= live.take_in(event)?;
            Ok(())
        });
        let (position, unknown) = (live.views.position(), live.views.unknown_events());
        drop(live);
        self.unknown_events.see(unknown);
        if position > before {
            // After the rooms: whoever sees this position finds every message up to it in the rooms.
            self.publish(position);
        }
        TakenIn { outcome, display_appeared }
    }

    fn publish(&self, position: Position) {
        self.position.send_replace(position);
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        self.position_gauge.set(position.0 as f64);
    }

    /// The last position that the views have taken in; every message up to it is in the rooms.
    pub(crate) fn position(&self) -> Position {
        *self.position.borrow()
    }

    /// Waits until the views have taken in `position`; false when that takes longer than `timeout`.
    pub(crate) async fn wait_for(&self, position: Position, timeout: Duration) -> bool {
        let mut positions = self.position.subscribe();
        let reached = positions.wait_for(|reached| *reached >= position);
        matches!(tokio::time::timeout(timeout, reached).await, Ok(Ok(_)))
    }

    /// The room of an active display.
    pub(crate) fn room(&self, display: DisplayId) -> Option<Arc<RoomCell>> {
        self.live().rooms.get(display)
    }

    /// Wakes all readers of all rooms.
    pub(crate) fn wake_all(&self) {
        let rooms = self.live().rooms.all();
        rooms.iter().for_each(|room| room.wake());
    }

    /// Lets all readers go, for good: the log cannot be followed further.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        let rooms = self.live().rooms.all();
        rooms.iter().for_each(|room| room.close());
    }

    /// Whether its log cannot be followed further.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Reads the views in one turn.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&TenantViews) -> T) -> T {
        read(&self.live().views)
    }

    /// Whether the tenant is registered in its own log.
    pub(crate) fn is_registered(&self) -> bool {
        self.read(|views| views.directory().tenant.is_some())
    }
}
