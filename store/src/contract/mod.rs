//! What every engine promises, as tests that know no engine.
//!
//! Owns the suite and the events it writes. An engine runs it with [`contract_of!`](crate::contract_of); a line that
//! differs between engines is a fault of the suite.

mod following;
mod places;
mod reading;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use domain::directory::{DirectoryEvent, TenantRegistered};
use domain::service_day::{Channel, DayEvent, TicketRef};
use domain::{
    Actor, Clock, CommandId, Event, Metadata, QueueId, SiteId, StreamId, TenantSlug, TicketId,
};
use uuid::Uuid;

use crate::error::AppendError;
use crate::log::{Appended, EventLog, NewEvent, StreamAppend};

pub use following::*;
pub use places::*;
pub use reading::*;

/// A place where a log can be opened, closed and opened again.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Opens the log of this place; it must not be open.
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventLog>;
}

/// Runs the suite: one test for each promise. `$engine` makes a new, empty place.
#[macro_export]
macro_rules! contract_of {
    ($engine:expr) => {
        $crate::contract_of!($engine;
            positions_and_sequences_count_from_one,
            a_conflict_leaves_no_hole,
            an_append_is_all_or_nothing,
            sixteen_writers_leave_no_hole_and_a_follower_misses_nothing,
            one_stream_takes_one_of_two_rivals,
            time_never_runs_back_when_the_clock_does,
            what_was_recorded_is_read_back_the_same,
            reopening_keeps_everything_and_the_epoch,
            tenants_share_nothing,
            a_stream_is_read_from_where_one_left,
            a_ticket_leads_to_its_newest_stream,
            open_days_are_those_opened_last,
            the_newest_day_of_a_site_is_found,
            a_follower_starts_where_it_is_told,
            a_slow_follower_is_repaired_from_the_log,
            a_closed_log_says_so,
        );
    };
    ($engine:expr; $($promise:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let engine = $engine;
            $crate::contract::$promise(&engine).await;
        }
    )+};
}

pub(crate) fn tenant(name: &str) -> TenantSlug {
    name.parse().expect("a tenant")
}

fn site(n: u128) -> SiteId {
    SiteId(Uuid::from_u128(n))
}

fn ticket(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(n))
}

fn day(name: &str, n: u128, date: &str) -> StreamId {
    let date: NaiveDate = date.parse().expect("a date");
    StreamId::ServiceDay { tenant: tenant(name), site: site(n), date }
}

fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().expect("a time")
}

fn registered(name: &str) -> Event {
    let tenant = TenantRegistered { name: name.into(), locale: "fr".into() };
    DirectoryEvent::TenantRegistered(tenant).into()
}

fn opened(n: u128) -> Event {
    let date = noon().date_naive();
    DayEvent::DayOpened { site_id: site(n), date, at: noon(), carried: vec![] }.into()
}

fn closed(n: u128) -> Event {
    DayEvent::DayClosed { site_id: site(n), at: noon(), expired: vec![], carried: vec![] }.into()
}

fn issued(n: u128) -> Event {
    let ticket = TicketRef { id: ticket(n), number: "A001".into(), queue_id: QueueId(Uuid::nil()) };
    DayEvent::TicketIssued {
        ticket,
        ordinal: 1,
        priority: 0,
        channel: Channel::Kiosk,
        contact: false,
        position_in_line: 1,
        estimate_seconds: None,
        at: noon(),
    }
    .into()
}

/// Appends events as one command of the reception.
async fn append(
    log: &dyn EventLog,
    stream: &StreamId,
    expected: u64,
    events: Vec<Event>,
) -> Result<Appended, AppendError> {
    let metadata =
        Metadata { actor: Actor::Staff, key: Some("a-key-of-8".into()), fingerprint: None };
    let command_id = CommandId(Uuid::from_u128(u128::from(expected) + 7));
    let new = |event| NewEvent { event, metadata: metadata.clone(), command_id };
    let events = events.into_iter().map(new).collect();
    log.append(StreamAppend { stream: stream.clone(), expected, events }).await
}
