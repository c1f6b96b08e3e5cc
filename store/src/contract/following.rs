//! Promises about following.

use domain::Position;

use super::places::clock;
use super::{Engine, append, day, issued, tenant};

pub async fn a_follower_starts_where_it_is_told(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    append(&*log, &stream, 0, vec![issued(1), issued(2), issued(3)]).await.expect("append");
    let mut follower = crate::follow(log.clone(), tenant("a"), Position(1)).await;
    // Committed after the subscription and before the first read: must come once.
    append(&*log, &stream, 3, vec![issued(4)]).await.expect("append");
    append(&*log, &day("b", 1, "2026-03-02"), 0, vec![issued(9)]).await.expect("other tenant");
    let mut positions = Vec::new();
    while follower.cursor() < Position(4) {
        positions.extend(follower.next().await.expect("follow").iter().map(|e| e.position.0));
    }
    append(&*log, &stream, 4, vec![issued(5)]).await.expect("append");
    positions.extend(follower.next().await.expect("follow").iter().map(|e| e.position.0));
    assert_eq!(positions, [2, 3, 4, 5]);
    log.close().await;
}

pub async fn a_slow_follower_is_repaired_from_the_log(engine: &impl Engine) {
    let log = engine.open(clock()).await;
    let stream = day("a", 1, "2026-03-02");
    let mut follower = crate::follow(log.clone(), tenant("a"), Position::START).await;
    append(&*log, &stream, 0, vec![issued(1)]).await.expect("append");
    assert_eq!(follower.next().await.expect("follow").len(), 1);
    // More commits than any engine keeps for a subscriber.
    for expected in 1..=600 {
        append(&*log, &stream, expected, vec![issued(1)]).await.expect("append");
    }
    let mut positions = Vec::new();
    while follower.cursor() < Position(601) {
        positions.extend(follower.next().await.expect("follow").iter().map(|e| e.position.0));
    }
    assert_eq!(positions, (2..=601).collect::<Vec<_>>());
    log.close().await;
}
