//! Guards that look into columns: gone, gone blank, without what every file holds, or somebody else's.

use crate::{
    guards::{export_with, guarded, let_pass, set_guards},
    support::{Server, Workdir, client},
};

const SYNC: &str = "sync clients.csv --mapping map.toml";

fn workdir(guards: &str) -> (Server, Workdir) {
    let (server, work) = guarded(guards);
    set_guards(&work, guards);
    (server, work)
}

#[test]
fn a_column_that_the_last_file_had_is_missed() {
    let (server, work) = workdir("");
    export_with(&work, "clients.csv", "Plan Name", &["Gold", "Silver"]);
    work.run(SYNC).expect(0);

    // The mapping reads `plan` in its place.
    export_with(&work, "clients.csv", "plan", &["Gold", "Bronze"]);
    work.run(SYNC).expect(0);
    work.rows(
        "clients.csv",
        &[client("1", "Bo", "P1"), client("2", "Bo", "P2")],
    );
    let stopped = work.run(SYNC).expect(4);
    work.run(&format!("{SYNC} --allow lost_column=1")).expect(0);
    work.rows("clients.csv", &[client("1", "Cy", "P1")]);
    work.run(SYNC).expect(0);

    stopped.complains(&["lost_column: the last file had columns that this one lacks: plan\n"]);
    assert_eq!(let_pass(&work).len(), 1);
    assert_eq!(server.tally().customers, 2);
}

#[test]
fn a_column_gone_blank_is_noticed() {
    let (_server, work) = workdir("blank_column = \"50%\"");
    let half = |mark: &str| -> Vec<String> {
        (0..20)
            .map(|row| if row % 2 == 0 { mark } else { "-" }.to_owned())
            .collect()
    };
    let write = |cells: &[String]| {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        export_with(&work, "clients.csv", "email", &cells);
    };
    write(&half("a@example.com"));
    work.run(SYNC).expect(0);

    // Five of ten rows are as many as ten of twenty.
    write(&half("b@example.com")[..10]);
    work.run(SYNC).expect(0);
    let mut few = half("-");
    few[0] = "c@example.com".to_owned();
    write(&few);
    let stopped = work.run(SYNC).expect(4);
    let fewer = work
        .run(&format!("{SYNC} --allow blank_column=0"))
        .expect(4);
    work.run(&format!("{SYNC} --allow blank_column")).expect(0);

    for done in [stopped, fewer] {
        done.complains(&[
            "blank_column: email is filled in 1 of 20 rows, in the last file it was in 5 of 10; at least 50%",
        ]);
        assert!(!done.stderr.contains("example.com"), "{}", done.stderr);
    }
    assert_eq!(let_pass(&work).len(), 1);
}

#[test]
fn a_column_that_few_rows_fill_may_be_blank() {
    let (_server, work) = workdir("blank_column = \"90%\"");
    let mut cells = vec![""; 20];
    cells[..9].fill("a@example.com");
    export_with(&work, "clients.csv", "email", &cells);
    work.run(SYNC).expect(0);

    export_with(&work, "clients.csv", "email", &[""; 20]);

    work.run(SYNC).expect(0);
}

#[test]
fn what_every_file_holds_has_to_be_there_as_a_word_of_its_own() {
    let (server, work) = workdir(
        "must_contain = [\n  { column = \"policy_aor\", text = \"1234567\" },\n  { column = \"issuer\", text = \"Oscar\" },\n]",
    );
    export_with(
        &work,
        "clients.csv",
        "Policy AOR",
        &["Al Roe (NPN: 12345678)", "Bo Roe"],
    );

    let stopped = work.run(SYNC).expect(4);
    let first_only = work
        .run(&format!("{SYNC} --allow must_contain=1"))
        .expect(4);
    export_with(
        &work,
        "clients.csv",
        "Policy AOR",
        &["Bo Roe", "Al Roe (npn: 1234567)"],
    );
    let one = work.run(SYNC).expect(4);
    work.run(&format!("{SYNC} --allow must_contain=1"))
        .expect(0);

    for done in [&stopped, &first_only] {
        done.complains(&[
            "must_contain: no row holds `1234567` in the column policy_aor; \
             `Oscar` is nowhere, as the file has no column issuer",
        ]);
        assert!(!done.stderr.contains("Roe"), "{}", done.stderr);
    }
    one.complains(&["must_contain: `Oscar` is nowhere, as the file has no column issuer"]);
    assert_eq!(server.tally().customers, 2);
    assert_eq!(let_pass(&work).len(), 1);
}

#[test]
fn rows_of_other_agents_are_counted_by_the_field_that_names_them() {
    let (server, work) = workdir("own_npns = [\"0012345678\", \"777\"]\nforeign_agent = \"30%\"");
    let cells = [
        "Al Roe (NPN: 12345678)",
        "Bo Roe (NPN: 777)",
        "Cy Roe (NPN: 7778)",
        "HealthSherpa referral",
        "",
    ];
    export_with(&work, "clients.csv", "policy_aor", &cells);

    let stopped = work.run(SYNC).expect(4);
    work.run(&format!("{SYNC} --allow foreign_agent=1"))
        .expect(0);
    export_with(
        &work,
        "clients.csv",
        "policy_aor",
        &["Al (NPN: 12345678)"; 4],
    );
    work.run(SYNC).expect(0);

    stopped.complains(&[
        "foreign_agent: 1 of 3 rows that name an agent by number name none of the own, at most 30%",
    ]);
    assert!(!stopped.stderr.contains("7778"), "{}", stopped.stderr);
    assert_eq!(let_pass(&work).len(), 1);
    assert_eq!(server.tally().customers, 5);
}

#[test]
fn rows_of_other_agents_are_counted_by_a_column_of_its_own() {
    let guards = "own_npns = \"777\"\nagent_column = \"npn_used\"\nforeign_agent = \"0%\"";
    let (_server, work) = workdir(guards);
    let file = |column, cells: &[&str]| export_with(&work, "clients.csv", column, cells);

    file("npn_used", &["777", "778.0", "-"]);
    work.run(SYNC)
        .expect(4)
        .complains(&["1 of 2 rows that name"]);
    file("npn", &["777"]);
    work.run(SYNC)
        .expect(4)
        .complains(&["foreign_agent: the file has no column that could name an agent"]);
    file("npn_used", &["777", "'00777", ""]);
    work.run(SYNC).expect(0);
}

#[test]
fn mistakes_in_guards_are_told_with_their_lines() {
    let (_server, work) = workdir(
        "must_contain = [{ column = \"_row\", text = \" \" }, { text = \"x\" }]\n\
         own_npns = [\"12-34\"]\nblank_column = \"half\"\nolder_file = \"no\"",
    );

    let done = work.run(SYNC).expect(78);

    done.complains(&[
        "guard.must_contain[1].column: columns that start with `_`",
        "guard.must_contain[1].text: a blank text is in every file",
        "guard.must_contain[2]: what has to be there needs `column` and `text`",
        "this is not a National Producer Number",
        "guard.blank_column: this is not a share",
        "guard.older_file: true or false belongs here",
    ]);
    set_guards(&work, "foreign_agent = \"1%\"\nown_npns = [\"12-34\"]");
    work.run(SYNC)
        .expect(78)
        .complains(&["this is not a National Producer Number"]);
    set_guards(&work, "foreign_agent = \"1%\"");
    work.run(SYNC)
        .expect(78)
        .complains(&["`foreign_agent` needs `own_npns`"]);
}
