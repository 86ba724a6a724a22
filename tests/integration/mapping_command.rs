//! `mapping check`, `mapping test` and `mapping fields`, as typed.

use aca_sync::contract::{Presence, Target};

use crate::support::{Workdir, client};

#[test]
fn the_shipped_mapping_is_valid_and_passes_its_own_tests() {
    let work = Workdir::new();

    let checked = work.run("mapping check map.toml").expect(0);
    let tested = work.run("mapping test map.toml").expect(0);

    assert!(
        checked
            .stdout
            .starts_with("map.toml is a valid mapping for sync-aca")
    );
    assert!(tested.stdout.contains(" 0 failed"), "{}", tested.stdout);
    assert!(!work.state().exists());
}

#[test]
fn a_mapping_is_held_against_the_header_of_a_file() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients.csv");
    work.rows("other.csv", &[client("1", "Ana", "P1")]);
    let narrow = std::fs::read_to_string(work.path("other.csv")).unwrap_or_default();
    work.write("narrow.csv", narrow.replace("zip_code", "zip_cod"));

    let fits = work
        .run("mapping check map.toml clients.csv")
        .expect(0)
        .stdout;
    let lacks = work.run("mapping check map.toml narrow.csv").expect(65);
    let none = work.run("mapping check map.toml nowhere.csv").expect(66);

    assert!(
        fits.contains("clients.csv has every column that it asks for"),
        "{fits}"
    );
    assert!(
        fits.contains("columns that no field takes: ssn, "),
        "{fits}"
    );
    lacks.complains(&["narrow.csv", "zip_code", "zip_cod"]);
    none.complains(&["nowhere.csv: no such file"]);
}

#[test]
fn all_mistakes_of_a_mapping_are_told_in_one_go_before_anything_is_read() {
    let work = Workdir::new();
    work.fixture("mappings/many-mistakes.toml");
    work.fixture("mappings/many-mistakes.expected");
    work.export("clients.csv", 2);
    let expected = std::fs::read_to_string(work.path("many-mistakes.expected")).unwrap_or_default();
    let mistakes: Vec<&str> = expected
        .lines()
        .filter(|line| line.contains(".toml:"))
        .collect();
    assert!(mistakes.len() > 5, "{expected}");

    for line in [
        "mapping check many-mistakes.toml",
        "mapping test many-mistakes.toml",
        "check clients.csv --mapping many-mistakes.toml",
        "sync clients.csv --mapping many-mistakes.toml --sandbox",
    ] {
        work.run(line).expect(78).complains(&mistakes);
    }

    assert!(!work.state().exists());
}

#[test]
fn a_mapping_that_fails_its_own_test_is_not_fit() {
    let work = Workdir::new();
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap_or_default();
    work.write(
        "map.toml",
        mapping.replace(
            "phoneNumber = \"+13055550123\"",
            "phoneNumber = \"+13055550124\"",
        ),
    );

    for line in ["mapping test map.toml", "mapping check map.toml"] {
        let failed = work.run(line).expect(78);
        assert!(
            failed.stdout.contains("an active client"),
            "{}",
            failed.stdout
        );
        assert!(failed.stdout.contains("phoneNumber"), "{}", failed.stdout);
    }
}

#[test]
fn every_field_of_the_contract_is_listed_with_what_it_takes() {
    let work = Workdir::new();

    let listed = work.run("mapping fields sync-aca").expect(0).stdout;
    let unknown = work.run("mapping fields sync-medicare").expect(64);

    let contract = Target::SyncAca.contract();
    for field in contract.fields.iter().chain(contract.policy_fields()) {
        let line = listed
            .lines()
            .find(|line| line.split_whitespace().next() == Some(field.name));
        let line = line.unwrap_or_else(|| panic!("{} is not listed", field.name));
        assert!(line.contains(&field.kind.describe()), "{line}");
    }
    unknown.complains(&["there is no target sync-medicare", "sync-aca"]);
}

#[test]
fn a_mapping_that_is_not_there_is_a_matter_of_configuration() {
    let work = Workdir::new();
    work.export("clients.csv", 2);

    for line in [
        "mapping check nowhere.toml",
        "sync clients.csv --mapping nowhere.toml --sandbox",
    ] {
        work.run(line)
            .expect(78)
            .complains(&["nowhere.toml: the mapping cannot be read"]);
    }
}

#[test]
fn the_tables_of_the_contract_are_told_to_machines_field_by_field() {
    let work = Workdir::new();

    for target in Target::ALL {
        let contract = target.contract();
        let told = work
            .run(&format!("mapping fields {} --json", target.name()))
            .expect(0)
            .json();

        let fields = [
            (
                &told["path_ids"],
                &contract.fields[..contract.path_ids.len()],
            ),
            (&told["fields"], contract.body_fields()),
            (&told["policy"]["fields"], contract.policy_fields()),
        ];
        for (told, table) in fields {
            let told: Vec<_> = told.as_array().into_iter().flatten().collect();
            assert_eq!(told.len(), table.len());
            for (told, field) in told.iter().zip(table) {
                assert_eq!(told["name"], field.name);
                assert_eq!(told["takes"], field.kind.describe());
                assert_eq!(
                    told["max_length"].as_u64(),
                    field.kind.max_length().map(|max| max as u64)
                );
                assert_eq!(told["required"], field.presence == Presence::Required);
                let words = told["words"].as_array().map_or(0, Vec::len);
                assert_eq!(words, field.kind.words().len());
            }
        }
    }
}
