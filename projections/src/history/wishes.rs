//! What chance wishes for; the rules may refuse.

use domain::directory::{DirectoryCommand, Policy, QueueState};
use domain::service_day::{Channel, DayCommand, ReturnPlace, TransferTarget};
use domain::{AgentId, QueueId, SiteId, TicketId};

use super::config::{
    AGENTS, DISPLAYS, QUEUES, agent, all_queues, counter, define_agent, define_display,
    define_queue, define_theme, queue, site, site_of_agent, site_of_queue,
};
use super::{History, id};

/// A random number that is used up bit by bit.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        let drawn = self.0 % limit;
        self.0 /= limit;
        drawn
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 1
    }
}

/// Makes one wish.
pub(super) fn wish(history: &mut History, mut chance: Chance) {
    let seconds = [0, 1, 5, 20, 90][chance.below(5) as usize];
    history.pass(seconds);
    match chance.below(40) {
        0..12 => issue(history, &mut chance),
        12..18 => call_next(history, &mut chance),
        18..34 => about_ticket(history, &mut chance),
        34..37 => about_agent(history, &mut chance),
        37 => about_day(history, &mut chance),
        38 => configure(history, &mut chance),
        _ => history.unknown(site(1 + chance.below(2))),
    }
}

fn issue(history: &mut History, chance: &mut Chance) {
    let number = 1 + chance.below(QUEUES + 1);
    history.tickets += 1;
    let command = DayCommand::Issue {
        ticket_id: id(8, history.tickets),
        queue_id: queue(number),
        priority: if chance.below(4) == 0 { 5 } else { 0 },
        channel: Channel::Kiosk,
        contact: false,
    };
    history.day(site(site_of_queue(number)), &command);
}

/// Whoever is free calls, and sits down first where needed.
fn call_next(history: &mut History, chance: &mut Chance) {
    let number = 1 + chance.below(AGENTS);
    let here = site(site_of_agent(number));
    let agent_id = agent(number);
    let command = DayCommand::CallNext { agent_id, queue_id: None };
    if !history.day(here, &command) {
        history.day(here, &DayCommand::SeatAgent { agent_id, counter_id: counter(number) });
        history.day(here, &command);
    }
}

/// A ticket of a site, and the agent who has it or any other.
fn pick(history: &History, chance: &mut Chance) -> Option<(SiteId, TicketId, AgentId, bool)> {
    let here = site(1 + chance.below(4) / 3);
    let (_, day) = history.days.get(&here)?;
    // Lately issued tickets first: the old ones are mostly done.
    let nth = chance.below(day.tickets.len().clamp(1, 40) as u64) as usize;
    let (ticket_id, ticket) = day.tickets.iter().rev().nth(nth)?;
    let held = ticket.stage.hold().map(|hold| hold.agent_id);
    let agent_id = held.unwrap_or_else(|| agent(1 + chance.below(AGENTS)));
    Some((here, *ticket_id, agent_id, held.is_some()))
}

fn about_ticket(history: &mut History, chance: &mut Chance) {
    let Some((here, ticket_id, agent_id, held)) = pick(history, chance) else { return };
    let by = chance.coin().then_some(agent_id);
    let places = [ReturnPlace::Front, ReturnPlace::End, ReturnPlace::Arrival];
    let command = match (chance.below(16), held) {
        (0..4, false) => DayCommand::Call { agent_id, ticket_id },
        (0..3, true) => DayCommand::Recall { agent_id, ticket_id },
        (3..6, true) => DayCommand::StartService { agent_id, ticket_id },
        (6..8, true) => DayCommand::Finish { agent_id, ticket_id },
        (8, true) => DayCommand::MarkNoShow { agent_id, ticket_id },
        (9, true) => DayCommand::Park { agent_id, ticket_id },
        (10, true) => {
            let agent_id = agent(1 + chance.below(AGENTS));
            DayCommand::Resume { agent_id, ticket_id }
        }
        (4..6, false) | (11, true) => {
            let place = places[chance.below(3) as usize];
            DayCommand::Return { agent_id: by, ticket_id, place }
        }
        (6..8, false) | (12, true) => {
            let to = if chance.coin() {
                TransferTarget::Queue(queue(1 + chance.below(QUEUES + 1)))
            } else {
                TransferTarget::Agent(agent(1 + chance.below(AGENTS)))
            };
            DayCommand::Transfer { agent_id: by, ticket_id, to }
        }
        (8, false) | (13, true) => DayCommand::Cancel { agent_id: by, ticket_id },
        (9, false) => {
            let priority = chance.below(3) as u8;
            DayCommand::ChangePriority { agent_id: by, ticket_id, priority }
        }
        _ => DayCommand::Undo { agent_id: by, ticket_id },
    };
    history.day(here, &command);
}

fn about_agent(history: &mut History, chance: &mut Chance) {
    let number = 1 + chance.below(AGENTS);
    let agent_id = agent(number);
    let command = match chance.below(4) {
        0 => DayCommand::PauseAgent { agent_id, reason: None },
        1 => DayCommand::ResumeAgent { agent_id },
        2 => DayCommand::ReleaseAgent { agent_id },
        _ => {
            let other = 1 + chance.below(AGENTS);
            DayCommand::SeatAgent { agent_id, counter_id: counter(other) }
        }
    };
    history.day(site(site_of_agent(number)), &command);
}

fn about_day(history: &mut History, chance: &mut Chance) {
    let here = site(1 + chance.below(2));
    match chance.below(4) {
        0 => {
            history.day(here, &DayCommand::Close { end: None });
        }
        1 => {
            history.day(here, &DayCommand::Close { end: None });
            history.pass(86_400);
            history.open(here);
        }
        _ => history.open(here),
    }
}

fn configure(history: &mut History, chance: &mut Chance) {
    let name = ["Ndeye", "Moussa", "Awa"][chance.below(3) as usize];
    let number = 1 + chance.below(QUEUES + 1);
    let queues = |chance: &mut Chance| -> Vec<QueueId> {
        [1, 2, 3].into_iter().filter(|_| chance.coin()).map(queue).collect()
    };
    let command = match chance.below(7) {
        0 => {
            let policy =
                [Policy::Fifo, Policy::Sla, Policy::Priority { normal_per_priority: None }]
                    [chance.below(3) as usize];
            DirectoryCommand::DefineQueue(define_queue(number, name, policy))
        }
        1 => {
            let states = [QueueState::Active, QueueState::Paused, QueueState::Closed];
            let state = states[chance.below(3) as usize];
            DirectoryCommand::SetQueueState { queue_id: queue(number), state }
        }
        2 => {
            let number = 1 + chance.below(AGENTS);
            let mut queues = all_queues(number);
            queues.truncate(chance.below(4) as usize);
            DirectoryCommand::DefineAgent(define_agent(number, name, queues))
        }
        3 => {
            let primary = ["#003366", "#660033"][chance.below(2) as usize];
            DirectoryCommand::DefineTheme(define_theme(primary))
        }
        _ => {
            let number = 1 + chance.below(DISPLAYS);
            let queues = if chance.coin() || number == 4 { None } else { Some(queues(chance)) };
            let mut display = define_display(number, queues);
            display.active = chance.below(4) > 0;
            display.show_agent_names = chance.coin();
            DirectoryCommand::DefineDisplay(display)
        }
    };
    history.configure(&command);
}
