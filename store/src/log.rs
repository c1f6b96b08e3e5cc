//! The contract of the log: what an engine promises, whatever it is built on.
//!
//! Owns the trait and its values. Never knows SQL; `contract.rs` holds every engine to what is written here.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::{
    CommandId, Event, Metadata, Position, Recorded, SiteId, StreamId, TenantSlug, TicketId,
};
use tokio::sync::watch;

use crate::commits::Commits;
use crate::error::{AppendError, ReadError};

/// An event that is decided but not yet recorded.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub event: Event,
    /// Who asked, and under which key.
    pub metadata: Metadata,
    /// The command that caused it; several events may share it.
    pub command_id: CommandId,
}

/// Events to be added to the end of one stream, all or none.
#[derive(Clone, Debug)]
pub struct StreamAppend {
    /// The stream that grows.
    pub stream: StreamId,
    /// The sequence of the last event that the writer knew; 0 for a stream that does not exist yet.
    pub expected: u64,
    /// The events in their order.
    pub events: Vec<NewEvent>,
}

/// The events of one append as they were recorded, in their order.
#[derive(Clone, Debug, Default)]
pub struct Appended {
    /// Each with position, sequence and time.
    pub events: Vec<Arc<Recorded>>,
}

/// A service day that was opened and not closed since.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenDay {
    /// The stream of the day.
    pub stream: StreamId,
    /// Where the day began in the tenant's log: a reader who wants open days only starts here.
    pub first_position: Position,
}

/// One gapless log per tenant.
///
/// * Positions are 1, 2, 3, ... per tenant in commit order; sequences are 1, 2, 3, ... per stream.
/// * `recorded_at` is in whole microseconds and never runs back within a tenant, whatever the clock does.
/// * An append is answered only after it is durable.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Which log this is: made at random when it was created, another one after a restore. A position is
    /// meaningful only together with it.
    fn epoch(&self) -> &str;

    /// Whether other processes may append to this log: then what was read once may have grown unseen.
    fn has_other_writers(&self) -> bool {
        false
    }

    /// Adds events to the end of a stream. Nothing is recorded when it fails, except that after
    /// [`AppendError::Unavailable`] the outcome is unknown: read the stream before you decide again.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] when the stream does not end at `expected`.
    async fn append(&self, append: StreamAppend) -> Result<Appended, AppendError>;

    /// Up to `limit` events of a stream that come after `after_sequence`, in order.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] when a sequence is missing or an event does not decode.
    async fn read_stream(
        &self,
        stream: &StreamId,
        after_sequence: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError>;

    /// Up to `limit` events of a tenant that come after `after`, in order and without holes. Fewer than `limit`
    /// means that the head was reached.
    ///
    /// # Errors
    /// [`ReadError::Hole`] when a position is missing; it is never skipped.
    async fn read_tenant(
        &self,
        tenant: &TenantSlug,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, ReadError>;

    /// The position of a tenant's last event; [`Position::START`] when it has none.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    async fn head(&self, tenant: &TenantSlug) -> Result<Position, ReadError>;

    /// Every tenant that has an event, by name.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    async fn tenants(&self) -> Result<Vec<TenantSlug>, ReadError>;

    /// The newest stream that has an event about this ticket.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    async fn stream_of_ticket(
        &self,
        tenant: &TenantSlug,
        ticket: TicketId,
    ) -> Result<Option<StreamId>, ReadError>;

    /// The service days that were opened and not closed since, in the order of their first positions.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    async fn open_days(&self, tenant: &TenantSlug) -> Result<Vec<OpenDay>, ReadError>;

    /// The site's newest service day.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    async fn latest_day(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
    ) -> Result<Option<StreamId>, ReadError>;

    /// The site's newest service day that is older than `date`.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    async fn day_before(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
        date: NaiveDate,
    ) -> Result<Option<StreamId>, ReadError>;

    /// Whether the log can be reached, as its changes are noticed. A log in a file of this machine always can.
    fn reachable(&self) -> watch::Receiver<bool> {
        watch::Sender::new(true).subscribe()
    }

    /// What is committed from now on, of all tenants; in position order within a tenant. To see every event of a
    /// tenant use [`crate::follow()`], which repairs what a slow subscriber missed.
    fn commits(&self) -> Commits;

    /// What is committed from now on to one tenant's log, in position order.
    fn commits_of(&self, tenant: &TenantSlug) -> Commits;

    /// Waits for the appends and reads that are under way, then lets go of the file or the connections. Whatever
    /// is asked later is unavailable.
    async fn close(&self);
}
