//! Files that are being written while an inbox is looked at.

use std::{
    fs::File,
    io::Write,
    time::{Duration, SystemTime},
};

use crate::inbox::{Inbox, NOW, REST};

#[test]
fn a_file_written_just_now_is_taken_when_it_has_come_to_rest() {
    let inbox = Inbox::with(&[("in/clients.csv", 1), ("in/older.csv", 60)]);
    let mut waited = Vec::new();

    let found = inbox.find_while(&["in"], &mut |time| waited.push(time));

    assert_eq!(inbox.relative(found.unwrap().files), ["in/clients.csv"]);
    assert_eq!(waited, [Duration::from_secs(2)]);
}

/// A clock that differs, as on a network drive, makes nothing wait for longer.
#[test]
fn a_file_from_the_future_is_watched_for_as_long_as_any_other() {
    let inbox = Inbox::with(&[("in/clients.csv", 0)]);
    let path = inbox.path("in/clients.csv");
    let file = File::options().append(true).open(path).unwrap();
    let tomorrow = SystemTime::UNIX_EPOCH + NOW + Duration::from_secs(86_400);
    file.set_modified(tomorrow).unwrap();
    let mut waited = Vec::new();

    let found = inbox.find_while(&["in"], &mut |time| waited.push(time));

    assert!(found.is_ok());
    assert_eq!(waited, [REST]);
}

/// An older file in its place would be taken for tonight's, and nobody would miss tonight's.
#[test]
fn while_the_newest_grows_there_is_nothing_to_take() {
    let inbox = Inbox::with(&[("in/clients.csv", 1), ("in/older.csv", 60)]);
    let growing = inbox.path("in/clients.csv");

    let found = inbox.find_while(&["in"], &mut |_| {
        let mut file = File::options().append(true).open(&growing).unwrap();
        file.write_all(b"more").unwrap();
    });

    let error = found.unwrap_err();
    assert!(error.is_missing());
    assert_eq!(
        error.to_string().replace(&inbox.here(), ""),
        "in: the newest export is not complete yet\n\npassed over:\n  \
         in/clients.csv: it is still growing\n  in/older.csv: older than the newest\n\n\
         hint: wait until its download or export is complete, then run the same command again"
    );
}

#[test]
fn a_part_that_arrives_while_another_comes_to_rest_is_not_complete_yet() {
    let inbox = Inbox::with(&[("in/c-1-of-2.csv", 1)]);

    let found = inbox.find_while(&["in"], &mut |_| inbox.put("in/c-2-of-2.csv", 0));

    let error = found.unwrap_err().to_string();
    assert!(
        error.contains("c-2-of-2.csv: it is still growing"),
        "{error}"
    );
    assert!(!error.contains("c-1-of-2.csv: it is"), "{error}");
}

#[test]
fn an_older_file_may_grow_as_long_as_it_likes() {
    let inbox = Inbox::with(&[("in/a-2026-11-20.csv", 60), ("in/a-2026-11-19.csv", 0)]);

    assert_eq!(inbox.names(&["in"]), ["in/a-2026-11-20.csv"]);
}
