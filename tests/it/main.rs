//! The promises of the whole, in one binary: it links once.

mod architecture;
mod spec;
mod tidy;
#[cfg(test)]
mod workspace;
