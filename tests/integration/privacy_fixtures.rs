//! Every mapping that ships, with the files it is made for, every cell of them a canary, against an API that repeats
//! what it is sent: nothing of it is shown, logged, counted or kept on record.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::fs;

use regex::Regex;

use crate::{
    privacy::{expect_no_canary, export},
    support::{
        Server, Workdir,
        parrot::Parrot,
        table::{Epoch, Table, xlsx},
    },
};

/// Each mapping with a file that it reads.
const BOOKS: &[(&str, &str)] = &[
    ("healthsherpa-clients", "healthsherpa/clients.csv"),
    ("ambetter", "carriers/ambetter.csv"),
    ("oscar", "carriers/oscar.csv"),
    ("unitedhealthcare", "carriers/jarvis.xlsx"),
    ("cigna", "carriers/cigna.xlsx"),
    ("molina", "carriers/molina.csv"),
    ("anthem", "carriers/anthem.csv"),
    ("anthem", "carriers/anthem-extended.txt"),
    ("aetna-cvs", "carriers/aetna-cvs.csv"),
    ("aetna-cvs", "carriers/aetna-cvs-2025.csv"),
    ("florida-blue", "carriers/florida-blue.csv"),
    ("florida-blue-2025", "carriers/florida-blue-2025.csv"),
    ("update-customer", "targets/update-customer.csv"),
    ("create-policy", "targets/create-policy.csv"),
    ("update-policy", "targets/update-policy.csv"),
];

/// Rows that can be used, before those of which one cell each is ruined.
const GOOD: usize = 8;
/// In every id of the API's: those of this test, and those that the sandbox gives.
const IDS: [&str; 2] = ["5ca1ab1e", "0000-4000-"];
/// Columns by which rows are passed over.
const DECIDING: [&str; 3] = ["Relationship", "IS_SUBSCRIBER", "applying"];

/// What stands in a column: a canary that fits its name, another one in each row where rows have to differ.
fn canary(column: &str, row: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(row % 26).unwrap());
    let is = |words: &[&str]| {
        words
            .iter()
            .any(|word| column.to_lowercase().contains(word))
    };
    match column {
        "customer_id" => format!("{}-bbfd-4b2d-9b5d-ab8dfbbd{row:04x}", IDS[0]),
        "policy_id" => format!("{}-cafe-4b2d-9b5d-ab8dfbbd{row:04x}", IDS[0]),
        // As the export calls them that was synced before.
        "Issuer Assigned ID" | "Client ID" | "INSPOLICY_ID" | "Contract ID" => {
            format!("Qzcanary-issuer_assigned_policy_id-{row}")
        }
        "Mailing address" => "Qzcanary Road 1, Honolulu, HI 96897".to_owned(),
        _ if is(&["phone"]) => "(808) 555-0177".to_owned(),
        _ if is(&["email"]) => format!("qzcanary{row}@example.com"),
        _ if is(&["zip"]) => "96897".to_owned(),
        _ if is(&["dob", "date", "birth", "through", "_dt"]) => "3/17/1961".to_owned(),
        _ if is(&["state"]) => "HI".to_owned(),
        _ if is(&["npn", "aor"]) => "Qzcanary (NPN: 4455667788)".to_owned(),
        _ if is(&["premium", "income", "balance", "subsidy"]) => "876543".to_owned(),
        _ if is(&["id", "number", "#"]) => format!("Qzcanary-{row}x"),
        _ if is(&["name", "contact", "agent"]) => {
            format!("Qzcanary{letter} Qzcanary{letter}{letter}")
        }
        _ => format!("Qzcanary-{column}-{row}x"),
    }
}

struct Book {
    header: Vec<String>,
    /// A row as the fixture has it.
    like: Vec<String>,
    is_workbook: bool,
}

impl Book {
    /// The header of a fixture and one row that can be used, whatever its format: as `check` writes them.
    fn read(work: &Workdir, fixture: &str) -> Self {
        work.fixture(fixture);
        let name = fixture.split('/').next_back().unwrap();
        work.run(&format!(
            "check {name} --mapping book.toml --valid v.csv --invalid i.csv"
        ));
        let rows = |file: &str| {
            let text = fs::read(work.path(file)).unwrap_or_default();
            let _ = fs::remove_file(work.path(file));
            let mut reader = csv::ReaderBuilder::new();
            let mut reader = reader.has_headers(false).from_reader(text.as_slice());
            reader.records().map(Result::unwrap).collect::<Vec<_>>()
        };
        let (valid, invalid) = (rows("v.csv"), rows("i.csv"));
        let rows = if valid.len() > 1 { valid } else { invalid };
        let ours = rows[0].iter().position(|name| name == "_file").unwrap();
        let cells = |row: &csv::StringRecord| row.iter().take(ours).map(str::to_owned).collect();
        Self {
            header: cells(&rows[0]),
            like: cells(&rows[1]),
            is_workbook: name.ends_with("xlsx"),
        }
    }

    fn write(&self, work: &Workdir, rows: &[Vec<String>]) -> &'static str {
        let header: Vec<&str> = self.header.iter().map(String::as_str).collect();
        let rows = rows.iter().map(|row| row.iter().map(String::as_str));
        let rows: Vec<Vec<&str>> = rows.map(Iterator::collect).collect();
        if self.is_workbook {
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            work.write(
                "book.xlsx",
                xlsx(&Table::of_texts(&header, &rows), Epoch::Y1900),
            );
            return "book.xlsx";
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in std::iter::once(header).chain(rows) {
            writer.write_record(row).unwrap();
        }
        work.write("book.csv", writer.into_inner().unwrap());
        "book.csv"
    }

    /// The columns that do not take their canary: those of closed words, mostly.
    fn choosy(&self, work: &Workdir) -> Vec<String> {
        let row = |ruined: usize| {
            let cells = self.header.iter().zip(&self.like).enumerate();
            let cells = cells.map(|(at, (column, like))| {
                let is_id = canary(column, 0).contains("issuer_assigned");
                if (at == ruined || is_id) && !DECIDING.contains(&column.as_str()) {
                    canary(column, ruined)
                } else {
                    like.clone()
                }
            });
            cells.collect()
        };
        let rows: Vec<Vec<String>> = (0..self.header.len()).map(row).collect();
        let file = self.write(work, &rows);
        let json = work
            .run(&format!("check {file} --mapping book.toml --json"))
            .json();
        let rejected = json["findings"]["rejected"].as_array().unwrap();
        let columns = rejected.iter().filter_map(|group| group["column"].as_str());
        let columns = columns.map(str::to_owned);
        columns.chain(DECIDING.map(str::to_owned)).collect()
    }

    /// Rows full of canaries; after the good ones, each column is ruined in one.
    fn full(&self, choosy: &[String]) -> Vec<Vec<String>> {
        let row = |number: usize| {
            let cells = self.header.iter().zip(&self.like).enumerate();
            let cells = cells.map(|(at, (column, like))| match number.checked_sub(GOOD) {
                Some(ruined) if ruined == at => format!("Qzcanary 5550177 {column}"),
                _ if choosy.contains(column) => like.clone(),
                _ => canary(column, number),
            });
            cells.collect()
        };
        (0..GOOD + self.header.len()).map(row).collect()
    }
}

fn expect_nothing(text: &str, place: &str) {
    let hashes = Regex::new("[0-9a-f]{64}").unwrap();
    expect_no_canary(&hashes.replace_all(text, ""), place);
    let id = IDS.iter().find(|id| text.contains(**id));
    assert_eq!(id, None, "an id of the API's in {place}: {text}");
}

/// A mapping as its owner has decided.
fn decided(name: &str) -> String {
    let text = fs::read_to_string(format!("mappings/{name}.toml")).unwrap();
    let off = "\n# carrierAssignedPolicyId =";
    text.replace(off, "\ncarrierAssignedPolicyId =")
}

/// One book from the file to the page; gives how many records there were and what the API heard.
fn play(work: &Workdir, parrot: &Parrot, (mapping, fixture): (&str, &str)) -> (u64, String) {
    // Of two layouts of one book, neither comes after the other.
    let name = fixture.replace(['/', '.'], "-");
    let text = decided(mapping);
    // The first of them is the name; a target may be called the same.
    let named = text.replacen(&format!("= \"{mapping}\""), &format!("= \"{name}\""), 1);
    assert_ne!(text, named, "{mapping}");
    work.write("book.toml", named);
    let book = Book::read(work, fixture);
    let choosy = book.choosy(work);
    let file = book.write(work, &book.full(&choosy));
    parrot.take();

    let metrics = format!("{name}.prom");
    for line in [
        format!("check {file} --mapping book.toml -vv"),
        format!(
            "sync {file} --mapping book.toml --batch-size 4 --resend-after 0s --give-up-after 1s \
             --allow max_rejected --allow max_failed --metrics-file {metrics} -vv --log-format json"
        ),
        "show".to_owned(),
        "show --json".to_owned(),
        "report --out page.html -vv".to_owned(),
    ] {
        let done = work.run(&line);
        assert!([0, 3].contains(&done.exit), "{fixture}: {line}: {done:?}");
        expect_nothing(&done.stdout, &format!("{fixture}: {line}"));
        expect_nothing(&done.stderr, &format!("{fixture}: {line}"));
    }
    expect_nothing(&work.read(&metrics), &metrics);
    expect_nothing(&work.read("page.html"), "the page");
    fs::remove_file(work.path("page.html")).unwrap();
    let shown = work.run("show --json").json();
    assert_ne!(shown["rows"]["rejected"], 0, "{fixture}");
    (shown["records"]["failed"].as_u64().unwrap(), parrot.take())
}

#[test]
fn no_canary_of_any_column_of_any_mapping_that_ships_is_shown_logged_or_kept_on_record() {
    let server = Server::new();
    let url = server.url();
    let work = Workdir::against(&server);
    export(&work, GOOD + 40);
    let seed = decided("healthsherpa-clients").replace("\"healthsherpa-clients\"", "\"seed\"");
    work.write("map.toml", seed);
    work.run("sync clients.csv --mapping map.toml").expect(3);
    server.stop();
    let parrot = Parrot::at(&url);

    for book in BOOKS {
        let (failed, heard) = play(&work, &parrot, *book);
        // What is not sent shows nothing either.
        assert!(failed > 0, "{book:?}");
        let holds = |text: &str| heard.to_lowercase().contains(text);
        assert!(
            ["qzcanary", "876543", "1961-03-17"].into_iter().any(holds),
            "{book:?}: {heard}"
        );
    }
    let audit = work.run("audit --json").expect(0).stdout;
    expect_nothing(&audit, "the audit");
    assert!(audit.matches("\"sync\"").count() > BOOKS.len(), "{audit}");
}

#[test]
fn every_mapping_and_every_file_that_ships_is_played() {
    let names = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.collect()
    };
    for mapping in names("mappings") {
        let name = mapping.trim_end_matches(".toml");
        assert!(BOOKS.iter().any(|(known, _)| *known == name), "{mapping}");
    }
    for folder in ["carriers", "targets"] {
        for file in names(&format!("fixtures/{folder}")) {
            let path = format!("{folder}/{file}");
            assert!(BOOKS.iter().any(|(_, known)| *known == path), "{path}");
        }
    }
}
