//! `resolve`: records in doubt that no re-send settles, settled by the API's word or by a person's.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client};

const SYNC: &str = "sync clients.csv --mapping map.toml --resend-after 0s --json";
const VERIFY: &str = "resolve --verify --resend-after 0s --json";

const JANUARY: &str = "1/1/2026";
const JUNE: &str = "6/1/2026";
const OCTOBER: &str = "10/1/2026";

/// A client whose policy has no id, so that each sending makes another one.
const fn without_policy_id<'a>(id: &'a str, name: &'a str, effective: &'a str) -> [&'a str; 8] {
    let mut row = client(id, name, "");
    row[7] = effective;
    row
}

/// A folder whose mapping lets policies without an id go.
fn lenient(server: &Server) -> Workdir {
    let work = Workdir::against(server);
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
    let allowed = mapping.replacen(
        "[record]\n",
        "[record]\nallow = [\"policy.without_id\"]\n",
        1,
    );
    work.write("map.toml", allowed);
    work
}

fn ana(work: &Workdir, effective: &str) {
    work.rows("clients.csv", &[without_policy_id("1", "Ana", effective)]);
}

/// Ana's policy of January succeeded in run 1; that of June is in doubt in run 2, after this fault.
pub(crate) fn in_doubt(fault: &str) -> (Server, Workdir) {
    let server = Server::failing(&format!("{fault}@2"));
    let work = lenient(&server);
    ana(&work, JANUARY);
    work.run(SYNC).expect(0);
    ana(&work, JUNE);
    let books = work.run(SYNC).expect(3).json();
    assert_eq!(states(&books), [("in_doubt".to_owned(), 1)]);
    (server, work)
}

/// The states that records of a run are in, and how many.
fn states(books: &Value) -> Vec<(String, u64)> {
    let records = balanced(books)["records"].as_object().unwrap();
    let counts = records.iter().filter(|(name, _)| *name != "total");
    let counts = counts.map(|(name, count)| (name.clone(), count.as_u64().unwrap()));
    counts.filter(|(_, count)| *count > 0).collect()
}

pub(crate) fn states_of(work: &Workdir, run: u32) -> Vec<(String, u64)> {
    states(&work.run(&format!("show {run} --json")).expect(0).json())
}

fn one(state: &str) -> Vec<(String, u64)> {
    vec![(state.to_owned(), 1)]
}

/// When the policies that the API has began, in order.
pub(crate) fn policies(server: &Server) -> Vec<String> {
    let mut began: Vec<String> = server
        .customers()
        .iter()
        .flat_map(|customer| customer["policies"].as_array().unwrap().clone())
        .map(|policy| policy["effectiveDate"].as_str().unwrap().to_owned())
        .collect();
    began.sort();
    began
}

fn audit(work: &Workdir) -> Vec<String> {
    let database = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let mut statement = database
        .prepare("SELECT details FROM audit WHERE verb = 'resolve' ORDER BY id")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn what_is_in_doubt_is_shown_with_the_command_that_settles_it() {
    let (_server, work) = in_doubt("applied-reset");

    let text = work.run("show").expect(0).stdout;
    let json = work.run("show --json").expect(0).json();

    assert!(
        text.contains("records in doubt, not harmless to send again: 1 finding"),
        "{text}"
    );
    assert!(
        text.contains("doubt.connection_lost") && text.contains("row 2;"),
        "{text}"
    );
    assert!(
        text.contains("next: `aca-sync resolve 2 --verify`"),
        "{text}"
    );
    assert_eq!(json["findings"]["in_doubt"][0]["harmless"], false);
}

#[test]
fn a_record_that_reads_back_as_applied_has_succeeded_and_is_the_baseline() {
    let (server, work) = in_doubt("applied-reset");

    let resolved = work.run(VERIFY).expect(0).json();

    assert_eq!(
        (&resolved["run"], &resolved["resolved"]["applied"]),
        (&"2".into(), &1.into())
    );
    assert_eq!(states(&resolved), one("succeeded"));
    assert_eq!(policies(&server), ["2026-01-01", "2026-06-01"]);
    assert_eq!(
        audit(&work)[..2],
        [
            "--verify: 1 record in doubt",
            "--verify: applied 1, pending 0, superseded 0, still in doubt 0"
        ]
    );
    // The baseline: the same content in another file is not sent.
    let sent = server.tally().requests;
    let mut row = without_policy_id("1", "Ana", JUNE).map(str::to_owned);
    row[3] = "(305) 555-0123".to_owned();
    work.rows("clients.csv", &[row.each_ref().map(String::as_str)]);
    assert_eq!(states(&work.run(SYNC).expect(0).json()), one("unchanged"));
    assert_eq!(server.tally().requests, sent);
}

#[test]
fn a_record_that_reads_back_as_not_applied_is_sent_in_the_same_command() {
    let (server, work) = in_doubt("reset");

    let resolved = work.run(VERIFY).expect(0).json();

    assert_eq!(
        (&resolved["resolved"]["pending"], &resolved["exit"]),
        (&1.into(), &0.into())
    );
    assert_eq!(states(&resolved), one("succeeded"));
    assert_eq!(policies(&server), ["2026-01-01", "2026-06-01"]);
    let text = work.run("resolve --verify").expect(0).stdout;
    assert!(
        text.contains("nothing to do: no record of run 2 is in doubt"),
        "{text}"
    );
}

#[test]
fn what_stays_unclear_stays_in_doubt_and_says_why() {
    let (server, work) = in_doubt("applied-reset");
    let other = lenient(&server);
    other.rows("clients.csv", &[client("1", "Qzcanary", "P9")]);
    other.run(SYNC).expect(0);

    let json = work.run(VERIFY).expect(3).json();
    let text = work.run("resolve --verify --resend-after 0s -vv").expect(3);

    assert_eq!(
        (&json["resolved"]["left"]["unclear"], &json["exit"]),
        (&1.into(), &3.into())
    );
    assert_eq!(states(&json), one("in_doubt"));
    assert!(
        text.stdout
            .starts_with("resolve --verify: 1 record in doubt = 1 still in doubt\n"),
        "{}",
        text.stdout
    );
    assert!(
        text.stdout
            .contains("1  what the API shows is neither just what was sent nor without it")
    );
    for said in [&text.stdout, &text.stderr] {
        assert!(
            !said.contains("Qzcanary") && !said.contains("Ana"),
            "{said}"
        );
    }
    assert_eq!(server.tally().records_applied, 3);
}

#[test]
fn a_customer_whose_id_nobody_knows_is_not_guessed() {
    let server = Server::failing("applied-reset@1");
    let work = lenient(&server);
    ana(&work, JUNE);
    work.run(SYNC).expect(3);

    let json = work.run(VERIFY).expect(3).json();

    assert_eq!(json["resolved"]["left"]["no_id"], 1);
    assert_eq!((states(&json), server.tally().reads), (one("in_doubt"), 0));
}

#[test]
fn a_customer_that_is_gone_says_nothing_of_what_was_sent() {
    let (server, work) = in_doubt("applied-reset");
    let url = server.url();
    drop(server);
    let address = url.trim_start_matches("http://");
    while std::net::TcpListener::bind(address).is_err() {
        std::thread::yield_now();
    }
    let server = Server::at(&url);

    let json = work.run(VERIFY).expect(3).json();

    assert_eq!(json["resolved"]["left"]["not_found"], 1);
    assert_eq!(
        (states(&json), server.tally().requests),
        (one("in_doubt"), 0)
    );
}

#[test]
fn a_person_may_send_again_whatever_became_of_it() {
    let (server, work) = in_doubt("applied-reset");

    let json = work
        .run("resolve 2 --resend --resend-after 0s --json")
        .expect(0)
        .json();

    assert_eq!(
        (&json["resolved"]["by"], &json["resolved"]["pending"]),
        (&"resend".into(), &1.into())
    );
    assert_eq!(states(&json), one("succeeded"));
    assert_eq!(
        policies(&server),
        ["2026-01-01", "2026-06-01", "2026-06-01"],
        "it was meant"
    );
    assert_eq!(
        (audit(&work)[0].as_str(), server.tally().reads),
        ("--resend: 1 record", 0)
    );
}

#[test]
fn a_person_may_leave_it_and_the_next_file_goes() {
    let (server, work) = in_doubt("applied-reset");

    let json = work
        .run("resolve --skip --resend-after 0s --json")
        .expect(3)
        .json();
    let shown = work.run("show 2").expect(0).stdout;
    ana(&work, OCTOBER);
    let next = work.run(SYNC).expect(0).json();

    assert_eq!(
        (&json["resolved"]["skipped"], states(&json)),
        (&1.into(), one("failed"))
    );
    assert!(
        shown.contains("doubt.skipped") && shown.contains("somebody left it at that"),
        "{shown}"
    );
    assert_eq!(states(&next), one("succeeded"));
    assert_eq!(
        policies(&server),
        ["2026-01-01", "2026-06-01", "2026-10-01"]
    );
    assert_eq!(audit(&work)[0], "--skip: 1 record");
}

/// The same, and a newer file was read meanwhile, whose record is held because of it.
fn with_newer(fault: &str) -> (Server, Workdir) {
    let (server, work) = in_doubt(fault);
    ana(&work, OCTOBER);
    let newer = work.run(SYNC).expect(3).json();
    assert_eq!(
        (states(&newer), states_of(&work, 2)),
        (one("held"), one("in_doubt"))
    );
    (server, work)
}

#[test]
fn a_newer_record_goes_once_the_older_one_turns_out_not_to_be_applied() {
    let (server, work) = with_newer("reset");

    let json = work.run(VERIFY).expect(0).json();

    assert_eq!(
        (
            &json["run"],
            &json["resolved"]["superseded"],
            &json["resolved"]["released"]
        ),
        (&"2".into(), &1.into(), &1.into())
    );
    assert_eq!(
        (states(&json), states_of(&work, 3)),
        (one("superseded"), one("succeeded"))
    );
    assert_eq!(
        policies(&server),
        ["2026-01-01", "2026-10-01"],
        "nothing older goes over it"
    );
}

#[test]
fn a_newer_record_waits_for_the_next_sync_where_its_going_might_do_harm() {
    for (fault, word, ended, applied) in [
        ("applied-reset", "--verify", "succeeded", 2),
        ("applied-reset", "--skip", "failed", 2),
    ] {
        let (server, work) = with_newer(fault);

        let done = work.run(&format!("resolve {word} --resend-after 0s"));
        let settled = (states_of(&work, 2), states_of(&work, 3));
        ana(&work, "11/1/2026");
        let next = work.run(SYNC).expect(0).json();

        assert!(
            done.stdout
                .contains("1  held in a newer run; the next sync judges them anew"),
            "{}",
            done.stdout
        );
        assert_eq!(settled, (one(ended), one("held")));
        assert_eq!(states_of(&work, 3), one("superseded"));
        assert_eq!(states(&next), one("succeeded"));
        assert_eq!(policies(&server).len(), applied + 1, "{word}");
    }
}

#[test]
fn a_person_s_word_for_the_older_record_lets_the_newer_one_go() {
    let (server, work) = with_newer("applied-reset");

    let json = work
        .run("resolve --resend --resend-after 0s --json")
        .expect(0)
        .json();

    assert_eq!(
        (states(&json), states_of(&work, 3)),
        (one("superseded"), one("succeeded"))
    );
    assert_eq!(
        policies(&server),
        ["2026-01-01", "2026-06-01", "2026-10-01"]
    );
}

#[test]
fn a_full_sync_goes_past_the_doubt_as_it_always_did() {
    let (server, work) = in_doubt("applied-reset");
    ana(&work, OCTOBER);

    let full = work.run(&format!("{SYNC} --full")).expect(0).json();

    assert_eq!(
        (states(&full), states_of(&work, 2)),
        (one("succeeded"), one("superseded"))
    );
    assert_eq!(policies(&server).len(), 3);
}

#[test]
fn later_parts_go_once_the_first_is_settled() {
    let dates: Vec<String> = (1..=11)
        .map(|month| format!("{}/1/2026", month % 12 + 1))
        .collect();
    let rows: Vec<_> = dates
        .iter()
        .map(|date| without_policy_id("1", "Ana", date))
        .collect();
    for (word, first) in [("--verify", "succeeded"), ("--skip", "failed")] {
        let server = Server::failing("applied-reset@2");
        let work = lenient(&server);
        ana(&work, "12/1/2025");
        work.run(SYNC).expect(0);
        work.rows("clients.csv", &rows);
        let before = work.run(SYNC).expect(3).json();
        assert_eq!(
            states(&before),
            [("in_doubt".to_owned(), 1), ("pending".to_owned(), 1)]
        );

        let shown = work.run("show").expect(0).stdout;
        let done = work
            .run(&format!("resolve {word} --resend-after 0s --json"))
            .json();

        assert!(shown.contains("`aca-sync resolve 2 --verify`"), "{shown}");
        let mut expected = vec![(first.to_owned(), 1)];
        match first {
            "succeeded" => expected[0].1 = 2,
            _ => expected.push(("succeeded".to_owned(), 1)),
        }
        assert_eq!(states(&done), expected, "{word}");
        assert_eq!(policies(&server).len(), 12, "{word}");
    }
}

#[test]
fn single_rows_may_be_settled() {
    let server = Server::failing("applied-reset@1");
    let work = lenient(&server);
    let rows = [
        without_policy_id("1", "Ana", JUNE),
        without_policy_id("2", "Bo", JUNE),
    ];
    work.rows("clients.csv", &rows);
    work.run(SYNC).expect(3);

    let other = work.run("resolve --skip --row 7").expect(64);
    let json = work.run("resolve --skip --row 3 --json").expect(3).json();

    other.complains(&["row 7 of run 1 is in no record in doubt"]);
    assert_eq!(
        states(&json),
        [("failed".to_owned(), 1), ("in_doubt".to_owned(), 1)]
    );
    let shown = work.run("show --json").expect(0).json();
    assert_eq!(shown["findings"]["failed"][0]["first"][0]["row"], 3);
}

#[test]
fn a_stop_a_refusal_or_a_kill_leaves_the_doubt_as_it_was() {
    let (server, work) = in_doubt("applied-reset");
    let journal = work.state().join("journal.db");
    let refused = Workdir::new()
        .with_address(&server.url())
        .with("ACA_SYNC_API_KEY", "cc_forbidden_0123")
        .run(&format!("{VERIFY} --journal {}", journal.display()))
        .expect(77)
        .json();
    let mut waiting = work.start("resolve --verify --resend-after 1h");
    assert!(waiting.wait_until(|| audit(&work).len() == 3));
    waiting.kill();
    let mut waiting = work.start("resolve --verify --resend-after 1h --json");
    assert!(waiting.wait_until(|| audit(&work).len() == 4));
    waiting.signal("INT");
    let interrupted = waiting.finish().expect(130);
    interrupted.complains(&["the API may still be at work on what was sent"]);
    let interrupted = interrupted.json();

    assert_eq!(
        (&refused["resolved"]["left"]["not_asked"], &refused["exit"]),
        (&1.into(), &77.into())
    );
    assert_eq!(
        (states(&refused), states(&interrupted)),
        (one("in_doubt"), one("in_doubt"))
    );
    assert_eq!(states(&work.run(VERIFY).expect(0).json()), one("succeeded"));
}

#[test]
fn what_is_not_kept_any_more_can_only_be_left() {
    let (server, work) = in_doubt("applied-reset");
    let database = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let week_old = "UPDATE runs SET finished_at = 0 WHERE id = 2";
    database.execute(week_old, []).unwrap();
    drop(database);

    let verified = work.run(VERIFY).expect(74);
    let sent = work.run("resolve --resend").expect(74);
    let left = work.run("resolve --skip --json").expect(3).json();

    verified.complains(&[
        "the records of run 2 were erased",
        "`aca-sync resolve 2 --skip`",
    ]);
    sent.complains(&["`aca-sync resolve 2 --skip`"]);
    assert_eq!(states(&left), one("failed"));
    assert_eq!((server.tally().requests, server.tally().reads), (2, 0));
}

#[test]
fn exactly_one_word_has_to_be_given() {
    let work = Workdir::new();

    for line in [
        "resolve",
        "resolve --skip --resend",
        "resolve --verify --skip",
    ] {
        work.run(line).expect(64);
    }
    work.run("resolve --verify")
        .expect(64)
        .complains(&["there is no journal at"]);
}

#[test]
fn a_rehearsal_is_resolved_in_the_sandbox() {
    let work = Workdir::new();
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
    work.write(
        "map.toml",
        mapping.replacen(
            "[record]\n",
            "[record]\nallow = [\"policy.without_id\"]\n",
            1,
        ),
    );
    ana(&work, JUNE);
    work.run(&format!("{SYNC} --sandbox --fault applied-reset@1"))
        .expect(3);

    let json = work
        .run("resolve --resend --sandbox --json")
        .expect(0)
        .json();

    assert_eq!(states(&json), one("succeeded"));
}
