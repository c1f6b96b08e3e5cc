//! One display: every active ticket of its queues, of which it shows the ten called last.
//!
//! Owns the step from one view to the next. Never looks at a queue that its display does not show.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::directory::{Directory, Display};
use domain::{Position, QueueId, SiteId};

use super::info::{Shown, display_info};
use super::{BoardChange, BoardRow, BoardView, ChangeKind, DisplayInfo, TICKETS_SHOWN_MAX};
use crate::hall::Hall;

/// What happened to a ticket, the same for every display.
#[derive(Debug)]
pub(super) struct Moved<'a> {
    pub(super) at: DateTime<Utc>,
    /// The ticket after the event.
    pub(super) shown: Shown<'a>,
    /// It was called or recalled: to the top, with a chime.
    pub(super) called: bool,
    /// It was with an agent before the event.
    pub(super) was_in_hand: bool,
    /// How many wait in its queue after the event.
    pub(super) waiting: u32,
    /// The queue that it left, and how many wait there.
    pub(super) left: Option<(QueueId, u32)>,
}

/// One active display.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Screen {
    pub(super) site_id: SiteId,
    pub(super) show_agent_names: bool,
    info: DisplayInfo,
    /// Tickets with an agent, newest call first, each with the place of its call in the log.
    rows: Vec<(Position, Arc<BoardRow>)>,
    /// Shared with the last change, and written in place once that is gone.
    waiting: Arc<BTreeMap<QueueId, u32>>,
}

/// How the tickets shown changed.
#[derive(Debug, Default)]
struct Effect {
    removed: Vec<domain::TicketId>,
    restored: Vec<Arc<BoardRow>>,
    /// The row of the ticket itself differs.
    changed: bool,
    /// It came in between others: no list of removed and restored says that.
    between: bool,
}

impl Screen {
    /// What the display shows as things stand.
    pub(super) fn new(display: &Display, directory: &Directory, hall: &Hall) -> Self {
        let info = display_info(display, directory);
        let site_id = display.site_id;
        let waiting = info.queues.keys().map(|id| (*id, hall.queue(site_id, *id).waiting));
        let in_hand = hall.day(site_id).map_or(&[][..], |day| &day.in_hand);
        let mut rows: Vec<_> = in_hand
            .iter()
            .filter_map(|id| hall.ticket(*id))
            .filter(|ticket| info.queues.contains_key(&ticket.queue_id))
            .map(|ticket| {
                let shown = Shown::new(ticket, ticket.stage.hold(), directory);
                (ticket.call, shown.row(display.show_agent_names))
            })
            .collect();
        rows.sort_by_key(|(call, _)| std::cmp::Reverse(*call));
        let waiting = Arc::new(waiting.collect());
        Self { site_id, show_agent_names: display.show_agent_names, info, rows, waiting }
    }

    /// The queues it shows.
    pub(super) fn queues(&self) -> impl Iterator<Item = QueueId> {
        self.info.queues.keys().copied()
    }

    /// The view as a reader has it.
    pub(super) fn view(&self) -> BoardView {
        BoardView {
            display: self.info.clone(),
            tickets: self.shown().map(|(_, row)| row.clone()).collect(),
            waiting_stats: self.waiting.clone(),
        }
    }

    /// Whether a reader would see the same.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        self.info == other.info
            && self.waiting == other.waiting
            && self.shown().map(|(_, row)| row).eq(other.shown().map(|(_, row)| row))
    }

    fn shown(&self) -> impl Iterator<Item = &(Position, Arc<BoardRow>)> {
        self.rows.iter().take(TICKETS_SHOWN_MAX)
    }

    /// The change that brings a reader from whatever it has to this view.
    pub(super) fn refresh(&self, at: DateTime<Utc>) -> BoardChange {
        BoardChange {
            kind: ChangeKind::Refresh,
            at,
            ticket: None,
            removed: Vec::new(),
            restored: Vec::new(),
            waiting_stats: self.waiting.clone(),
            view: Some(Box::new(self.view())),
        }
    }

    /// Takes in what happened to a ticket; none where a reader sees no difference.
    pub(super) fn step(&mut self, moved: &Moved) -> Option<Box<BoardChange>> {
        let left = moved.left.is_some_and(|(queue_id, count)| self.count(queue_id, count));
        let ticket = moved.shown.ticket;
        let active = self.waiting.contains_key(&ticket.queue_id) && ticket.stage.in_hand();
        let entered = self.count(ticket.queue_id, moved.waiting);
        let mut old = None;
        if moved.was_in_hand {
            old = self.rows.iter().position(|(_, row)| row.id == ticket.id);
        }
        let called = moved.called && active;
        let row = || moved.shown.row(self.show_agent_names);
        let effect = match (old, active) {
            (_, true) if called => {
                let row = row();
                self.call(old, ticket.call, row)
            }
            (None, true) => {
                let row = row();
                self.come_back(ticket.call, row)
            }
            (Some(index), true) => {
                let row = row();
                self.replace(index, ticket.call, row)
            }
            (Some(index), false) => self.leave(index),
            (None, false) => Effect::default(),
        };
        if effect.between {
            return Some(Box::new(self.refresh(moved.at)));
        }
        if !(called || effect.changed || left || entered) {
            return None;
        }
        Some(Box::new(BoardChange {
            kind: if called { ChangeKind::Called } else { ChangeKind::Updated },
            at: moved.at,
            ticket: Some(moved.shown.row(self.show_agent_names)),
            removed: effect.removed,
            restored: effect.restored,
            waiting_stats: self.waiting.clone(),
            view: None,
        }))
    }

    /// Puts down how many wait in a queue; whether a reader sees another number.
    fn count(&mut self, queue_id: QueueId, waiting: u32) -> bool {
        let other = self.waiting.get(&queue_id).is_some_and(|old| *old != waiting);
        if other {
            Arc::make_mut(&mut self.waiting).insert(queue_id, waiting);
        }
        other
    }

    /// To the top; the eleventh is pushed out.
    fn call(&mut self, old: Option<usize>, call: Position, row: Arc<BoardRow>) -> Effect {
        if let Some(index) = old {
            self.rows.remove(index);
        }
        self.rows.insert(0, (call, row));
        let was_shown = old.is_some_and(|index| index < TICKETS_SHOWN_MAX);
        let pushed_out = self.rows.get(TICKETS_SHOWN_MAX).filter(|_| !was_shown);
        let removed = pushed_out.map(|(_, row)| row.id).into_iter().collect();
        Effect { removed, changed: true, ..Effect::default() }
    }

    /// To the place of its call, without a chime: an undo, or a parked ticket taken up again.
    fn come_back(&mut self, call: Position, row: Arc<BoardRow>) -> Effect {
        let index = self.rows.partition_point(|(other, _)| *other > call);
        self.rows.insert(index, (call, row.clone()));
        if index >= TICKETS_SHOWN_MAX {
            return Effect::default();
        }
        let last = index + 1 == self.rows.len().min(TICKETS_SHOWN_MAX);
        if !last {
            return Effect { between: true, ..Effect::default() };
        }
        let pushed_out = self.rows.get(TICKETS_SHOWN_MAX);
        let removed = pushed_out.map(|(_, row)| row.id).into_iter().collect();
        Effect { removed, restored: vec![row], changed: true, between: false }
    }

    /// In its place, unless its last call is another one now.
    fn replace(&mut self, index: usize, call: Position, row: Arc<BoardRow>) -> Effect {
        let Some(old) = self.rows.get_mut(index) else { return Effect::default() };
        if old.0 != call {
            let before: Vec<_> = self.shown().cloned().collect();
            self.rows.remove(index);
            self.rows
                .insert(self.rows.partition_point(|(other, _)| *other > call), (call, row.clone()));
            let between = !self.shown().eq(&before);
            return Effect { between, ..Effect::default() };
        }
        let changed = index < TICKETS_SHOWN_MAX && old.1 != row;
        old.1 = row;
        Effect { changed, ..Effect::default() }
    }

    /// Off the board; an older one may come back at the end.
    fn leave(&mut self, index: usize) -> Effect {
        let (_, row) = self.rows.remove(index);
        if index >= TICKETS_SHOWN_MAX {
            return Effect::default();
        }
        let restored = self.rows.get(TICKETS_SHOWN_MAX - 1).map(|(_, row)| row.clone());
        Effect {
            removed: vec![row.id],
            restored: restored.into_iter().collect(),
            changed: true,
            between: false,
        }
    }
}
