//! What the README says, held against the program.

use aca_sync::{cli::Exit, engine::Guard};

fn readme() -> String {
    std::fs::read_to_string("README.md").unwrap()
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let readme = readme();
    let section = readme.split("## Exit codes").nth(1).unwrap();
    let rows: Vec<(u8, &str)> = section
        .lines()
        .filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            Some((cells.next()?.parse().ok()?, cells.next()?))
        })
        .collect();

    let expected: Vec<(u8, &str)> = Exit::ALL
        .iter()
        .map(|exit| (exit.code(), exit.meaning()))
        .collect();

    assert_eq!(rows, expected);
}

#[test]
fn the_table_of_guards_is_the_programs() {
    let readme = readme();
    let table = readme.split("| guard | stops a run when |").nth(1).unwrap();
    let rows: Vec<(&str, &str)> = table
        .lines()
        .skip(2)
        .map_while(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            Some((cells.get(1)?.trim_matches('`'), *cells.get(4)?))
        })
        .collect();

    let expected: Vec<(&str, &str)> = Guard::ALL
        .iter()
        .map(|guard| (guard.name(), guard.number().unwrap_or("takes no number")))
        .collect();

    assert_eq!(rows, expected);
    // "The first seven" are spared of corrected files.
    assert_eq!(expected[7].0, "must_contain");
}

#[test]
fn the_keys_of_a_mapping_are_those_that_it_takes() {
    let readme = readme();
    let room = std::fs::read_to_string("src/mapping/mod.rs").unwrap();
    let keys = |text: &str, start: &str| -> Vec<String> {
        let table = text.split(start).nth(1).unwrap();
        let rows = table.lines().skip_while(|line| !line.contains("|---|"));
        rows.skip(1)
            .map_while(|line| Some(line.split('|').nth(1)?.trim().to_owned()))
            .collect()
    };

    for (told, built) in [
        ("| a rule's key |", "| key | says |"),
        ("| a key of `[source]` |", "| key of `[source]` | says |"),
    ] {
        assert_eq!(keys(&readme, told), keys(&room, built));
    }
}

#[test]
fn every_file_that_it_names_is_there() {
    let readme = readme();
    let links = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let named = readme
        .split_whitespace()
        .filter(|word| word.starts_with("fixtures/") || word.starts_with("mappings/"))
        .map(|word| word.trim_matches('`'));

    for path in links.chain(named) {
        assert!(std::path::Path::new(path).exists(), "{path}");
    }
}

/// The tables name their evidence; a test that is renamed or removed would leave a promise bare.
#[test]
fn every_test_that_the_tables_of_quirks_and_faults_name_is_there() {
    let code = all_code(&["src", "tests"]);
    for (table, least) in [("fixtures/sources/README.md", 30), ("tests/README.md", 20)] {
        let text = std::fs::read_to_string(table).unwrap();
        let last_cells = text
            .lines()
            .filter_map(|line| line.strip_suffix('|')?.rsplit('|').next());
        let named: Vec<&str> = last_cells
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect();

        assert!(named.len() > least, "{table}: {}", named.len());
        for name in named {
            assert!(code.contains(&format!("fn {name}(")), "no test {name}");
        }
    }
}

fn all_code(folders: &[&str]) -> String {
    let mut code = String::new();
    let mut left: Vec<std::path::PathBuf> = folders.iter().map(Into::into).collect();
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                code.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    code
}
