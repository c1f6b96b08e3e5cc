//! Random commands against a simple model: one ticket one agent, one agent one ticket (I3), and numbers that
//! are given once and have no gap (I4).

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::*;

/// What the model remembers: who has what in hand, and how many numbers each queue gave.
#[derive(Clone, Debug, Default)]
struct Model {
    /// Agent to ticket, and back.
    hands: BTreeMap<AgentId, TicketId>,
    issued: BTreeMap<QueueId, u32>,
    next_ticket: u128,
}

/// A wish, and how many seconds passed before it.
#[derive(Clone, Debug)]
struct Wish {
    command: DayCommand,
    seconds: i64,
}

fn agents() -> impl Strategy<Value = AgentId> {
    prop::sample::select(vec![ANTA, BINTA, CODOU])
}

fn queues() -> impl Strategy<Value = QueueId> {
    prop::sample::select(vec![CONSULT, PHARMACY])
}

fn on_ticket(ticket_id: TicketId, agent_id: AgentId) -> BoxedStrategy<DayCommand> {
    let some = Some(agent_id);
    let places = vec![ReturnPlace::Front, ReturnPlace::End, ReturnPlace::Arrival];
    prop_oneof![
        Just(DayCommand::Call { agent_id, ticket_id }),
        Just(DayCommand::Recall { agent_id, ticket_id }),
        Just(DayCommand::StartService { agent_id, ticket_id }),
        Just(DayCommand::Finish { agent_id, ticket_id }),
        Just(DayCommand::MarkNoShow { agent_id, ticket_id }),
        Just(DayCommand::Park { agent_id, ticket_id }),
        Just(DayCommand::Resume { agent_id, ticket_id }),
        Just(DayCommand::Cancel { agent_id: some, ticket_id }),
        Just(DayCommand::Undo { agent_id: None, ticket_id }),
        prop::sample::select(places).prop_map(move |place| DayCommand::Return {
            agent_id: some,
            ticket_id,
            place
        }),
        queues().prop_map(move |id| DayCommand::Transfer {
            agent_id: some,
            ticket_id,
            to: TransferTarget::Queue(id)
        }),
        agents().prop_map(move |id| DayCommand::Transfer {
            agent_id: None,
            ticket_id,
            to: TransferTarget::Agent(id)
        }),
        (0..4u8).prop_map(move |priority| DayCommand::ChangePriority {
            agent_id: None,
            ticket_id,
            priority
        }),
    ]
    .boxed()
}

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Wish;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::default()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Wish> {
        let (fresh, issued) = (ticket_id(model.next_ticket), model.next_ticket.max(1));
        let counters = prop::sample::select(vec![COUNTER_1, COUNTER_2, COUNTER_3]);
        let command = prop_oneof![
            4 => (queues(), 0..3u8).prop_map(move |(queue_id, priority)| DayCommand::Issue {
                ticket_id: fresh, queue_id, priority, channel: Channel::Kiosk, contact: false,
            }),
            4 => agents().prop_map(|agent_id| DayCommand::CallNext { agent_id, queue_id: None }),
            8 => (0..issued, agents()).prop_flat_map(|(n, agent_id)| on_ticket(ticket_id(n), agent_id)),
            2 => (agents(), counters)
                .prop_map(|(agent_id, counter_id)| DayCommand::SeatAgent { agent_id, counter_id }),
            1 => agents().prop_map(|agent_id| DayCommand::PauseAgent { agent_id, reason: None }),
            1 => agents().prop_map(|agent_id| DayCommand::ReleaseAgent { agent_id }),
            1 => Just(DayCommand::Close { end: Some(DayEnd::CarryOver) }),
            1 => Just(DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest: None }),
        ];
        (command, 0..40i64).prop_map(|(command, seconds)| Wish { command, seconds }).boxed()
    }

    fn apply(mut model: Model, _: &Wish) -> Model {
        model.next_ticket += 1;
        model
    }
}

struct Day {
    story: Story,
    model: Model,
}

impl StateMachineTest for Day {
    type SystemUnderTest = Day;
    type Reference = Model;

    fn init_test(_: &Model) -> Day {
        let mut story = Story::opened();
        story.set_policy(Policy::Priority { normal_per_priority: std::num::NonZeroU8::new(2) });
        Day { story, model: Model::default() }
    }

    fn apply(mut day: Day, _: &Model, wish: Wish) -> Day {
        day.story.after(wish.seconds);
        let before = day.story.day.clone();
        match day.story.tries(wish.command) {
            Ok(events) => events.iter().for_each(|event| day.model.sees(event)),
            Err(_) => assert_eq!(day.story.day, before, "a refusal changes nothing"),
        }
        day
    }

    fn check_invariants(day: &Day, _: &Model) {
        let state = &day.story.day;
        let mut held = BTreeMap::new();
        for (id, ticket) in &state.tickets {
            if let (true, Some(hold)) = (ticket.stage.in_hand(), ticket.stage.hold()) {
                let second = held.insert(hold.agent_id, *id);
                assert_eq!(second, None, "I3: an agent has one ticket at most");
            }
            let in_lines = state.queues.values().flat_map(|q| &q.waiting);
            let places = in_lines.filter(|c| c.ticket_id == *id).count();
            let waits = matches!(ticket.stage, Stage::Waiting { .. });
            assert_eq!(places, usize::from(waits), "who waits stands in one line, once");
        }
        assert_eq!(held, day.model.hands, "I3: as the events tell it");
        let seats: BTreeMap<_, _> =
            state.agents.iter().filter_map(|(id, seat)| Some((*id, seat.ticket?))).collect();
        assert_eq!(held, seats, "I3: agents and tickets agree");
        for (queue_id, prefix) in [(CONSULT, "A"), (PHARMACY, "B")] {
            let issued = day.model.issued.get(&queue_id);
            assert_eq!(state.last_ordinals.get(prefix), issued, "I4");
        }
        let replayed = day.story.history.iter().fold(ServiceDay::default(), |mut day, event| {
            day.evolve(event);
            day
        });
        assert_eq!(&replayed, state, "the log alone gives the same day");
    }
}

impl Model {
    fn sees(&mut self, event: &DayEvent) {
        match event {
            DayEvent::TicketIssued { ticket, ordinal, .. } => {
                let issued = self.issued.entry(ticket.queue_id).or_default();
                *issued += 1;
                assert_eq!(ordinal, issued, "I4: numbers have no gap and none is given twice");
            }
            DayEvent::TicketCalled { ticket, agent_id, .. } => self.takes(*agent_id, ticket.id),
            DayEvent::TicketResumed { ticket, hold, .. } => self.takes(hold.agent_id, ticket.id),
            DayEvent::StepUndone { ticket, restored, .. } => {
                self.lets_go(ticket.id);
                if let Restored::Called(hold) | Restored::Serving { hold, .. } = restored {
                    self.takes(hold.agent_id, ticket.id);
                }
            }
            DayEvent::ServiceFinished { ticket, .. }
            | DayEvent::TicketNoShow { ticket, .. }
            | DayEvent::TicketReturned { ticket, .. }
            | DayEvent::TicketParked { ticket, .. }
            | DayEvent::TicketTransferred { ticket, .. }
            | DayEvent::TicketCancelled { ticket, .. } => self.lets_go(ticket.id),
            DayEvent::DayClosed { .. } => self.hands.clear(),
            DayEvent::DayOpened { .. }
            | DayEvent::AgentSeated { .. }
            | DayEvent::AgentPaused { .. }
            | DayEvent::AgentResumed { .. }
            | DayEvent::AgentReleased { .. }
            | DayEvent::TicketRecalled { .. }
            | DayEvent::ServiceStarted { .. }
            | DayEvent::PriorityChanged { .. } => {}
        }
    }

    fn takes(&mut self, agent_id: AgentId, ticket_id: TicketId) {
        assert!(self.hands.values().all(|held| *held != ticket_id), "I3: with one agent at most");
        assert_eq!(self.hands.insert(agent_id, ticket_id), None, "I3: one ticket at most");
    }

    fn lets_go(&mut self, ticket_id: TicketId) {
        self.hands.retain(|_, held| *held != ticket_id);
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn i3_i4_hold_whatever_is_asked_in_whatever_order(sequential 1..120 => Day);
}
