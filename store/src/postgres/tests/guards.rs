//! Promises about opening: who is let in, and what is refused.

use sqlx::Executor as _;

use super::{AppRole, Database, append, event, stream};
use crate::error::OpenError;
use crate::log::StreamAppend;
use crate::options::StoreOptions;

async fn refused(database: &Database) -> OpenError {
    database.try_open(&StoreOptions::default()).await.err().unwrap()
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let database = Database::new();
    database.log(&StoreOptions::default()).await.close().await;
    let mut outside = database.outside().await;
    outside.execute("INSERT INTO smartqueue_migrations (number) VALUES (99)").await.unwrap();
    let error = refused(&database).await;
    assert!(matches!(error, OpenError::NewerDatabase { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("use the newer program"));
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    let database = Database::new();
    let mut outside = database.outside().await;
    outside.execute("CREATE TABLE events (recipe text)").await.unwrap();
    let error = refused(&database).await;
    assert!(matches!(error, OpenError::NotALogDatabase { .. }), "{error}");
    outside.execute("SELECT FROM tenant_head").await.unwrap_err();
}

#[tokio::test]
async fn many_programs_that_start_at_once_make_one_log() {
    let database = Database::new();
    let options = StoreOptions::default();
    let (a, b, c) =
        tokio::join!(database.log(&options), database.log(&options), database.log(&options));
    assert_eq!((a.epoch(), b.epoch()), (b.epoch(), c.epoch()));
    for log in [a, b, c] {
        log.close().await;
    }
}

#[tokio::test]
async fn events_are_neither_altered_nor_deleted_from_outside() {
    let database = Database::new();
    let log = database.log(&StoreOptions::default()).await;
    append(&*log, &stream("a"), 0, 3).await.unwrap();
    let mut outside = database.outside().await;
    for sql in [
        "UPDATE events SET payload = '{}'",
        "DELETE FROM events WHERE tenant_pos = 3",
        "TRUNCATE events",
        "UPDATE tenant_head SET pos = 1",
        "DELETE FROM tenant_head",
        "TRUNCATE tenant_head",
        "UPDATE log_identity SET epoch = 'x'",
    ] {
        let error = outside.execute(sql).await.unwrap_err().to_string();
        assert!(error.contains("never"), "{sql}: {error}");
    }
    log.close().await;
}

#[tokio::test]
async fn a_role_that_can_only_append_and_read_is_enough() {
    let roles = AppRole::new();
    let app = &roles.app;
    let error = refused(app).await;
    assert!(matches!(error, OpenError::NotAllowed { .. }), "{error}");
    roles.prepare().await;

    let log = app.log(&StoreOptions::default()).await;
    append(&*log, &stream("a"), 0, 2).await.unwrap();
    append(&*log, &stream("a"), 2, 1).await.unwrap();
    let read = log.read_tenant(&super::tenant("a"), domain::Position::START, 9).await.unwrap();
    assert_eq!(read.len(), 3);
    // The second wall: a statement that names no tenant sees none, and one that names another writes none.
    append(&*log, &stream("b"), 0, 1).await.unwrap();
    let mut outside = app.outside().await;
    let seen = "SELECT count(*) FROM events";
    assert_eq!(sqlx::query_scalar::<_, i64>(seen).fetch_one(&mut outside).await.unwrap(), 0);
    outside.execute("SET smartqueue.tenant = 'b'").await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(seen).fetch_one(&mut outside).await.unwrap(), 1);
    let foreign = "INSERT INTO events SELECT 'directory', 'a', 4, event_type, event_version, payload, metadata, \
                   'a', 4, recorded_at, command_id, ticket_id FROM events";
    let error = outside.execute(foreign).await.unwrap_err().to_string();
    assert!(error.contains("row-level security"), "{error}");
    for sql in [
        "UPDATE events SET payload = '{}'",
        "DELETE FROM events",
        "TRUNCATE events",
        "DROP TRIGGER events_never_altered ON events",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TABLE events",
        "DELETE FROM tenant_head",
        "UPDATE log_identity SET epoch = 'x'",
        "INSERT INTO smartqueue_migrations (number) VALUES (99)",
    ] {
        let error = outside.execute(sql).await.unwrap_err();
        let code = error.as_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "42501", "{sql}: {error}");
    }
    log.close().await;
}

#[tokio::test]
async fn a_refused_start_says_what_to_do_and_never_the_password() {
    let database = Database::new();
    let password = database.url.split([':', '@']).nth(2).unwrap().to_owned();
    let other = |from: &str, to: &str| Database { url: database.url.replace(from, to) };
    let mut said = Vec::new();
    for wrong in [
        other(&password, "another-secret"),
        other("scratch_", "nothing_"),
        other("127.0.0.1:", "127.0.0.1:1"),
        other("127.0.0.1:", "127.0.0.1:x"),
    ] {
        let options = StoreOptions { connect_timeout_ms: 200, ..StoreOptions::default() };
        let error = wrong.try_open(&options).await.err().unwrap();
        said.push(format!("{error} {error:?}"));
    }
    for words in &said {
        assert!(!words.contains(&password) && !words.contains("another-secret"), "{words}");
        assert!(words.contains("check") || words.contains("write postgres://"), "{words}");
    }
    assert!(said[0].contains("check user, password"), "{}", said[0]);
    assert!(said[1].contains("does not exist"), "{}", said[1]);
    assert!(said[3].contains("cannot be read"), "{}", said[3]);
}

#[tokio::test]
async fn a_server_that_could_lose_a_command_is_refused() {
    let database = Database::new();
    let mut outside = database.outside().await;
    let name = database.url.rsplit('/').next().unwrap();
    let sql = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    outside.execute(sql.as_str()).await.unwrap();
    let error = refused(&database).await;
    assert!(error.to_string().contains("synchronous_commit off"), "{error}");
}

#[tokio::test]
async fn one_impossible_append_disturbs_no_other() {
    let database = Database::new();
    let log = database.log(&StoreOptions::default()).await;
    // As a fault of ours would: an event that the database does not take among others of the same moment.
    let mut outside = database.outside().await;
    let check =
        "ALTER TABLE events ADD CHECK (aggregate_id <> 'a' OR payload::text NOT LIKE '%bad%')";
    outside.execute(check).await.unwrap();
    let day = |n: u128| {
        let (site, date) =
            (domain::SiteId(uuid::Uuid::from_u128(n)), "2026-03-02".parse().unwrap());
        domain::StreamId::ServiceDay { tenant: super::tenant("a"), site, date }
    };
    // The first one goes alone and keeps the lane busy; the next three go together.
    let bad = StreamAppend { stream: stream("a"), expected: 0, events: vec![event("bad")] };
    let days = [day(1), day(2), day(3)];
    let outcomes = tokio::join!(
        append(&*log, &days[0], 0, 1),
        append(&*log, &days[1], 0, 1),
        log.append(bad),
        append(&*log, &days[2], 0, 1),
    );
    assert!(outcomes.0.is_ok() && outcomes.1.is_ok() && outcomes.3.is_ok());
    outcomes.2.unwrap_err();
    assert_eq!(log.head(&super::tenant("a")).await.unwrap().0, 3, "the refused one left no hole");
    log.close().await;
}
