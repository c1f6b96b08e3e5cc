//! What was decided of a command, and what it is answered once the batch is durable.

use std::ops::Range;
use std::sync::Arc;

use domain::{Recorded, StreamId};

use super::actor::NotExecuted;
use super::keys::Span;
use super::state::{Shared, read_span};
use super::{ExecuteError, Executed};

/// What was decided of one command, before the append.
pub(super) enum Verdict<R> {
    /// These events of the batch.
    Decided(Range<usize>),
    Replay(Span),
    Refused(R),
    KeyReused,
    Elsewhere,
}

/// What a command is answered once the batch is durable. `base` is the sequence before the batch.
pub(super) async fn answer<R>(
    verdict: Verdict<R>,
    appended: &[Arc<Recorded>],
    base: u64,
    shared: &Shared,
    stream: &StreamId,
) -> Result<Executed, NotExecuted<R>> {
    let (events, replayed) = match verdict {
        Verdict::Refused(refusal) => {
            return Err(NotExecuted::Failed(ExecuteError::Refused(refusal)));
        }
        Verdict::KeyReused => return Err(NotExecuted::Failed(ExecuteError::KeyReused)),
        Verdict::Elsewhere => return Err(NotExecuted::Elsewhere),
        Verdict::Decided(range) => (appended.get(range).unwrap_or_default().to_vec(), false),
        Verdict::Replay(span) if span.stream == *stream && span.first > base => {
            let place = |sequence: u64| usize::try_from(sequence - base).unwrap_or(usize::MAX);
            let range = place(span.first) - 1..place(span.last);
            (appended.get(range).unwrap_or_default().to_vec(), true)
        }
        Verdict::Replay(span) => match read_span(shared, &span).await {
            Ok(events) => (events, true),
            Err(error) => return Err(NotExecuted::Failed(error.into())),
        },
    };
    let position = match events.last() {
        Some(last) => last.position,
        None => {
            shared.log.head(stream.tenant()).await.map_err(|e| NotExecuted::Failed(e.into()))?
        }
    };
    Ok(Executed { events, position, replayed })
}
