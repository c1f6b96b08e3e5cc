//! What the configuration allows (docs/spec/queue.md), and the frozen lines of its events.

use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::decider::Decider;
use crate::event::Event;
use crate::ids::{AgentId, CounterId, DisplayId, KioskId, QueueId, SiteId, ThemeId};

const SITE: SiteId = SiteId(Uuid::from_u128(1));
const ELSEWHERE: SiteId = SiteId(Uuid::from_u128(2));
const QUEUE: QueueId = QueueId(Uuid::from_u128(10));

fn site(id: SiteId) -> Site {
    Site {
        id,
        name: "Dakar".into(),
        time_zone: chrono_tz::Africa::Dakar,
        cutover_hour: 0,
        day_end: DayEnd::Expire,
    }
}

fn queue(id: QueueId, site_id: SiteId, prefix: &str) -> Queue {
    Queue {
        id,
        site_id,
        name: "Caisse".into(),
        service_name: None,
        prefix: prefix.into(),
        policy: Policy::Fifo,
        capacity: None,
        sla_seconds: 600,
        calls_before_no_show_min: 1,
        color: None,
    }
}

fn counter(n: u128, site_id: SiteId, label: &str, active: bool) -> DirectoryCommand {
    let (id, label) = (CounterId(Uuid::from_u128(n)), label.into());
    DirectoryCommand::DefineCounter(Counter { id, site_id, label, active })
}

fn theme(text: &str) -> DirectoryCommand {
    DirectoryCommand::DefineTheme(Theme {
        id: ThemeId(Uuid::from_u128(5)),
        name: "Nuit".into(),
        primary: "#ffd166".parse().unwrap(),
        background: "#0b1f3a".parse().unwrap(),
        text: text.parse().unwrap(),
    })
}

fn tries(directory: &mut Directory, command: DirectoryCommand) -> Result<usize, DirectoryRefusal> {
    let events = directory.decide(&command, &())?;
    for event in &events {
        directory.evolve(event);
    }
    Ok(events.len())
}

/// A registered tenant with two sites and one queue.
fn registered() -> Directory {
    let mut directory = Directory::default();
    for command in [
        DirectoryCommand::RegisterTenant { name: "Clinique".into(), locale: "fr".into() },
        DirectoryCommand::DefineSite(site(SITE)),
        DirectoryCommand::DefineSite(site(ELSEWHERE)),
        DirectoryCommand::DefineQueue(queue(QUEUE, SITE, "A")),
    ] {
        assert_eq!(tries(&mut directory, command), Ok(1));
    }
    directory
}

#[test]
fn q31_a_tenant_is_registered_first_and_once() {
    let mut directory = Directory::default();
    let define = DirectoryCommand::DefineSite(site(SITE));
    assert_eq!(tries(&mut directory, define), Err(DirectoryRefusal::NoTenant));
    let register = |locale: &str| DirectoryCommand::RegisterTenant {
        name: Arc::from("Clinique"),
        locale: locale.into(),
    };
    assert_eq!(tries(&mut directory, register("de")), Err(DirectoryRefusal::BadLocale));
    assert_eq!(tries(&mut directory, register("wo")), Ok(1));
    assert_eq!(tries(&mut directory, register("wo")), Err(DirectoryRefusal::TenantExists));
}

#[test]
fn q32_to_define_is_to_add_or_replace_and_nothing_new_is_no_event() {
    let mut directory = registered();
    let same = DirectoryCommand::DefineQueue(queue(QUEUE, SITE, "A"));
    assert_eq!(tries(&mut directory, same), Ok(0));
    let renamed = Queue { name: "Accueil".into(), ..queue(QUEUE, SITE, "A") };
    assert_eq!(tries(&mut directory, DirectoryCommand::DefineQueue(renamed)), Ok(1));
    assert_eq!(directory.queues[&QUEUE].queue.name.as_ref(), "Accueil");
    let state = |state| DirectoryCommand::SetQueueState { queue_id: QUEUE, state };
    assert_eq!(tries(&mut directory, state(QueueState::Active)), Ok(0));
    assert_eq!(tries(&mut directory, state(QueueState::Paused)), Ok(1));
    let blank = Queue { name: " ".into(), ..queue(QUEUE, SITE, "A") };
    let refusal = tries(&mut directory, DirectoryCommand::DefineQueue(blank));
    assert_eq!(refusal, Err(DirectoryRefusal::BadText { field: "name" }));
}

#[test]
fn q36_every_text_on_a_screen_is_short_and_printable() {
    let mut directory = registered();
    let long = "x".repeat(201);
    for bad in ["", " ", "a\nb", "\u{1b}[2J", &long] {
        for (field, name, service_name) in
            [("name", bad, None), ("service_name", "Caisse", Some(bad.into()))]
        {
            let queue = Queue { name: name.into(), service_name, ..queue(QUEUE, SITE, "A") };
            let refusal = tries(&mut directory, DirectoryCommand::DefineQueue(queue));
            assert_eq!(refusal, Err(DirectoryRefusal::BadText { field }), "{bad:?}");
        }
    }
    let good = Queue { service_name: Some("Radiologie".into()), ..queue(QUEUE, SITE, "A") };
    assert_eq!(tries(&mut directory, DirectoryCommand::DefineQueue(good)), Ok(1));
}

#[test]
fn q32_switching_a_display_leaves_the_rest_of_it() {
    let mut directory = registered();
    let display_id = DisplayId(Uuid::from_u128(30));
    let json = format!(r#"{{"id":"{display_id}","site_id":"{SITE}","name":"Hall"}}"#);
    let display: Display = serde_json::from_str(&json).unwrap();
    let switch = |active| DirectoryCommand::SetDisplayActive { display_id, active };
    let unknown = DirectoryRefusal::UnknownDisplay(display_id);
    assert_eq!(tries(&mut directory, switch(false)), Err(unknown));
    assert_eq!(tries(&mut directory, DirectoryCommand::DefineDisplay(display.clone())), Ok(1));
    assert_eq!(tries(&mut directory, switch(true)), Ok(0));
    assert_eq!(tries(&mut directory, switch(false)), Ok(1));
    assert_eq!(*directory.displays[&display_id], Display { active: false, ..display });
}

#[test]
fn q33_prefixes_and_labels_are_not_shared_and_nothing_moves_to_another_site() {
    let mut directory = registered();
    let other = QueueId(Uuid::from_u128(11));
    let define = |id, site_id, prefix| DirectoryCommand::DefineQueue(queue(id, site_id, prefix));
    let taken = DirectoryRefusal::PrefixTaken { prefix: "A".into() };
    assert_eq!(tries(&mut directory, define(other, SITE, "A")), Err(taken));
    assert_eq!(tries(&mut directory, define(other, SITE, "a")), Err(DirectoryRefusal::BadPrefix));
    assert_eq!(tries(&mut directory, define(other, ELSEWHERE, "A")), Ok(1));
    let fixed = DirectoryRefusal::SiteFixed { thing: "a queue" };
    assert_eq!(tries(&mut directory, define(other, SITE, "B")), Err(fixed));

    let agent = |site_id| {
        let (id, name, queues) = (AgentId(Uuid::from_u128(30)), "Awa".into(), vec![]);
        DirectoryCommand::DefineAgent(Agent { id, site_id, name, queues, active: true })
    };
    let kiosk = |site_id| {
        let (id, name, queues) = (KioskId(Uuid::from_u128(40)), "Hall".into(), None);
        DirectoryCommand::DefineKiosk(Kiosk { id, site_id, name, queues, active: true })
    };
    let display = |site_id: SiteId| -> DirectoryCommand {
        let id = DisplayId(Uuid::from_u128(50));
        let display = serde_json::json!({ "id": id, "site_id": site_id, "name": "Hall" });
        DirectoryCommand::DefineDisplay(serde_json::from_value(display).unwrap())
    };
    for (thing, here, moved) in [
        ("a counter", counter(22, SITE, "9", true), counter(22, ELSEWHERE, "9", true)),
        ("an agent", agent(SITE), agent(ELSEWHERE)),
        ("a kiosk", kiosk(SITE), kiosk(ELSEWHERE)),
        ("a display", display(SITE), display(ELSEWHERE)),
    ] {
        assert_eq!(tries(&mut directory, here), Ok(1), "{thing}");
        let fixed = DirectoryRefusal::SiteFixed { thing };
        assert_eq!(tries(&mut directory, moved), Err(fixed));
    }

    assert_eq!(tries(&mut directory, counter(20, SITE, "1", true)), Ok(1));
    assert!(matches!(
        tries(&mut directory, counter(21, SITE, "1", true)),
        Err(DirectoryRefusal::LabelTaken { .. })
    ));
    assert_eq!(tries(&mut directory, counter(20, SITE, "1", false)), Ok(1));
    assert_eq!(tries(&mut directory, counter(21, SITE, "1", true)), Ok(1));
}

#[test]
fn q34_a_change_of_the_order_raises_the_policy_version() {
    let mut directory = registered();
    let mut define = |change: Queue| {
        tries(&mut directory, DirectoryCommand::DefineQueue(change)).unwrap();
        directory.queues[&QUEUE].policy_version
    };
    assert_eq!(define(Queue { capacity: Some(3), ..queue(QUEUE, SITE, "A") }), 1);
    assert_eq!(define(Queue { policy: Policy::Sla, ..queue(QUEUE, SITE, "A") }), 2);
    assert_eq!(
        define(Queue { policy: Policy::Sla, sla_seconds: 60, ..queue(QUEUE, SITE, "A") }),
        3
    );
}

#[test]
fn q35_text_that_cannot_be_read_on_its_background_is_refused() {
    let mut directory = registered();
    assert!(matches!(
        tries(&mut directory, theme("#3b5f8a")),
        Err(DirectoryRefusal::LowContrast { contrast }) if contrast < 4.5
    ));
    assert_eq!(tries(&mut directory, theme("#ffffff")), Ok(1));
    for bad in ["ffffff", "#fff", "#gggggg", "#+12345", "#ffffff;"] {
        assert_eq!(bad.parse::<Color>(), Err(BadColor), "{bad}");
    }
}

#[test]
fn every_event_of_version_1_reads_back_as_it_was_written() {
    let mut types = vec![];
    for line in include_str!("golden_v1.ndjson").lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let event_type = value.as_object().unwrap().keys().next().unwrap().clone();
        let event = Event::decode("directory", &event_type, "1", line).unwrap();
        assert_eq!(event.payload(), line, "{event_type} is written as it was");
        types.push(event_type);
    }
    assert_eq!(types, DirectoryEvent::TYPES, "one line per event, in the order of the list");
}
