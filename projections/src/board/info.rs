//! How the configuration and a ticket become what a display names and shows.

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
        (queue.id, QueueInfo { name: queue.name.clone(), color: queue.color })
    };
    match &display.queues {
        Some(ids) => ids.iter().filter_map(|id| directory.queues.get(id)).map(info).collect(),
        None => directory.queues_of(display.site_id).into_iter().map(info).collect(),
    }
}

/// A ticket as a display shows it, without the agent's name. `hold` is the one it has, or had when it left.
pub(super) fn row(ticket: &Ticket, hold: Option<&Hold>, directory: &Directory) -> BoardRow {
    let queue = directory.queues.get(&ticket.queue_id);
    BoardRow {
        id: ticket.id,
        number: ticket.number.clone(),
        queue_name: queue.map_or_else(|| Arc::from(""), |entry| entry.queue.name.clone()),
        queue_id: ticket.queue_id,
        status: ticket.stage.status(),
        called_at: hold.map(|hold| hold.called_at),
        counter: hold.map(|hold| hold.counter.clone()),
        agent_name: None,
        calls: hold.map_or(0, |hold| hold.calls),
    }
}

/// The name of who has the ticket.
pub(super) fn agent_name(hold: Option<&Hold>, directory: &Directory) -> Option<Arc<str>> {
    let agent = directory.agents.get(&hold?.agent_id)?;
    Some(agent.name.clone())
}
