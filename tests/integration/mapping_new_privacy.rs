//! What never gets into a draft: cells, but for words of closed lists that are words.

use aca_sync::header::Header;

use crate::{
    mapping_new::{drafted_from, repository, text_of},
    support::Workdir,
};

/// The texts of a file's cells, but those of columns that feed closed lists.
fn private_cells(text: &str, separator: u8, words: &[&str]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader
        .delimiter(separator)
        .flexible(true)
        .has_headers(false);
    let mut reader = reader.from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let is_header =
        |row: &&csv::StringRecord| row.iter().filter(|cell| !cell.is_empty()).count() > 3;
    let header = rows.iter().find(is_header).unwrap();
    let below = rows.iter().skip_while(|row| *row != header).skip(1);
    let mut cells = Vec::new();
    for row in below {
        for (name, cell) in header.iter().zip(row) {
            if !words.contains(&name) && cell.len() > 2 && cell.chars().any(char::is_alphanumeric) {
                cells.push(cell.to_owned());
            }
        }
    }
    cells
}

fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !is_letter(before.chars().next_back()) && !is_letter(after.chars().next())
    })
}

#[test]
fn no_cell_of_a_column_without_a_closed_list_gets_into_a_draft() {
    let work = Workdir::new();

    for (path, separator, words) in [
        ("headers/carrier-title-case", b',', &["Policy Status"][..]),
        ("headers/camel-case", b'\t', &["planStatus", "memberStatus"]),
        (
            "headers/crm",
            b';',
            &["Sex", "Marital Status", "Status", "DNC"],
        ),
        ("healthsherpa/clients", b',', &["gender", "policy_status"]),
        (
            "healthsherpa/clients-dirty",
            b',',
            &["gender", "policy_status"],
        ),
    ] {
        work.fixture(&format!("{path}.csv"));
        let name = path.split('/').nth(1).unwrap();
        let drafted = work.run(&format!("mapping new {name}.csv")).expect(0);
        let text = repository(&format!("fixtures/{path}.csv"));
        let cells = private_cells(&text, separator, words);
        assert!(cells.len() > 200, "{path}");

        // What every draft says, whatever the file: the example of a test, and the words of the program.
        let of_nothing = drafted_from(&[("first_name", ""), ("phone", "")]);
        let header = text.lines().take(3).collect::<String>();
        let said_anyhow = |cell: &str| has_word(&of_nothing, cell) || has_word(&header, cell);
        for cell in cells.iter().filter(|cell| !said_anyhow(cell)) {
            let is_marker =
                ["nan", "N/A", "None", "null", "unknown", "false"].contains(&cell.as_str());
            let found = [&drafted.stdout, &drafted.stderr].map(|said| has_word(said, cell));
            assert!(is_marker || found == [false, false], "{path}: {cell}");
        }
    }
}

#[test]
fn a_name_that_slipped_into_a_column_of_words_stays_there() {
    let header = Header::new(["first_name", "policy_status", "gender", "medicaid"]);
    let mut rows: Vec<Vec<&str>> = vec![vec!["Graceanne", "Effectuated", "female", "Yes"]; 30];
    // Often enough to be a word, but a name elsewhere; seldom; a number; an address.
    for row in rows.iter_mut().take(5) {
        row[1] = "Graceanne";
    }
    rows[6][1] = "Zoltan";
    for row in rows.iter_mut().skip(10).take(5) {
        row[2] = "3055550177";
        row[3] = "z@example.com";
    }
    for row in rows.iter_mut().skip(20).take(5) {
        row[1] = "Reinstated";
    }

    let text = text_of(&header, &rows);

    for private in ["Graceanne", "Zoltan", "3055550177", "z@example.com"] {
        assert!(!text.contains(private), "{private} in\n{text}");
    }
    assert!(text.contains("# Reinstated = \"?\""), "{text}");
    assert!(
        text.contains("Texts that are no words of a list stand in 6 rows"),
        "{text}"
    );
}

#[test]
fn a_file_without_column_names_is_refused_and_shows_nothing() {
    let work = Workdir::new();
    for rows in [
        "Zoltan,Mobile,3055550123,z@example.com,33101\nAna,City,3055550124,,33102\n",
        "Zoltan,Lee,Mobile,Alabama\nAna,Zoltan,Macon,Georgia\n",
    ] {
        work.write("data.csv", rows);

        let refused = work.run("mapping new data.csv").expect(65);

        refused.complains(&["data.csv", "no row has names of columns that are known"]);
        for cell in [
            "Zoltan",
            "Lee",
            "3055550123",
            "example.com",
            "33101",
            "Alabama",
        ] {
            assert!(!refused.stderr.contains(cell) && !refused.stdout.contains(cell));
        }
    }
}
