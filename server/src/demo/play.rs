//! A clinic day: visitors arrive, agents call, recall, serve, miss, transfer and park. The play looks at the day
//! before each step, so that it goes on where a restart or the reader left it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::service_day::{
    Channel, DayCommand, ReturnPlace, ServiceDay, Stage, Ticket, TransferTarget,
};
use domain::{Actor, AgentId, Clock, Event, Ids, QueueId, StreamId, TenantSlug, TicketId};
use store::{Issuer, Store};
use tokio_util::sync::CancellationToken;

use super::Clinic;
use super::clinic::{
    AGENT_OF_THE_READER, CASH_DESK, CONSULTATIONS, DESKS, LABORATORY, PHARMACY, QUEUES, SITE,
};

/// So many wait, all queues together, before arrivals become rare.
const CROWD: usize = 16;

/// The time between two steps at speed 1.
const STEP: Duration = Duration::from_secs(1);

/// Events read at a time.
const READ_MAX: usize = 1_000;

/// The play of the demo clinic's day.
pub struct Play {
    store: Store,
    tenant: TenantSlug,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    speed: u32,
    dice: Dice,
    stream: Option<StreamId>,
    sequence: u64,
    day: ServiceDay,
}

impl Play {
    pub(super) fn new(clinic: Clinic, tenant: TenantSlug) -> Self {
        let Clinic { store, clock, ids, speed } = clinic;
        let seed = u64::try_from(clock.now().timestamp_micros()).unwrap_or(1);
        let (stream, sequence, day) = (None, 0, ServiceDay::default());
        Self { store, tenant, clock, ids, speed, dice: Dice(seed | 1), stream, sequence, day }
    }

    /// Plays one step after another until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let pause = STEP / self.speed;
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            match self.look().await {
                Ok(()) => self.step().await,
                Err(error) => tracing::warn!(%error, "the demo cannot see its day"),
            }
        }
    }

    /// Takes in what happened since the last step, whoever did it.
    async fn look(&mut self) -> Result<(), store::ReadError> {
        let log = self.store.log();
        let latest = log.latest_day(&self.tenant, SITE).await?;
        if latest != self.stream {
            (self.stream, self.sequence, self.day) = (latest, 0, ServiceDay::default());
        }
        let Some(stream) = &self.stream else { return Ok(()) };
        loop {
            let events = log.read_stream(stream, self.sequence, READ_MAX).await?;
            for recorded in &events {
                self.sequence = recorded.sequence;
                if let Event::Day(event) = &recorded.event {
                    self.day.evolve(event);
                }
            }
            if events.len() < READ_MAX {
                return Ok(());
            }
        }
    }

    async fn step(&mut self) {
        if self.day.closed {
            return;
        }
        let waiting: usize = self.day.queues.values().map(|queue| queue.waiting.len()).sum();
        if self.dice.chance(if waiting < CROWD { 60 } else { 10 }) {
            self.arrival().await;
        }
        for (agent_id, counter_id, ..) in DESKS {
            if agent_id == AGENT_OF_THE_READER {
                continue;
            }
            match self.day.agents.get(&agent_id).map(|seat| seat.ticket) {
                None => {
                    self.does(agent_id, DayCommand::SeatAgent { agent_id, counter_id }).await;
                }
                Some(None) => self.idle(agent_id).await,
                Some(Some(ticket_id)) => self.with_ticket(agent_id, ticket_id).await,
            }
        }
    }

    async fn arrival(&mut self) {
        let queue_id = match self.dice.of(10) {
            0..=4 => CONSULTATIONS,
            5..=6 => PHARMACY,
            7..=8 => LABORATORY,
            _ => CASH_DESK,
        };
        let priority = u8::from(self.dice.chance(15));
        let channel = if self.dice.chance(30) { Channel::Qr } else { Channel::Kiosk };
        let ticket_id = TicketId(self.ids.fresh());
        let command = DayCommand::Issue { ticket_id, queue_id, priority, channel, contact: false };
        self.execute(Actor::Public, command).await;
    }

    async fn idle(&mut self, agent_id: AgentId) {
        if !self.dice.chance(35) {
            return;
        }
        if let Some(ticket_id) = self.parked_by(agent_id)
            && self.dice.chance(50)
        {
            self.does(agent_id, DayCommand::Resume { agent_id, ticket_id }).await;
            return;
        }
        self.does(agent_id, DayCommand::CallNext { agent_id, queue_id: None }).await;
    }

    async fn with_ticket(&mut self, agent_id: AgentId, ticket_id: TicketId) {
        let Some(ticket) = self.day.tickets.get(&ticket_id).cloned() else { return };
        let seconds = |since: DateTime<Utc>| {
            (self.clock.now() - since).num_milliseconds() * i64::from(self.speed) / 1000
        };
        if let Stage::Serving { started_at, .. } = &ticket.stage {
            if seconds(*started_at) >= 6 && self.dice.chance(18) {
                let command = self.end_of_service(agent_id, ticket_id, &ticket);
                self.does(agent_id, command).await;
            }
            return;
        }
        let Some(hold) = ticket.stage.hold().filter(|hold| seconds(hold.called_at) >= 4) else {
            return;
        };
        let command = match self.dice.of(100) {
            0..=59 => DayCommand::StartService { agent_id, ticket_id },
            60..=84 => DayCommand::Recall { agent_id, ticket_id },
            85..=94 if hold.calls >= 2 => DayCommand::MarkNoShow { agent_id, ticket_id },
            95..=97 => {
                let (agent_id, place) = (Some(agent_id), ReturnPlace::End);
                DayCommand::Return { agent_id, ticket_id, place }
            }
            _ => return,
        };
        self.does(agent_id, command).await;
    }

    /// Who was seen goes on to the laboratory, the pharmacy or the cash desk, or home.
    fn end_of_service(
        &mut self,
        agent_id: AgentId,
        ticket_id: TicketId,
        ticket: &Ticket,
    ) -> DayCommand {
        let onward = |to: QueueId| DayCommand::Transfer {
            agent_id: Some(agent_id),
            ticket_id,
            to: TransferTarget::Queue(to),
        };
        match (self.dice.of(100), ticket.queue_id) {
            (0..=14, CONSULTATIONS) => onward(LABORATORY),
            (15..=34, CONSULTATIONS) => onward(PHARMACY),
            (0..=29, LABORATORY) => onward(CASH_DESK),
            (35..=40, _) => DayCommand::Park { agent_id, ticket_id },
            _ => DayCommand::Finish { agent_id, ticket_id },
        }
    }

    fn parked_by(&self, agent_id: AgentId) -> Option<TicketId> {
        let parked = |ticket: &Ticket| matches!(&ticket.stage, Stage::Parked { hold, .. } if hold.agent_id == agent_id);
        self.day.tickets.iter().find(|(_, ticket)| parked(ticket)).map(|(id, _)| *id)
    }

    async fn does(&self, agent_id: AgentId, command: DayCommand) {
        self.execute(Actor::Agent(agent_id), command).await;
    }

    /// A refusal is part of the play: the reader may have been first, or nobody waits.
    async fn execute(&self, actor: Actor, command: DayCommand) {
        let issuer = Issuer { actor, key: None };
        if let Err(error) = self.store.execute_day(&self.tenant, SITE, command, issuer).await {
            tracing::debug!(%error, "the demo was refused");
        }
    }

    /// Some visitors, so that the first look at a screen is not at an empty clinic.
    pub(super) async fn before_the_doors_open(&mut self) {
        if self.look().await.is_ok() && self.day.tickets.is_empty() {
            for _ in 0..2 * QUEUES.len() {
                self.arrival().await;
            }
        }
    }
}

/// Chance enough for a play: the generator `xorshift64*` of Vigna (2016).
struct Dice(u64);

impl Dice {
    /// A number from 0 to `sides` - 1.
    fn of(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.of(100) < percent
    }
}
