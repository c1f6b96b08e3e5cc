//! What the owner of a tenant's views is told about an event.
//!
//! Boards change in steps that screens follow. Of the other views only the name is told: they are small, and read
//! anew by whoever shows them.

use domain::directory::{Directory, DirectoryEvent};
use domain::{DisplayId, Position, QueueId, SiteId, TicketId};

use crate::board::{BoardChange, BoardsChange};

/// A view that reads differently after the event, apart from what passes with time alone.
#[derive(Clone, PartialEq, Debug)]
pub enum ViewChange {
    /// A display goes on by this step; a refresh also where it is new.
    Board(DisplayId, Box<BoardChange>),
    /// A display is no longer active: its room closes.
    BoardGone(DisplayId),
    /// Who waits, in which order or how long; also the positions on the phones of those who wait there.
    Line(QueueId),
    /// What the consoles of a site show.
    Desk(SiteId),
    /// What the phone of a ticket's holder shows, beside its position; also when the ticket is gone.
    Track(TicketId),
    /// The figures of a site's day.
    Day(SiteId),
}

/// An event came before its turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The position that must come next.
    pub expected: Position,
    /// The position that came.
    pub found: Position,
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "position {} came where {} must come next", self.found, self.expected)
    }
}

impl std::error::Error for Gap {}

/// What the projections tell about one event, each view named once.
#[derive(Debug, Default)]
pub(super) struct Told {
    changes: Vec<ViewChange>,
    desk: Option<SiteId>,
    day: Option<SiteId>,
}

/// Room for what an ordinary event changes.
const CHANGES_ORDINARY: usize = 8;

impl Told {
    fn push(&mut self, change: ViewChange) {
        if self.changes.capacity() == 0 {
            self.changes.reserve_exact(CHANGES_ORDINARY);
        }
        self.changes.push(change);
    }

    pub(super) fn board(&mut self, change: BoardsChange) {
        self.push(match change {
            BoardsChange::Put(id, change) => ViewChange::Board(id, change),
            BoardsChange::Remove(id) => ViewChange::BoardGone(id),
        });
    }

    /// A desk says how long the lines of its site are.
    pub(super) fn line(&mut self, site_id: Option<SiteId>, queue_id: QueueId) {
        self.desk = site_id.or(self.desk);
        let told = |change: &ViewChange| matches!(change, ViewChange::Line(id) if *id == queue_id);
        if !self.changes.iter().rev().take_while(|change| is_line(change)).any(told) {
            self.push(ViewChange::Line(queue_id));
        }
    }

    pub(super) fn desk(&mut self, site_id: SiteId) {
        self.desk = Some(site_id);
    }

    pub(super) fn track(&mut self, ticket_id: TicketId) {
        self.push(ViewChange::Track(ticket_id));
    }

    pub(super) fn day(&mut self, site_id: SiteId) {
        self.day = Some(site_id);
    }

    /// Names and states come from the configuration on read, so a definition changes views without a row.
    pub(super) fn configured(&mut self, event: &DirectoryEvent, directory: &Directory) {
        match event {
            DirectoryEvent::QueueDefined { queue, .. } => self.line(Some(queue.site_id), queue.id),
            DirectoryEvent::QueueStateChanged { queue_id, .. } => {
                let queue = directory.queues.get(queue_id);
                self.desk = queue.map(|entry| entry.queue.site_id);
            }
            DirectoryEvent::AgentDefined { agent } => self.desk = Some(agent.site_id),
            DirectoryEvent::SiteDefined { site } => self.desk = Some(site.id),
            DirectoryEvent::TenantRegistered(_)
            | DirectoryEvent::CounterDefined { .. }
            | DirectoryEvent::DisplayDefined { .. }
            | DirectoryEvent::KioskDefined { .. }
            | DirectoryEvent::ThemeDefined { .. }
            | DirectoryEvent::SoundDefined { .. } => {}
        }
    }

    pub(super) fn into_changes(mut self) -> Vec<ViewChange> {
        if let Some(site_id) = self.desk {
            self.push(ViewChange::Desk(site_id));
        }
        if let Some(site_id) = self.day {
            self.push(ViewChange::Day(site_id));
        }
        self.changes
    }
}

fn is_line(change: &ViewChange) -> bool {
    matches!(change, ViewChange::Line(_))
}
