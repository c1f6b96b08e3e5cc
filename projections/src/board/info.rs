//! How the configuration and a ticket become what a display names and shows.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::QueueId;
use domain::directory::{Directory, Display, QueueEntry, Theme};
use domain::service_day::Hold;

use super::{BoardRow, DisplayInfo, QueueInfo};
use crate::hall::Ticket;

/// The display as configured, with what it refers to.
pub(super) fn display_info(display: &Display, directory: &Directory) -> DisplayInfo {
    let theme = display.theme_id.and_then(|id| directory.themes.get(&id));
    let sound = display.sound_id.and_then(|id| directory.sounds.get(&id));
    DisplayInfo {
        id: display.id,
        name: display.name.clone(),
        kind: display.kind,
        layout: display.layout,
        locale: directory.tenant.as_ref().map_or_else(|| "fr".into(), |it| it.locale.clone()),
        theme: theme.map(|theme| Theme::clone(theme)),
        chime: sound.map(|sound| sound.chime).unwrap_or_default(),
        custom_message: display.custom_message.clone(),
        secondary_message: display.secondary_message.clone(),
        message_position: display.message_position,
        queues: queues_shown(display, directory),
    }
}

fn queues_shown(display: &Display, directory: &Directory) -> BTreeMap<QueueId, QueueInfo> {
    let info = |entry: &QueueEntry| {
        let queue = &entry.queue;
        let (name, prefix) = (queue.name.clone(), queue.prefix.clone());
        (queue.id, QueueInfo { name, prefix, color: queue.color })
    };
    match &display.queues {
        Some(ids) => ids.iter().filter_map(|id| directory.queues.get(id)).map(info).collect(),
        None => directory.queues_of(display.site_id).into_iter().map(info).collect(),
    }
}

/// A ticket as displays show it, and the rows made of it, shared by all displays.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) ticket: &'a Ticket,
    /// The hold it has, or had when it left.
    hold: Option<&'a Hold>,
    queue_name: Option<&'a Arc<str>>,
    agent_name: Option<&'a Arc<str>>,
    row: OnceCell<Arc<BoardRow>>,
    row_named: OnceCell<Arc<BoardRow>>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(
        ticket: &'a Ticket,
        hold: Option<&'a Hold>,
        directory: &'a Directory,
    ) -> Self {
        let agent = hold.and_then(|hold| directory.agents.get(&hold.agent_id));
        Self {
            ticket,
            hold,
            queue_name: directory.queues.get(&ticket.queue_id).map(|entry| &entry.queue.name),
            agent_name: agent.map(|agent| &agent.name),
            row: OnceCell::new(),
            row_named: OnceCell::new(),
        }
    }

    /// The row, with the agent's name only where the display shows names.
    pub(super) fn row(&self, show_agent_names: bool) -> Arc<BoardRow> {
        let row = if show_agent_names { &self.row_named } else { &self.row };
        row.get_or_init(|| Arc::new(self.make(show_agent_names))).clone()
    }

    fn make(&self, show_agent_names: bool) -> BoardRow {
        let Self { ticket, hold, agent_name, .. } = self;
        BoardRow {
            id: ticket.id,
            number: ticket.number.clone(),
            queue_name: self.queue_name.map_or_else(|| Arc::from(""), Arc::clone),
            queue_id: ticket.queue_id,
            status: ticket.stage.status(),
            called_at: hold.map(|hold| hold.called_at),
            counter: hold.map(|hold| hold.counter.clone()),
            agent_name: agent_name.filter(|_| show_agent_names).cloned(),
            calls: hold.map_or(0, |hold| hold.calls),
        }
    }
}
