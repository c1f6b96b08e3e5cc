//! A board through a small story, and what holds of every board.

use std::fmt::Write;

use domain::Event;
use domain::directory::DirectoryCommand;
use domain::service_day::{Channel, DayCommand, DayEvent, ReturnPlace, TransferTarget};
use domain::{DisplayId, TicketId};
use proptest::prelude::*;

use super::boards::Boards;
use super::{BoardChange, BoardView, BoardsChange, ChangeKind, TICKETS_SHOWN_MAX};
use crate::history::{History, agent, counter, display, id, numbers, queue, site};
use crate::projection::{Alone, Projection};

/// A display that is watched while things happen.
struct Watched {
    history: History,
    boards: Alone<Boards>,
    display_id: DisplayId,
    fed: usize,
}

impl Watched {
    fn new(display_id: DisplayId) -> Self {
        let (history, boards) = (History::new(), Alone::default());
        let mut watched = Self { history, boards, display_id, fed: 0 };
        for number in 1..=13 {
            let (agent_id, counter_id) = (agent(number), counter(number));
            watched.history.day(site(1), &DayCommand::SeatAgent { agent_id, counter_id });
        }
        watched.changes();
        watched
    }

    /// The changes of the display since the last look.
    fn changes(&mut self) -> Vec<BoardChange> {
        let events = &self.history.log[self.fed..];
        let changes = events.iter().flat_map(|recorded| self.boards.apply(recorded));
        let mine = changes.filter_map(|change| match change {
            BoardsChange::Put(id, change) if id == self.display_id => Some(*change),
            BoardsChange::Put(..) | BoardsChange::Remove(_) => None,
        });
        let mine = mine.collect();
        self.fed = self.history.log.len();
        mine
    }

    fn wish(&mut self, command: &DayCommand) -> Vec<BoardChange> {
        self.history.pass(10);
        assert!(self.history.day(site(1), command), "refused: {command:?}");
        self.changes()
    }

    fn issue(&mut self, number: u64, queue_number: u64) -> Vec<BoardChange> {
        self.wish(&DayCommand::Issue {
            ticket_id: ticket(number),
            queue_id: queue(queue_number),
            priority: 0,
            channel: Channel::Kiosk,
            contact: false,
        })
    }

    fn view(&self) -> BoardView {
        self.boards.view.board(self.display_id).unwrap()
    }

    /// One line per change, then the board.
    fn tell(&self, title: &str, changes: &[BoardChange]) -> String {
        let mut text = format!("{title}\n");
        for change in changes {
            let row = change.ticket.as_ref();
            let ticket = row.map_or("-".into(), |row| format!("{} {}", row.number, row.status));
            let (removed, restored) = (change.removed.len(), change.restored.len());
            writeln!(text, "  {:?} {ticket}, {removed} removed, {restored} restored", change.kind)
                .unwrap();
        }
        let view = self.view();
        for row in &view.tickets {
            let counter = row.counter.as_deref().unwrap_or("-");
            let agent = row.agent_name.as_deref().unwrap_or("-");
            let (number, status, calls) = (&row.number, row.status, row.calls);
            writeln!(text, "    {number} {status} counter {counter} x{calls} {agent}").unwrap();
        }
        let waiting: Vec<u32> = view.waiting_stats.values().copied().collect();
        writeln!(text, "    waiting {waiting:?}").unwrap();
        text
    }
}

fn ticket(number: u64) -> TicketId {
    id(8, number)
}

fn call(agent_number: u64, number: u64) -> DayCommand {
    DayCommand::Call { agent_id: agent(agent_number), ticket_id: ticket(number) }
}

/// What happens on a morning, and what the screen shows after each step.
fn morning() -> String {
    let mut screen = Watched::new(display(5));
    let mut story = String::new();
    let mut then = |screen: &Watched, title: &str, changes: Vec<BoardChange>| {
        story += &screen.tell(title, &changes);
    };
    let mut changes = Vec::new();
    for (number, queue_number) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
        changes.extend(screen.issue(number, queue_number));
    }
    then(&screen, "four take tickets, one of them for a queue that is not shown", changes);
    let changes = screen.wish(&call(1, 1));
    then(&screen, "A001 is called", changes);
    let changes = screen.wish(&call(2, 3));
    then(&screen, "B001 is called", changes);
    let (agent_id, ticket_id) = (agent(1), ticket(1));
    let changes = screen.wish(&DayCommand::Recall { agent_id, ticket_id });
    then(&screen, "A001 is called again", changes);
    let changes = screen.wish(&DayCommand::StartService { agent_id, ticket_id });
    then(&screen, "A001 is served", changes);
    let to = TransferTarget::Queue(queue(3));
    let agent_id = Some(agent(1));
    let changes = screen.wish(&DayCommand::Transfer { agent_id, ticket_id, to });
    then(&screen, "A001 goes to a queue that is not shown", changes);
    let changes = screen.wish(&DayCommand::Undo { agent_id, ticket_id });
    then(&screen, "that was a slip", changes);
    let (ticket_id, place) = (ticket(3), ReturnPlace::Front);
    let changes = screen.wish(&DayCommand::Return { agent_id: None, ticket_id, place });
    then(&screen, "B001 is not there and goes back to the front", changes);
    let changes = screen.wish(&DayCommand::Close { end: None });
    then(&screen, "the day closes", changes);
    story
}

#[test]
fn a_screen_knows_its_tenants_language() {
    let screen = Watched::new(display(5));
    assert_eq!(&*screen.view().display.locale, "fr");
}

#[test]
fn a_morning_on_the_screen() {
    insta::assert_snapshot!(morning(), @r"
    four take tickets, one of them for a queue that is not shown
      Updated A001 en_attente, 0 removed, 0 restored
      Updated A002 en_attente, 0 removed, 0 restored
      Updated B001 en_attente, 0 removed, 0 restored
        waiting [2, 1]
    A001 is called
      Called A001 appele, 0 removed, 0 restored
        A001 appele counter 1 x1 -
        waiting [1, 1]
    B001 is called
      Called B001 appele, 0 removed, 0 restored
        B001 appele counter 2 x1 -
        A001 appele counter 1 x1 -
        waiting [1, 0]
    A001 is called again
      Called A001 appele, 0 removed, 0 restored
        A001 appele counter 1 x2 -
        B001 appele counter 2 x1 -
        waiting [1, 0]
    A001 is served
      Updated A001 en_service, 0 removed, 0 restored
        A001 en_service counter 1 x2 -
        B001 appele counter 2 x1 -
        waiting [1, 0]
    A001 goes to a queue that is not shown
      Updated A001 transfere, 1 removed, 0 restored
        B001 appele counter 2 x1 -
        waiting [1, 0]
    that was a slip
      Refresh -, 0 removed, 0 restored
        A001 en_service counter 1 x2 -
        B001 appele counter 2 x1 -
        waiting [1, 0]
    B001 is not there and goes back to the front
      Updated B001 en_attente, 1 removed, 0 restored
        A001 en_service counter 1 x2 -
        waiting [1, 1]
    the day closes
      Updated A001 clos, 1 removed, 0 restored
      Refresh -, 0 removed, 0 restored
        waiting [0, 0]
    ");
}

#[test]
fn an_eleventh_call_pushes_out_the_oldest_which_comes_back_when_another_leaves() {
    let mut screen = Watched::new(display(1));
    for number in 1..=11 {
        screen.issue(number, 1);
    }
    for number in 1..=10 {
        screen.wish(&call(number, number));
    }
    let change = screen.wish(&call(11, 11)).remove(0);
    assert_eq!((change.kind, change.removed), (ChangeKind::Called, vec![ticket(1)]));
    assert_eq!(screen.view().tickets.len(), TICKETS_SHOWN_MAX);

    let (agent_id, ticket_id) = (agent(5), ticket(5));
    let change = screen.wish(&DayCommand::Finish { agent_id, ticket_id }).remove(0);
    assert_eq!((change.kind, change.removed), (ChangeKind::Updated, vec![ticket(5)]));
    assert_eq!(change.ticket.unwrap().status, "clos");
    assert_eq!(change.restored.iter().map(|row| row.id).collect::<Vec<_>>(), vec![ticket(1)]);

    let undo = DayCommand::Undo { agent_id: Some(agent_id), ticket_id };
    let change = screen.wish(&undo).remove(0);
    assert_eq!(change.kind, ChangeKind::Refresh, "it comes back between others");
    assert_eq!(screen.view().tickets[6].id, ticket(5));
}

#[test]
fn a_definition_that_changes_nothing_on_the_screen_is_not_sent() {
    let mut screen = Watched::new(display(2));
    let display = screen.history.directory.displays[&display(2)].as_ref().clone();
    let mut louder = display.clone();
    louder.sound_id = None;
    screen.history.configure(&DirectoryCommand::DefineDisplay(louder));
    assert_eq!(screen.changes().len(), 1, "another chime");
    let queue = screen.history.directory.queues[&queue(3)].queue.as_ref().clone();
    let renamed = domain::directory::Queue { name: "Dentist".into(), ..queue };
    screen.history.configure(&DirectoryCommand::DefineQueue(renamed));
    assert_eq!(screen.changes().len(), 0, "a queue that it does not show");
}

#[test]
fn a_display_that_is_switched_off_and_on_has_its_board_again() {
    let mut screen = Watched::new(display(1));
    screen.issue(1, 1);
    screen.wish(&call(1, 1));
    let before = screen.view();
    let on = screen.history.directory.displays[&display(1)].as_ref().clone();
    let off = domain::directory::Display { active: false, ..on.clone() };
    screen.history.configure(&DirectoryCommand::DefineDisplay(off));
    screen.changes();
    assert_eq!(screen.boards.view.board(display(1)), None);
    screen.history.configure(&DirectoryCommand::DefineDisplay(on));
    let change = screen.changes().remove(0);
    assert_eq!((change.kind, *change.view.unwrap()), (ChangeKind::Refresh, before));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Step by step or drawn at once: the same board. Calls chime, nothing else does, and no change is idle.
    #[test]
    fn a_board_is_what_stands_in_the_hall(numbers in numbers()) {
        let mut boards = Alone::<Boards>::default();
        for recorded in &History::of(&numbers).log {
            let before = boards.view.snapshot();
            let changes = boards.apply(recorded);
            let after = boards.view.snapshot();
            let ground = boards.ground();
            prop_assert_eq!(&boards.view, &Boards::drawn(&ground.directory, &ground.hall));
            let is_call = matches!(
                recorded.event,
                Event::Day(DayEvent::TicketCalled { .. } | DayEvent::TicketRecalled { .. })
            );
            for change in &changes {
                let BoardsChange::Put(id, change) = change else { continue };
                prop_assert_eq!(change.kind == ChangeKind::Called, is_call);
                prop_assert!(is_call || before.get(id) != after.get(id), "idle {change:?}");
                prop_assert_eq!(change.view.is_some(), change.kind == ChangeKind::Refresh);
            }
            for view in after.values() {
                prop_assert!(view.tickets.len() <= TICKETS_SHOWN_MAX);
                let called = view.tickets.iter().map(|row| row.called_at);
                prop_assert!(called.rev().is_sorted(), "newest call first: {:?}", view.tickets);
            }
        }
    }
}
