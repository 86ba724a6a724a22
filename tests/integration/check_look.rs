//! What `check` tells of values without telling them: shapes, what spreadsheets did, and, on record only,
//! the values themselves.

use std::fs;

use rusqlite::{Connection, OpenFlags};
use rust_xlsxwriter::{Format, Formula, Workbook};
use serde_json::{Value, json};

use crate::support::{
    Server, Workdir, client,
    workdir::{COLUMNS, Done},
};

/// A workbook in which a spreadsheet has had its way with phones, postal codes, dates and ids.
fn damaged() -> Vec<u8> {
    let column = |name: &str| {
        let place = COLUMNS.iter().position(|column| *column == name).unwrap();
        u16::try_from(place).unwrap()
    };
    let (phone, zip, date, id) = (
        column("phone"),
        column("zip_code"),
        column("effective_date"),
        column("healthsherpa_id"),
    );
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (place, name) in (0..).zip(COLUMNS) {
        sheet.write(0, place, name).unwrap();
    }
    for row in 1..=8 {
        let number = row.to_string();
        for (place, cell) in (0..).zip(client(&number, "Ana", &number)) {
            sheet.write(row, place, cell).unwrap();
        }
    }
    // Phones: two that became text in scientific notation, one failed formula, one with a float's tail.
    sheet.write(1, phone, "3.05555e+09").unwrap();
    sheet.write(2, phone, "3.0555E+09").unwrap();
    let failed = Formula::new("=1/0").set_result("#DIV/0!");
    sheet.write_formula(3, phone, failed).unwrap();
    sheet.write(4, phone, "3055550123.0").unwrap();
    // Postal codes that lost their zero: one as a number, one as text under a format that shows it.
    sheet.write(5, zip, 1_060.0).unwrap();
    let padded = Format::new().set_num_format("00000");
    sheet.write_with_format(6, zip, 1_060.0, &padded).unwrap();
    // A date whose format was lost, and an id with more digits than a spreadsheet keeps.
    sheet.write(7, date, 46_023.0).unwrap();
    sheet.write(8, id, 1_234_567_890_123_456.0).unwrap();
    book.save_to_buffer().unwrap()
}

fn rejected<'j>(json: &'j Value, code: &str) -> &'j Value {
    let groups = json.pointer("/findings/rejected").and_then(Value::as_array);
    let mut groups = groups.unwrap().iter();
    groups.find(|group| group["code"] == code).unwrap()
}

fn damage(json: &Value) -> Vec<(&str, u64, &Value)> {
    let columns = json["damage"].as_array().unwrap().iter();
    columns
        .map(|column| {
            let damaged = column["damaged"].as_u64().unwrap();
            (
                column["column"].as_str().unwrap(),
                damaged,
                &column["last_share"],
            )
        })
        .collect()
}

/// Who did what, with which words, as the journal has it.
fn audit(work: &Workdir, journal: &str) -> Vec<(String, Option<i64>, String)> {
    let path = work.state().join(journal);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(path, flags).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT verb, run, details FROM audit WHERE details LIKE '--show-values%' ORDER BY id",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

const CHECK: &str = "check book.xlsx --mapping map.toml --allow max_rejected";

#[test]
fn refused_cells_show_their_shapes_and_never_themselves() {
    let work = Workdir::new();
    work.write("book.xlsx", damaged());

    let told = work.run(&format!("{CHECK} --json")).expect(3);
    let shown = work.run(CHECK).expect(3);

    let json = told.json();
    let shapes = &rejected(&json, "phone.scientific")["shapes"];
    assert_eq!(
        *shapes,
        json!([
            { "shape": "9.9{4}E+9{2}", "count": 1 },
            { "shape": "9.9{5}E+9{2}", "count": 1 }
        ])
    );
    let error = &rejected(&json, "cell.spreadsheet_error")["shapes"][0]["shape"];
    assert_eq!(error, "#A{3}/9!");
    assert!(
        shown
            .stdout
            .contains("\n             looks like 9.9{4}E+9{2} (1), 9.9{5}E+9{2} (1)\n"),
        "{}",
        shown.stdout
    );
    assert!(rejected(&json, "phone.scientific")["values"].is_null());
    for value in ["3.05555", "3.0555E", "#DIV/0!", "46023", "1234567890123456"] {
        assert!(!told.stdout.contains(value), "{value}");
        assert!(!shown.stdout.contains(value), "{value}");
    }
}

#[test]
fn shapes_are_counted_and_the_most_frequent_come_first() {
    let work = Workdir::new();
    let phones = ["12", "345-6", "345-7", "345-8", "9", "9", "a1", "22", "(0)"];
    let rows: Vec<_> = phones
        .iter()
        .map(|phone| {
            let mut row = client("1", "Ana", "P1");
            row[3] = phone;
            row
        })
        .collect();
    work.rows("clients.csv", &rows);

    let told = work
        .run("check clients.csv --mapping map.toml --allow max_rejected --json")
        .expect(3)
        .json();

    assert_eq!(
        rejected(&told, "phone.too_few_digits")["shapes"],
        json!([
            { "shape": "9{3}-9", "count": 3 },
            { "shape": "9", "count": 2 },
            { "shape": "9{2}", "count": 2 }
        ])
    );
}

#[test]
fn damage_is_told_by_column_beside_the_last_file() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.write("book.xlsx", damaged());
    let first = work.run(&format!("{CHECK} --json")).expect(3).json();
    // Yesterday's file was sound but for one phone.
    let mut rows: Vec<_> = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
        .map(|id| client(id, "Ana", id))
        .to_vec();
    rows[0][3] = "3055550123.0";
    work.rows("clients.csv", &rows);
    work.run("sync clients.csv --mapping map.toml").expect(0);
    // Tonight's is not older than it.
    work.write("book.xlsx", damaged());

    let told = work
        .run(&format!("{CHECK} --allow min_rows_of_last --json"))
        .expect(3)
        .json();
    let shown = work
        .run(&format!("{CHECK} --allow min_rows_of_last"))
        .expect(3)
        .stdout;

    let columns = |json: &Value| -> Vec<(String, u64)> {
        let columns = damage(json).into_iter();
        columns
            .map(|(name, count, _)| (name.to_owned(), count))
            .collect()
    };
    let expected = [
        ("phone", 4),
        ("effective_date", 1),
        ("healthsherpa_id", 1),
        ("zip_code", 1),
    ];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(columns(&first), expected);
    assert_eq!(columns(&told), expected);
    assert!(damage(&first).iter().all(|(_, _, last)| last.is_null()));
    let last: Vec<&Value> = damage(&told).iter().map(|(_, _, last)| *last).collect();
    assert_eq!(last, [0.1, 0.0, 0.0, 0.0]);
    assert!(
        shown.contains(
            "\ndamaged by a spreadsheet\n  phone: 50 % damaged, 10 % in the last file (4 of 8 cells); ask for the CSV\n"
        ),
        "{shown}"
    );
    assert!(
        shown.contains(
            "  zip_code: 13 % damaged since the last file (1 of 8 cells); ask for the CSV\n"
        ),
        "{shown}"
    );
}

#[test]
fn a_run_s_damage_is_told_beside_the_run_before_it() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut row = client("1", "Ana", "P1");
    work.rows("clients.csv", &[row]);
    work.run("sync clients.csv --mapping map.toml").expect(0);
    row[3] = "3055550199.0";
    work.rows("clients.csv", &[row]);
    work.run("sync clients.csv --mapping map.toml").expect(0);

    let shown = work.run("show --json").expect(0).json();

    assert_eq!(damage(&shown), [("phone", 1, &json!(0.0))]);
}

#[test]
fn values_are_shown_only_once_it_is_on_record_who_looked() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut row = client("2", "Bo", "P2");
    row[3] = "?\u{7}123";
    work.rows("clients.csv", &[client("1", "Ana", "P1"), row]);
    let check = "check clients.csv --mapping map.toml --show-values";

    let first = work.run(&format!("{check} --json")).expect(3).json();
    work.run("sync clients.csv --mapping map.toml").expect(3);
    let second = work.run(check).expect(3);
    let shown = work.run("show --show-values").expect(0);
    let json = work.run("show 1 --show-values --json").expect(0).json();
    work.run("show").expect(0);

    for told in [&first, &json] {
        let group = rejected(told, "phone.not_a_number");
        assert_eq!(group["values"], json!(["?\u{7}123"]));
    }
    for done in [&second, &shown] {
        assert!(
            done.stdout.contains("\n             says \"?\\u{7}123\"\n"),
            "{}",
            done.stdout
        );
        assert!(!done.stdout.contains("looks like"));
    }
    let entry =
        |verb: &str, run, about: &str| (verb.to_owned(), run, format!("--show-values: {about}"));
    assert_eq!(
        audit(&work, "journal.db"),
        [
            entry("check", None, "clients.csv"),
            entry("check", None, "clients.csv"),
            entry("show", Some(1), "run 1"),
            entry("show", Some(1), "run 1"),
        ]
    );
    // A journal that was made to record a look has sent nothing: the first run still has to be meant.
    assert_eq!(
        work.run("runs --json").expect(0).json()["runs"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_journal_made_to_record_a_look_is_no_first_run() {
    let work = Workdir::new().with("ACA_SYNC_API_KEY", crate::support::KEY);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);

    work.run("check clients.csv --mapping map.toml --show-values")
        .expect(0);
    let stopped: Done = work
        .run("sync clients.csv --mapping map.toml --base-url https://api.carecycle.invalid")
        .expect(4);

    stopped.complains(&["first_run"]);
    assert_eq!(audit(&work, "journal.db").len(), 1);
}

#[test]
fn nothing_is_shown_while_nobody_can_write_down_who_looks() {
    let server = Server::failing("slow=86400000@1");
    let work = Workdir::against(&server);
    let mut row = client("2", "Bo", "P2");
    row[3] = "8765432";
    work.rows("clients.csv", &[client("1", "Ana", "P1"), row]);
    let mut running = work.start("sync clients.csv --mapping map.toml");
    assert!(running.wait_until(|| server.tally().requests >= 1));

    let checked = work
        .run("check clients.csv --mapping map.toml --show-values")
        .expect(75);
    let shown = work.run("show --show-values").expect(75);
    let shapes = work.run("show").expect(0);

    for done in [&checked, &shown] {
        assert!(!done.stdout.contains("8765432"));
        done.complains(&["recorded who looked", "`aca-sync sync`"]);
    }
    assert!(
        shapes.stdout.contains("looks like 9{7} (1)"),
        "{}",
        shapes.stdout
    );
    running.kill();
}

#[test]
fn shapes_go_with_the_rows_that_a_later_run_erases() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut row = client("1", "Ana", "P1");
    row[3] = "12";
    work.rows("clients.csv", &[row]);
    work.run("sync clients.csv --mapping map.toml --allow max_rejected")
        .expect(3);
    work.rows("clients.csv", &[client("2", "Bo", "P2")]);
    work.run("sync clients.csv --mapping map.toml").expect(0);

    let erased = work.run("show 1").expect(0).stdout;

    assert!(erased.contains("phone.too_few_digits"), "{erased}");
    assert!(!erased.contains("looks like"), "{erased}");
    assert!(fs::read_dir(work.state()).is_ok());
}

#[test]
fn a_plan_says_what_goes_when_and_how_old_the_export_is() {
    let work = Workdir::new();
    work.rows("clients_20200105T031500.csv", &[client("1", "Ana", "P1")]);
    let check = "check clients_20200105T031500.csv --mapping map.toml";

    let told = work.run(&format!("{check} --json")).expect(0).json();
    let shown = work.run(check).expect(0).stdout;

    let plan = &told["plan"];
    assert_eq!(plan["to_send"], 1);
    assert_eq!(plan["unchanged"], 0);
    assert_eq!(plan["requests"], 1);
    assert!(plan["finish"].as_str().unwrap().contains('T'));
    let age = &told["sources"][0]["age"];
    assert_eq!(age["from"], "name");
    assert!(age["seconds"].as_i64() > Some(365 * 86_400));
    assert!(shown.contains(" days ago by its name\n"), "{shown}");
}
