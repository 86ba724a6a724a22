//! What a mapping allows by name or guesses by rule, seen from the command.

use crate::support::{Server, Workdir, balanced, client};

/// The shipped mapping with something else in place of a part.
fn change(work: &Workdir, from: &str, to: &str) {
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
    assert!(mapping.contains(from));
    work.write("map.toml", mapping.replacen(from, to, 1));
}

#[test]
fn rejected_rows_hold_nothing_back_where_the_mapping_allows_it() {
    let server = Server::new();
    let work = Workdir::against(&server);
    change(
        &work,
        "[record]",
        "[record]\nallow = [\"record.row_rejected\"]",
    );
    let mut broken = client("1", "Ana", "P2");
    broken[7] = "2/30/2026";
    work.rows("clients.csv", &[client("1", "Ana", "P1"), broken]);

    let books = work.run("sync clients.csv --mapping map.toml --json");
    let books = books.expect(3).json();

    assert_eq!(balanced(&books)["records"]["succeeded"], 1);
    assert_eq!(books["rows"]["rejected"], 1);
    let policies = server.customer("1").unwrap()["policies"].clone();
    assert_eq!(policies.as_array().unwrap().len(), 1);
}

#[test]
fn a_policy_without_an_id_is_sent_where_the_mapping_allows_it() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("1", "Ana", "")]);
    let sync = "sync clients.csv --mapping map.toml --json";

    let held = work.run(sync).expect(3).json();
    assert_eq!(balanced(&held)["records"]["held"], 1);
    assert!(server.customer("1").is_none());
    change(
        &work,
        "[record]",
        "[record]\nallow = [\"policy.without_id\"]",
    );
    let sent = work.run(sync).expect(0).json();

    assert_eq!(balanced(&sent)["records"]["succeeded"], 1);
    let policies = server.customer("1").unwrap()["policies"].clone();
    assert_eq!(policies.as_array().unwrap().len(), 1);
}

#[test]
fn a_do_not_call_is_switched_off_only_where_the_mapping_allows_it() {
    let server = Server::new();
    let work = Workdir::against(&server);
    change(&work, "[fields]", "[fields]\ndoNotCall = { value = true }");
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    let sync = "sync clients.csv --mapping map.toml";
    let call = || server.customer("1").unwrap()["doNotCall"].clone();

    work.run(sync).expect(0);
    assert_eq!(call(), true);
    change(&work, "{ value = true }", "{ value = false }");
    let refused = work.run(sync).expect(78);
    refused.complains(&[
        "false would switch a do-not-contact off",
        "allow_opt_in = true",
    ]);
    assert_eq!(call(), true);
    change(
        &work,
        "{ value = false }",
        "{ value = false, allow_opt_in = true }",
    );
    work.run(sync).expect(0);

    assert_eq!(call(), false);
}

#[test]
fn a_check_tells_how_many_names_were_parted_by_guess() {
    let work = Workdir::new();
    work.fixture("mappings/made-of-columns.toml");
    work.write(
        "book.csv",
        "subscriber_id,member,phone,state,zip,street,unit,spouse_first_name,spouse_last_name,\
         other_1_first_name,policy_id,created_at\n\
         1,\"Lee, Ana\",3055550123,GA,,1 Main St,,,,,P1,2026-01-02T03:04:05Z\n\
         2,Bo Roe,3055550124,GA,,2 Main St,,,,,P2,2026-01-02T03:04:05Z\n\
         3,Cy de la Cruz,3055550125,FL,33101,3 Main St,,,,,P3,2026-01-02T05:04:05Z\n",
    );

    let checked = work.run("check book.csv --mapping made-of-columns.toml");
    let said = checked.expect(0).stdout;

    let counted = |column: &str, what: &str| {
        said.lines()
            .find(|line| line.contains(column) && line.contains(what))
            .unwrap_or_else(|| panic!("{column} {what}: {said}"))
            .to_owned()
    };
    assert!(counted("member", "parted by guess").contains('2'));
    assert!(counted("subscriber_id", "leading zeros").contains('3'));
    assert!(counted("created_at", "time stamp").contains('1'));
}
