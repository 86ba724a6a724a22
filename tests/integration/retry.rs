//! `retry`: the same bodies once more, of the kind that is asked for, and nothing that would do harm.

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client};

const SYNC: &str =
    "sync clients.csv --mapping map.toml --batch-size 1 --concurrency 1 --resend-after 0s --json";

fn retry(work: &Workdir, flags: &str, exit: i32) -> Value {
    let line = format!("retry --resend-after 0s --json {flags}");
    let done = work.run(&line).expect(exit).json();
    balanced(&done);
    done
}

fn count(json: &Value, pointer: &str) -> u64 {
    json.pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

/// Two failed inside an answer, one was refused, one is held by a hazard and one for several ids.
fn gone_wrong() -> (Server, Workdir) {
    let server = Server::failing("fail=CF@1-4;refuse=CR@1-4");
    let work = Workdir::against(&server);
    work.write("clients.csv", {
        let rows = [
            client("C1", "Ana", "P1"),
            client("CF1", "Bo", "P2"),
            client("CF2", "Cy", "P3"),
            client("CR1", "Di", "P4"),
            client("CH1", "Ed", ""),
            client("CS1", "Fa", "\"P6, P7\""),
        ];
        let lines = rows.iter().map(|row| row.join(",") + "\n");
        crate::support::workdir::COLUMNS.join(",") + "\n" + &lines.collect::<String>()
    });
    let books = work.run(SYNC).expect(3).json();
    assert_eq!(
        (
            count(&books, "/records/failed"),
            count(&books, "/records/held")
        ),
        (3, 2)
    );
    (server, work)
}

#[test]
fn each_kind_goes_by_its_own_word() {
    let (server, work) = gone_wrong();

    let transient = retry(&work, "", 3);
    let refused = retry(&work, "--only refused", 3);
    let held = retry(&work, "--only held", 3);
    let rest = work.run("retry 1 --only all").expect(0).stdout;

    assert_eq!(count(&transient, "/retry/pending"), 2);
    assert_eq!(transient.pointer("/retry/only").unwrap(), "transient");
    assert_eq!(count(&transient, "/retry/left/refused"), 1);
    assert_eq!(count(&transient, "/retry/left/held"), 1);
    assert_eq!(count(&transient, "/retry/left/to_correct"), 1);
    assert_eq!(count(&refused, "/retry/pending"), 1);
    assert_eq!(count(&held, "/retry/pending"), 1);
    assert_eq!(
        (
            count(&held, "/records/succeeded"),
            count(&held, "/records/held")
        ),
        (5, 1)
    );
    assert!(
        rest.starts_with("nothing to do: no open record of run 1\n")
            && rest.contains("no word lets them go: correct their cells"),
        "{rest}"
    );
    assert_eq!((server.tally().customers, server.tally().policies), (5, 5));
}

#[test]
fn a_code_or_a_row_names_single_records() {
    let (server, work) = gone_wrong();

    let by_row = retry(&work, "--row 3", 3);
    let by_code = retry(&work, "--only all --code policy.without_id", 3);
    let none = work.run("retry --code no.such_code").expect(0).stdout;
    work.run("retry --row 99")
        .expect(64)
        .complains(&["row 99 of run 1 is in no open record"]);

    assert_eq!(count(&by_row, "/retry/pending"), 1);
    assert_eq!(count(&by_code, "/retry/pending"), 1);
    assert!(
        none.contains("no transient failure with the code no.such_code"),
        "{none}"
    );
    assert_eq!(server.tally().customers, 3);
    let database = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let details: String = database
        .query_row(
            "SELECT details FROM audit WHERE verb = 'retry' ORDER BY id LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(details, "--only transient: 1 record (api.error 1)");
}

#[test]
fn what_is_in_doubt_and_not_harmless_is_left_to_resolve() {
    let server = Server::failing("applied-reset@1");
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("", "Ana", "P1")]);
    work.run(SYNC).expect(3);

    let told = work.run("retry --only all").expect(0).stdout;

    assert!(told.contains("`aca-sync resolve 1` settles them"), "{told}");
    assert_eq!(server.tally().requests, 1);
}

#[test]
fn nothing_older_goes_over_something_newer() {
    let (server, work) = gone_wrong();
    let newer = client("CF1", "Bob", "P2");
    work.rows("clients.csv", &[client("C1", "Ana", "P1"), newer]);
    work.run(&format!("{SYNC} --allow min_rows_of_last"))
        .expect(0);

    let done = retry(&work, "1", 3);

    assert_eq!(count(&done, "/retry/pending"), 1);
    assert_eq!(count(&done, "/records/superseded"), 1);
    let bob = server.customer("CF1").unwrap();
    assert_eq!(bob.pointer("/firstName").unwrap(), "Bob");
    assert_eq!(bob.pointer("/applied").unwrap(), 1);
}

#[test]
fn open_rows_are_mapped_anew_with_all_rows_of_their_customers() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mapping = work.read("map.toml");
    let mut unknown = client("C2", "Bo", "P3");
    unknown[5] = "Snoozing";
    work.rows(
        "clients.csv",
        &[
            client("C1", "Ana", "P1"),
            client("C2", "Bo", "P2"),
            unknown,
            client("C3", "Cy", ""),
        ],
    );
    let sync = format!("{SYNC} --allow max_rejected");
    let night = work.run(&sync).expect(3).json();
    assert_eq!(
        (
            count(&night, "/records/held"),
            count(&night, "/rows/rejected")
        ),
        (2, 1)
    );
    std::fs::remove_file(work.path("clients.csv")).unwrap();
    let mended = mapping
        .replacen("Effectuated ", "Snoozing = \"Pending\"\nEffectuated ", 1)
        .replacen(
            "[record]\n",
            "[record]\nallow = [\"policy.without_id\"]\n",
            1,
        );
    work.write("mended.toml", mended);

    let anew = retry(&work, "--from source --mapping mended.toml", 0);
    let again = work
        .run("retry 1 --from source --mapping mended.toml")
        .expect(0);
    work.run("retry --from source")
        .expect(64)
        .complains(&["no mapping is named"]);

    assert_eq!(anew.pointer("/run").unwrap(), "2");
    assert_eq!(count(&anew, "/rows/staged"), 3);
    assert_eq!(count(&anew, "/records/succeeded"), 2);
    let parent = work.run("show 1 --json").expect(0).json();
    assert_eq!(count(&parent, "/closed/rejected"), 1);
    assert_eq!(count(&parent, "/records/superseded"), 2);
    assert!(
        again
            .stdout
            .contains("nothing to do: no row of run 1 is open"),
        "{again:?}"
    );
    assert_eq!((server.tally().customers, server.tally().policies), (3, 4));
    let kept = std::fs::read_dir(work.state().join("journal.db.spools")).unwrap();
    let mut kept = kept.map(|entry| entry.unwrap().path());
    assert!(kept.all(|path| path.extension().unwrap() == "spool"));
}

#[test]
fn bodies_that_are_gone_cannot_be_sent() {
    let (_server, work) = gone_wrong();
    let journal = work.state().join("journal.db");
    let database = rusqlite::Connection::open(&journal).unwrap();
    // Seven days later.
    database
        .execute("UPDATE runs SET finished_at = 0", [])
        .unwrap();
    drop(database);

    work.run("retry")
        .expect(74)
        .complains(&["the records of run 1 were erased", "sync"]);
}

#[test]
fn a_rehearsal_is_retried_in_the_sandbox_alone() {
    let work = Workdir::new().with("ACA_SYNC_RATE", "1000000/s");
    work.rows("clients.csv", &[client("C1", "Ana", "P1")]);
    work.run(&format!("{SYNC} --sandbox --fault fail=C1"))
        .expect(3);

    let done = retry(&work, "--sandbox", 0);

    assert_eq!(count(&done, "/records/succeeded"), 1);
    work.run("retry")
        .expect(64)
        .complains(&["there is no journal"]);
}

#[test]
fn what_is_mapped_anew_is_not_chosen_by_its_kind() {
    let (_server, work) = gone_wrong();

    let refused = work
        .run("retry 1 --from source --mapping map.toml --only held")
        .expect(64);

    refused.complains(&["'--mapping <MAP>' cannot be used with '--only <WHICH>'"]);
}
