//! Chance plays the staff of a clinic, cuts its screens off, kills its server and turns its day. On the way no screen
//! goes backwards or misses a message unnoticed (I7, which the replica holds); at rest the log is whole and every
//! screen shows its fold.
//!
//! A failure says its seed. The same seed makes the same wishes again; only those sent at the same moment may be carried
//! out in another order. A seed that failed becomes one more of those below, with a word on what it found.

mod account;
mod staff;
mod world;

use account::Account;
use domain::service_day::DayEvent;
use world::World;

const SEEDS: [u64; 4] = [1, 2, 3, 4];

/// What happens in one run: a volley of commands, a cut, a kill and so on are one step each.
const STEPS: usize = 320;

/// The seeds of this run, and whether they are the usual ones.
fn seeds() -> (Vec<u64>, bool) {
    match std::env::var("SMARTQUEUE_SEED") {
        Ok(seed) => (vec![seed.parse().expect("SMARTQUEUE_SEED is a number")], false),
        Err(_) => (SEEDS.to_vec(), true),
    }
}

#[tokio::test]
async fn lv10_lv20_q7_q18_q19_whatever_chance_does_every_screen_ends_as_the_fold_of_the_log() {
    let (seeds, usual) = seeds();
    let mut account = Account::default();
    for seed in seeds {
        let mut world = World::begin(seed).await;
        for step in 0..STEPS {
            if step == STEPS / 2 {
                world.tomorrow().await;
            }
            world.step().await;
        }
        account.add(world.end().await);
    }
    if usual {
        everything_was_tried(&account);
    }
}

/// A simulation in which something never happens proves nothing about it.
fn everything_was_tried(account: &Account) {
    let never: Vec<_> =
        DayEvent::TYPES.iter().filter(|kind| !account.kinds.contains(**kind)).collect();
    assert!(never.is_empty(), "what never happened: {never:?}");
    assert!(account.resumes > 0, "some screens came back to what they had missed: {account:?}");
    assert!(account.snapshots > 0, "others to a snapshot: {account:?}");
    assert!(account.repeated > 0, "some command lost its answer by a kill: {account:?}");
    assert!(account.refused > 0, "and some were refused: {account:?}");
}
