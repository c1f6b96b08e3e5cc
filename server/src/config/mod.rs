//! The settings: one documented list, filled from flags, environment, file and defaults, in that order.
//!
//! Owns what can be set and where each value came from. Never reads a setting later than at start, and never
//! shows a password.

mod file;
mod limits;
mod load;
mod sample;
mod settings;
#[cfg(test)]
mod tests;
mod values;

pub use limits::Limits;
pub use load::{Entry, LoadError, Loaded, Source, load};
pub use sample::env_sample;
pub use settings::Settings;
pub use values::{DatabaseUrl, LogFormat, Origin};

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "smartqueue.toml";
