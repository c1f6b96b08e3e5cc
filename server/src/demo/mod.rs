//! The demo clinic: what `smartqueue` shows when it is started without a word.
//!
//! Owns the clinic's definitions and the play of its day. Everything it does goes through the same
//! [`store::Store`] commands as everyone's; it has no door of its own.

mod clinic;
mod play;

use std::sync::Arc;

use anyhow::Context as _;
use domain::{Clock, Ids, TenantSlug};
use store::Store;

pub use clinic::DISPLAYS;
pub use play::Play;

/// What the demo clinic is made on.
pub struct Clinic {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// How many times faster than believable it plays.
    pub speed: u32,
}

impl Clinic {
    /// Defines what is not defined yet, lets the first visitors in, and gives the play of the day.
    ///
    /// # Errors
    /// When the store refuses, which it does where somebody has built another tenant of that name.
    pub async fn open(self) -> anyhow::Result<Play> {
        let tenant: TenantSlug = clinic::TENANT.parse()?;
        let defined = clinic::define(&self.store, &tenant).await;
        defined
            .context("the demo clinic cannot be defined; `smartqueue serve` starts without it")?;
        let mut play = Play::new(self, tenant);
        play.before_the_doors_open().await;
        Ok(play)
    }
}
