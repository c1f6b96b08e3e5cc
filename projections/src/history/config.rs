//! The tenant of the random histories: two sites, of which one carries tickets over the night.

use domain::directory::{
    Agent, Chime, Counter, DayEnd, DirectoryCommand, Display, DisplayKind, DisplayLayout,
    MessagePosition, Policy, Queue, Site, Sound, Theme,
};
use domain::{AgentId, CounterId, DisplayId, QueueId, SiteId, SoundId, ThemeId};

use super::id;

pub(crate) const SITES: [u64; 2] = [1, 2];
pub(super) const QUEUES: u64 = 5;
pub(super) const AGENTS: u64 = 16;
pub(super) const DISPLAYS: u64 = 6;

pub(crate) fn site(number: u64) -> SiteId {
    id(1, number)
}

pub(crate) fn queue(number: u64) -> QueueId {
    id(2, number)
}

pub(crate) fn counter(number: u64) -> CounterId {
    id(3, number)
}

pub(crate) fn agent(number: u64) -> AgentId {
    id(4, number)
}

pub(crate) fn display(number: u64) -> DisplayId {
    id(5, number)
}

pub(super) fn theme(number: u64) -> ThemeId {
    id(6, number)
}

pub(super) fn sound() -> SoundId {
    id(7, 1)
}

/// Queues 1 to 3 (and 6, defined later) are of the first site, 4 and 5 of the second.
pub(super) fn site_of_queue(number: u64) -> u64 {
    if number == 4 || number == 5 { 2 } else { 1 }
}

/// Agents 1 to 13 work at the first site.
pub(super) fn site_of_agent(number: u64) -> u64 {
    if number <= 13 { 1 } else { 2 }
}

pub(super) fn define_queue(number: u64, name: &str, policy: Policy) -> Queue {
    Queue {
        id: queue(number),
        site_id: site(site_of_queue(number)),
        name: name.into(),
        service_name: (number == 2).then(|| "Blood tests".into()),
        prefix: ["A", "B", "C", "D", "E", "F"][number as usize - 1].into(),
        policy,
        capacity: None,
        sla_seconds: 600,
        calls_before_no_show_min: 1,
        color: None,
    }
}

pub(super) fn define_agent(number: u64, name: &str, queues: Vec<QueueId>) -> Agent {
    let site_id = site(site_of_agent(number));
    Agent { id: agent(number), site_id, name: name.into(), queues, active: true }
}

pub(super) fn define_display(number: u64, queues: Option<Vec<QueueId>>) -> Display {
    Display {
        id: display(number),
        site_id: site(if number == 4 { 2 } else { 1 }),
        name: format!("Display {number}").into(),
        kind: DisplayKind::Main,
        layout: DisplayLayout::Grid,
        queues,
        theme_id: (number == 1).then(|| theme(1)),
        sound_id: (number == 2).then(sound),
        show_agent_names: number == 2,
        custom_message: None,
        secondary_message: None,
        message_position: MessagePosition::Bottom,
        active: number != 6,
    }
}

pub(super) fn define_theme(primary: &str) -> Theme {
    Theme {
        id: theme(1),
        name: "House".into(),
        primary: primary.parse().unwrap(),
        background: "#ffffff".parse().unwrap(),
        text: "#000000".parse().unwrap(),
    }
}

/// The queues of an agent's site.
pub(super) fn all_queues(agent: u64) -> Vec<QueueId> {
    let here = site_of_agent(agent);
    (1..=QUEUES).filter(|number| site_of_queue(*number) == here).map(queue).collect()
}

pub(super) fn initial() -> Vec<DirectoryCommand> {
    let site = |number, day_end| Site {
        id: site(number),
        name: format!("Site {number}").into(),
        time_zone: serde_json::from_str("\"Africa/Dakar\"").unwrap(),
        cutover_hour: 0,
        day_end,
    };
    let interleave = Policy::Priority { normal_per_priority: 2.try_into().ok() };
    let mut commands = vec![
        DirectoryCommand::RegisterTenant { name: "Clinic".into(), locale: "fr".into() },
        DirectoryCommand::DefineSite(site(1, DayEnd::Expire)),
        DirectoryCommand::DefineSite(site(2, DayEnd::CarryOver)),
        DirectoryCommand::DefineQueue(define_queue(1, "Reception", Policy::Fifo)),
        DirectoryCommand::DefineQueue(define_queue(2, "Laboratory", interleave)),
        DirectoryCommand::DefineQueue(define_queue(3, "Doctor", Policy::Sla)),
        DirectoryCommand::DefineQueue(define_queue(4, "Pharmacy", Policy::Fifo)),
        DirectoryCommand::DefineQueue(define_queue(5, "Cashier", interleave)),
        DirectoryCommand::DefineTheme(define_theme("#003366")),
        DirectoryCommand::DefineSound(Sound {
            id: sound(),
            name: "Quiet".into(),
            chime: Chime::Soft,
        }),
    ];
    for number in 1..=AGENTS {
        commands.push(DirectoryCommand::DefineCounter(Counter {
            id: counter(number),
            site_id: super::config::site(site_of_agent(number)),
            label: number.to_string().into(),
            active: true,
        }));
        let agent = define_agent(number, &format!("Agent {number}"), all_queues(number));
        commands.push(DirectoryCommand::DefineAgent(agent));
    }
    for (number, queues) in [
        (1, None),
        (2, Some(vec![queue(1)])),
        (3, Some(vec![queue(2), queue(3)])),
        (4, None),
        (5, Some(vec![queue(1), queue(2)])),
        (6, None),
    ] {
        commands.push(DirectoryCommand::DefineDisplay(define_display(number, queues)));
    }
    commands
}
