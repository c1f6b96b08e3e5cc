//! What a reader says about where it stands: `?after=<seq>&epoch=<epoch>`, or `Last-Event-ID: <epoch>:<seq>`.

use domain::Position;

/// Where a reader says it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Resume {
    /// The `seq` of the last message it took.
    pub(crate) after: Position,
    /// The history that `after` belongs to.
    pub(crate) epoch: String,
}

impl Resume {
    /// Reads the two query parameters. Without `after` there is nothing to resume.
    ///
    /// # Errors
    /// The text of `after` when it is not a position.
    pub(crate) fn from_query(
        after: Option<&str>,
        epoch: Option<&str>,
    ) -> Result<Option<Self>, String> {
        let Some(after) = after else {
            return Ok(None);
        };
        let after = after.parse().map_err(|error| format!("after: {error}"))?;
        Ok(Some(Self { after, epoch: epoch.unwrap_or_default().to_owned() }))
    }

    /// Reads the id of the last event of a stream. One that we did not give asks for nothing: a browser would
    /// repeat it for ever.
    pub(crate) fn from_event_id(id: &str) -> Option<Self> {
        let (epoch, after) = id.rsplit_once(':')?;
        Some(Self { after: after.parse().ok()?, epoch: epoch.to_owned() })
    }

    /// The position to go on from, if it belongs to this history.
    pub(crate) fn position_in(&self, epoch: &str) -> Option<Position> {
        (self.epoch == epoch).then_some(self.after)
    }
}
