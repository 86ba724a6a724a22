//! Fourteen nights of an agency, each a real command on a real nightly file against the real sandbox: what is
//! said and sent in each of them, and what the sandbox holds in the end.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail their test"
)]

mod agency;
mod ahead;

use aca_sync::sandbox::Tally;

use self::{
    agency::{Agency, expect_last_state},
    ahead::{Ahead, expect_books, expect_opt_outs_first, expect_told},
};
use crate::support::{
    death::Fate,
    nights::{self, NIGHTS, Night, Special, book::Made},
    workdir::Done,
};

/// What of the sandbox's counts became more.
fn more(before: Tally, after: Tally) -> [u64; 3] {
    [
        after.records_created - before.records_created,
        after.policies_created - before.policies_created,
        after.terminated - before.terminated,
    ]
}

/// Lives one night, and gives the requests that it took.
fn live(agency: &mut Agency, night: &Night) -> u64 {
    if let Some(wrong) = &night.wrong {
        agency.work.write(&wrong.name, &wrong.text);
        expect_stopped(agency, night, &wrong.name);
    }
    let Some(right) = &night.right else { return 0 };
    agency.work.write(&right.name, &right.text);
    let (ahead, is_full) = (agency.ahead(), agency.is_full);
    let before = agency.server().tally();
    let dump = agency.server().dump();
    let (done, requests) = send(agency, night, &right.name, &ahead);
    let books = agency.show();
    expect_books(&books, &ahead, (is_full, night.special));
    let after = agency.server().tally();
    let created = [ahead.customers_new, ahead.policies_created, ahead.ending];
    assert_eq!(more(before, after), created, "night {}", night.number);
    expect_told(&done.stdout, &ahead, night);
    expect_opt_outs_first(&dump, &agency.server().dump(), &ahead);
    agency.note_delivered(night.special);
    requests
}

/// Lets the sync of a whole file come to its end, through whatever comes in between, and gives the requests that
/// the API heard.
fn send(agency: &mut Agency, night: &Night, file: &str, ahead: &Ahead) -> (Done, u64) {
    let sent = ahead.sent(agency.is_full, night.special);
    let (flags, so_far) = stumble(agency, night, file, ahead);
    let before = agency.server().tally().requests;
    let exit = exit(night.special, agency.is_full);
    let done = agency.sync(file, flags).expect(exit);
    let taken = agency.server().tally().requests - before + so_far;
    // What was in doubt goes again.
    let again = u64::from(night.special == Special::Killed);
    let number = night.number;
    assert_eq!(
        taken,
        requests(
            sent,
            agency.batch(),
            ahead.sends_refused(agency.is_full, night.special)
        ) + again,
        "night {number}: {sent} records\n{}",
        done.stdout
    );
    (done, taken)
}

/// What comes in between: how the next command has to be called, and the requests that were heard until then.
fn stumble(agency: &mut Agency, night: &Night, file: &str, ahead: &Ahead) -> (&'static str, u64) {
    let heard = agency.server().tally().requests;
    match night.special {
        Special::ApiDown => {
            agency.bring_down();
            let down = agency.sync(file, " --give-up-after 0s").expect(69);
            assert!(down.stdout.contains("goes on"), "{}", down.stdout);
            assert!(down.stdout.contains(&format!(
                "{} pending",
                ahead.sent(agency.is_full, night.special)
            )));
            agency.bring_up();
            ("", 0)
        }
        Special::Killed => {
            let line = agency.line(file, "");
            let fate = agency.work.run_to_death(&line, &["request.answered:2"]);
            assert!(matches!(fate, Fate::Died(_)), "{fate:?}");
            (
                " --resend-after 0s",
                agency.server().tally().requests - heard,
            )
        }
        Special::Mapping => {
            let mapping = agency.mapping();
            agency
                .work
                .write("map.toml", nights::changed_mapping(&mapping));
            if agency.is_full {
                // All of it goes each night, so that nothing of it goes again unasked.
                return ("", 0);
            }
            let known = ahead.customers - ahead.customers_new - 1;
            let figures = format!(
                "{known} of {known} records would be sent again: {} requests, about 2 minutes",
                known.div_ceil(agency.batch()),
            );
            let stopped = agency.sync(file, " --rate 60/min").expect(4);
            stopped.complains(&[
                "guard rebaseline: the mapping changed",
                &figures,
                "--allow rebaseline",
            ]);
            assert_eq!(agency.server().tally().requests, heard);
            (" --allow rebaseline", 0)
        }
        _ => ("", 0),
    }
}

/// How many requests so many records take. The request that holds the one whom the API refuses is in vain but
/// for the name of the culprit.
fn requests(records: u64, batch: u64, has_refused: bool) -> u64 {
    let (refused, others) = (u64::from(has_refused), records - u64::from(has_refused));
    refused + others.div_ceil(batch)
}

/// The exit code where a whole file is sent: 3 where something is wrong that was not before.
const fn exit(special: Special, is_full: bool) -> i32 {
    match special {
        Special::BadRows | Special::Refused => 3,
        // What was refused before is refused in its new form too.
        Special::Mapping if !is_full => 3,
        _ => 0,
    }
}

/// A guard stops the wrong file, and nothing is sent.
fn expect_stopped(agency: &Agency, night: &Night, file: &str) {
    let words: &[&str] = match night.special {
        Special::Narrow => &[
            "guard min_rows_of_last: the file has ",
            "the last one had ",
            "--allow min_rows_of_last",
        ],
        Special::Old => &["guard older_file: the export is 47 hours older than the last one sent"],
        Special::LostColumn => &["guard lost_column: ", "do_not_call"],
        special => panic!("{special:?}"),
    };
    let before = agency.server().tally();
    agency.sync(file, "").expect(4).complains(words);
    if night.special == Special::Old {
        let mapping = agency.mapping();
        let aged = mapping.replacen("[guard]\n", "[guard]\nmax_age = \"26h\"\n", 1);
        agency.work.write("map.toml", aged);
        let both = agency.sync(file, "").expect(4);
        both.complains(&[
            "stopped by 2 guards",
            "older_file: ",
            "max_age: the export is ",
            "at most 26 hours",
        ]);
        agency.work.write("map.toml", mapping);
    }
    assert_eq!(agency.server().tally(), before);
}

/// All the nights, with the requests of each.
fn fortnight(is_full: bool) -> Vec<u64> {
    let mut agency = Agency::new(is_full);
    let mut requests = Vec::new();
    for number in 1..=NIGHTS {
        let night = agency.nights.next().unwrap();
        assert_eq!(night.number, number);
        let ordinary = Made {
            moved: 4,
            cancelled: 2,
            left_agent: 2,
            opted_out: 2,
            vanished: 2,
            joined: 3,
            switched: 1,
            switched_cleanly: 1,
            caught_up: usize::from(number > 2),
        };
        assert_eq!(
            night.made,
            if number == 1 {
                Made::default()
            } else {
                ordinary
            }
        );
        requests.push(live(&mut agency, &night));
    }
    expect_last_state(&agency);
    requests
}

#[test]
fn a_fortnight_of_changes_and_mishaps_costs_few_requests_and_loses_and_doubles_nobody() {
    let requests = fortnight(false);

    // The first night sends all, the twelfth too since the mapping is another; in the sixth and eighth nothing may
    // be sent, and the night after has twice the changes.
    assert_eq!(requests, [77, 3, 4, 4, 4, 0, 7, 0, 7, 4, 5, 79, 4, 4]);
}

#[test]
fn the_same_fortnight_without_deltas_sends_the_whole_book_each_night() {
    let requests = fortnight(true);

    // Requests of four times as many records, so as not to last.
    assert_eq!(
        requests,
        [20, 20, 20, 21, 21, 0, 21, 0, 21, 21, 22, 21, 21, 21]
    );
}
