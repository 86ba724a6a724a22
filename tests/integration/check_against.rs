//! `check --against`: what a change of the mapping alters, before it is sent.

use std::fs;

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client};

/// A folder with the shipped mapping, and `new.toml`, which is that with these changes.
fn changed(work: &Workdir, changes: &[(&str, &str)]) {
    let mut text = fs::read_to_string(work.path("map.toml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    work.write("new.toml", text);
}

fn field<'j>(against: &'j Value, name: &str) -> &'j Value {
    let fields = against["fields"].as_array().unwrap();
    let found = fields.iter().find(|field| field["field"] == name);
    found.unwrap_or(&Value::Null)
}

const CHECK: &str = "check clients.csv --mapping new.toml --against map.toml";

#[test]
fn the_same_mapping_alters_nothing() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients-dirty.csv");

    let told = work
        .run("check clients-dirty.csv --mapping map.toml --against map.toml --json")
        .expect(3)
        .json();

    let against = &told["against"];
    assert_eq!(
        against["records"]["same"],
        balanced(&told)["records"]["total"]
    );
    for kind in ["changed", "added", "gone"] {
        assert_eq!(against["records"][kind], 0);
    }
    assert_eq!(against["fields"], Value::Array(Vec::new()));
    assert_eq!(against["to_send"], 0);
    assert_eq!(against["requests"], 0);
    assert_eq!(against["rows"]["before"], against["rows"]["now"]);
}

#[test]
fn what_is_altered_is_counted_by_field_with_what_it_costs() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients.csv");
    changed(
        &work,
        &[
            (
                "county      = { column = \"county\", optional = true }\n",
                "",
            ),
            ("# lead_source", "lead_source"),
            (
                "Effectuated             = \"Active\"",
                "Effectuated             = \"Pending\"",
            ),
        ],
    );

    let told = work.run(&format!("{CHECK} --json")).expect(0).json();
    let shown = work.run(CHECK).expect(0).stdout;

    let against = &told["against"];
    assert_eq!(against["mapping"], "map.toml");
    assert_eq!(against["records"]["changed"], 228);
    assert_eq!(against["records"]["same"], 0);
    assert_eq!(field(against, "customFields.lead_source")["came"], 228);
    assert_eq!(field(against, "county")["went"], 228);
    assert!(field(against, "policy.status")["changed"].as_u64() > Some(0));
    assert!(field(against, "firstName").is_null());
    assert_eq!(against["to_send"], 228);
    assert_eq!(against["requests"], 3);
    assert!(shown.contains(
        "\nbeside the mapping map.toml\n  records   0 the same, 228 altered, 0 added, 0 gone\n"
    ));
    assert!(
        shown.contains("\n  county: 228 without one now\n"),
        "{shown}"
    );
    assert!(
        shown.contains("that costs 3 requests for 228 records"),
        "{shown}"
    );
}

#[test]
fn records_come_and_go_and_what_stays_unsent_costs_nothing() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut applying = client("3", "Cy", "P3");
    applying[5] = "Reinstated";
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2"), applying],
    );
    changed(
        &work,
        &[
            ("otherwise = \"reject\"", "otherwise = \"omit\""),
            (
                "skip = [",
                "skip = [{ column = \"first_name\", is = [\"Bo\"], because = \"gone\" },",
            ),
        ],
    );
    // With the new mapping, all of it was sent.
    work.run("sync clients.csv --mapping new.toml").expect(0);

    let sent = work.run(&format!("{CHECK} --json")).expect(0).json();
    let full = work.run(&format!("{CHECK} --full --json")).expect(0).json();

    let records = &sent["against"]["records"];
    assert_eq!(
        [
            &records["same"],
            &records["changed"],
            &records["added"],
            &records["gone"]
        ],
        [1, 0, 1, 1]
    );
    assert_eq!(sent["against"]["rows"]["before"]["rejected"], 1);
    assert_eq!(sent["against"]["rows"]["now"]["skipped"], 1);
    assert_eq!(sent["against"]["to_send"], 0);
    assert_eq!(full["against"]["to_send"], 1);
    assert_eq!(full["against"]["requests"], 1);
    // What the check itself says is of the mapping that was asked for.
    assert_eq!(balanced(&sent)["records"]["unchanged"], 2);
}

#[test]
fn policies_in_parts_are_compared_part_by_part() {
    let work = Workdir::new();
    let ids: Vec<String> = (1..=25).map(|number| format!("P{number}")).collect();
    let rows: Vec<_> = ids.iter().map(|id| client("1", "Ana", id)).collect();
    work.rows("clients.csv", &rows);
    changed(
        &work,
        &[(
            "Effectuated             = \"Active\"",
            "Effectuated             = \"Pending\"",
        )],
    );

    let told = work.run(&format!("{CHECK} --json")).expect(0).json();

    assert_eq!(told["against"]["records"]["changed"], 3);
    assert_eq!(field(&told["against"], "policy.status")["changed"], 3);
    assert_eq!(told["against"]["fields"].as_array().unwrap().len(), 1);
}

#[test]
fn guards_tell_and_do_not_stop_a_comparison() {
    let work = Workdir::new();
    work.export("clients.csv", 5);
    changed(&work, &[("[guard]", "[guard]\nmin_rows = 50")]);

    let told = work.run(&format!("{CHECK} --json")).expect(4).json();

    assert_eq!(told["rows"]["read"], 5);
    assert_eq!(told["against"]["records"]["same"], 5, "{told}");
}

#[test]
fn what_can_be_read_once_is_not_compared() {
    let work = Workdir::new();
    work.write("narrow.csv", "a,b\n1,2\n");

    work.run("check - --mapping map.toml --against map.toml")
        .expect(64)
        .complains(&["standard input can be read once"]);
    work.run("check narrow.csv --mapping map.toml --against nowhere.toml")
        .expect(78);
}
