//! What happens to a ticket after its call.

use super::*;

/// Ticket 1 of the consultations is called by Anta; 2 and 3 wait.
fn called() -> Story {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).arrives(3, CONSULT, 0);
    story.calls_next(ANTA);
    story
}

#[test]
fn q20_only_the_agent_in_charge_acts_on_a_ticket() {
    let ticket_id = ticket_id(1);
    let agent_id = BINTA;
    for command in [
        DayCommand::Recall { agent_id, ticket_id },
        DayCommand::StartService { agent_id, ticket_id },
        DayCommand::Finish { agent_id, ticket_id },
        DayCommand::MarkNoShow { agent_id, ticket_id },
        DayCommand::Park { agent_id, ticket_id },
        DayCommand::Return { agent_id: Some(agent_id), ticket_id, place: ReturnPlace::End },
        DayCommand::Cancel { agent_id: Some(agent_id), ticket_id },
    ] {
        let not_yours = DayRefusal::NotYourTicket { number: "A001".into(), counter: "1".into() };
        called().given().when(command).then_expect_error(not_yours);
    }
}

#[test]
fn q21_a_recall_is_an_event_that_counts_the_calls() {
    let mut story = called();
    let recall = DayCommand::Recall { agent_id: ANTA, ticket_id: ticket_id(1) };
    for expected in [2, 3] {
        let events = story.does(recall.clone());
        assert!(
            matches!(&events[..], [DayEvent::TicketRecalled { calls, .. }] if *calls == expected)
        );
    }
    story.does(DayCommand::StartService { agent_id: ANTA, ticket_id: ticket_id(1) });
    let refusal = story.refuses(recall);
    assert_eq!(refusal, DayRefusal::WrongStage { number: "A001".into(), status: "en_service" });
}

#[test]
fn q22_a_no_show_needs_enough_calls() {
    let mut story = called();
    let no_show = DayCommand::MarkNoShow { agent_id: ANTA, ticket_id: ticket_id(1) };
    let too_few = DayRefusal::TooFewCalls { number: "A001".into(), calls: 1, min: 2 };
    assert_eq!(story.refuses(no_show.clone()), too_few);
    story.does(DayCommand::Recall { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.does(no_show);
    assert_eq!(story.status(1), "no_show");
    assert_eq!(story.calls_next(ANTA), "A002", "the agent is free again");
}

#[test]
fn q23_finishing_is_possible_from_service_and_from_the_call() {
    let seconds = |events: &[DayEvent]| {
        let DayEvent::ServiceFinished { service_seconds, .. } = &events[0] else {
            panic!("{events:?}")
        };
        *service_seconds
    };
    let finish = |n| DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(n) };
    let mut story = called();
    assert_eq!(seconds(&story.after(40).does(finish(1))), 40);
    story.calls_next(ANTA);
    story.after(30).does(DayCommand::StartService { agent_id: ANTA, ticket_id: ticket_id(2) });
    assert_eq!(seconds(&story.after(90).does(finish(2))), 90);
    let over = DayRefusal::WrongStage { number: "A002".into(), status: "clos" };
    assert_eq!(story.refuses(finish(2)), over);
}

#[test]
fn q24_a_ticket_returns_to_the_front_the_end_or_by_arrival() {
    for (place, expected) in [
        (ReturnPlace::Front, ["A001", "A002", "A003"]),
        (ReturnPlace::Arrival, ["A001", "A002", "A003"]),
        (ReturnPlace::End, ["A002", "A003", "A001"]),
    ] {
        let mut story = called();
        let return_it = DayCommand::Return { agent_id: Some(ANTA), ticket_id: ticket_id(1), place };
        story.after(5).does(return_it.clone());
        assert_eq!(story.status(1), "en_attente");
        let waits = DayRefusal::TicketWaiting { number: "A001".into() };
        assert_eq!(story.refuses(return_it), waits);
        assert_eq!(story.calls_all(ANTA), expected, "{place:?}");
    }
    let mut story = called();
    story.does(DayCommand::Recall { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.does(DayCommand::MarkNoShow { agent_id: ANTA, ticket_id: ticket_id(1) });
    let place = ReturnPlace::Arrival;
    story.does(DayCommand::Return { agent_id: None, ticket_id: ticket_id(1), place });
    assert_eq!(story.calls_next(BINTA), "A001", "a missed visitor comes back");
}

#[test]
fn q25_a_parked_ticket_frees_its_agent_and_any_free_agent_resumes_it() {
    let mut story = called();
    let resume = |agent_id| DayCommand::Resume { agent_id, ticket_id: ticket_id(1) };
    assert_eq!(story.refuses(resume(BINTA)).slug(), "wrong-stage");
    story.does(DayCommand::Park { agent_id: ANTA, ticket_id: ticket_id(1) });
    assert_eq!(story.status(1), "pause");
    assert_eq!(story.calls_next(ANTA), "A002");
    assert_eq!(story.refuses(resume(ANTA)), DayRefusal::AgentHasTicket { number: "A002".into() });
    story.does(resume(BINTA));
    assert_eq!(story.status(1), "en_service");
    let hold = story.day.tickets[&ticket_id(1)].stage.hold().unwrap();
    assert_eq!((hold.agent_id, hold.counter.as_ref()), (BINTA, "2"));
}

#[test]
fn q26_a_transferred_ticket_keeps_number_and_arrival_and_stays_callable() {
    let to_pharmacy = |agent_id, n| DayCommand::Transfer {
        agent_id,
        ticket_id: ticket_id(n),
        to: TransferTarget::Queue(PHARMACY),
    };
    let mut story = called();
    story.after(60).arrives(4, PHARMACY, 0);
    story.does(to_pharmacy(Some(ANTA), 1));
    assert_eq!(story.status(1), "transfere");
    assert_eq!(
        story.refuses(to_pharmacy(None, 1)),
        DayRefusal::SameQueue { number: "A001".into() }
    );
    story.does(DayCommand::SeatAgent { agent_id: CODOU, counter_id: COUNTER_3 });
    assert_eq!(story.calls_all(CODOU), ["A001", "B001"], "it arrived before B001");

    story.set_state(PHARMACY, QueueState::Closed);
    let closed = DayRefusal::QueueClosed { name: "Pharmacie".into() };
    assert_eq!(story.refuses(to_pharmacy(None, 2)), closed);
}

#[test]
fn q26_a_ticket_for_one_agent_is_called_by_that_agent_alone() {
    let mut story = called();
    story.does(DayCommand::SeatAgent { agent_id: CODOU, counter_id: COUNTER_3 });
    let to = TransferTarget::Agent(CODOU);
    story.does(DayCommand::Transfer { agent_id: Some(ANTA), ticket_id: ticket_id(1), to });
    let reserved = DayRefusal::TicketReserved { number: "A001".into() };
    let chosen = DayCommand::Call { agent_id: BINTA, ticket_id: ticket_id(1) };
    assert_eq!(story.refuses(chosen), reserved);
    assert_eq!(story.calls_next(BINTA), "A002");
    assert_eq!(story.calls_all(CODOU), ["A001"], "and nobody else of a queue she does not serve");
}

#[test]
fn q27_an_open_ticket_is_cancelled_or_gets_another_priority() {
    let mut story = called();
    story.set_policy(Policy::Priority { normal_per_priority: None });
    let priority =
        |priority| DayCommand::ChangePriority { agent_id: None, ticket_id: ticket_id(3), priority };
    assert_eq!(story.does(priority(4)).len(), 1);
    assert_eq!(story.does(priority(4)), []);
    assert_eq!(story.calls_next(BINTA), "A003");
    story.does(DayCommand::Cancel { agent_id: Some(BINTA), ticket_id: ticket_id(3) });
    assert_eq!(story.status(3), "annule");
    assert_eq!(story.refuses(priority(1)).slug(), "wrong-stage");
    assert_eq!(story.calls_next(BINTA), "A002", "the agent is free again");
}
