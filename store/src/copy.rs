//! `smartqueue copy`: a whole log from a SQLite file into an empty PostgreSQL database, to go on there.
//!
//! Owns the order of the steps and the comparison. The target is no log until both sides were read and found the same; an
//! interrupted copy goes on where it was. Positions and epoch are kept, so that every screen goes on where it was; in
//! exchange the file gets another epoch, because from then on the two logs go different ways.

use std::path::Path;

use domain::{Position, TenantSlug};
use sha2::{Digest, Sha256};

use crate::error::CopyError;
use crate::options::StoreOptions;
use crate::postgres::Target;
use crate::sqlite::Source;

/// Events that travel in one transaction.
const CHUNK_LEN: usize = 2_000;

/// One event as its columns, the same in every engine. Nothing of it is decoded on the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RawEvent {
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) position: i64,
    /// Microseconds since 1970, UTC.
    pub(crate) recorded_at: i64,
    pub(crate) command_id: [u8; 16],
    pub(crate) ticket_id: Option<[u8; 16]>,
}

impl RawEvent {
    /// Feeds every column to the hash, each with its length before it, so that no two rows feed the same bytes.
    fn feed(&self, hash: &mut Sha256) {
        let texts = [
            &self.aggregate_type,
            &self.aggregate_id,
            &self.event_type,
            &self.event_version,
            &self.payload,
            &self.metadata,
        ];
        for text in texts {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        for number in [self.sequence, self.position, self.recorded_at] {
            hash.update(number.to_be_bytes());
        }
        hash.update(self.command_id);
        hash.update([u8::from(self.ticket_id.is_some())]);
        hash.update(self.ticket_id.unwrap_or_default());
    }
}

/// What was copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transferred {
    /// Tenants with an event.
    pub tenants: u64,
    /// Events of all tenants.
    pub events: u64,
    /// SHA-256 over all columns of all events, the same on both sides, as 64 hex digits.
    pub sha256: String,
}

/// Copies the log in the file `from`, which no server may have open, into the database at `to`, which must be empty or
/// hold the beginning of this very copy.
///
/// # Errors
/// [`CopyError`], in words that tell what to do. The database is no log then; the same command goes on from there.
pub async fn copy(
    from: &Path,
    to: &str,
    new_epoch: &str,
    options: &StoreOptions,
) -> Result<Transferred, CopyError> {
    let source = Source::open(from)?;
    let target = Target::open(to, options).await?;
    let mut copied = Transferred { tenants: 0, events: 0, sha256: String::new() };
    let mut hash = Sha256::new();
    let heads = source.heads()?;
    if let Some(other) =
        target.tenants().await?.into_iter().find(|t| !heads.iter().any(|(s, _)| s == t))
    {
        return Err(CopyError::NotThisCopy { tenant: other });
    }
    for (tenant, head) in &heads {
        hash.update(tenant.as_str().as_bytes());
        copy_tenant(&source, &target, tenant, *head, &mut hash).await?;
        copied.tenants += 1;
        copied.events += head.0;
    }
    copied.sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    target.finish(source.epoch()).await?;
    // Last, and only now: an interruption before leaves one log of this epoch, the old one.
    source.retire(new_epoch)?;
    Ok(copied)
}

/// Copies what is missing of one tenant, then reads both sides from the beginning.
async fn copy_tenant(
    source: &Source,
    target: &Target,
    tenant: &TenantSlug,
    head: Position,
    hash: &mut Sha256,
) -> Result<(), CopyError> {
    let mut cursor = target.head(tenant).await?;
    if cursor > head {
        return Err(CopyError::NotThisCopy { tenant: tenant.clone() });
    }
    while cursor < head {
        let chunk = source.read(tenant, cursor, CHUNK_LEN)?;
        cursor = next(tenant, cursor, &chunk)?;
        target.append(tenant, &chunk).await?;
    }
    let mut cursor = Position::START;
    while cursor < head {
        let ours = source.read(tenant, cursor, CHUNK_LEN)?;
        if target.read(tenant, cursor, CHUNK_LEN).await? != ours {
            return Err(CopyError::NotThisCopy { tenant: tenant.clone() });
        }
        cursor = next(tenant, cursor, &ours)?;
        ours.iter().for_each(|event| event.feed(hash));
    }
    Ok(())
}

/// The cursor after a chunk; an error where a position is missing.
fn next(tenant: &TenantSlug, after: Position, chunk: &[RawEvent]) -> Result<Position, CopyError> {
    let mut cursor = after;
    for event in chunk {
        if u64::try_from(event.position) != Ok(cursor.next().0) {
            break;
        }
        cursor = cursor.next();
    }
    if cursor.0 - after.0 == chunk.len() as u64 && !chunk.is_empty() {
        return Ok(cursor);
    }
    Err(CopyError::Hole { tenant: tenant.clone(), missing: cursor.next() })
}
