//! Who is next, and who may call.

use std::num::NonZeroU8;

use super::*;

#[test]
fn q10_fifo_calls_by_arrival_whatever_the_priority() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 9).arrives(3, CONSULT, 0);
    assert_eq!(story.calls_all(ANTA), ["A001", "A002", "A003"]);
}

#[test]
fn q10_of_two_who_came_at_the_same_time_the_lower_number_is_called() {
    for policy in [Policy::Fifo, Policy::Sla, Policy::Priority { normal_per_priority: None }] {
        let mut story = Story::opened();
        story.set_policy(policy);
        // Ids are drawn before the order is fixed, so a later one may be lower.
        for n in [9, 8, 7] {
            let (ticket_id, queue_id, channel) = (ticket_id(n), CONSULT, Channel::Kiosk);
            let (priority, contact) = (0, false);
            let issue = DayCommand::Issue { ticket_id, queue_id, priority, channel, contact };
            let told = story.does(issue);
            let DayEvent::TicketIssued { position_in_line, .. } = &told[0] else { panic!() };
            assert_eq!(u128::from(*position_in_line), 10 - n, "what the visitor is told");
        }
        assert_eq!(story.calls_all(ANTA), ["A001", "A002", "A003"], "{policy:?}");
    }
}

#[test]
fn q11_priority_goes_first_and_interleaves_by_the_ratio() {
    for (ratio, expected) in [
        (None, ["A004", "A003", "A005", "A001", "A002", "A006", "A007"]),
        (NonZeroU8::new(2), ["A004", "A001", "A002", "A003", "A006", "A007", "A005"]),
        (NonZeroU8::new(1), ["A004", "A001", "A003", "A002", "A005", "A006", "A007"]),
    ] {
        let mut story = Story::opened();
        story.set_policy(Policy::Priority { normal_per_priority: ratio });
        for (n, priority) in [(1, 0), (2, 0), (3, 1), (4, 5), (5, 1), (6, 0), (7, 0)] {
            story.arrives(n, CONSULT, priority);
        }
        let entry = &story.directory.queues[&CONSULT];
        let (policy, sla_seconds) = (entry.queue.policy, entry.queue.sla_seconds);
        let ordering = Ordering { policy, sla_seconds, turn: Turn::default(), now: story.now };
        let line = &story.day.queues[&CONSULT].waiting;
        let order: Vec<_> = ordering
            .order(line)
            .iter()
            .map(|id| story.day.tickets[id].number.to_string())
            .collect();
        assert_eq!(order, expected, "the order shown, {ratio:?}");
        for (i, id) in ordering.order(line).iter().enumerate() {
            let candidate = line.iter().find(|c| c.ticket_id == *id).unwrap();
            assert_eq!(ordering.rank(line, candidate) as usize, i + 1);
        }
        assert_eq!(story.calls_all(ANTA), expected, "the order called, {ratio:?}");
    }
}

#[test]
fn q12_sla_calls_the_late_first_and_the_urgent_first_among_late_and_others() {
    let mut story = Story::opened();
    story.set_policy(Policy::Sla);
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 3).arrives(3, CONSULT, 0).after(600);
    story.arrives(4, CONSULT, 0).arrives(5, CONSULT, 7);
    assert_eq!(story.calls_all(ANTA), ["A002", "A001", "A003", "A005", "A004"]);
}

#[test]
fn q13_returned_to_the_front_goes_before_all_others() {
    let mut story = Story::opened();
    story.set_policy(Policy::Priority { normal_per_priority: NonZeroU8::new(2) });
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).arrives(3, CONSULT, 8);
    for (agent_id, ticket) in [(ANTA, 1), (BINTA, 2)] {
        let ticket_id = ticket_id(ticket);
        story.does(DayCommand::Call { agent_id, ticket_id });
        let place = ReturnPlace::Front;
        story.does(DayCommand::Return { agent_id: Some(agent_id), ticket_id, place });
    }
    assert_eq!(story.calls_all(ANTA), ["A002", "A001", "A003"]);
}

#[test]
fn q14_over_several_queues_the_first_to_arrive_is_called() {
    let mut story = Story::opened();
    story.arrives(1, PHARMACY, 0).arrives(2, CONSULT, 0).arrives(3, PHARMACY, 0);
    let next = DayCommand::CallNext { agent_id: ANTA, queue_id: Some(CONSULT) };
    let events = story.does(next);
    assert_eq!(events[0].ticket().unwrap().number.as_ref(), "A001", "one queue asked for");
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(2) });
    assert_eq!(story.calls_all(BINTA), ["B001", "B002"]);
}

#[test]
fn q14_q24_a_ticket_returned_to_the_end_goes_behind_those_of_other_queues_too() {
    for policy in [Policy::Fifo, Policy::Sla, Policy::Priority { normal_per_priority: None }] {
        let mut story = Story::opened();
        story.set_policy(policy);
        story.arrives(1, CONSULT, 4).arrives(2, PHARMACY, 0).after(601);
        assert_eq!(story.calls_next(ANTA), "A001");
        let (agent_id, place) = (Some(ANTA), ReturnPlace::End);
        story.does(DayCommand::Return { agent_id, ticket_id: ticket_id(1), place });
        story.arrives(3, PHARMACY, 0);
        assert_eq!(story.calls_all(ANTA), ["B001", "A001", "B002"], "{policy:?}");
    }
}

#[test]
fn q13_q14_over_several_queues_the_last_one_returned_to_the_front_is_called() {
    let mut story = Story::opened();
    story.arrives(1, PHARMACY, 0).arrives(2, CONSULT, 0).arrives(3, CONSULT, 0);
    for n in [3, 2, 1] {
        let (agent_id, ticket_id) = (ANTA, ticket_id(n));
        story.does(DayCommand::Call { agent_id, ticket_id });
        let place = ReturnPlace::Front;
        story.does(DayCommand::Return { agent_id: Some(agent_id), ticket_id, place });
    }
    assert_eq!(story.calls_all(ANTA), ["B001", "A001", "A002"]);
}

#[test]
fn q12_q24_a_late_ticket_returned_to_the_end_is_late_no_more() {
    let mut story = Story::opened();
    story.set_policy(Policy::Sla);
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).after(601);
    story.calls_next(ANTA);
    let (agent_id, place) = (Some(ANTA), ReturnPlace::End);
    story.does(DayCommand::Return { agent_id, ticket_id: ticket_id(1), place });
    story.does(DayCommand::Call { agent_id: BINTA, ticket_id: ticket_id(2) });
    story.arrives(3, CONSULT, 0);
    assert_eq!(story.calls_all(ANTA), ["A001", "A003"]);
    story.does(DayCommand::Finish { agent_id: BINTA, ticket_id: ticket_id(2) });
    story.arrives(4, CONSULT, 1).after(590);
    story.calls_next(ANTA);
    let (agent_id, place) = (Some(ANTA), ReturnPlace::End);
    story.does(DayCommand::Return { agent_id, ticket_id: ticket_id(4), place });
    story.arrives(5, CONSULT, 2).after(20);
    assert_eq!(story.calls_all(ANTA), ["A005", "A004"], "nobody is late");
}

#[test]
fn q15_a_paused_queue_is_not_called_and_a_closed_one_is() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, PHARMACY, 0);
    story.set_state(CONSULT, QueueState::Paused);
    story.set_state(PHARMACY, QueueState::Closed);
    let paused = DayRefusal::QueuePaused { name: "Consultations".into() };
    let in_consult = DayCommand::CallNext { agent_id: ANTA, queue_id: Some(CONSULT) };
    assert_eq!(story.refuses(in_consult), paused);
    let chosen = DayCommand::Call { agent_id: ANTA, ticket_id: ticket_id(1) };
    assert_eq!(story.refuses(chosen), paused);
    assert_eq!(story.calls_all(ANTA), ["B001"]);
}

#[test]
fn q16_each_call_records_why() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).after(9);
    let chosen = story.does(DayCommand::Call { agent_id: BINTA, ticket_id: ticket_id(2) });
    let next = story.after(5).does(DayCommand::CallNext { agent_id: ANTA, queue_id: None });
    let reason = |events: &[DayEvent]| {
        let DayEvent::TicketCalled { reason, .. } = &events[0] else { panic!("{events:?}") };
        *reason
    };
    let why = |kind, rank, waiting, waited_seconds| CallReason {
        kind,
        policy: Policy::Fifo,
        policy_version: 1,
        rank,
        waiting,
        waited_seconds,
    };
    assert_eq!(reason(&chosen), why(CallKind::Chosen, 2, 2, 9));
    assert_eq!(reason(&next), why(CallKind::Next, 1, 1, 15));
}

#[test]
fn q17_only_a_seated_unpaused_agent_with_empty_hands_calls() {
    let mut story = Story::opened();
    story.arrives(1, PHARMACY, 0).arrives(2, PHARMACY, 0).arrives(3, CONSULT, 0);
    let next = |agent_id| DayCommand::CallNext { agent_id, queue_id: None };
    assert_eq!(story.refuses(next(CODOU)), DayRefusal::AgentNotSeated);
    story.does(DayCommand::SeatAgent { agent_id: CODOU, counter_id: COUNTER_3 });
    let consult = DayCommand::CallNext { agent_id: CODOU, queue_id: Some(CONSULT) };
    let not_served = DayRefusal::AgentDoesNotServe { name: "Consultations".into() };
    assert_eq!(story.refuses(consult), not_served);
    story.calls_next(CODOU);
    assert_eq!(story.refuses(next(CODOU)), DayRefusal::AgentHasTicket { number: "B001".into() });
    story.does(DayCommand::PauseAgent { agent_id: ANTA, reason: None });
    assert_eq!(story.refuses(next(ANTA)), DayRefusal::AgentPaused);
    let stranger = AgentId(Uuid::from_u128(77));
    assert_eq!(story.refuses(next(stranger)), DayRefusal::UnknownAgent(stranger));
    story.calls_next(BINTA);
    story.does(DayCommand::Finish { agent_id: CODOU, ticket_id: ticket_id(1) });
    assert_eq!(story.refuses(next(CODOU)), DayRefusal::NobodyWaiting);
}

#[test]
fn q18_a_called_ticket_is_not_called_by_a_second_agent() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0);
    story.calls_next(ANTA);
    let call = || DayCommand::Call { agent_id: BINTA, ticket_id: ticket_id(1) };
    let taken = |status, counter: Option<&str>| DayRefusal::TicketNotWaiting {
        number: "A001".into(),
        status,
        counter: counter.map(Into::into),
    };
    assert_eq!(story.refuses(call()), taken("appele", Some("1")));
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    assert_eq!(story.refuses(call()), taken("clos", None), "a closed ticket is not reopened");
}
