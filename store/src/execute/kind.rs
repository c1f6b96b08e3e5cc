//! What execution must know of an aggregate besides its rules.
//!
//! Owns the differences between the directory and a service day: what a decision may know, how long keys count, and
//! which commands belong to this very stream. Never holds a rule about tickets.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::directory::{Directory, DirectoryCommand};
use domain::service_day::{DayCommand, DayContext, ServiceDay};
use domain::{Decider, Event, StreamId};
use serde::Serialize;
use serde_json::Value;

use super::state::Shared;

/// Keys of the directory count for a day: a client that repeats a command does so within minutes.
const DIRECTORY_KEYS_KEPT: TimeDelta = TimeDelta::hours(24);

/// Keys of the day before count for an hour: a repeat may fall after the cut-over.
const INHERITED_KEYS_KEPT: TimeDelta = TimeDelta::hours(1);

/// An aggregate that can be executed.
pub(crate) trait Kind:
    Decider<
        Command: Serialize + Clone + Send + Sync,
        Event: Into<Event>,
        Error: Send,
        Services: Send,
    > + 'static
{
    /// How long a key is remembered; none is as long as the stream lasts.
    const KEYS_KEPT: Option<TimeDelta>;

    /// The event as one of this aggregate.
    fn own(event: &Event) -> Option<&Self::Event>;

    /// When it was decided, where the rules look at that.
    fn at(event: &Self::Event) -> Option<DateTime<Utc>>;

    /// Removes from a command's JSON what the server put in, so that a repeat looks the same.
    fn remove_own_parts(command: &mut Value);

    /// What a decision may know now; none when it is not known yet.
    fn context(shared: &Shared, stream: &StreamId, now: DateTime<Utc>) -> Option<Self::Services>;

    /// The time of the next decision; all else that is known stays.
    fn set_time(context: &mut Self::Services, now: DateTime<Utc>);

    /// Whether the command still belongs to this stream at the time of the decision.
    fn belongs(
        stream: &StreamId,
        command: &Self::Command,
        context: &Self::Services,
        clock: DateTime<Utc>,
    ) -> bool;

    /// Makes the state known to others after it changed.
    fn publish(&self, shared: &Shared, stream: &StreamId);

    /// Takes back what was made known, because it may be old.
    fn forget(shared: &Shared, stream: &StreamId);

    /// How far back keys of the stream before this one count; none when they do not.
    fn inherits(&self) -> Option<TimeDelta>;
}

impl Kind for Directory {
    const KEYS_KEPT: Option<TimeDelta> = Some(DIRECTORY_KEYS_KEPT);

    fn own(event: &Event) -> Option<&Self::Event> {
        match event {
            Event::Directory(event) => Some(event),
            Event::Day(_) | Event::Unknown { .. } => None,
        }
    }

    fn at(_: &Self::Event) -> Option<DateTime<Utc>> {
        None
    }

    fn remove_own_parts(_: &mut Value) {}

    fn context(_: &Shared, _: &StreamId, _: DateTime<Utc>) -> Option<()> {
        Some(())
    }

    fn set_time((): &mut (), _: DateTime<Utc>) {}

    fn belongs(_: &StreamId, _: &DirectoryCommand, (): &(), _: DateTime<Utc>) -> bool {
        true
    }

    fn publish(&self, shared: &Shared, stream: &StreamId) {
        shared.directories.insert(stream.tenant().clone(), Arc::new(self.clone()));
    }

    fn forget(shared: &Shared, stream: &StreamId) {
        shared.directories.remove(stream.tenant());
    }

    fn inherits(&self) -> Option<TimeDelta> {
        None
    }
}

impl Kind for ServiceDay {
    const KEYS_KEPT: Option<TimeDelta> = None;

    fn own(event: &Event) -> Option<&Self::Event> {
        match event {
            Event::Day(event) => Some(event),
            Event::Directory(_) | Event::Unknown { .. } => None,
        }
    }

    fn at(event: &Self::Event) -> Option<DateTime<Utc>> {
        Some(event.at())
    }

    /// A ticket's id, and all of an opening: the server looks up what it needs.
    fn remove_own_parts(command: &mut Value) {
        for (name, part) in
            [("issue", "ticket_id"), ("open", "date"), ("open", "carried"), ("open", "latest")]
        {
            if let Some(parts) = command.get_mut(name).and_then(Value::as_object_mut) {
                parts.remove(part);
            }
        }
    }

    fn context(shared: &Shared, stream: &StreamId, now: DateTime<Utc>) -> Option<DayContext> {
        let directory = shared.directories.get(stream.tenant())?.clone();
        Some(DayContext { now, directory })
    }

    fn set_time(context: &mut DayContext, now: DateTime<Utc>) {
        context.now = now;
    }

    /// A command belongs to the day that it is at the site when it is decided, not when it was sent: else one that
    /// waited over the cut-over could open the old day again after its tickets moved on. A close ends an old day. A
    /// later day is the site's where the date went back: a clock that was set, or another zone or cut-over hour.
    fn belongs(
        stream: &StreamId,
        command: &DayCommand,
        context: &DayContext,
        clock: DateTime<Utc>,
    ) -> bool {
        if matches!(command, DayCommand::Close { .. }) {
            return true;
        }
        match stream {
            StreamId::Directory(_) => false,
            StreamId::ServiceDay { site, date, .. } => {
                let site = context.directory.sites.get(site);
                site.is_some_and(|site| site.business_date(clock) <= *date)
            }
        }
    }

    fn publish(&self, _: &Shared, _: &StreamId) {}

    fn forget(_: &Shared, _: &StreamId) {}

    fn inherits(&self) -> Option<TimeDelta> {
        Some(INHERITED_KEYS_KEPT)
    }
}
