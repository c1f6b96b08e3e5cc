//! Waking a tenant: the views from the configuration and the latest day of each site, without the years before.
//!
//! Positions jump here and nowhere else. Never used once the views are live.

use domain::{Position, Recorded};

use super::TenantViews;

/// Views that are being filled.
///
/// Feed every event of the directory's stream, then every event of each site's latest day, each stream in its own
/// order. A day that is closed may be left out: then its tickets and figures are unknown until the next one opens,
/// and all else is as after a full replay.
#[derive(Clone, Debug, Default)]
pub struct Bootstrap {
    views: TenantViews,
}

impl Bootstrap {
    /// Takes in one event.
    pub fn feed(&mut self, recorded: &Recorded) {
        self.views.take(recorded);
    }

    /// The views, from which on no position may be missing. `head` is the last position that the log had when the
    /// streams were read: what they left out up to there concerns no view.
    #[must_use]
    pub fn finish(self, head: Position) -> TenantViews {
        TenantViews { position: head, ..self.views }
    }
}
