//! Configuration files and profiles as commands use them: which goes first, offices side by side, keys rotated,
//! mappings by name.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::{
    guards::{export_with, set_guards},
    support::{KEY, Server, Workdir, client, workdir::Done},
};

const SYNC: &str = "sync clients.csv --mapping map.toml";
/// Another key that the sandbox takes.
const NEW_KEY: &str = "cc_test_ffeeddccbbaa99887766554433221100";

/// Writes a file for its owner alone.
fn write_private(work: &Workdir, name: &str, text: &str) {
    work.write(name, text);
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(work.path(name), private).unwrap();
}

/// A folder with a profile `miami` for that server: a key file of its own, a journal of its own.
fn office(server: &Server, more: &str) -> Workdir {
    let work = Workdir::new();
    write_private(&work, "miami.key", KEY);
    let profile = profile("miami", &server.url());
    write_private(
        &work,
        "aca-sync.toml",
        &format!("default_profile = \"miami\"\nrate = \"1000000/s\"\n{profile}{more}"),
    );
    work
}

fn profile(name: &str, url: &str) -> String {
    format!(
        "[profile.{name}]\nbase_url = \"{url}\"\napi_key_file = \"{name}.key\"\njournal = \"journals/{name}.db\"\n"
    )
}

/// What doctor finds of one thing.
#[expect(clippy::indexing_slicing, reason = "a helper of tests")]
fn finding(done: &Done, name: &str) -> String {
    let json = done.json();
    let checks = json["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    let text = |member: &str| check[member].as_str().unwrap_or_default().to_owned();
    format!("{} {}; {}", text("level"), text("finding"), text("advice"))
}

fn ledgers(work: &Workdir) -> usize {
    let entries = fs::read_dir(work.state()).unwrap().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("ledger-"))
        .count()
}

#[test]
fn flags_go_before_the_environment_that_before_the_project_and_that_before_the_user() {
    let work = Workdir::new();
    fs::create_dir_all(work.path(".config/aca-sync")).unwrap();
    let files = |project: &str, user: &str| {
        write_private(&work, "aca-sync.toml", project);
        write_private(&work, ".config/aca-sync/config.toml", user);
    };
    let rate = |work: &Workdir, flags: &str| {
        let done = work.run(&format!("doctor --sandbox --json --profile miami {flags}"));
        finding(&done.expect(0), "rate")
    };
    let (profile, top) = ("[profile.miami]\nrate = ", "rate = ");
    let user = format!("{top}\"2/s\"\n{profile}\"3/s\"\n");

    let with_environment = Workdir::new().with("ACA_SYNC_RATE", "6/s");
    let text = format!("{top}\"4/s\"\n{profile}\"5/s\"\n");
    write_private(&with_environment, "aca-sync.toml", &text);
    assert_eq!(rate(&with_environment, "--rate 7/s"), "ok 7/s; ");
    assert_eq!(rate(&with_environment, ""), "ok 6/s; ");
    files(&text, &user);
    assert_eq!(rate(&work, ""), "ok 5/s; ");
    files(&format!("{top}\"4/s\"\n"), &user);
    assert_eq!(rate(&work, ""), "ok 4/s; ");
    files("", &user);
    assert_eq!(rate(&work, ""), "ok 3/s; ");
    files("[profile.miami]\n", &format!("{top}\"2/s\"\n"));
    assert_eq!(rate(&work, ""), "ok 2/s; ");
    files("", "[profile.miami]\n");
    assert_eq!(rate(&work, ""), "ok 60/min; ");

    let elsewhere = Workdir::new().with("XDG_CONFIG_HOME", work.path("").to_str().unwrap());
    fs::create_dir_all(work.path("aca-sync")).unwrap();
    write_private(
        &work,
        "aca-sync/config.toml",
        "[profile.miami]\nrate = \"8/s\"\n",
    );
    assert_eq!(rate(&elsewhere, ""), "ok 8/s; ");
}

#[test]
fn a_file_that_is_named_is_read_in_the_place_of_the_others() {
    let work = Workdir::new();
    fs::create_dir(work.path("etc")).unwrap();
    write_private(&work, "aca-sync.toml", "this is no TOML");
    write_private(
        &work,
        "etc/offices.toml",
        "state_folder = \"state\"\nrate = \"9/s\"\n",
    );
    let folder = work.path("etc/state");

    let named = work.run("doctor --sandbox --json --config etc/offices.toml");
    let by_variable = Workdir::new()
        .with(
            "ACA_SYNC_CONFIG",
            work.path("etc/offices.toml").to_str().unwrap(),
        )
        .run("doctor --sandbox --json");

    for done in [named, by_variable] {
        let done = done.expect(0);
        assert_eq!(finding(&done, "rate"), "ok 9/s; ");
        let environment = finding(&done, "environment");
        assert!(
            environment.contains(folder.to_str().unwrap()),
            "{environment}"
        );
    }
    work.run("runs --config nowhere.toml")
        .expect(78)
        .complains(&[
            "nowhere.toml: there is no such configuration file",
            "hint: ",
        ]);
    work.run("runs").expect(78).complains(&[
        "the configuration aca-sync.toml has 1 mistake",
        "aca-sync.toml:1:",
    ]);
    // A folder in its place is no file that is missing.
    work.run("runs --config etc")
        .expect(78)
        .complains(&["etc: the configuration cannot be read"]);
}

#[test]
fn a_profile_has_to_be_one_that_there_is_and_has_to_be_named() {
    let work = Workdir::new();
    work.run("runs --profile miami").expect(78).complains(&[
        "there is no profile miami",
        "write [profile.miami] into aca-sync.toml",
    ]);
    write_private(&work, "aca-sync.toml", "[profile.miami]\n[profile.tampa]\n");

    work.run("runs --profile miamy").expect(78).complains(&[
        "there is no profile miamy",
        "did you mean `miami`? the profiles are miami, tampa",
    ]);
    work.run("runs").expect(78).complains(&[
        "there are profiles, and none is named",
        "default_profile = \"miami\" at the top of aca-sync.toml; the profiles are miami, tampa",
    ]);
    // What works on mappings alone asks for none.
    work.run("mapping check map.toml").expect(0);
    work.run("runs --profile tampa").expect(64);
    write_private(&work, "aca-sync.toml", "default_profile = \"orlando\"\n");
    work.run("runs")
        .expect(78)
        .complains(&["there is no profile orlando"]);
}

#[test]
fn two_offices_work_side_by_side_each_with_its_key_its_account_and_its_journal() {
    let (miami, tampa) = (Server::new(), Server::new());
    let work = office(&miami, &profile("tampa", &tampa.url()));
    write_private(&work, "tampa.key", NEW_KEY);
    work.export("clients.csv", 20);
    work.export("others.csv", 10);

    let first = work.start(&format!("{SYNC} --json"));
    let second = work.start("sync others.csv --mapping map.toml --profile tampa --json");
    for (office, count) in [(first, 20), (second, 10)] {
        let json = office.finish().expect(0).json();
        assert_eq!(json["records"]["succeeded"], count, "{json}");
    }

    assert_eq!((miami.tally().customers, tampa.tally().customers), (20, 10));
    for name in ["miami", "tampa"] {
        let shown = work.run(&format!("show --profile {name}")).expect(0).stdout;
        assert!(shown.starts_with("run 1 to http://127.0.0.1"), "{shown}");
        assert!(shown.contains(&format!("(account {name})")), "{shown}");
        assert!(work.path(&format!("journals/{name}.db")).exists());
    }
    assert_eq!(ledgers(&work), 2);
    assert!(!work.state().join("journal.db").exists());
    work.export("others.csv", 12);
    let sampled = work.run("sync others.csv --mapping map.toml --profile tampa --limit 1");
    let (sampled, shown) = (
        sampled.expect(0).stdout,
        work.run("show --profile tampa").stdout,
    );
    assert!(
        sampled.contains("`aca-sync resume 2 --profile tampa`"),
        "{sampled}"
    );
    assert!(
        shown.contains("next: `aca-sync resume 2 --profile tampa`"),
        "{shown}"
    );
}

/// The sandbox never gets into the journal that a profile sends with.
#[test]
fn a_rehearsal_of_a_profile_has_a_journal_of_its_own() {
    let server = Server::new();
    let work = office(&server, "");
    work.export("clients.csv", 5);

    work.run(&format!("{SYNC} --sandbox")).expect(0);
    assert!(work.path("journals/sandbox-miami.db").exists());
    assert!(!work.path("journals/miami.db").exists());
    let sent = work.run(&format!("{SYNC} --json")).expect(0).json();

    assert_eq!(sent["records"]["succeeded"], 5);
}

#[test]
fn another_key_of_the_same_account_changes_nothing_but_the_ledger() {
    let server = Server::new();
    let work = office(&server, "");
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2")],
    );
    work.run(SYNC).expect(0);
    assert_eq!(ledgers(&work), 1);

    write_private(&work, "new.key", NEW_KEY);
    let text = fs::read_to_string(work.path("aca-sync.toml")).unwrap();
    write_private(
        &work,
        "aca-sync.toml",
        &text.replace("miami.key", "new.key"),
    );
    let same_file = work.run(SYNC).expect(0).stdout;
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Cy", "P2")],
    );
    let json = work.run(&format!("{SYNC} --json")).expect(0).json();

    assert!(same_file.starts_with("nothing to do: run 1"), "{same_file}");
    assert_eq!(json["records"]["unchanged"], 1, "{json}");
    assert_eq!(json["records"]["succeeded"], 1);
    assert_eq!(server.tally().customers, 2);
    assert_eq!(ledgers(&work), 2);
}

#[test]
fn the_environment_s_key_goes_before_the_profile_s_and_doctor_says_so() {
    let server = Server::new();
    let work = office(&server, "").with("ACA_SYNC_API_KEY", NEW_KEY);
    fs::remove_file(work.path("miami.key")).unwrap();
    work.export("clients.csv", 3);

    work.run(SYNC).expect(0);
    let doctor = work.run("doctor --json").expect(0);

    let profile = finding(&doctor, "profile");
    assert!(
        profile.starts_with("warn miami, account miami; "),
        "{profile}"
    );
    assert!(
        profile.contains("ACA_SYNC_API_KEY; unset that"),
        "{profile}"
    );
}

#[test]
fn mappings_are_found_by_name_in_the_profile_s_folder_unless_a_file_lies_at_the_path() {
    let server = Server::new();
    let work = office(&server, "mappings = \"maps\"\n");
    fs::create_dir(work.path("maps")).unwrap();
    fs::rename(work.path("map.toml"), work.path("maps/clients.toml")).unwrap();
    work.export("clients.csv", 3);

    for line in [
        "mapping check clients",
        "mapping test clients.toml",
        "check clients.csv --mapping clients --against clients",
        "doctor --mapping clients",
        "sync clients.csv --mapping clients",
    ] {
        work.run(line).expect(0);
    }
    work.run("mapping check client").expect(78).complains(&[
        "client: the mapping cannot be read: there is no such file, here or in",
        "did you mean `clients`?",
    ]);
    work.run("mapping check zzz")
        .expect(78)
        .complains(&["the folder has clients"]);
    work.run("mapping check ../clients")
        .expect(78)
        .complains(&["../clients: the mapping cannot be read: No such file"]);
    work.write("clients", "version = 2\n");
    work.run("mapping check clients")
        .expect(78)
        .complains(&["the mapping clients has"]);
}

#[test]
fn the_profile_s_numbers_serve_a_mapping_that_names_none_and_the_run_stays_the_same() {
    let server = Server::new();
    let work = office(&server, "npns = [\"0012345678\", \"777\"]\n");
    set_guards(&work, "foreign_agent = \"30%\"");
    let cells = ["Al (NPN: 12345678)", "Bo (NPN: 777)", "Cy (NPN: 7778)"];
    export_with(&work, "clients.csv", "policy_aor", &cells);

    let note = work.run("mapping check map.toml").expect(0).stdout;
    let stopped = work.run(SYNC).expect(4);
    set_guards(&work, "foreign_agent = \"30%\"\nown_npns = \"7778\"");
    let by_mapping = work.run(SYNC).expect(4);
    set_guards(&work, "foreign_agent = \"30%\"");
    let text = fs::read_to_string(work.path("aca-sync.toml")).unwrap();
    write_private(
        &work,
        "aca-sync.toml",
        &text.replace("\"777\"", "\"777\", \"7778\""),
    );
    work.run(SYNC).expect(0);
    write_private(&work, "aca-sync.toml", &text);
    let again = work.run(SYNC).expect(0).stdout;
    let alone = Workdir::against(&server);
    set_guards(&alone, "foreign_agent = \"30%\"");
    alone.export("clients.csv", 1);

    assert!(
        note.contains("guard.foreign_agent: without `own_npns`"),
        "{note}"
    );
    stopped.complains(&["foreign_agent: 1 of 3 rows"]);
    by_mapping.complains(&["foreign_agent: 2 of 3 rows"]);
    assert!(again.starts_with("nothing to do: run 1"), "{again}");
    alone
        .run(SYNC)
        .expect(78)
        .complains(&["`foreign_agent` needs `own_npns`", "npns = "]);
}

#[test]
fn metrics_carry_the_profile_s_account_also_where_the_configuration_cannot_be_used() {
    let server = Server::new();
    let work = office(&server, "");
    work.export("clients.csv", 3);
    let line = format!("{SYNC} --metrics-file m.prom");
    let told = || fs::read_to_string(work.path("m.prom")).unwrap();

    work.run(&line).expect(0);
    let well = told();
    work.write("aca-sync.toml", "rate = 5\n");
    work.run(&format!("{line} --profile miami")).expect(78);

    assert!(
        well.contains("aca_sync_exit_code{account=\"miami\""),
        "{well}"
    );
    let broken = told();
    assert!(broken.contains("account=\"miami\""), "{broken}");
    assert!(
        broken
            .lines()
            .any(|line| line.starts_with("aca_sync_exit_code") && line.ends_with(" 78"))
    );
}

#[test]
fn doctor_tells_of_everything_that_a_profile_names_and_that_is_not_there() {
    let server = Server::new();
    let tampa = "[profile.tampa]\napi_key_file = \"gone.key\"\nmappings = \"gone\"\nsuppress = \"gone.csv\"\n\
                 [profile.orlando]\naccount = \"miami\"\njournal = \"journals/miami.db\"\n";
    let work = office(&server, tampa);
    fs::set_permissions(work.path("miami.key"), fs::Permissions::from_mode(0o644)).unwrap();

    let problems = finding(&work.run("doctor --json").expect(0), "profiles");

    for words in [
        "warn 3 profiles: miami: others than you may read the API key in",
        "tampa: ",
        "gone.key: the API key cannot be read",
        "there is no folder of mappings",
        "gone.csv (suppress)",
        "miami and orlando are one account in one journal",
    ] {
        assert!(problems.contains(words), "no {words} in {problems}");
    }
}

#[test]
fn doctor_tells_which_files_are_in_force_who_may_touch_them_and_what_is_wrong_with_them() {
    let server = Server::new();
    let ping = "[notify]\nping = \"https://hc.example.com/hush\"\n";
    let work = office(&server, ping);
    let ask = |flags: &str| work.run(&format!("doctor --json {flags}"));
    let well = ask("").expect(0);
    for name in ["configuration", "profile", "profiles"] {
        assert!(finding(&well, name).starts_with("ok "), "{name}");
    }
    let files = finding(&well, "configuration");
    assert!(
        files.contains("aca-sync.toml; a job finds it only where"),
        "{files}"
    );
    let named = finding(&ask("--config ./aca-sync.toml").expect(0), "configuration");
    assert_eq!(named, "ok ./aca-sync.toml; ");

    for (mode, words) in [
        (0o644, "others than you may read the URLs of [notify]"),
        (0o664, "others than you may change"),
    ] {
        let path = work.path("aca-sync.toml");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let done = ask("").expect(0);
        let files = finding(&done, "configuration");
        assert!(
            files.starts_with("warn ") && files.contains(words),
            "{files}"
        );
        assert!(!done.stdout.contains("hush"), "{}", done.stdout);
    }
    let unknown = finding(&ask("--profile x").expect(78), "profile");
    assert!(
        unknown.starts_with("fail there is no profile x"),
        "{unknown}"
    );
    write_private(&work, "aca-sync.toml", "rate = 5\nconcurency = 4\n");
    let broken = finding(&ask("").expect(78), "configuration");
    let rate = "fail aca-sync.toml:1:8: rate: a string belongs here";
    assert!(broken.starts_with(rate), "{broken}");
    let unknown = "aca-sync.toml:2:1: concurency: unknown key";
    assert!(broken.contains(unknown), "{broken}");
}

/// Everything that a key and a secret URL may get into while a profile with both is used.
#[test]
fn neither_the_key_nor_a_secret_url_of_a_profile_is_ever_shown_or_kept() {
    let server = Server::new();
    let hush = "[notify]\nping = \"https://hc.example.com/hush\"\n";
    let work = office(&server, hush);
    work.export("clients.csv", 3);

    for line in [
        &format!("{SYNC} -vv --log-format json"),
        "check clients.csv --mapping map.toml -vv --json",
        "show --json",
        "runs -vv",
        "doctor",
        "doctor --json",
        "--help",
    ] {
        // That the key is in neither is asked of every command that a test runs.
        let done = work.run(line).expect(0);
        assert!(
            !done.stdout.contains("hush") && !done.stderr.contains("hush"),
            "{line}"
        );
    }

    let journal = fs::read(work.path("journals/miami.db")).unwrap();
    let text = String::from_utf8_lossy(&journal);
    assert!(!text.contains(KEY) && !text.contains("hush"));
    let json: Value = work.run("show --json").json();
    assert_eq!(json["exit"], 0);
}
