//! Rows written apart by `check`: what is in which file, who may read it, and that it comes back.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::PathBuf};

use serde_json::Value;

use crate::support::{
    Server, Workdir,
    apart::{ADDED, Apart},
    balanced, client,
    workdir::COLUMNS,
};

fn count(json: &Value, pointer: &str) -> u64 {
    json.pointer(pointer).and_then(Value::as_u64).unwrap()
}

const BOTH: &str = "--mapping map.toml --valid good.csv --invalid bad.csv";

#[test]
fn every_row_of_the_dirty_export_is_in_one_file_or_was_skipped() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients-dirty.csv");

    let done = work
        .run(&format!("check clients-dirty.csv {BOTH} --json"))
        .expect(3);
    let told = done.json();

    let (good, bad) = (
        Apart::read(&work.path("good.csv")),
        Apart::read(&work.path("bad.csv")),
    );
    assert_eq!(count(&told, "/written/valid/rows"), good.rows.len() as u64);
    assert_eq!(count(&told, "/written/invalid/rows"), bad.rows.len() as u64);
    assert_eq!(
        count(&told, "/written/skipped"),
        count(balanced(&told), "/rows/skipped")
    );
    let apart = (good.rows.len() + bad.rows.len()) as u64 + count(&told, "/rows/skipped");
    assert_eq!(apart, count(&told, "/rows/read"));
    let source = fs::read_to_string(work.path("clients-dirty.csv").with_file_name("good.csv"));
    let header = source.unwrap().lines().next().unwrap().to_owned();
    assert!(header.starts_with("\u{feff}healthsherpa_id,first_name,"));
    assert!(header.ends_with(&format!(",{}", ADDED.join(","))));
    let states: BTreeSet<&str> = bad.column("_state").into_iter().collect();
    assert_eq!(states, BTreeSet::from(["held", "rejected"]));
    let states: BTreeSet<&str> = good.column("_state").into_iter().collect();
    assert_eq!(states, BTreeSet::from(["pending"]));
    for column in ["_column", "_code", "_message"] {
        assert!(good.column(column).iter().all(|cell| cell.is_empty()));
    }
    for code in ["_code", "_message"] {
        assert!(bad.column(code).iter().all(|cell| !cell.is_empty()));
    }
    let phone = bad
        .column("_row")
        .iter()
        .position(|row| *row == "4")
        .unwrap();
    assert_eq!(bad.cell(phone, "phone"), "3.05555e+09");
    assert_eq!(bad.cell(phone, "_column"), "phone");
    assert_eq!(bad.cell(phone, "_code"), "phone.scientific");
    assert_eq!(bad.cell(phone, "_file"), "clients-dirty.csv");
    assert_eq!(bad.cell(phone, "_run"), "");
    done.complains(&["wrote", "valid rows to good.csv", "invalid rows to bad.csv"]);
}

#[test]
fn the_valid_rows_become_what_the_whole_file_becomes() {
    let (whole, apart) = (Server::new(), Server::new());
    let (first, second) = (Workdir::against(&whole), Workdir::against(&apart));
    first.fixture("healthsherpa/clients-dirty.csv");
    first
        .run(&format!("check clients-dirty.csv {BOTH}"))
        .expect(3);
    first
        .run("sync clients-dirty.csv --mapping map.toml")
        .expect(3);
    second.write("good.csv", fs::read(first.path("good.csv")).unwrap());

    let done = second
        .run("sync good.csv --mapping map.toml --json")
        .expect(0)
        .json();

    assert_eq!(balanced(&done)["rows"]["rejected"], 0, "{done}");
    let known = |server: &Server| -> BTreeSet<String> {
        let customers = server.customers().into_iter();
        customers
            .map(|one| one["phoneNumber"].to_string() + &one["policies"].to_string())
            .collect()
    };
    assert_eq!(whole.customers().len(), apart.customers().len());
    assert_eq!(known(&whole).len(), known(&apart).len());
}

#[test]
fn invalid_rows_come_back_corrected() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut broken = client("2", "Bo", "P2");
    broken[3] = "3.05555e+09";
    let mut held = client("3", "Cy, \"=1+1\"", "P3, P4");
    held[1] = "\"=Cy, \"\"Q\"\"\"";
    held[6] = "\"P3, P4\"";
    work.rows("clients.csv", &[client("1", "Ana", "P1"), broken, held]);
    let text = fs::read_to_string(work.path("clients.csv")).unwrap();
    work.write(
        "clients.csv",
        text + "4,Di,Lee,3055550124,33101,Effectuated,P5\n\
                5,Ed,Lee,3055550125,33101,Effectuated,P6,1/1/2026,more\n",
    );

    work.run(&format!("check clients.csv {BOTH} --allow max_rejected"))
        .expect(3);
    let bad = Apart::read(&work.path("bad.csv"));
    let again = work
        .run("check bad.csv --mapping map.toml --allow max_rejected --json")
        .expect(3)
        .json();
    let text = fs::read_to_string(work.path("bad.csv")).unwrap();
    let corrected = text
        .replace("3.05555e+09", "3055550122")
        .replace("\"P3, P4\"", "P3")
        .replace("P5,,", "P5,1/1/2026,")
        .replace(",more", "")
        .replace("row.too_few_cells", "")
        .replace("row.too_many_cells", "");
    work.write("corrected.csv", corrected);
    work.run("sync good.csv --mapping map.toml").expect(0);
    let sent = work
        .run("sync corrected.csv --mapping map.toml --allow min_rows_of_last --json")
        .expect(0)
        .json();

    assert_eq!(bad.column("_row"), ["3", "4", "5", "6"]);
    assert_eq!(
        bad.column("effective_date"),
        ["1/1/2026", "1/1/2026", "", "1/1/2026"]
    );
    assert_eq!(bad.cell(1, "first_name"), "=Cy, \"Q\"");
    assert_eq!(
        bad.column("_code").join(" "),
        "phone.scientific identifier.several row.too_few_cells row.too_many_cells"
    );
    assert_eq!(again["rows"]["read"], 4);
    // The row that lacks a cell has blank ones now, and counts once its code is taken away.
    assert_eq!(again["rows"]["rejected"], 3, "{again}");
    assert_eq!(again["records"]["held"], 1);
    assert_eq!(balanced(&sent)["rows"]["staged"], 4);
    assert_eq!(sent["records"]["succeeded"], 4);
    assert_eq!(server.tally().customers, 5);
    let names: BTreeSet<String> = server
        .customers()
        .iter()
        .map(|one| one["firstName"].to_string())
        .collect();
    assert!(names.contains("\"=Cy, \\\"Q\\\"\""), "{names:?}");
}

#[test]
fn all_rows_of_a_held_customer_are_invalid_and_unchanged_ones_are_valid() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    work.run("sync clients.csv --mapping map.toml").expect(0);
    let mut broken = client("2", "Bo", "P3");
    broken[3] = "?";
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2"), broken],
    );

    work.run(&format!("check clients.csv {BOTH} --allow max_rejected"))
        .expect(3);

    let (good, bad) = (
        Apart::read(&work.path("good.csv")),
        Apart::read(&work.path("bad.csv")),
    );
    assert_eq!(good.column("_state"), ["unchanged"]);
    assert_eq!(bad.column("_state"), ["held", "rejected"]);
    assert_eq!(
        bad.column("_code"),
        ["record.row_rejected", "phone.not_a_number"]
    );
}

#[test]
fn rows_of_a_workbook_and_of_another_separator_come_back_too() {
    let work = Workdir::new();
    let lines = [
        COLUMNS,
        client("1", "Ana; or Anne", "P1"),
        client("2", "?", "P2"),
    ];
    let lines = lines.map(|row| row.map(|cell| format!("\"{cell}\"")).join(";"));
    work.write("clients.csv", lines.join("\n"));
    let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
    let mapping = mapping.replacen("[source]", "[source]\nseparator = \"semicolon\"", 1);
    work.write("map.toml", mapping);

    work.run(&format!("check clients.csv {BOTH} --allow max_rejected"))
        .expect(3);
    let good = work
        .run("check good.csv --mapping map.toml --json")
        .expect(0)
        .json();

    let text = fs::read_to_string(work.path("good.csv")).unwrap();
    assert!(text.contains("1;\"Ana; or Anne\";Lee;"), "{text}");
    assert_eq!(good["rows"]["staged"], 1);
}

#[test]
fn nothing_is_written_over_and_nothing_is_left_half_written() {
    let work = Workdir::new();
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    work.write("there.csv", "mine");
    let listed = || -> BTreeSet<PathBuf> {
        let entries = fs::read_dir(work.path("")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let before = listed();

    for (flags, word) in [
        ("--valid there.csv", "there.csv is there already"),
        ("--invalid there.csv --valid new.csv", "there.csv is there"),
        ("--valid new.csv --invalid new.csv", "name the same file"),
        ("--valid nowhere/new.csv", "there is no folder nowhere"),
        ("--valid clients.csv", "clients.csv is there already"),
    ] {
        work.run(&format!("check clients.csv --mapping map.toml {flags}"))
            .expect(64)
            .complains(&[word]);
    }
    // A check that does not come to its end writes nothing.
    work.write("narrow.csv", "a,b\n1,2\n");
    work.run("check narrow.csv --mapping map.toml --valid new.csv")
        .expect(65);

    assert_eq!(fs::read(work.path("there.csv")).unwrap(), b"mine");
    let mut after = listed();
    assert!(after.remove(&work.path("narrow.csv")));
    assert_eq!(after, before);
}

#[test]
fn the_files_are_their_owner_s_alone() {
    let work = Workdir::new();
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);

    let done = work.run(&format!("check clients.csv {BOTH}")).expect(0);

    for name in ["good.csv", "bad.csv"] {
        let mode = fs::metadata(work.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(Apart::read(&work.path("bad.csv")).rows.len(), 0);
    done.complains(&["wrote 1 valid row to good.csv, 0 invalid rows to bad.csv"]);
    // Nothing else was made.
    assert!(!work.state().exists());
}
