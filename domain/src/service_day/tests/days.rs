//! Opening and closing.

use super::*;

fn close(end: DayEnd) -> DayCommand {
    DayCommand::Close { end: Some(end) }
}

#[test]
fn q1_the_business_date_follows_the_local_clock_and_the_cutover_hour() {
    let story = Story::unopened();
    let site =
        Site { time_zone: chrono_tz::America::New_York, ..(*story.directory.sites[&SITE]).clone() };
    for (utc, date) in [
        ("2026-03-02T08:59:59Z", "2026-03-01"), // 03:59:59 in New York: still yesterday
        ("2026-03-02T09:00:00Z", "2026-03-02"),
        ("2026-03-08T07:59:59Z", "2026-03-07"), // the night the clock goes forward: 03:59:59
        ("2026-03-08T08:00:00Z", "2026-03-08"),
        ("2026-11-01T08:59:59Z", "2026-10-31"), // the night it goes back
        ("2026-11-01T09:00:00Z", "2026-11-01"),
    ] {
        let now: DateTime<Utc> = utc.parse().unwrap();
        assert_eq!(site.business_date(now).to_string(), date, "{utc}");
    }
}

#[test]
fn q2_only_open_is_possible_while_the_day_is_not_open() {
    let next = DayCommand::CallNext { agent_id: ANTA, queue_id: None };
    let open = DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest: None };

    let story = Story::unopened();
    TestFramework::<ServiceDay>::with(story.context())
        .given_no_previous_events()
        .when(next.clone())
        .then_expect_error(DayRefusal::DayNotOpen);

    let mut story = Story::opened();
    story.given().when(open.clone()).then_expect_error(DayRefusal::DayOpen);
    story.does(close(DayEnd::Expire));
    story.given().when(next).then_expect_error(DayRefusal::DayClosed);
    let elsewhere = DayCommand::Open {
        site_id: SITE,
        date: date().succ_opt().unwrap(),
        carried: vec![],
        latest: None,
    };
    story.given().when(elsewhere).then_expect_error(DayRefusal::AnotherDay);
}

#[test]
fn q3_closing_finishes_who_is_served_and_ends_or_carries_the_others() {
    for (end, status) in [(DayEnd::Expire, "annule"), (DayEnd::CarryOver, "en_attente")] {
        let mut story = Story::opened();
        story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).arrives(3, CONSULT, 0);
        story.calls_next(ANTA);
        story.does(DayCommand::StartService { agent_id: ANTA, ticket_id: ticket_id(1) });
        story.calls_next(BINTA);
        story.does(DayCommand::Park { agent_id: BINTA, ticket_id: ticket_id(2) });
        story.does(close(end));
        assert_eq!(["clos", status, status], [story.status(1), story.status(2), story.status(3)]);
        assert!(story.day.agents.is_empty(), "everybody went home");
    }
}

#[test]
fn q3_q4_who_was_called_and_never_answered_is_not_served_and_keeps_the_place() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).arrives(3, CONSULT, 0);
    let place = ReturnPlace::End;
    story.calls_next(ANTA);
    story.does(DayCommand::Return { agent_id: Some(ANTA), ticket_id: ticket_id(1), place });
    let to = TransferTarget::Agent(BINTA);
    story.does(DayCommand::Transfer { agent_id: None, ticket_id: ticket_id(3), to });
    story.does(DayCommand::Call { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.does(DayCommand::Recall { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.does(DayCommand::Call { agent_id: BINTA, ticket_id: ticket_id(3) });
    let closed = story.after(36_000).does(close(DayEnd::CarryOver));
    assert!(matches!(&closed[..], [DayEvent::DayClosed { .. }]), "nobody was served: {closed:?}");
    assert_eq!(story.day.queues[&CONSULT].services.count, 0);
    story.does(DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest: None });
    for (agent_id, counter_id) in [(ANTA, COUNTER_1), (BINTA, COUNTER_2)] {
        story.does(DayCommand::SeatAgent { agent_id, counter_id });
    }
    assert_eq!(story.calls_all(ANTA), ["A002", "A001"], "A003 waits for Binta");
    assert_eq!(story.calls_all(BINTA), ["A003"]);
}

#[test]
fn q4_a_carried_ticket_keeps_its_number_and_numbers_go_on_after_it() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 3);
    story.calls_next(ANTA);
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.does(close(DayEnd::CarryOver));
    let carried = story.day.carried.clone();
    assert_eq!(carried.len(), 1);

    let tomorrow = date().succ_opt().unwrap();
    let mut next_day = Story::unopened();
    next_day.after(86_400);
    next_day.does(DayCommand::Open {
        site_id: SITE,
        date: tomorrow,
        carried: carried.clone(),
        latest: Some(date()),
    });
    next_day.does(DayCommand::SeatAgent { agent_id: ANTA, counter_id: COUNTER_1 });
    next_day.arrives(7, CONSULT, 0);
    let ticket = &next_day.day.tickets[&ticket_id(2)];
    assert_eq!((ticket.priority, ticket.arrived_at), (3, carried[0].arrived_at));
    assert_eq!(next_day.calls_all(ANTA), ["A002", "A003"]);
}

#[test]
fn q4_a_carried_transfer_does_not_count_as_a_number_of_its_new_queue() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0);
    let to = TransferTarget::Queue(PHARMACY);
    story.does(DayCommand::Transfer { agent_id: None, ticket_id: ticket_id(2), to });
    story.does(close(DayEnd::CarryOver));
    story.does(DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest: None });
    story.arrives(3, PHARMACY, 0).arrives(4, CONSULT, 0);
    assert_eq!(story.day.tickets[&ticket_id(3)].number.as_ref(), "B001");
    assert_eq!(story.day.tickets[&ticket_id(4)].number.as_ref(), "A003");
}

#[test]
fn q5_a_closed_day_can_be_opened_again() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0);
    story.does(close(DayEnd::CarryOver));
    story.does(DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest: None });
    story.does(DayCommand::SeatAgent { agent_id: ANTA, counter_id: COUNTER_1 });
    story.arrives(2, CONSULT, 0);
    assert_eq!(story.calls_all(ANTA), ["A001", "A002"]);
}

#[test]
fn q5_a_day_that_a_later_one_followed_stays_closed() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0);
    story.does(close(DayEnd::CarryOver));
    let open = |latest| DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest };
    let latest = date().succ_opt().unwrap();
    story.given().when(open(Some(latest))).then_expect_error(DayRefusal::DayOver { latest });
    Story::unopened().refuses(open(Some(latest)));
    story.does(open(Some(date())));
}

#[test]
fn q19_a_counter_has_one_agent() {
    let mut story = Story::opened();
    let refusal = story.refuses(DayCommand::SeatAgent { agent_id: CODOU, counter_id: COUNTER_1 });
    assert_eq!(refusal, DayRefusal::CounterTaken { counter: "1".into(), agent_id: ANTA });
}

#[test]
fn q29_repeated_wishes_of_an_agent_change_nothing() {
    let mut story = Story::opened();
    let pause = || DayCommand::PauseAgent { agent_id: ANTA, reason: None };
    let seat = DayCommand::SeatAgent { agent_id: ANTA, counter_id: COUNTER_1 };
    assert_eq!(story.does(seat.clone()), []);
    assert_eq!(story.does(DayCommand::ResumeAgent { agent_id: ANTA }), []);
    assert_eq!(story.does(pause()).len(), 1);
    assert_eq!(story.does(pause()), []);
    assert_eq!(story.does(seat).len(), 1, "taking the seat again ends the pause");
    assert!(!story.day.agents[&ANTA].paused);
}

#[test]
fn q30_an_agent_with_a_ticket_stays_until_it_is_done() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0);
    story.calls_next(ANTA);
    let has_ticket = DayRefusal::AgentHasTicket { number: "A001".into() };
    let leave = DayCommand::ReleaseAgent { agent_id: ANTA };
    let moves = DayCommand::SeatAgent { agent_id: ANTA, counter_id: COUNTER_3 };
    assert_eq!(story.refuses(leave.clone()), has_ticket);
    assert_eq!(story.refuses(moves.clone()), has_ticket);
    story.does(DayCommand::PauseAgent { agent_id: ANTA, reason: Some(PauseReason::Meal) });
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.does(moves);
    story.does(leave);
}

#[test]
fn q37_the_reason_of_a_pause_is_a_choice_and_never_a_text() {
    for word in ["break", "meal", "training", "technical", "other"] {
        let reason: PauseReason = word.parse().unwrap();
        let mut story = Story::opened();
        let paused = story.does(DayCommand::PauseAgent { agent_id: ANTA, reason: Some(reason) });
        let stored = serde_json::to_value(&paused[0]).unwrap();
        assert_eq!(stored["agent_paused"]["reason"], word);
        assert_eq!(serde_json::from_value::<DayEvent>(stored).unwrap(), paused[0]);
    }
    let refused = serde_json::from_str::<PauseReason>("\"migraine\"").unwrap_err().to_string();
    let sentence = "the reason of a pause is one of break, meal, training, technical, other";
    assert!(refused.starts_with(sentence), "{refused}");
}
