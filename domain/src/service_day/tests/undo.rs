//! Taking a step back.

use std::num::NonZeroU8;

use super::*;

fn undo(agent_id: Option<AgentId>, n: u128) -> DayCommand {
    DayCommand::Undo { agent_id, ticket_id: ticket_id(n) }
}

#[test]
fn q28_every_step_can_be_taken_back_and_leaves_the_day_as_it_was() {
    let (agent_id, ticket_id) = (ANTA, ticket_id(1));
    let call = DayCommand::CallNext { agent_id, queue_id: None };
    let recall = DayCommand::Recall { agent_id, ticket_id };
    let start = DayCommand::StartService { agent_id, ticket_id };
    let park = DayCommand::Park { agent_id, ticket_id };
    let transfer = |to| DayCommand::Transfer { agent_id: Some(agent_id), ticket_id, to };
    for (before, step) in [
        (vec![], call.clone()),
        (vec![call.clone()], start.clone()),
        (vec![call.clone(), start.clone()], park.clone()),
        (vec![call.clone(), recall], DayCommand::MarkNoShow { agent_id, ticket_id }),
        (vec![call.clone(), start, park], DayCommand::Resume { agent_id: BINTA, ticket_id }),
        (vec![call.clone()], transfer(TransferTarget::Queue(PHARMACY))),
        (vec![call.clone()], transfer(TransferTarget::Agent(BINTA))),
        (vec![call.clone()], DayCommand::Cancel { agent_id: None, ticket_id }),
        (vec![call], DayCommand::Return { agent_id: None, ticket_id, place: ReturnPlace::End }),
    ] {
        let mut story = Story::opened();
        story.set_policy(Policy::Priority { normal_per_priority: NonZeroU8::new(1) });
        story.arrives(1, CONSULT, 3).arrives(2, CONSULT, 0);
        for command in before {
            story.does(command);
        }
        let as_it_was = story.day.clone();
        story.does(step.clone());
        let undone = story.does(undo(None, 1));
        assert!(matches!(&undone[..], [DayEvent::StepUndone { .. }]));
        let mut expected = as_it_was;
        expected.tickets.get_mut(&ticket_id).unwrap().last_step = None;
        for day in [&mut expected, &mut story.day] {
            for queue in day.queues.values_mut() {
                queue.waiting.sort_by_key(|c| c.ticket_id);
            }
            day.queues.entry(PHARMACY).or_default();
        }
        assert_eq!(story.day, expected, "{step:?}");
        assert_eq!(story.refuses(undo(None, 1)).slug(), "nothing-to-undo");
    }
}

#[test]
fn q28_an_undone_call_leaves_the_turn_that_others_set_since() {
    let mut story = Story::opened();
    story.set_policy(Policy::Priority { normal_per_priority: NonZeroU8::new(2) });
    for (n, priority) in [(1, 3), (2, 3), (3, 3), (4, 0), (5, 0), (6, 0)] {
        story.arrives(n, CONSULT, priority);
    }
    let call = |agent_id, n| DayCommand::Call { agent_id, ticket_id: ticket_id(n) };
    let turn = |story: &Story| story.day.queues[&CONSULT].queue_turn.turn;
    let at_first = turn(&story);
    story.does(call(ANTA, 1));
    story.does(call(BINTA, 2));
    story.does(undo(Some(ANTA), 1));
    assert_ne!(turn(&story), at_first, "one with priority is being served");
    assert_eq!(story.calls_next(ANTA), "A004", "so one without goes first");
    story.does(undo(Some(ANTA), 4));
    story.does(undo(Some(BINTA), 2));
    // The call before was taken back out of turn, so the turn counts on from it.
    assert_eq!(story.calls_next(ANTA), "A004");
    story.does(undo(Some(ANTA), 4));
    story.does(call(BINTA, 3));
    story.does(undo(Some(BINTA), 3));
    assert_eq!(story.calls_next(ANTA), "A004", "the last call taken back leaves no trace");
}

#[test]
fn q28_a_finished_service_can_be_taken_up_again_for_30_seconds() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0);
    story.calls_next(ANTA);
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    let others = DayRefusal::NotYourStep { number: "A001".into() };
    assert_eq!(story.refuses(undo(Some(BINTA), 1)), others);
    story.after(30).does(undo(Some(ANTA), 1));
    assert_eq!(story.status(1), "appele");
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.after(31);
    let late = DayRefusal::UndoTooLate { number: "A001".into(), seconds_max: 30 };
    assert_eq!(story.refuses(undo(Some(ANTA), 1)), late);
}

#[test]
fn q9_q28_a_service_taken_up_again_does_not_count_as_finished() {
    let mut story = Story::opened();
    let finish = |n| DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(n) };
    story.arrives(1, CONSULT, 0);
    story.calls_next(ANTA);
    for _ in 0..5 {
        story.after(7).does(finish(1));
        story.does(undo(Some(ANTA), 1));
    }
    let services = |story: &Story| story.day.queues[&CONSULT].services;
    assert_eq!(services(&story), ServiceTimes::default(), "nobody was served yet");
    story.does(finish(1));
    for n in 2..=60 {
        story.arrives(n, CONSULT, 0).calls_next(ANTA);
        let before = services(&story);
        story.after(i64::try_from(n).unwrap()).does(finish(n));
        let after = services(&story);
        story.does(undo(Some(ANTA), n));
        let again = services(&story);
        assert_eq!(again.count, before.count);
        assert!((again.mean_seconds - before.mean_seconds).abs() < 1e-6, "{again:?}, {before:?}");
        story.does(finish(n));
        assert!((services(&story).mean_seconds - after.mean_seconds).abs() < 1e-6);
    }
}

#[test]
fn q28_an_undo_never_gives_an_agent_a_second_ticket() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0);
    story.calls_next(ANTA);
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.calls_next(ANTA);
    let busy = DayRefusal::AgentNotFree { number: "A002".into() };
    assert_eq!(story.refuses(undo(None, 1)), busy);
    story.does(DayCommand::Park { agent_id: ANTA, ticket_id: ticket_id(2) });
    story.does(DayCommand::SeatAgent { agent_id: ANTA, counter_id: COUNTER_3 });
    assert_eq!(story.refuses(undo(None, 1)).slug(), "agent-not-free", "she sits elsewhere");
}

/// A step is taken back by who took it and by nobody else; at the end by the reception.
fn belongs_to(story: &mut Story, by: Option<AgentId>, step: DayCommand, n: u128) {
    let number = story.day.tickets[&ticket_id(n)].number.clone();
    story.does(step.clone());
    for agent_id in [ANTA, BINTA, CODOU] {
        if by != Some(agent_id) {
            let refusal = story.refuses(undo(Some(agent_id), n));
            assert_eq!(refusal, DayRefusal::NotYourStep { number: number.clone() }, "{step:?}");
        }
    }
    if by.is_some() {
        story.does(undo(by, n));
        story.does(step);
    }
    story.does(undo(None, n));
}

#[test]
fn q28_a_step_is_taken_back_by_whoever_took_it_or_by_the_reception() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0).arrives(3, CONSULT, 0);
    let to = TransferTarget::Queue(PHARMACY);
    for by in [None, Some(ANTA), Some(BINTA)] {
        let cancel = DayCommand::Cancel { agent_id: by, ticket_id: ticket_id(2) };
        belongs_to(&mut story, by, cancel, 2);
        let transfer = DayCommand::Transfer { agent_id: by, ticket_id: ticket_id(2), to };
        belongs_to(&mut story, by, transfer, 2);
    }
    let ticket_id = ticket_id(1);
    let call = DayCommand::Call { agent_id: ANTA, ticket_id };
    belongs_to(&mut story, Some(ANTA), call.clone(), 1);
    story.does(call);
    story.does(DayCommand::Park { agent_id: ANTA, ticket_id });
    let resume = DayCommand::Resume { agent_id: BINTA, ticket_id };
    belongs_to(&mut story, Some(BINTA), resume, 1);
    story.does(DayCommand::Resume { agent_id: ANTA, ticket_id });
    story.does(undo(Some(ANTA), 1));
    let place = ReturnPlace::Arrival;
    story.does(DayCommand::Return { agent_id: None, ticket_id, place });
    story.does(DayCommand::Call { agent_id: ANTA, ticket_id });
    story.does(DayCommand::Recall { agent_id: ANTA, ticket_id });
    story.does(DayCommand::MarkNoShow { agent_id: ANTA, ticket_id });
    for agent_id in [None, Some(BINTA)] {
        belongs_to(&mut story, agent_id, DayCommand::Return { agent_id, ticket_id, place }, 1);
    }
}
