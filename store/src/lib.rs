//! The log: append, read, follow; and the execution of commands on it.
//!
//! Owns the events of every tenant ([`log`]), the engines that keep them ([`sqlite`], [`postgres`]), and the one place where a
//! command becomes events ([`execute`]). It is the only crate that knows SQL. Never decides anything about
//! tickets: the rules are in `domain`.

mod commits;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod copy;
mod error;
pub mod execute;
pub mod follow;
pub mod log;
mod options;
mod postgres;
mod row;
mod sqlite;
#[cfg(any(test, feature = "contract"))]
pub mod testing;

pub use commits::{Commits, CommitsEnded};
pub use copy::{Transferred, copy};
pub use error::{AppendError, BackupError, CopyError, OpenError, ReadError};
pub use execute::{ExecuteError, Executed, IdempotencyKey, Issuer, Store};
pub use follow::{Follower, follow};
pub use log::{Appended, EventLog, NewEvent, OpenDay, StreamAppend};
pub use options::StoreOptions;
pub use postgres::PostgresLog;
pub use sqlite::{Copied, SqliteLog, backup, restore, sqlite_file};
