//! All tickets of one site on one business day: the consistency boundary of the queue.
//!
//! Inside it are decided, without races or sagas: the number, who is next, that a ticket is with one agent at
//! most and an agent holds one active ticket at most, and transfers between queues.

mod command;
mod decide;
mod event;
mod facts;
mod line;
mod refusal;
mod state;
#[cfg(test)]
mod tests;
mod ticket;

pub use command::{Channel, DayCommand, TransferTarget};
pub use decide::DayContext;
pub use event::DayEvent;
pub use facts::{
    BadPauseReason, CallKind, CallReason, CarriedTicket, Hold, PauseReason, Place, Restored,
    ReturnPlace, Step, TicketRef,
};
pub use line::{Candidate, Ordering, QueueTurn, ServiceTimes, Turn, wait_estimate_seconds};
pub use refusal::{DayRefusal, RefusalKind};
pub use state::{AgentDay, QueueDay, ServiceDay};
pub use ticket::{Stage, Ticket};
