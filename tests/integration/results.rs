//! `results`: which row is in which file, with its values as they were, for its owner alone; and what is left
//! to tell once the cells are gone.
use std::{fmt::Write, fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::support::{
    Server, Workdir,
    apart::{ADDED, Apart},
    balanced, client,
    workdir::COLUMNS,
};

const SYNC: &str = "sync clients.csv --mapping map.toml --concurrency 1 --resend-after 0s --json";

/// Values that spreadsheets damage, and those that files are broken by.
const NASTY: [&str; 14] = [
    "00123",
    "1234567890123456789",
    "=1+1",
    "@SUM(A1)",
    "+1 305",
    "-2",
    "3.05555e+09",
    "1/2",
    "TRUE",
    "a \"b\", c",
    "two\nlines",
    "Peña Ωλ 漢字 👩‍⚕️",
    " around ",
    "_x0041_ <b>&amp;</b>",
];

fn three(work: &Workdir, ending: &str) -> [Apart; 3] {
    ["succeeded", "failed", "unprocessed"]
        .map(|name| Apart::read(&work.path(&format!("out/{name}.{ending}"))))
}

fn pairs(file: &Apart) -> Vec<(&str, &str)> {
    let rows = file.column("_row").into_iter();
    rows.zip(file.column("_state")).collect()
}

fn audit(work: &Workdir) -> Vec<String> {
    let database = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let mut statement = database
        .prepare("SELECT details FROM audit WHERE verb = 'results' ORDER BY id")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Every row has one nasty value in a column that nothing reads, and the API takes none of them.
fn nasty(faults: &str) -> (Server, Workdir) {
    let server = Server::failing(faults);
    let work = Workdir::against(&server);
    let mut text = COLUMNS.join(",") + ",notes,alternate_phone\n";
    for (number, value) in (1..).zip(NASTY) {
        let (id, policy) = (format!("C{number:02}"), format!("P{number}"));
        let mut row = client(&id, "Ana", &policy);
        row[4] = "01060";
        let quoted = value.replace('"', "\"\"");
        writeln!(text, "{},\"{quoted}\",0{number}", row.join(",")).unwrap();
    }
    work.write("clients.csv", text);
    (server, work)
}

/// Run 2 has a row in every state that a row can end in, but for those that a later run makes.
fn all_states() -> (Server, Workdir, Value) {
    let server = Server::failing("refuse=C3@2-3;fail=C4@2-4;reset@5");
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("C1", "Ana", "P1")]);
    work.run(SYNC).expect(0);
    let mut rejected = client("C5", "Ed", "P5");
    rejected[3] = "305";
    let held = client("C6", "Fa", "");
    let blank = [""; 8];
    let mut in_doubt = client("", "Gus", "P7");
    in_doubt[3] = "3055550127";
    work.rows(
        "clients.csv",
        &[
            client("C1", "Ana", "P1"),
            client("C2", "Bo", "P2"),
            client("C3", "Cy", "P3"),
            client("C4", "Di", "P4"),
            rejected,
            held,
            blank,
            in_doubt,
            client("C8", "Hal", "P8"),
        ],
    );

    // One request each: two good ones are the second and the last, which a limit leaves pending.
    let one_each = format!("{SYNC} --batch-size 1 --limit 4 --allow max_rejected");
    let books = work.run(&one_each).expect(3).json();
    (server, work, books)
}

#[test]
fn every_state_is_in_its_file_and_the_counts_add_up() {
    let (_server, work, books) = all_states();

    work.run("results --out out").expect(0);

    let [succeeded, failed, unprocessed] = three(&work, "csv");
    let all = [&succeeded, &failed, &unprocessed];
    let states: Vec<_> = all.iter().flat_map(|file| pairs(file)).collect();
    assert_eq!(
        states.len() as u64,
        balanced(&books)["rows"]["read"].as_u64().unwrap()
    );
    assert_eq!(
        pairs(&succeeded),
        [("2", "unchanged"), ("3", "succeeded")],
        "{books}"
    );
    assert_eq!(
        pairs(&failed),
        [("4", "failed"), ("5", "failed"), ("6", "rejected")]
    );
    assert_eq!(
        pairs(&unprocessed),
        [
            ("7", "held"),
            ("8", "skipped"),
            ("9", "in_doubt"),
            ("10", "pending")
        ]
    );
}

#[test]
fn each_row_says_why_it_is_there_and_who_took_it_out_is_on_record() {
    let (_server, work, _) = all_states();

    let done = work.run("results --out out --json").expect(0).json();
    let text = work.run("results 2 --out more").expect(0).stdout;

    let [succeeded, failed, unprocessed] = three(&work, "csv");
    let all = [&succeeded, &failed, &unprocessed];
    assert_eq!(failed.cell(2, "_column"), "phone");
    assert_eq!(failed.cell(2, "_code"), "phone.too_few_digits");
    assert_eq!(unprocessed.cell(2, "_code"), "doubt.connection_lost");
    assert_eq!(unprocessed.cell(0, "_code"), "policy.without_id");
    assert!(
        all.iter()
            .all(|file| file.column("_run").iter().all(|run| *run == "2"))
    );
    assert!(
        failed
            .column("_message")
            .iter()
            .all(|message| !message.is_empty())
    );
    for (name, file) in ["succeeded", "failed", "unprocessed"].iter().zip(all) {
        assert_eq!(done["files"][name]["rows"], file.rows.len());
        assert_eq!(file.header[..8], COLUMNS);
        assert_eq!(file.header[8..], ADDED);
    }
    assert!(
        text.starts_with("run 2: 9 rows = 2 succeeded + 3 failed + 4 unprocessed\n"),
        "{text}"
    );
    assert!(
        text.contains("next: correct more/failed.csv and sync it"),
        "{text}"
    );
    // The API's words are in the file alone.
    let words = failed.cell(0, "_message");
    assert!(!text.contains(words) && !done.to_string().contains(words));
    assert_eq!(
        audit(&work),
        [
            "2 succeeded + 3 failed + 4 unprocessed to out",
            "2 succeeded + 3 failed + 4 unprocessed to more"
        ]
    );
}

#[test]
fn values_come_back_as_they_were_through_csv_and_workbook() {
    for format in ["csv", "xlsx"] {
        let (server, work) = nasty("fail=C@1");
        work.run(SYNC).expect(3);
        fs::remove_file(work.path("clients.csv")).unwrap();

        let told = work
            .run(&format!("results --out out --format {format}"))
            .expect(0)
            .stdout;
        let failed = Apart::read(&work.path(&format!("out/failed.{format}")));
        let books = work
            .run(&format!(
                "sync out/failed.{format} --mapping map.toml --json"
            ))
            .expect(0)
            .json();

        assert_eq!(failed.column("notes"), NASTY, "{format}");
        assert!(failed.column("zip_code").iter().all(|zip| *zip == "01060"));
        assert_eq!(failed.cell(6, "alternate_phone"), "07");
        assert_eq!(
            told.contains("a cell that looks like a formula is one"),
            format == "csv"
        );
        assert_eq!(balanced(&books)["records"]["succeeded"], 14);
        let clean = Server::new();
        let other = Workdir::against(&clean);
        other.write("clients.csv", nasty("fail=C@1").1.read("clients.csv"));
        other.run(SYNC).expect(0);
        assert_eq!(server.bodies(), clean.bodies(), "{format}");
    }
}

#[test]
fn cells_that_no_file_can_take_leave_none_behind() {
    let server = Server::failing("fail=C@1");
    let work = Workdir::against(&server);
    let (row, long) = (client("C1", "Ana", "P1"), "x".repeat(40_000));
    let text = format!("{},notes\n{},{long}\n", COLUMNS.join(","), row.join(","));
    work.write("clients.csv", text);
    work.run(SYNC).expect(3);

    work.run("results --out out --format xlsx")
        .expect(64)
        .complains(&["does not fit into a workbook", "--format csv"]);
    let left = fs::read_dir(work.path("out")).unwrap().count();
    work.run("results --out out").expect(0);

    assert_eq!(left, 0);
    let failed = Apart::read(&work.path("out/failed.csv"));
    assert_eq!(failed.cell(0, "notes").len(), 40_000);
}

#[test]
fn a_full_disk_leaves_no_file_and_no_panic() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 3000);
    work.run(SYNC).expect(0);

    for format in ["csv", "xlsx"] {
        let done = work.on_full_disk(64, &format!("results --out out --format {format}"));
        done.expect(74);
        assert_eq!(fs::read_dir(work.path("out")).unwrap().count(), 0);
    }
}

#[test]
fn nothing_is_written_over_unless_it_is_meant() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("C1", "Ana", "P1")]);
    work.run(SYNC).expect(0);
    fs::create_dir(work.path("out")).unwrap();
    work.write("out/failed.csv", "mine");

    work.run("results --out out")
        .expect(64)
        .complains(&["out/failed.csv is there already", "--force"]);
    assert_eq!(work.read("out/failed.csv"), "mine");
    assert_eq!(fs::read_dir(work.path("out")).unwrap().count(), 1);
    work.run("results --out out --force").expect(0);
    work.run("results --out map.toml")
        .expect(64)
        .complains(&["map.toml: the files cannot be put here"]);

    assert!(work.read("out/failed.csv").contains("_message"));
    work.run("results --out deep/er --format xlsx").expect(0);
    for name in [
        "out/failed.csv",
        "out/succeeded.csv",
        "deep/er/unprocessed.xlsx",
    ] {
        let mode = fs::metadata(work.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn what_is_known_without_the_cells_is_told_and_that_it_is_all() {
    let server = Server::failing("fail=C2@1");
    let work = Workdir::against(&server);
    let mut rejected = client("C3", "Cy", "P3");
    rejected[3] = "305";
    work.rows(
        "clients.csv",
        &[
            client("C1", "Qzcanary", "P1"),
            client("C2", "Bo", "P2"),
            rejected,
            [""; 8],
        ],
    );
    work.run(SYNC).expect(3);
    work.rows("next.csv", &[client("C9", "Ida", "P9")]);
    let next = "sync next.csv --mapping map.toml --allow min_rows_of_last";
    work.run(next).expect(0);

    let done = work.run("results 1 --out out").expect(0).stdout;
    let json = work.run("results 1 --out json --json").expect(0).json();

    let [succeeded, failed, unprocessed] = three(&work, "csv");
    let mut header = ADDED.to_vec();
    header.push("_customer_id");
    assert_eq!(succeeded.header, header);
    assert_eq!(pairs(&succeeded), [("2", "succeeded")]);
    assert_eq!(pairs(&failed), [("3", "failed"), ("4", "rejected")]);
    assert_eq!(failed.column("_column"), ["", "phone"]);
    assert_eq!(unprocessed.rows.len(), 0);
    let known = server.customers();
    let id = known
        .iter()
        .find(|one| one["firstName"] == "Qzcanary")
        .unwrap()["id"]
        .clone();
    assert_eq!(succeeded.cell(0, "_customer_id"), id);
    assert!(!work.read("out/succeeded.csv").contains("Qzcanary"));
    assert!(
        done.contains("+ 1 skipped, in no file") && done.contains("are not kept any more"),
        "{done}"
    );
    assert_eq!(
        (&json["has_cells"], &json["skipped_in_no_file"]),
        (&Value::from(false), &Value::from(1))
    );
}

#[test]
fn rows_go_back_with_the_separator_and_from_all_files_they_came_in() {
    let server = Server::failing("fail=C@1");
    let work = Workdir::against(&server);
    for (name, id, policy) in [("a.csv", "C1", "P1"), ("b.csv", "C2", "P2")] {
        let row = client(id, "Ana; or Anne", policy);
        let lines = [COLUMNS, row].map(|row| row.map(|cell| format!("\"{cell}\"")).join(";"));
        work.write(name, lines.join("\n"));
    }
    let sync = "--mapping map.toml --resend-after 0s --json";
    work.run(&format!("sync a.csv b.csv {sync}")).expect(3);

    work.run("results --out out").expect(0);
    let text = work.read("out/failed.csv");
    let books = work
        .run(&format!("sync out/failed.csv {sync}"))
        .expect(0)
        .json();

    assert!(
        text.contains("C1;Ana") || text.contains("C1;\"Ana; or Anne\";"),
        "{text}"
    );
    assert!(
        text.contains(";a.csv;1;2;failed;") && text.contains(";b.csv;1;2;failed;"),
        "{text}"
    );
    assert_eq!(balanced(&books)["records"]["succeeded"], 2);
    assert_eq!(
        work.run("show 1 --json").expect(0).json()["records"]["superseded"],
        2
    );
}

#[test]
fn rows_with_several_ids_in_a_cell_are_to_be_corrected_and_come_back() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut several = client("C2", "Bo", "\"P2, P3\"");
    several[3] = "3055550122";
    let first = [client("C1", "Ana", "P1"), several];
    work.rows("clients.csv", &first);
    let books = work.run(SYNC).expect(3).json();
    assert_eq!(balanced(&books)["records"]["held"], 1, "{books}");

    work.run("results --out out").expect(0);
    let [_, mut failed, unprocessed] = three(&work, "csv");
    assert_eq!(pairs(&failed), [("3", "held")]);
    assert_eq!(failed.column("_code"), ["identifier.several"]);
    assert_eq!(unprocessed.rows.len(), 0);
    failed.correct(3, "healthsherpa_policy_ids", "P2");
    failed.save(&work.path("corrected.csv"));
    work.run("sync corrected.csv --mapping map.toml").expect(0);

    let parent = work.run("show 1 --json").expect(0).json();
    assert_eq!(balanced(&parent)["records"]["superseded"], 1, "{parent}");
    assert_eq!(server.tally().policies, 2);
}
