//! A rule book: what may happen next, and what it means when it did.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

/// An aggregate whose rules are pure and synchronous. `cqrs_es::Aggregate` is implemented as the thin loop
/// around these two ([`handle`]).
pub trait Decider: Aggregate {
    /// The events that `command` causes in this state, or why it is refused. Empty when it changes nothing.
    ///
    /// # Errors
    /// A refusal by the rules; nothing has happened then.
    fn decide(
        &self,
        command: &Self::Command,
        context: &Self::Services,
    ) -> Result<Vec<Self::Event>, Self::Error>;

    /// Takes in what happened. Never fails, because it already happened.
    fn evolve(&mut self, event: &Self::Event);
}

/// The `cqrs_es::Aggregate::handle` of every decider: decide, then hand each event to the sink.
///
/// # Errors
/// The refusal of [`Decider::decide`].
pub async fn handle<D: Decider>(
    decider: &mut D,
    command: D::Command,
    context: &D::Services,
    sink: &EventSink<D>,
) -> Result<(), D::Error> {
    for event in decider.decide(&command, context)? {
        sink.write(event, decider).await;
    }
    Ok(())
}
