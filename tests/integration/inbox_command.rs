//! What `sync` and `check` make of folders, patterns, parts and standard input.

use std::{fs, process::Stdio, time::Duration};

use crate::{
    inbox::set_age,
    support::{Server, Workdir},
};

/// A folder of two exports of the shipped mapping's kind, the second of them newer by its name.
fn workdir() -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    fs::create_dir(work.path("in")).unwrap();
    work.export("in/clients-20261119-1-of-1.csv", 5);
    work.export("in/clients-20261120-1-of-1.csv", 7);
    work.write("in/clients-20261121-1-of-1.csv.crdownload", "half a f");
    for name in ["20261119", "20261120"] {
        let name = format!("in/clients-{name}-1-of-1.csv");
        set_age(&work.path(&name), Duration::from_secs(3_600));
    }
    (server, work)
}

#[test]
fn a_sync_of_a_folder_takes_the_newest_once_and_never_falls_back() {
    let (server, work) = workdir();

    let first = work.run("sync in --mapping map.toml --json").expect(0);
    let second = work.run("sync in --mapping map.toml").expect(0);
    let quiet = work
        .run("sync in/*.csv --mapping map.toml --quiet")
        .expect(0);

    assert_eq!(first.json()["rows"]["read"], 7);
    first.complains(&[
        "taking in/clients-20261120-1-of-1.csv from in",
        "in/clients-20261121-1-of-1.csv.crdownload: an unfinished download",
    ]);
    assert!(second.stdout.contains("nothing to do"), "{}", second.stdout);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
    assert_eq!(server.tally().customers, 7);
}

#[test]
fn an_export_that_lacks_a_part_is_not_sent_until_that_is_let_pass_by_name() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients-1-of-3.csv", 20);
    work.export("clients-3-of-3.csv", 21);
    let files = "clients-3-of-3.csv ./clients-1-of-3.csv --mapping map.toml";

    let checked = work.run(&format!("check {files}")).expect(4);
    let stopped = work.run(&format!("sync {files}")).expect(4);

    for words in [
        "part 2 of 3 of the export clients is missing",
        "--allow missing_part",
    ] {
        assert!(checked.stdout.contains(words), "{}", checked.stdout);
        stopped.complains(&[words]);
    }
    assert_eq!(server.tally().requests, 0);
    work.run(&format!("sync {files} --allow missing_part"))
        .expect(0);
    assert_eq!(server.tally().requests, 1);
}

#[test]
fn a_folder_without_an_export_ends_with_66() {
    let work = Workdir::new();
    fs::create_dir(work.path("in")).unwrap();
    work.write("in/~$clients.xlsx", "");

    let done = work
        .run("sync in --mapping map.toml --sandbox --json")
        .expect(66);

    done.complains(&["in: there is no export in this folder", "a lock file"]);
    assert_eq!(done.json()["exit"], 66);
}

#[test]
fn standard_input_is_alone_in_its_run() {
    let work = Workdir::new();
    work.export("clients.csv", 1);

    for files in ["- clients.csv", "clients.csv -", "- -"] {
        let done = work
            .command(&format!("check {files} --mapping map.toml"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(64), "{said}");
        assert!(
            said.contains("`-`, standard input, is the only file"),
            "{said}"
        );
    }
}

/// Staged from a copy without a name; the run goes on without it, and the same bytes again are nothing new.
#[test]
fn standard_input_is_read_like_a_file() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);
    let piped = |line: &str| {
        let export = fs::File::open(work.path("clients.csv")).unwrap();
        let done = work.command(line).stdin(export).output().unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        (done.status.code(), said)
    };

    let (checked, plan) = piped("check - --mapping map.toml");
    let (limited, _) = piped("sync - --mapping map.toml --limit 10");
    work.run("resume").expect(0);
    let (again, said) = piped("sync - --mapping map.toml");

    assert_eq!((checked, limited, again), (Some(0), Some(0), Some(0)));
    assert!(
        plan.starts_with("read standard input: comma-separated text, UTF-8"),
        "{plan}"
    );
    assert!(said.contains("nothing to do"), "{said}");
    assert_eq!(server.tally().customers, 30);
}
