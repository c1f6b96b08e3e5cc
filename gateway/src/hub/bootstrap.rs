//! Building a tenant's views and rooms from its log before readers see them.
//!
//! Beside the views, the boards are folded once more on their own: they say each change on the way, so that the
//! rooms hold the messages that a server without a restart would hold.

use std::borrow::Borrow;

use domain::{Position, Recorded, TenantSlug};
use projections::Alone;
use projections::board::{Boards, BoardsChange};

use super::rooms::{DisplayChange, Rooms};
use super::tenant::Tenant;
use crate::limits::Limits;

/// A tenant's views while they are built. Feed it the directory's events and those of each site's latest day,
/// merged in the order of their positions; closed days may be left out.
pub struct Bootstrap {
    tenant: TenantSlug,
    views: projections::Bootstrap,
    boards: Alone<Boards>,
    rooms: Rooms,
}

impl Bootstrap {
    pub(super) fn new(tenant: TenantSlug, limits: Limits) -> Self {
        let (views, boards) = (projections::Bootstrap::default(), Alone::default());
        Self { tenant, views, boards, rooms: Rooms::new(limits) }
    }

    /// Takes in events, in the order of their positions; one that was seen before changes nothing.
    pub fn feed<E: Borrow<Recorded>>(&mut self, events: impl IntoIterator<Item = E>) {
        for event in events {
            let event: &Recorded = event.borrow();
            if event.position <= self.boards.position() {
                continue;
            }
            self.views.feed(event);
            let changes = self.boards.apply(event).into_iter().map(|change| match change {
                BoardsChange::Put(display, change) => (display, DisplayChange::Board(change)),
                BoardsChange::Remove(display) => (display, DisplayChange::Gone),
            });
            self.rooms.follow(event, &self.boards.ground().directory, changes);
        }
    }

    pub(super) fn finish(self, head: Position) -> (TenantSlug, Tenant) {
        let head = head.max(self.boards.position());
        self.rooms.settle(&self.boards.ground().directory, head);
        let tenant = Tenant::with(&self.tenant, self.views.finish(head), self.rooms);
        (self.tenant, tenant)
    }
}
