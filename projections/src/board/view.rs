//! The board as a reader sees it, and the change that takes a reader from one board to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::directory::{Chime, Color, DisplayKind, DisplayLayout, MessagePosition, Theme};
use domain::{DisplayId, QueueId, TicketId};
use serde::Serialize;

use super::TICKETS_SHOWN_MAX;

/// One called ticket, with the field names of the seed system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BoardRow {
    pub id: TicketId,
    pub number: Arc<str>,
    pub queue_name: Arc<str>,
    pub queue_id: QueueId,
    /// `appele` or `en_service` while shown; the closing status in the change that removes it.
    pub status: &'static str,
    pub called_at: Option<DateTime<Utc>>,
    pub counter: Option<Arc<str>>,
    /// Absent unless the display shows agents' names.
    pub agent_name: Option<Arc<str>>,
    /// How often it was called; a recall raises it.
    pub calls: u32,
}

/// What a display is and looks like.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct DisplayInfo {
    pub id: DisplayId,
    pub name: Arc<str>,
    #[serde(rename = "type")]
    pub kind: DisplayKind,
    pub layout: DisplayLayout,
    /// The language of the tenant's pages: `fr`, `wo` or `en`.
    pub locale: Arc<str>,
    pub theme: Option<Theme>,
    pub chime: Chime,
    pub custom_message: Option<Arc<str>>,
    pub secondary_message: Option<Arc<str>>,
    pub message_position: MessagePosition,
    /// The queues it shows, by id.
    pub queues: BTreeMap<QueueId, QueueInfo>,
}

/// A queue as a display names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QueueInfo {
    pub name: Arc<str>,
    /// What its tickets' numbers begin with.
    pub prefix: Arc<str>,
    pub color: Option<Color>,
}

/// Everything a display shows at one position of the log.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct BoardView {
    pub display: DisplayInfo,
    /// At most ten, newest call first.
    pub tickets: Vec<Arc<BoardRow>>,
    /// How many wait, per queue shown.
    pub waiting_stats: Arc<BTreeMap<QueueId, u32>>,
}

/// Why the board changed: which message a screen gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeKind {
    /// A call or a recall: the ticket goes to the top, the screen chimes.
    Called,
    /// Another change of a ticket or of the waiting numbers.
    Updated,
    /// The view changed as a whole; the reader takes [`BoardChange::view`].
    Refresh,
}

/// One step from a board to the next.
#[derive(Clone, PartialEq, Debug)]
pub struct BoardChange {
    pub kind: ChangeKind,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// The ticket that the change is about; none for a refresh. It may be one that the board does not show.
    pub ticket: Option<Arc<BoardRow>>,
    /// Tickets that left the board: closed, returned, pushed out by newer calls.
    pub removed: Vec<TicketId>,
    /// Tickets that come back at the end of the ten because others left.
    pub restored: Vec<Arc<BoardRow>>,
    /// The waiting numbers after the change.
    pub waiting_stats: Arc<BTreeMap<QueueId, u32>>,
    /// The whole view, for a refresh only.
    pub view: Option<Box<BoardView>>,
}

impl BoardView {
    /// What a reader does with a change; the rule of the wire protocol.
    pub fn apply(&mut self, change: &BoardChange) {
        if let Some(view) = &change.view {
            self.clone_from(view);
            return;
        }
        self.tickets.retain(|row| !change.removed.contains(&row.id));
        if let Some(ticket) = &change.ticket {
            let shown = self.tickets.iter().position(|row| row.id == ticket.id);
            match (change.kind, shown) {
                (ChangeKind::Called, _) => {
                    self.tickets.retain(|row| row.id != ticket.id);
                    self.tickets.insert(0, ticket.clone());
                }
                (ChangeKind::Updated, Some(index)) => self.tickets[index] = ticket.clone(),
                (ChangeKind::Updated | ChangeKind::Refresh, _) => {}
            }
        }
        self.tickets.extend(change.restored.iter().cloned());
        self.tickets.truncate(TICKETS_SHOWN_MAX);
        self.waiting_stats.clone_from(&change.waiting_stats);
    }
}
