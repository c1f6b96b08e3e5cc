//! Sockets: the upgrade of a request, and the task that serves it.

mod inbox;
mod session;

#[cfg(test)]
mod tests;
mod upgrade;

pub(crate) use upgrade::upgrade;
