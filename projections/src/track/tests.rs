//! What a phone is sent.

use domain::service_day::{Channel, DayCommand};

use crate::history::{History, agent, counter, id, queue, site};
use crate::tenant::TenantViews;

#[test]
fn a_phone_gets_the_field_names_of_the_seed_system() {
    let mut history = History::new();
    let (here, agent_id, ticket_id) = (site(1), agent(1), id(8, 1));
    history.day(here, &DayCommand::SeatAgent { agent_id, counter_id: counter(1) });
    let (queue_id, channel) = (queue(2), Channel::Qr);
    let issue = DayCommand::Issue { ticket_id, queue_id, priority: 0, channel, contact: false };
    history.day(here, &issue);
    history.pass(60);
    history.day(here, &DayCommand::CallNext { agent_id, queue_id: None });
    let mut views = TenantViews::default();
    for recorded in &history.log {
        views.apply(recorded).unwrap();
    }
    let track = views.track(ticket_id, history.now).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&track).unwrap(), @r#"
    {
      "ticket_id": "00000008-0000-4000-8000-000000000001",
      "ticket_number": "B001",
      "queue_id": "00000002-0000-4000-8000-000000000002",
      "queue": "Laboratory",
      "service_name": "Blood tests",
      "status": "appele",
      "position": null,
      "eta_seconds": null,
      "called_at": "2026-03-02T08:01:00Z",
      "started_at": null,
      "ended_at": null,
      "counter": "1",
      "updated_at": "2026-03-02T08:01:00Z"
    }
    "#);
}

#[test]
fn a_ticket_is_known_until_the_next_day_opens() {
    let mut history = History::new();
    let (here, ticket_id, queue_id, channel) = (site(1), id(8, 1), queue(1), Channel::Kiosk);
    let issue = DayCommand::Issue { ticket_id, queue_id, priority: 0, channel, contact: false };
    history.day(here, &issue);
    history.day(here, &DayCommand::Close { end: None });
    let mut views = TenantViews::default();
    let mut fed = 0;
    let mut feed = |history: &History| {
        for recorded in &history.log[fed..] {
            views.apply(recorded).unwrap();
        }
        fed = history.log.len();
        views.track(ticket_id, history.now).map(|track| (track.status, track.position))
    };
    assert_eq!(feed(&history), Some(("annule", None)));
    history.pass(86_400);
    history.open(here);
    assert_eq!(feed(&history), None);
}
