//! The clinic as it is defined: one site, four services, six counters, one display for all and one per service.
//! Ids are fixed, so that links survive a fresh start.

use domain::directory::{
    Agent, Color, Counter, DayEnd, DirectoryCommand as Command, DirectoryRefusal, Display, Policy,
    Queue, Site,
};
use domain::{Actor, AgentId, CounterId, DisplayId, QueueId, SiteId, TenantSlug};
use store::{ExecuteError, Issuer, Store};
use uuid::Uuid;

/// The tenant's slug.
pub(super) const TENANT: &str = "clinique-madeleine";

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_a000_0000_7000_8000_0000_0000_0000 + n)
}

pub(super) const SITE: SiteId = SiteId(id(0x01));
pub(super) const CONSULTATIONS: QueueId = QueueId(id(0x10));
pub(super) const PHARMACY: QueueId = QueueId(id(0x11));
pub(super) const LABORATORY: QueueId = QueueId(id(0x12));
pub(super) const CASH_DESK: QueueId = QueueId(id(0x13));

/// Id, prefix, name and colour of each queue. The colours are those of Okabe and Ito, told apart also by the
/// colour-blind.
pub(super) const QUEUES: [(QueueId, &str, &str, &str); 4] = [
    (CONSULTATIONS, "A", "Consultations", "#e69f00"),
    (PHARMACY, "B", "Pharmacie", "#56b4e9"),
    (LABORATORY, "C", "Laboratoire", "#009e73"),
    (CASH_DESK, "D", "Caisse", "#cc79a7"),
];

/// Agent, counter, label and the queues served. The last one is not played: it waits for the reader.
pub(super) const DESKS: [(AgentId, CounterId, &str, &[QueueId]); 7] = [
    (AgentId(id(0x30)), CounterId(id(0x20)), "1", &[CONSULTATIONS]),
    (AgentId(id(0x31)), CounterId(id(0x21)), "2", &[CONSULTATIONS]),
    (AgentId(id(0x32)), CounterId(id(0x22)), "3", &[CONSULTATIONS]),
    (AgentId(id(0x33)), CounterId(id(0x23)), "4", &[PHARMACY]),
    (AgentId(id(0x34)), CounterId(id(0x24)), "5", &[LABORATORY]),
    (AgentId(id(0x35)), CounterId(id(0x25)), "6", &[CASH_DESK]),
    (
        AGENT_OF_THE_READER,
        COUNTER_OF_THE_READER,
        "9",
        &[CONSULTATIONS, PHARMACY, LABORATORY, CASH_DESK],
    ),
];

/// The agent that the play leaves alone, so that whoever reads the README can act.
pub(super) const AGENT_OF_THE_READER: AgentId = AgentId(id(0x39));
/// The counter of that agent.
const COUNTER_OF_THE_READER: CounterId = CounterId(id(0x29));

/// Id, name and queue of each display; none is all queues.
pub const DISPLAYS: [(DisplayId, &str, Option<QueueId>); 5] = [
    (DisplayId(id(0x40)), "Hall d’accueil", None),
    (DisplayId(id(0x41)), "Consultations", Some(CONSULTATIONS)),
    (DisplayId(id(0x42)), "Pharmacie", Some(PHARMACY)),
    (DisplayId(id(0x43)), "Laboratoire", Some(LABORATORY)),
    (DisplayId(id(0x44)), "Caisse", Some(CASH_DESK)),
];

/// Defines the clinic. What already stands is left as it is, also what the reader changed meanwhile.
///
/// # Errors
/// What the store says.
pub(super) async fn define(
    store: &Store,
    tenant: &TenantSlug,
) -> Result<(), ExecuteError<DirectoryRefusal>> {
    let directory = store.directory(tenant).await.map_err(ExecuteError::from)?;
    if directory.displays.contains_key(&DISPLAYS[DISPLAYS.len() - 1].0) {
        return Ok(());
    }
    for command in commands() {
        match store
            .execute_directory(tenant, command, Issuer { actor: Actor::System, key: None })
            .await
        {
            Ok(_) | Err(ExecuteError::Refused(DirectoryRefusal::TenantExists)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn commands() -> Vec<Command> {
    let mut commands = vec![
        Command::RegisterTenant { name: "Clinique Madeleine".into(), locale: "fr".into() },
        Command::DefineSite(Site {
            id: SITE,
            name: "Dakar".into(),
            time_zone: chrono_tz::Africa::Dakar,
            cutover_hour: 4,
            day_end: DayEnd::Expire,
        }),
    ];
    commands.extend(QUEUES.map(queue));
    for (agent_id, counter_id, label, queues) in DESKS {
        commands.push(Command::DefineCounter(Counter {
            id: counter_id,
            site_id: SITE,
            label: label.into(),
            active: true,
        }));
        commands.push(Command::DefineAgent(Agent {
            id: agent_id,
            site_id: SITE,
            name: format!("Agent {label}").into(),
            queues: queues.to_vec(),
            active: true,
        }));
    }
    commands.extend(DISPLAYS.map(|(id, name, queue)| {
        Command::DefineDisplay(Display {
            id,
            site_id: SITE,
            name: name.into(),
            kind: Default::default(),
            layout: Default::default(),
            queues: queue.map(|queue| vec![queue]),
            theme_id: None,
            sound_id: None,
            show_agent_names: false,
            custom_message: None,
            secondary_message: None,
            message_position: Default::default(),
            active: true,
        })
    }));
    commands
}

fn queue((id, prefix, name, color): (QueueId, &str, &str, &str)) -> Command {
    let two = std::num::NonZeroU8::new(2);
    let policy = if id == CONSULTATIONS {
        Policy::Priority { normal_per_priority: two }
    } else {
        Policy::Fifo
    };
    Command::DefineQueue(Queue {
        id,
        site_id: SITE,
        name: name.into(),
        service_name: None,
        prefix: prefix.into(),
        policy,
        capacity: None,
        sla_seconds: 600,
        calls_before_no_show_min: 2,
        color: color.parse::<Color>().ok(),
    })
}
