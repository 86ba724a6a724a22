//! What processes that use one key know of one another.

use std::{fs, time::Duration};

use crate::client_limiter::{MINUTE, Wall, leave, most_in_any_window, open, span};

#[tokio::test(start_paused = true)]
async fn two_processes_share_one_quota() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let (one, other) = (
        open(folder.path(), "60/min", &wall),
        open(folder.path(), "60/min", &wall),
    );
    one.announce(200);

    let (mut times, more) = tokio::join!(leave(&one, 150), leave(&other, 150));
    times.extend(more);

    assert_eq!(most_in_any_window(&times, MINUTE), 60);
}

#[tokio::test(start_paused = true)]
async fn a_restart_knows_the_slots_that_were_used() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let before = leave(&open(folder.path(), "60/min", &wall), 60).await;

    let after = leave(&open(folder.path(), "60/min", &wall), 1).await;

    assert!(after[0] - before[0] >= MINUTE);
    assert!(after[0] - before[0] < MINUTE + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn each_process_reads_the_history_by_its_own_rate() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let slow = open(folder.path(), "60/min", &wall);
    leave(&slow, 60).await;

    let fast = open(folder.path(), "100/min", &wall);
    assert_eq!(span(&leave(&fast, 40).await), Duration::ZERO);
    let last = leave(&fast, 1).await;

    assert!(last[0] - wall.started >= MINUTE);
}

fn flip(bytes: &mut [u8], at: usize) {
    *bytes.get_mut(at).unwrap() ^= 0x40;
}

/// A way to spoil a file's bytes, and what it stands for.
type Damage = (&'static str, fn(&mut Vec<u8>));

const DAMAGES: &[Damage] = &[
    ("another file's content", |bytes| {
        bytes.splice(.., *b"not a ledger");
    }),
    ("a header cut short", |bytes| bytes.truncate(40)),
    ("times cut off", |bytes| bytes.truncate(80)),
    ("a flipped bit in the header", |bytes| flip(bytes, 20)),
    ("a time that has not come yet", |bytes| {
        *bytes.get_mut(78).unwrap() ^= 0x08;
    }),
    ("a delay that is none", |bytes| flip(bytes, 79)),
];

#[tokio::test(start_paused = true)]
async fn a_damaged_ledger_costs_a_full_window_and_no_error() {
    for (why, damage) in DAMAGES {
        let folder = tempfile::tempdir().unwrap();
        let wall = Wall::new();
        leave(&open(folder.path(), "60/min", &wall), 60).await;
        let path = folder.path().join("ledger-key");
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();

        let limiter = open(folder.path(), "60/min", &wall);
        let next = leave(&limiter, 61).await;

        assert!(next[0] - wall.started >= MINUTE, "{why}");
        assert_eq!(most_in_any_window(&next, MINUTE), 60, "{why}");
        assert!(next[60] - wall.started < 3 * MINUTE, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_very_high_rate_writes_one_time_for_each_request() {
    let folder = tempfile::tempdir().unwrap();
    let limiter = open(folder.path(), "1000000/s", &Wall::new());
    limiter.announce(10_000);

    let times = leave(&limiter, 10_000).await;

    assert_eq!(span(&times), Duration::ZERO);
    let length = fs::metadata(folder.path().join("ledger-key"))
        .unwrap()
        .len();
    assert_eq!(length, 72 + 10_000 * 8);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_ledger() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let limiter = open(&folder.path().join("state"), "60/min", &Wall::new());
    leave(&limiter, 1).await;

    let ledger = fs::metadata(folder.path().join("state/ledger-key")).unwrap();
    assert_eq!(ledger.permissions().mode() & 0o777, 0o600);
}
