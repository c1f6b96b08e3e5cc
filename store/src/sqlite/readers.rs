//! The connections that read.
//!
//! Owns a fixed number of read-only connections. Never blocks a task: reads run in the runtime's blocking threads.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::ReadError;

/// A pool of read-only connections.
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    len: usize,
}

/// A connection on loan; goes back also when the read panics.
struct Loan {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let (len, idle) = (connections.len(), Arc::new(Mutex::new(connections)));
        Self { idle, permits: Arc::new(Semaphore::new(len)), len }
    }

    /// Runs one read. It goes on to its end also when the caller no longer waits.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| closed())?;
        let idle = self.idle.clone();
        let reading = tokio::task::spawn_blocking(move || {
            // Dropped last, so that whoever gets the permit finds the connection.
            let _permit = permit;
            let connection = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let loan = Loan { connection, idle };
            loan.connection.as_ref().map_or_else(|| Err(closed()), read)
        });
        reading.await.unwrap_or_else(|error| Err(ReadError::Unavailable(error.to_string().into())))
    }

    /// Waits for the reads under way and closes the connections.
    pub(super) async fn close(&self) {
        let all = u32::try_from(self.len).unwrap_or(u32::MAX);
        if let Ok(_permits) = self.permits.acquire_many(all).await {
            self.permits.close();
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

fn closed() -> ReadError {
    ReadError::Unavailable("the log is closed".into())
}
