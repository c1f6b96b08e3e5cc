//! The way to the database: the address, the connections, and the settings on which durability rests.
//!
//! Owns two bounded pools, so that a long read never keeps an append waiting. Never shows the password.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgPool, Postgres};

use super::fault::{Fault, said};
use crate::error::OpenError;
use crate::options::StoreOptions;

/// A connection that was idle for longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// The oldest server that the engine is tested with, as in `server_version_num`.
const SERVER_VERSION_MIN: i32 = 150_000;

/// Plans are made once for each statement, while the tables may still be empty: without these a plan that reads a
/// whole table could stay in use when the table is large.
const APPEND_PLANS: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// The connections of one log.
#[derive(Clone)]
pub(super) struct Connections {
    /// For appends and other short statements.
    pub(super) appends: PgPool,
    /// For reads.
    pub(super) reads: PgPool,
    /// Where the database is, without user and password.
    pub(super) place: String,
    /// After this time without an answer a connection counts as broken.
    pub(super) patience: Duration,
}

impl Connections {
    /// Makes the pools and connects once.
    pub(super) async fn open(url: &str, options: &StoreOptions) -> Result<Self, OpenError> {
        let address = address(url, options)?;
        let place = place(&address);
        let pool = |len: usize| {
            PgPoolOptions::new()
                .max_connections(u32::try_from(len).unwrap_or(u32::MAX))
                .acquire_timeout(Duration::from_millis(options.connect_timeout_ms))
        };
        let appends = pool(options.append_connections)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    Ok(meta.idle_for < TRUSTED_IDLE || connection.ping().await.is_ok())
                })
            })
            .connect_with(address.clone().options(APPEND_PLANS))
            .await
            .map_err(|error| refused(&place, &error))?;
        let reads = pool(options.readers).connect_lazy_with(address);
        let patience = Duration::from_millis(options.statement_timeout_ms) + TRUSTED_IDLE;
        let connections = Self { appends, reads, place, patience };
        connections.check().await?;
        Ok(connections)
    }

    /// A connection that has just answered: to be used after one broke, when others may be broken as well.
    pub(super) async fn fresh_append(&self) -> Result<sqlx::pool::PoolConnection<Postgres>, Fault> {
        loop {
            let mut connection = self.appends.acquire().await?;
            match tokio::time::timeout(self.patience, connection.ping()).await {
                Ok(Ok(())) => return Ok(connection),
                Ok(Err(_)) | Err(_) => drop(connection.detach()),
            }
        }
    }

    /// A pool of one, for the connection that listens.
    pub(super) fn listener(&self) -> PgPool {
        let address = self.reads.connect_options().as_ref().clone();
        PgPoolOptions::new().max_connections(1).connect_lazy_with(address)
    }

    pub(super) async fn close(&self) {
        tokio::join!(self.appends.close(), self.reads.close());
    }

    /// Refuses a server on which an acknowledged command could be lost, or that cannot be written.
    async fn check(&self) -> Result<(), OpenError> {
        let settings: (i32, String, String, String, bool) = sqlx::query_as(
            "SELECT current_setting('server_version_num')::int, current_setting('fsync'), \
             current_setting('synchronous_commit'), current_setting('full_page_writes'), \
             pg_is_in_recovery()",
        )
        .fetch_one(&self.appends)
        .await
        .map_err(|error| refused(&self.place, &error))?;
        let (version, fsync, synchronous_commit, full_page_writes, standby) = settings;
        let place = || self.place.clone();
        if version < SERVER_VERSION_MIN {
            let (found, min) = (version / 10_000, SERVER_VERSION_MIN / 10_000);
            return Err(OpenError::OldServer { place: place(), found, min });
        }
        if standby {
            return Err(OpenError::Standby { place: place() });
        }
        for (setting, found) in [
            ("fsync", fsync),
            ("synchronous_commit", synchronous_commit),
            ("full_page_writes", full_page_writes),
        ] {
            if found == "off" {
                return Err(OpenError::Unsafe { place: place(), setting });
            }
        }
        Ok(())
    }
}

fn address(url: &str, options: &StoreOptions) -> Result<PgConnectOptions, OpenError> {
    let timeout = format!("{}ms", options.statement_timeout_ms);
    let address = PgConnectOptions::from_str(url)
        // What the parser says may hold a part of the password.
        .map_err(|_| OpenError::BadAddress)?
        .application_name("smartqueue")
        .options([("statement_timeout", timeout)])
        .disable_statement_logging();
    Ok(address)
}

fn place(address: &PgConnectOptions) -> String {
    let database = address.get_database().unwrap_or(address.get_username());
    match address.get_socket() {
        Some(socket) => format!("postgres://{}/{database}", socket.display()),
        None => format!("postgres://{}:{}/{database}", address.get_host(), address.get_port()),
    }
}

/// What the server says to one who starts the program.
pub(super) fn refused(place: &str, error: &sqlx::Error) -> OpenError {
    let (place, reason) = (place.to_owned(), said(error));
    let code = error.as_database_error().and_then(|error| Some(error.code()?.into_owned()));
    match code.as_deref() {
        Some("42501") => OpenError::NotAllowed { place, reason },
        // Wrong password or user, no such database.
        Some("28000" | "28P01" | "3D000") => OpenError::Denied { place, reason },
        Some("53100") => OpenError::StorageFull,
        _ => OpenError::Unreachable { place, reason },
    }
}
