//! Numbers, and what a visitor is told.

use super::*;

fn issue(n: u128, queue_id: QueueId) -> DayCommand {
    let (ticket_id, channel) = (ticket_id(n), Channel::Web);
    DayCommand::Issue { ticket_id, queue_id, priority: 0, channel, contact: false }
}

#[test]
fn q6_numbers_have_the_prefix_and_at_least_three_digits() {
    let mut story = Story::opened();
    for n in 1..=1000 {
        story.arrives(n, CONSULT, 0);
    }
    let number = |n| story.day.tickets[&ticket_id(n)].number.to_string();
    assert_eq!(
        [number(1), number(42), number(999), number(1000)],
        ["A001", "A042", "A999", "A1000"]
    );
}

#[test]
fn q7_numbers_have_no_gap_whatever_becomes_of_the_tickets() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, PHARMACY, 0).arrives(3, CONSULT, 0);
    story.does(DayCommand::Cancel { agent_id: None, ticket_id: ticket_id(3) });
    story.refuses(issue(3, CONSULT));
    story.arrives(4, CONSULT, 0).arrives(5, PHARMACY, 0);
    let numbers: Vec<_> = story.day.tickets.values().map(|t| t.number.to_string()).collect();
    assert_eq!(numbers, ["A001", "B001", "A002", "A003", "B002"]);
}

#[test]
fn q4_q7_a_prefix_that_passes_to_another_queue_repeats_no_number() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).arrives(3, PHARMACY, 0);
    for (id, prefix) in [(CONSULT, "Z"), (PHARMACY, "A")] {
        story.configure(DirectoryCommand::DefineQueue(queue(id, prefix, "Accueil")));
    }
    story.arrives(4, PHARMACY, 0).arrives(5, CONSULT, 0);
    story.does(DayCommand::Close { end: Some(DayEnd::CarryOver) });
    let carried = story.day.carried.clone();
    let mut next_day = Story { directory: story.directory.clone(), ..Story::unopened() };
    let date = date().succ_opt().unwrap();
    next_day.does(DayCommand::Open { site_id: SITE, date, carried, latest: None });
    next_day.after(86_400).arrives(6, PHARMACY, 0).arrives(7, CONSULT, 0);
    let numbers: Vec<_> = next_day.day.tickets.values().map(|t| t.number.to_string()).collect();
    assert_eq!(numbers, ["A001", "A002", "B001", "A003", "Z001", "A004", "Z002"]);
}

#[test]
fn q8_a_paused_closed_or_full_queue_gives_no_ticket_and_says_which_it_is() {
    let mut story = Story::opened();
    let name: Arc<str> = "Consultations".into();
    story.configure(DirectoryCommand::DefineQueue(Queue {
        capacity: Some(1),
        ..queue(CONSULT, "A", "Consultations")
    }));
    story.arrives(1, CONSULT, 0);
    let full = DayRefusal::QueueFull { name: name.clone(), capacity: 1 };
    assert_eq!(story.refuses(issue(2, CONSULT)), full);
    story.set_state(CONSULT, QueueState::Paused);
    assert_eq!(story.refuses(issue(2, CONSULT)), DayRefusal::QueuePaused { name: name.clone() });
    story.set_state(CONSULT, QueueState::Closed);
    assert_eq!(story.refuses(issue(2, CONSULT)), DayRefusal::QueueClosed { name });
    story.set_state(CONSULT, QueueState::Active);
    story.calls_next(ANTA);
    story.does(issue(2, CONSULT));
    let unknown = QueueId(Uuid::from_u128(99));
    assert_eq!(story.refuses(issue(3, unknown)), DayRefusal::UnknownQueue(unknown));
}

#[test]
fn q9_the_visitor_is_told_the_place_that_the_calls_will_follow() {
    let mut story = Story::opened();
    story.set_policy(Policy::Priority { normal_per_priority: None });
    let told = |events: &[DayEvent]| {
        let DayEvent::TicketIssued { position_in_line, estimate_seconds, .. } = &events[0] else {
            panic!("{events:?}")
        };
        (*position_in_line, *estimate_seconds)
    };
    for n in 1..=5 {
        story.arrives(n, CONSULT, 0).calls_next(ANTA);
        story.after(60).does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(n) });
        if n < 5 {
            let probe = story.day.clone();
            let events = story.does(issue(100 + n, CONSULT));
            assert_eq!(told(&events), (1, None), "too few services to estimate");
            story.day = probe;
        }
    }
    assert_eq!(told(&story.does(issue(6, CONSULT))), (1, Some(30)), "a minute each, two agents");
    assert_eq!(told(&story.does(issue(7, CONSULT))), (2, Some(60)));
    let (ticket_id, channel) = (ticket_id(8), Channel::Web);
    let first =
        DayCommand::Issue { ticket_id, queue_id: CONSULT, priority: 1, channel, contact: true };
    assert_eq!(told(&story.does(first)).0, 1, "priority goes first");
    story.does(DayCommand::PauseAgent { agent_id: ANTA, reason: None });
    story.does(DayCommand::ReleaseAgent { agent_id: BINTA });
    assert_eq!(told(&story.does(issue(9, CONSULT))), (4, None), "nobody serves");
}
