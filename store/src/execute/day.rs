//! Commands of the day: which day it is at the site, and the turn from one day to the next.
//!
//! Owns the cut-over: the old day is closed, the new one opened with whom the old one carried over, then the command
//! is sent. Never decides about tickets, and never runs a command on a day that is over,
//! nor on one before the site's latest.

use chrono::NaiveDate;
use domain::service_day::{CarriedTicket, DayCommand, DayRefusal, ServiceDay};
use domain::{SiteId, StreamId, TenantSlug};
use tokio::sync::oneshot;

use super::actor::{Message, NotExecuted};
use super::store::{Store, ask};
use super::{ExecuteError, Executed, Issuer};
use crate::error::ReadError;

/// How often a command looks for its day: once, once more after the cut-over, and once after opening.
const TURNS_MAX: usize = 5;

type Outcome = Result<Executed, ExecuteError<DayRefusal>>;

impl Store {
    /// Executes a command on the site's current business day, opening it first where it never was.
    ///
    /// That is the day of the clock, but never one before the site's latest day: where the date went back (a clock
    /// that was set, another time zone or cut-over hour), the later day goes on, as its tickets are there.
    ///
    /// Of an [`DayCommand::Open`] only the wish counts: date and carried tickets are looked up here. A repeat under
    /// the same key gets the same answer, up to an hour beyond the cut-over. A refused command left nothing behind and is
    /// decided anew when it is sent again.
    ///
    /// # Errors
    /// [`ExecuteError`]; [`DayRefusal::UnknownSite`] when the tenant has no such site.
    pub async fn execute_day(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
        command: DayCommand,
        issuer: Issuer,
    ) -> Outcome {
        let mut latest = None;
        for _ in 0..TURNS_MAX {
            let directory = self.directory(tenant).await?;
            let Some(known) = directory.sites.get(&site) else {
                return Err(ExecuteError::Refused(DayRefusal::UnknownSite(site)));
            };
            let today = known.business_date(self.shared().clock.now());
            let date = latest.map_or(today, |latest: NaiveDate| latest.max(today));
            let stream = StreamId::ServiceDay { tenant: tenant.clone(), site, date };
            let command = self.with_own_parts(&stream, command.clone(), site, date).await?;
            let opens = matches!(command, DayCommand::Open { .. } | DayCommand::Close { .. });
            match ask(self, self.registry_of_days(), &stream, command, &issuer).await {
                Ok(executed) => return Ok(executed),
                Err(NotExecuted::Elsewhere) => {}
                Err(NotExecuted::Failed(ExecuteError::Refused(
                    refusal @ (DayRefusal::DayNotOpen
                    | DayRefusal::DayClosed
                    | DayRefusal::DayOver { .. }),
                ))) => {
                    latest = self.latest_date(tenant, site).await?;
                    if latest.is_some_and(|latest| latest > date) {
                        continue;
                    }
                    if opens || refusal != DayRefusal::DayNotOpen {
                        return Err(ExecuteError::Refused(refusal));
                    }
                    self.open_day(&stream, site, date).await?;
                }
                Err(NotExecuted::Failed(error)) => return Err(error),
            }
        }
        Err(ExecuteError::overloaded())
    }

    /// Closes every open day whose date is over at its site, and says how many. To be called every minute.
    ///
    /// A day that cannot be closed just now is logged and left for the next call.
    ///
    /// # Errors
    /// [`ReadError`] when the log does not say which days are open.
    pub async fn close_ended_days(&self) -> Result<usize, ReadError> {
        let log = self.log();
        let mut closed = 0;
        for tenant in log.tenants().await? {
            let directory = self.directory(&tenant).await?;
            for day in log.open_days(&tenant).await? {
                let StreamId::ServiceDay { site, date, .. } = &day.stream else {
                    continue;
                };
                let now = self.shared().clock.now();
                let today = directory.sites.get(site).map(|site| site.business_date(now));
                if today.is_none_or(|today| *date >= today) {
                    continue;
                }
                match self.close_day(&day.stream).await {
                    Ok(changed) => closed += usize::from(changed),
                    Err(error) => {
                        tracing::warn!(stream = %day.stream, %error, "an ended day stays open");
                    }
                }
            }
        }
        Ok(closed)
    }

    /// Fills in an opening: for a day that never was, the turn from the day before comes first.
    async fn with_own_parts(
        &self,
        stream: &StreamId,
        command: DayCommand,
        site_id: SiteId,
        date: NaiveDate,
    ) -> Result<DayCommand, ExecuteError<DayRefusal>> {
        if !matches!(command, DayCommand::Open { .. }) {
            return Ok(command);
        }
        self.opening(stream, site_id, date).await
    }

    /// The opening of a day, after the turn from the day before.
    async fn opening(
        &self,
        stream: &StreamId,
        site_id: SiteId,
        date: NaiveDate,
    ) -> Result<DayCommand, ExecuteError<DayRefusal>> {
        // Where the day was open before, the rules take its own tickets instead.
        let carried = self.carried_to(stream, site_id, date).await?;
        let latest = self.latest_date(stream.tenant(), site_id).await?;
        Ok(DayCommand::Open { site_id, date, carried, latest })
    }

    /// Opens a day that never was. Another command may do it at the same time; then that is as well.
    async fn open_day(
        &self,
        stream: &StreamId,
        site_id: SiteId,
        date: NaiveDate,
    ) -> Result<(), ExecuteError<DayRefusal>> {
        let open = self.opening(stream, site_id, date).await?;
        match ask(self, self.registry_of_days(), stream, open, &Issuer::system()).await {
            Ok(_)
            | Err(NotExecuted::Elsewhere)
            | Err(NotExecuted::Failed(ExecuteError::Refused(
                DayRefusal::DayOpen | DayRefusal::DayOver { .. },
            ))) => Ok(()),
            Err(NotExecuted::Failed(error)) => Err(error),
        }
    }

    /// The date of the site's latest day; none before its first.
    async fn latest_date(
        &self,
        tenant: &TenantSlug,
        site: SiteId,
    ) -> Result<Option<NaiveDate>, ReadError> {
        let latest = self.log().latest_day(tenant, site).await?;
        Ok(latest.and_then(|stream| match stream {
            StreamId::ServiceDay { date, .. } => Some(date),
            StreamId::Directory(_) => None,
        }))
    }

    /// Whom the site's day before hands on; it is closed first, so that the list is final.
    async fn carried_to(
        &self,
        stream: &StreamId,
        site: SiteId,
        date: NaiveDate,
    ) -> Result<Vec<CarriedTicket>, ExecuteError<DayRefusal>> {
        let Some(older) = self.log().day_before(stream.tenant(), site, date).await? else {
            return Ok(Vec::new());
        };
        self.close_day(&older).await?;
        let (found, finding) = oneshot::channel();
        let look = move |day: &ServiceDay| drop(found.send(day.carried.clone()));
        self.registry_of_days().send(&older, Message::Inspect(Box::new(look)))?;
        finding.await.map_err(|_| ExecuteError::Unavailable("the day before was not read".into()))
    }

    /// Closes a day as the site says; whether it was open.
    async fn close_day(&self, stream: &StreamId) -> Result<bool, ExecuteError<DayRefusal>> {
        let close = DayCommand::Close { end: None };
        match ask(self, self.registry_of_days(), stream, close, &Issuer::system()).await {
            Ok(executed) => Ok(!executed.events.is_empty()),
            Err(NotExecuted::Failed(ExecuteError::Refused(
                DayRefusal::DayClosed | DayRefusal::DayNotOpen,
            ))) => Ok(false),
            Err(NotExecuted::Elsewhere) => Ok(false),
            Err(NotExecuted::Failed(error)) => Err(error),
        }
    }
}
