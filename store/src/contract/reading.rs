//! Promises about what can be read.

use domain::{Position, StreamId};

use super::places::clock;
use super::{Engine, append, closed, day, issued, opened, registered, site, tenant, ticket};
use crate::error::{AppendError, ReadError};
use crate::log::OpenDay;

pub async fn what_was_recorded_is_read_back_the_same(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    let events = vec![opened(1), issued(5), closed(1)];
    let appended = append(&*log, &stream, 0, events).await.expect("append").events;
    assert_eq!(appended[0].recorded_at.timestamp_subsec_nanos() % 1000, 0, "whole microseconds");
    assert_eq!(log.read_stream(&stream, 0, 10).await.expect("stream"), appended);
    let read = log.read_tenant(&tenant("a"), Position::START, 10).await.expect("tenant");
    assert_eq!(read, appended);
    log.close().await;
}

pub async fn reopening_keeps_everything_and_the_epoch(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    let mut expected =
        append(&*log, &stream, 0, vec![opened(1), issued(1)]).await.expect("append").events;
    let epoch = log.epoch().to_owned();
    assert!(epoch.len() >= 16, "hard to guess: {epoch}");
    log.close().await;
    drop(log);
    let log = engine.open(clock()).await;
    assert_eq!(log.epoch(), epoch);
    assert_eq!(log.tenants().await.expect("tenants"), [tenant("a")]);
    let more = append(&*log, &stream, 2, vec![closed(1)]).await.expect("go on").events;
    assert_eq!(more[0].position, Position(3));
    expected.extend(more);
    let read = log.read_tenant(&tenant("a"), Position::START, 10).await.expect("read");
    assert_eq!(read, expected);
    log.close().await;
}

pub async fn tenants_share_nothing(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    // `a` and `a-b` could be mixed up by a careless prefix.
    for name in ["a", "a-b", "b"] {
        let directory = StreamId::Directory(tenant(name));
        append(&*log, &directory, 0, vec![registered(name)]).await.expect("directory");
        append(&*log, &day(name, 1, "2026-03-02"), 0, vec![opened(1), issued(1)])
            .await
            .expect("day");
    }
    for name in ["a", "a-b", "b"] {
        let events = log.read_tenant(&tenant(name), Position::START, 10).await.expect("read");
        assert_eq!(events.len(), 3);
        assert!(events.iter().all(|event| event.stream.tenant() == &tenant(name)));
        let found = log.stream_of_ticket(&tenant(name), ticket(1)).await.expect("ticket");
        assert_eq!(found, Some(day(name, 1, "2026-03-02")));
    }
    let nobody = tenant("nobody");
    assert_eq!(log.head(&nobody).await.expect("head"), Position::START);
    assert!(log.read_tenant(&nobody, Position::START, 10).await.expect("read").is_empty());
    assert!(log.open_days(&nobody).await.expect("days").is_empty());
    assert_eq!(log.stream_of_ticket(&nobody, ticket(1)).await.expect("ticket"), None);
    log.close().await;
}

pub async fn a_stream_is_read_from_where_one_left(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    let events = vec![opened(1), issued(1), issued(2), issued(3)];
    let all = append(&*log, &stream, 0, events).await.expect("append").events;
    assert_eq!(log.read_stream(&stream, 1, 2).await.expect("read"), all[1..3]);
    assert_eq!(log.read_stream(&stream, 4, 2).await.expect("read"), []);
    assert_eq!(log.read_tenant(&tenant("a"), Position(2), 1).await.expect("read"), all[2..3]);
    assert_eq!(log.read_tenant(&tenant("a"), Position(4), 9).await.expect("read"), []);
    assert_eq!(log.read_stream(&day("a", 1, "2026-03-03"), 0, 9).await.expect("read"), []);
    log.close().await;
}

pub async fn a_ticket_leads_to_its_newest_stream(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let (monday, tuesday) = (day("a", 1, "2026-03-02"), day("a", 1, "2026-03-03"));
    append(&*log, &monday, 0, vec![issued(1), issued(2)]).await.expect("monday");
    append(&*log, &tuesday, 0, vec![issued(2)]).await.expect("tuesday");
    let a = tenant("a");
    let found = |n| log.stream_of_ticket(&a, ticket(n));
    assert_eq!(found(1).await.expect("read"), Some(monday));
    assert_eq!(found(2).await.expect("read"), Some(tuesday));
    assert_eq!(found(3).await.expect("read"), None);
    log.close().await;
}

pub async fn open_days_are_those_opened_last(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let day = |n, date| day("a", n, date);
    let (old, reopened, open) = (day(1, "2026-03-02"), day(2, "2026-03-02"), day(1, "2026-03-03"));
    append(&*log, &old, 0, vec![opened(1), closed(1)]).await.expect("old");
    append(&*log, &reopened, 0, vec![opened(2), closed(2), opened(2)]).await.expect("reopened");
    append(&*log, &open, 0, vec![opened(1), issued(1)]).await.expect("open");
    let days = log.open_days(&tenant("a")).await.expect("days");
    let expected = [
        OpenDay { stream: reopened, first_position: Position(3) },
        OpenDay { stream: open.clone(), first_position: Position(6) },
    ];
    assert_eq!(days, expected);
    append(&*log, &open, 2, vec![closed(1)]).await.expect("close");
    assert_eq!(log.open_days(&tenant("a")).await.expect("days"), expected[..1]);
    log.close().await;
}

pub async fn the_newest_day_of_a_site_is_found(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let dates = ["2025-12-31", "2026-03-02", "2026-03-10"];
    for date in dates {
        append(&*log, &day("a", 1, date), 0, vec![opened(1)]).await.expect("day");
    }
    append(&*log, &day("a", 2, "2026-05-01"), 0, vec![opened(2)]).await.expect("other site");
    let a = tenant("a");
    let newest = log.latest_day(&a, site(1)).await.expect("read");
    assert_eq!(newest, Some(day("a", 1, "2026-03-10")));
    assert_eq!(log.latest_day(&a, site(3)).await.expect("read"), None);
    let before = async |date: &str| {
        let date = date.parse().expect("a date");
        log.day_before(&a, site(1), date).await.expect("read")
    };
    assert_eq!(before("2026-03-10").await, Some(day("a", 1, "2026-03-02")));
    assert_eq!(before("2026-03-02").await, Some(day("a", 1, "2025-12-31")));
    assert_eq!(before("2025-12-31").await, None);
    log.close().await;
}

pub async fn a_closed_log_says_so(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    append(&*log, &stream, 0, vec![opened(1)]).await.expect("append");
    let mut follower = crate::follow(log.clone(), tenant("a"), Position(1)).await;
    log.close().await;
    log.close().await;
    let refused = append(&*log, &stream, 1, vec![closed(1)]).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))));
    let refused = log.read_stream(&stream, 0, 1).await;
    assert!(matches!(refused, Err(ReadError::Unavailable(_))));
    assert!(matches!(follower.next().await, Err(ReadError::Unavailable(_))));
}
