//! What a projection is, and one that stands alone. Never decides which projections a tenant has.

use std::sync::Arc;

use domain::directory::Directory;
use domain::{Event, Position, Recorded};

use crate::hall::{Hall, Step};

/// What projections share: the configuration and the hall, both folded once.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ground {
    pub directory: Arc<Directory>,
    pub hall: Hall,
}

impl Ground {
    /// Takes in one event, which the caller has not given before.
    pub(crate) fn apply(&mut self, recorded: &Recorded) -> Step {
        match &recorded.event {
            Event::Day(_) => self.hall.apply(recorded),
            Event::Directory(event) => {
                Arc::make_mut(&mut self.directory).evolve(event);
                Step::Nothing
            }
            Event::Unknown { .. } => Step::Nothing,
        }
    }
}

/// One event after the ground took it in.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    pub recorded: &'a Recorded,
    /// The configuration after the event.
    pub directory: &'a Directory,
    /// The hall after the event.
    pub hall: &'a Hall,
    /// What the event did to the hall.
    pub step: &'a Step,
}

/// A read model: a fold, and the changes that a reader needs to keep up.
///
/// Three laws, held by property tests: folding the changes onto the old snapshot gives the new one; replay from
/// the first event equals snapshot and tail; a position that was seen changes nothing.
pub trait Projection: Clone + Default {
    /// One step from a snapshot to the next.
    type Change;
    /// What a reader holds.
    type Snapshot;

    /// Takes in one event and tells what changed, in order.
    fn apply(&mut self, moment: &Moment<'_>, tell: &mut impl FnMut(Self::Change));

    /// What a reader starts with.
    fn snapshot(&self) -> Self::Snapshot;

    /// What a reader does with a change.
    fn fold(snapshot: &mut Self::Snapshot, change: &Self::Change);
}

/// One projection on ground of its own: for an auditor who looks at one view, and for tests.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Alone<P> {
    ground: Ground,
    position: Position,
    /// The projection.
    pub view: P,
}

impl<P: Projection> Alone<P> {
    /// Takes in one event; a position seen before changes nothing.
    pub fn apply(&mut self, recorded: &Recorded) -> Vec<P::Change> {
        let mut changes = Vec::new();
        if recorded.position <= self.position {
            return changes;
        }
        self.position = recorded.position;
        let step = self.ground.apply(recorded);
        let Ground { directory, hall } = &self.ground;
        let moment = Moment { recorded, directory, hall, step: &step };
        self.view.apply(&moment, &mut |change| changes.push(change));
        changes
    }

    /// The position of the last event taken in.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The ground under the projection.
    #[must_use]
    pub fn ground(&self) -> &Ground {
        &self.ground
    }
}
