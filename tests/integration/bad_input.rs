//! Files that are damaged, or none at all: a clear word or counted rejections, the right exit code, and
//! nothing sent that should not be.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client, workdir::COLUMNS};

const SYNC: &str = "sync clients.csv --mapping map.toml --json";

/// What a command makes of a file: refuses it, with these words and that code.
fn refused(content: impl AsRef<[u8]>, exit: i32, words: &[&str]) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.write("clients.csv", content);

    for command in ["sync", "check"] {
        let done = work
            .run(&format!("{command} clients.csv --mapping map.toml"))
            .expect(exit);
        done.complains(&["error: clients.csv"]).complains(words);
        assert_eq!(done.stdout, "");
    }

    assert_eq!(server.tally().requests, 0);
    assert!(!work.state().exists(), "something was created");
}

/// Reads a file to its end; gives its books and findings, and the customers that were sent.
fn read(content: impl AsRef<[u8]>, exit: i32) -> (Value, u64) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.write("clients.csv", content);

    work.run(SYNC).expect(exit);
    let shown = work.run("show --json").expect(0).json();

    balanced(&shown);
    (shown, server.tally().customers)
}

/// Lines of an export: the header, and a row for each of these ids.
fn lines(ids: &[&str]) -> Vec<String> {
    let header = COLUMNS.join(",");
    let rows = ids.iter().map(|id| client(id, "Ana", id).join(","));
    std::iter::once(header).chain(rows).collect()
}

fn file(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

fn only_rejection(shown: &Value) -> (&Value, &Value, &Value) {
    let rejected = &shown["findings"]["rejected"];
    assert_eq!(rejected.as_array().map(Vec::len), Some(1), "{rejected}");
    let first = &rejected[0];
    (&first["code"], &first["count"], &first["first"][0]["row"])
}

#[test]
fn an_empty_file_is_refused() {
    refused("", 65, &["the file is empty; export it again"]);
    refused("\n\n,,\n", 65, &["empty"]);
}

#[test]
fn a_missing_file_and_a_folder_without_an_export_are_told_apart() {
    let server = Server::new();
    let work = Workdir::against(&server);

    work.run("sync nowhere.csv --mapping map.toml")
        .expect(66)
        .complains(&["nowhere.csv: no such file"]);
    work.run("check nowhere.csv --mapping map.toml")
        .expect(66)
        .complains(&["nowhere.csv"]);
    work.run("sync state/.. --mapping map.toml").expect(66);
    work.run("sync . --mapping map.toml")
        .expect(66)
        .complains(&["error: .: there is no export in this folder"]);

    assert!(!work.state().exists());
}

#[test]
fn a_header_without_rows_is_read_and_has_nothing_to_send() {
    let (shown, customers) = read(file(&lines(&[])), 0);

    assert_eq!(
        (&shown["rows"]["read"], &shown["records"]["total"]),
        (&0.into(), &0.into())
    );
    assert_eq!(customers, 0);
}

#[test]
fn what_is_no_table_is_called_by_its_name() {
    refused(
        [0x00, 0x01, 0xff, 0x00, 0x7f, 0x00].repeat(100),
        65,
        &["a binary file", "not a table"],
    );
    refused("PK\u{3}\u{4}rest of an archive", 65, &["ends too early"]);
    refused("%PDF-1.7\nrest of a document\n", 65, &["PDF"]);
}

#[test]
fn ragged_rows_are_rejected_by_their_number() {
    let mut lines = lines(&["1", "2", "3", "4"]);
    lines[2] = lines[2].replace(",1/1/2026", "");
    lines[3] += ",more,and more";

    let (shown, customers) = read(file(&lines), 3);

    let found = |code: &str| {
        let groups = shown["findings"]["rejected"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        groups
            .into_iter()
            .find(|group| group["code"] == code)
            .map(|group| group["first"][0]["row"].clone())
    };
    assert_eq!(shown["rows"]["rejected"], 2);
    assert_eq!(found("row.too_few_cells"), Some(3.into()));
    assert_eq!(found("row.too_many_cells"), Some(4.into()));
    assert_eq!(customers, 2);
}

#[test]
fn a_quote_that_is_never_closed_costs_its_own_row_only() {
    let ids: Vec<String> = (1..=40).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut lines = lines(&ids);
    lines[5] = lines[5].replace("Ana", "\"Ana");

    let (shown, customers) = read(file(&lines), 3);

    assert_eq!(
        only_rejection(&shown),
        (&"row.unclosed_quote".into(), &1.into(), &6.into())
    );
    assert_eq!((&shown["rows"]["read"], customers), (&40.into(), 39));
}

#[test]
fn a_cell_of_ten_megabytes_costs_its_own_row_only() {
    let long = "x".repeat(10 << 20);
    for cell in [long.clone(), format!("\"{long}\"")] {
        let mut lines = lines(&["1", "2", "3"]);
        lines[2] = lines[2].replace("Ana", &cell);

        let (shown, customers) = read(file(&lines), 3);

        assert_eq!(
            only_rejection(&shown),
            (&"row.too_large".into(), &1.into(), &3.into())
        );
        assert_eq!((&shown["rows"]["read"], customers), (&3.into(), 2));
    }
}

#[test]
fn nul_bytes_and_other_encodings_cost_their_own_row_only() {
    for (damage, code) in [
        (b"A\0a".as_slice(), "row.nul_byte"),
        (b"Jos\xe9", "row.undecodable"),
    ] {
        // Two characters above ASCII, so that one broken byte does not make the file Windows-1252.
        let lines_with_accents = lines(&["Zoë", "Noé", "3"]);
        let content = file(&lines_with_accents).into_bytes();
        let place = content.len() - lines(&["3"])[1].len() - 1 + "3,".len();
        let damaged = [&content[..place], damage, &content[place + "Ana".len()..]].concat();

        let (shown, customers) = read(damaged, 3);

        assert_eq!(only_rejection(&shown), (&code.into(), &1.into(), &4.into()));
        assert_eq!(customers, 2);
    }
}

#[test]
fn a_doubled_column_matters_only_where_it_is_mapped() {
    let mut doubled = lines(&["1", "2"]);
    doubled[0] += ",Phone";
    doubled[1] += ",3055550199";
    doubled[2] += ",";
    let mut unmapped = lines(&["1", "2"]);
    for line in &mut unmapped {
        *line += ",notes,Notes";
    }

    refused(file(&doubled), 65, &["phone"]);
    let (_, customers) = read(file(&unmapped), 0);

    assert_eq!(customers, 2);
}

#[test]
fn a_missing_column_stops_everything_before_anything_is_sent() {
    let renamed = file(&lines(&["1", "2"]))
        .replace("zip_code", "zipp_code")
        .replace("phone", "telephone");

    refused(renamed, 65, &["zip_code", "phone", "zipp_code"]);
}

#[test]
fn carriage_returns_a_byte_order_mark_and_no_last_line_end_are_no_damage() {
    let text = format!("\u{feff}{}", lines(&["1", "2", "3"]).join("\r\n"));

    let (shown, customers) = read(text, 0);

    assert_eq!((&shown["rows"]["staged"], customers), (&3.into(), 3));
}
