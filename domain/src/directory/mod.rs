//! A tenant's configuration: sites, queues, counters, agents, displays, kiosks, themes and sounds. Event-sourced
//! like the tickets, so that a screen can be replayed with the configuration of that day. One stream per tenant.

mod color;
mod command;
mod decide;
mod entities;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use color::{BadColor, Color};
pub use command::DirectoryCommand;
pub use decide::DirectoryRefusal;
pub use entities::{
    Agent, Chime, Counter, DayEnd, Display, DisplayKind, DisplayLayout, Kiosk, MessagePosition,
    Policy, Queue, QueueState, Site, Sound, Theme,
};
pub use event::{DirectoryEvent, TenantRegistered};
pub use state::{Directory, QueueEntry};
