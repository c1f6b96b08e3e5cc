//! Random commands on several days against a simple model: one ticket one agent, one agent one ticket (I3), numbers
//! that are given once and have no gap (I4), and steps that only those take back who took them (Q28).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::*;

/// What the model remembers: who has what in hand, and how many numbers each queue gave.
#[derive(Clone, Debug, Default)]
struct Model {
    /// Agent to ticket, and back.
    hands: BTreeMap<AgentId, TicketId>,
    issued: BTreeMap<QueueId, u32>,
    /// Who took the last step of each ticket; none for the reception.
    steps: BTreeMap<TicketId, Option<AgentId>>,
    next_ticket: u128,
}

/// A wish, and how many seconds passed before it; without a command, the next day comes.
#[derive(Clone, Debug)]
struct Wish {
    command: Option<DayCommand>,
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
        Just(DayCommand::Undo { agent_id: some, ticket_id }),
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

/// Any command, about the ticket `fresh` or one of those issued before.
fn command(fresh: TicketId, issued: u128) -> impl Strategy<Value = DayCommand> {
    let counters = prop::sample::select(vec![COUNTER_1, COUNTER_2, COUNTER_3]);
    prop_oneof![
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
            2 => Just(DayCommand::Open { site_id: SITE, date: date(), carried: vec![], latest: None }),
    ]
}

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Wish;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::default()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Wish> {
        let (fresh, issued) = (ticket_id(model.next_ticket), model.next_ticket.max(1));
        let command = prop_oneof![
            60 => command(fresh, issued).prop_map(Some),
            1 => Just(None),
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
        match wish.command {
            Some(command) => day.wishes(command),
            None => day.ends(),
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
        let numbers: BTreeSet<_> = state.tickets.values().map(|t| &t.number).collect();
        assert_eq!(numbers.len(), state.tickets.len(), "I4: no number is given twice");
        let replayed = day.story.history.iter().fold(ServiceDay::default(), |mut day, event| {
            day.evolve(event);
            day
        });
        assert_eq!(&replayed, state, "the log alone gives the same day");
    }
}

impl Day {
    fn wishes(&mut self, mut command: DayCommand) {
        // The day is opened again on its own date.
        if let (DayCommand::Open { date, .. }, Some((_, today))) =
            (&mut command, self.story.day.day)
        {
            *date = today;
        }
        let before = self.story.day.clone();
        match self.story.tries(command.clone()) {
            Ok(events) => {
                if let DayCommand::Undo { agent_id: Some(agent_id), ticket_id } = command {
                    assert_eq!(self.model.steps.get(&ticket_id), Some(&Some(agent_id)), "Q28");
                }
                events.iter().for_each(|event| self.model.sees(event));
            }
            Err(_) => assert_eq!(self.story.day, before, "a refusal changes nothing"),
        }
    }

    /// The day is closed and the next one begins with whom it carried over.
    fn ends(&mut self) {
        self.wishes(DayCommand::Close { end: Some(DayEnd::CarryOver) });
        let carried = self.story.day.carried.clone();
        let (_, today) = self.story.day.day.unwrap();
        let old = std::mem::take(&mut self.story.day);
        self.story.history.clear();
        self.model = Model::default();
        self.story.after(86_400);
        let (date, latest) = (today.succ_opt().unwrap(), Some(today));
        let open = DayCommand::Open { site_id: SITE, date, carried: carried.clone(), latest };
        self.story.does(open).iter().for_each(|event| self.model.sees(event));
        let open = |t: &Ticket| matches!(t.stage, Stage::CarriedOver);
        assert_eq!(old.tickets.values().filter(|t| open(t)).count(), carried.len());
        assert_eq!(self.story.day.tickets.len(), carried.len(), "Q4: nobody is lost");
        for (id, ticket) in &self.story.day.tickets {
            let before = &old.tickets[id];
            assert_eq!(
                (&ticket.number, ticket.arrived_at, ticket.priority),
                (&before.number, before.arrived_at, before.priority),
                "Q4"
            );
        }
    }
}

impl Model {
    fn sees(&mut self, event: &DayEvent) {
        self.notes_step(event);
        match event {
            DayEvent::DayOpened { carried, .. } => {
                for ticket in carried {
                    let issued = self.issued.entry(ticket.issued_in).or_default();
                    *issued = ticket.ordinal.max(*issued);
                }
            }
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
            DayEvent::AgentSeated { .. }
            | DayEvent::AgentPaused { .. }
            | DayEvent::AgentResumed { .. }
            | DayEvent::AgentReleased { .. }
            | DayEvent::TicketRecalled { .. }
            | DayEvent::ServiceStarted { .. }
            | DayEvent::PriorityChanged { .. } => {}
        }
    }

    /// Whose step the last one of a ticket was.
    fn notes_step(&mut self, event: &DayEvent) {
        let by = match event {
            DayEvent::TicketCalled { agent_id, .. }
            | DayEvent::ServiceStarted { agent_id, .. }
            | DayEvent::ServiceFinished { agent_id, .. }
            | DayEvent::TicketNoShow { agent_id, .. }
            | DayEvent::TicketParked { agent_id, .. } => Some(*agent_id),
            DayEvent::TicketResumed { hold, .. } => Some(hold.agent_id),
            DayEvent::TicketReturned { agent_id, .. }
            | DayEvent::TicketTransferred { agent_id, .. }
            | DayEvent::TicketCancelled { agent_id, .. } => *agent_id,
            DayEvent::DayOpened { .. }
            | DayEvent::DayClosed { .. }
            | DayEvent::AgentSeated { .. }
            | DayEvent::AgentPaused { .. }
            | DayEvent::AgentResumed { .. }
            | DayEvent::AgentReleased { .. }
            | DayEvent::TicketIssued { .. }
            | DayEvent::TicketRecalled { .. }
            | DayEvent::PriorityChanged { .. }
            | DayEvent::StepUndone { .. } => return,
        };
        if let Some(ticket) = event.ticket() {
            self.steps.insert(ticket.id, by);
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
