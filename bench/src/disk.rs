//! What the disk and SQLite can do at best in the folder of the logs: the floors beside our figures. Owns bare loops
//! only; nothing here goes through our own code, except that the table is ours.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::samples::Samples;

/// The table as the server makes it.
const TABLE: &str = include_str!("../../migrations/sqlite/0001_log.sql");

/// As long as the metadata of a command with a key.
pub(crate) const METADATA: &str = r#"{"actor":"agent:0193b000-0000-7000-8000-000000010000","key":"0193b000-0000-7000-8000-000000010000","fingerprint":"0123456789abcdef"}"#;

/// A page of SQLite.
const BLOCK_BYTES: u64 = 4096;

/// The file of the flushes is written round and round, as a write-ahead file is.
const BLOCKS: u64 = 1024;

/// Flushes the disk again and again: 4 KiB written, then `fdatasync`.
pub(crate) fn flushes(folder: &Path, time: Duration) -> Result<Samples> {
    let path = folder.join("flushes");
    let file = File::create(&path).context("make a file to flush")?;
    let block = [0x5a; BLOCK_BYTES as usize];
    for at in 0..BLOCKS {
        file.write_all_at(&block, at * BLOCK_BYTES).context("write a block")?;
    }
    file.sync_all().context("flush")?;
    let mut samples = Samples::default();
    let until = Instant::now() + time;
    for at in 0.. {
        let began = Instant::now();
        if began >= until {
            break;
        }
        file.write_all_at(&block, at % BLOCKS * BLOCK_BYTES).context("write a block")?;
        file.sync_data().context("flush")?;
        samples.push(began.elapsed());
    }
    std::fs::remove_file(&path).context("remove the flushed file")?;
    Ok(samples)
}

/// Rows a second that SQLite takes into our table, so many in each transaction.
pub(crate) fn rows_per_second(folder: &Path, per_transaction: u64, time: Duration) -> Result<f64> {
    let connection = Connection::open(folder.join("floor.db")).context("make a database")?;
    connection.pragma_update(None, "journal_mode", "wal").context("choose the journal")?;
    connection.pragma_update(None, "synchronous", "full").context("choose durability")?;
    connection.execute_batch(TABLE).context("make the table")?;
    let payload = payload();
    let metadata = METADATA;
    let aggregate = format!("clinic/{}/2026-03-02", Uuid::nil());
    let mut insert = connection.prepare(
        "INSERT INTO events VALUES ('service_day', ?1, ?2, 'ticket_called', '1', ?3, ?4, 'clinic', ?2, ?2, ?5, ?6)",
    )?;
    let mut head = connection.prepare(
        "INSERT INTO tenant_head VALUES ('clinic', ?1, ?1) ON CONFLICT DO UPDATE SET pos = ?1, at = ?1",
    )?;
    let began = Instant::now();
    let mut row = 0_u64;
    while began.elapsed() < time {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..per_transaction {
            row += 1;
            // Both ids grow with time, as ours do.
            let command = Uuid::from_u64_pair(row, 0).into_bytes();
            let ticket = Uuid::from_u64_pair(row / 3, 1).into_bytes();
            insert.execute(params![aggregate, row, payload, metadata, command, ticket])?;
        }
        head.execute([row])?;
        connection.execute_batch("COMMIT")?;
    }
    Ok(row as f64 / began.elapsed().as_secs_f64())
}

/// As long as the payload of a call.
pub(crate) fn payload() -> String {
    let id = Uuid::nil();
    format!(
        r#"{{"ticket_called":{{"ticket":{{"id":"{id}","number":"A001","queue_id":"{id}"}},"agent_id":"{id}","counter_id":"{id}","counter":"4","reason":{{"kind":"next","policy":{{"kind":"fifo"}},"policy_version":1,"rank":1,"waiting":3,"waited_seconds":66}},"at":"2026-03-02T09:00:00.000000Z"}}}}"#
    )
}
