//! Boards and changes made by hand, for tests of rooms.

use std::collections::BTreeMap;

use domain::directory::{Chime, DisplayKind, DisplayLayout, MessagePosition};
use domain::{DisplayId, Position, QueueId, TicketId};
use projections::{BoardChange, BoardRow, BoardView, ChangeKind, DisplayInfo};
use uuid::Uuid;

use super::at;
use crate::room::Step;

/// The queue of all boards made by hand.
fn queue_id() -> QueueId {
    QueueId(Uuid::from_u128(0x51))
}

/// The id of ticket `n`.
pub(crate) fn ticket_id(n: u32) -> TicketId {
    TicketId(Uuid::from_u128(0x1000 + u128::from(n)))
}

/// Ticket `n` after so many calls.
fn row(n: u32, calls: u32) -> BoardRow {
    BoardRow {
        id: ticket_id(n),
        number: format!("A{n:03}").into(),
        queue_name: "Accueil".into(),
        queue_id: queue_id(),
        status: "appele",
        called_at: Some(at(i64::from(n))),
        counter: Some("4".into()),
        agent_name: None,
        calls,
    }
}

/// An empty board.
pub(crate) fn view() -> BoardView {
    BoardView {
        display: DisplayInfo {
            id: DisplayId(Uuid::from_u128(0xD1)),
            name: "Hall".into(),
            kind: DisplayKind::Main,
            layout: DisplayLayout::Grid,
            locale: "fr".into(),
            theme: None,
            chime: Chime::DingDong,
            custom_message: None,
            secondary_message: None,
            message_position: MessagePosition::Bottom,
            queues: BTreeMap::new(),
        },
        tickets: Vec::new(),
        waiting_stats: waiting(0).into(),
    }
}

/// A board with tickets `count`, ..., 2, 1.
pub(crate) fn full_view(count: u32) -> BoardView {
    BoardView { tickets: (1..=count).rev().map(|n| row(n, 1).into()).collect(), ..view() }
}

fn waiting(count: u32) -> BTreeMap<QueueId, u32> {
    BTreeMap::from([(queue_id(), count)])
}

fn change(kind: ChangeKind, seconds: u32) -> BoardChange {
    BoardChange {
        kind,
        at: at(seconds.into()),
        ticket: None,
        removed: Vec::new(),
        restored: Vec::new(),
        waiting_stats: waiting(seconds).into(),
        view: None,
    }
}

/// Ticket `n` is called for the `calls`-th time; so many wait as seconds passed.
pub(crate) fn called(seconds: u32, n: u32, calls: u32) -> BoardChange {
    BoardChange { ticket: Some(row(n, calls).into()), ..change(ChangeKind::Called, seconds) }
}

/// Ticket `n` gets another status; `removed` leave and `restored` come back.
pub(crate) fn updated(
    seconds: u32,
    n: u32,
    status: &'static str,
    removed: &[u32],
    restored: &[u32],
) -> BoardChange {
    BoardChange {
        ticket: Some(BoardRow { status, ..row(n, 1) }.into()),
        removed: removed.iter().map(|n| ticket_id(*n)).collect(),
        restored: restored.iter().map(|n| row(*n, 1).into()).collect(),
        ..change(ChangeKind::Updated, seconds)
    }
}

/// The board becomes `view` as a whole.
pub(crate) fn refreshed(seconds: u32, view: BoardView) -> BoardChange {
    BoardChange { view: Some(Box::new(view)), ..change(ChangeKind::Refresh, seconds) }
}

/// The event at `position` did this.
pub(crate) fn step(position: u64, changes: &[BoardChange]) -> Step<'_> {
    let seconds = i64::try_from(position).unwrap();
    Step { position: Position(position), at: at(seconds), changes, day_began: false }
}
