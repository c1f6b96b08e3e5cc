//! The promises of the whole, in one binary: it links once.
//!
//! `cfg(test)` is always so here; it says to the lints that all of it is tests.

mod architecture;
#[cfg(test)]
mod balancer;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod race;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod seed_client;
#[cfg(test)]
mod silent_socket;
#[cfg(test)]
mod simulation;
mod spec;
mod tidy;
#[cfg(test)]
mod words;
#[cfg(test)]
mod workspace;
