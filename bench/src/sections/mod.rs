//! The questions of a run, one file each. A section starts the processes that it needs, measures, and gives rows.

pub(crate) mod commands;
pub(crate) mod fan_out;
pub(crate) mod idle;
pub(crate) mod nodes;
pub(crate) mod postgres;
pub(crate) mod screens;
pub(crate) mod start;
pub(crate) mod storm;
