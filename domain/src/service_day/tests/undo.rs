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
fn q28_a_finished_service_can_be_taken_up_again_for_30_seconds() {
    let mut story = Story::opened();
    story.arrives(1, CONSULT, 0).arrives(2, CONSULT, 0);
    story.calls_next(ANTA);
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    let others = DayRefusal::NotYourTicket { number: "A001".into(), counter: "1".into() };
    assert_eq!(story.refuses(undo(Some(BINTA), 1)), others);
    story.after(30).does(undo(Some(ANTA), 1));
    assert_eq!(story.status(1), "appele");
    story.does(DayCommand::Finish { agent_id: ANTA, ticket_id: ticket_id(1) });
    story.after(31);
    let late = DayRefusal::UndoTooLate { number: "A001".into(), seconds_max: 30 };
    assert_eq!(story.refuses(undo(Some(ANTA), 1)), late);
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
