//! The file that a server leaves behind, read by two ways that share no code: plain SQL, and the program's own
//! store and views. Only for files that no server has open.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{Clock, DisplayId, Ids, Position};
use projections::TenantViews;
use rusqlite::Connection;
use serde_json::Value;
use store::{EventLog as _, SqliteLog, StoreOptions};
use uuid::Uuid;

/// One event as it lies in the file.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) position: u64,
    pub(crate) stream: String,
    pub(crate) sequence: u64,
    pub(crate) kind: String,
    /// The fields of the event.
    pub(crate) fields: Value,
    pub(crate) key: Option<String>,
    pub(crate) command: Vec<u8>,
}

impl Row {
    /// The ticket that the event is about.
    pub(crate) fn ticket(&self) -> Option<&str> {
        self.fields["ticket"]["id"].as_str()
    }
}

/// Every event of a tenant, by position.
pub(crate) fn rows(file: &Path, tenant: &str) -> Vec<Row> {
    let connection = Connection::open(file).unwrap();
    let mut select = connection
        .prepare(
            "SELECT tenant_pos, aggregate_id, sequence, event_type, payload, metadata, command_id
             FROM events WHERE tenant = ?1 ORDER BY tenant_pos",
        )
        .unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let kind: String = row.get(3)?;
        let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let fields = json(row.get(4)?)[&kind].take();
        let key = json(row.get(5)?)["key"].as_str().map(str::to_owned);
        let (position, sequence): (i64, i64) = (row.get(0)?, row.get(2)?);
        Ok(Row {
            position: position.cast_unsigned(),
            stream: row.get(1)?,
            sequence: sequence.cast_unsigned(),
            kind,
            fields,
            key,
            command: row.get(6)?,
        })
    };
    select.query_map([tenant], read).unwrap().map(Result::unwrap).collect()
}

/// As [`rows`], of a PostgreSQL database.
pub(crate) fn rows_of_database(url: &str, tenant: &str) -> Vec<Row> {
    let sql = format!(
        "SELECT json_build_array(tenant_pos, aggregate_id, sequence, event_type, payload, metadata, command_id)
         FROM events WHERE tenant = '{tenant}' ORDER BY tenant_pos"
    );
    let read = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let kind = row[3].as_str().unwrap();
        Row {
            position: row[0].as_u64().unwrap(),
            stream: row[1].as_str().unwrap().to_owned(),
            sequence: row[2].as_u64().unwrap(),
            kind: kind.to_owned(),
            fields: row[4][kind].clone(),
            key: row[5]["key"].as_str().map(str::to_owned),
            command: row[6].as_str().unwrap().into(),
        }
    };
    scratch::query(url, &sql).unwrap().lines().map(read).collect()
}

/// What the given displays show, by the program's own fold of the file.
pub(crate) async fn boards(file: &Path, tenant: &str, displays: &[Uuid]) -> BTreeMap<Uuid, Value> {
    let options = StoreOptions::default();
    let log = SqliteLog::open(file, &options, Arc::new(NoTime), &NoIds).await.unwrap();
    let mut views = TenantViews::default();
    loop {
        let (tenant, after) = (tenant.parse().unwrap(), views.position());
        let events = log.read_tenant(&tenant, after, 1000).await.unwrap();
        for event in &events {
            views.apply(event).unwrap();
        }
        if events.is_empty() {
            break;
        }
    }
    assert_ne!(views.position(), Position::START, "the log has events");
    log.close().await;
    let board = |id: &Uuid| serde_json::to_value(views.board(DisplayId(*id))).unwrap();
    displays.iter().map(|id| (*id, super::replica::board_of(&board(id)))).collect()
}

/// Reading asks for no time.
struct NoTime;

impl Clock for NoTime {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
}

/// The file has its epoch already.
struct NoIds;

impl Ids for NoIds {
    fn fresh(&self) -> Uuid {
        Uuid::nil()
    }
}
