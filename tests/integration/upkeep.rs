//! Looking after the journal: who did what, old runs purged, one person forgotten, and what shells and manuals
//! are told.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

use crate::{
    nights::{ANA, Client, night, office, write},
    support::{Server, Workdir, balanced, death::Fate},
};

/// A name that nobody says.
const CANARY: &str = "Qzcanary";

/// The API's words in a request before the last one of each record.
const SAID_BEFORE: &str = "INSERT INTO earlier_requests (record, request, message)
     SELECT id, request, 'Qzcanary was there before' FROM records";

/// Everything that the journal has on disk, as text.
fn on_disk(work: &Workdir) -> String {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![work.state()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    let bytes = files.iter().flat_map(|path| fs::read(path).unwrap());
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}

/// A night of which one client fails in the API's words, which repeat what was sent, and one row is rejected.
fn troubled(work: &Workdir, name: &str, first: &str) -> Value {
    let bad = Client {
        id: 77,
        policy: "P77",
        ..ANA
    };
    let rejected = Client {
        id: 3,
        phone: "12",
        ..ANA
    };
    // A file of its own each night.
    let other = Client {
        id: 5,
        policy: "P5",
        first: name,
        ..ANA
    };
    write(work, name, &[Client { first, ..ANA }, bad, rejected, other]);
    night(work, name, 3)
}

#[test]
fn what_was_done_is_listed_with_who_did_it() {
    let server = Server::new();
    let work = office(&server).with("USER", "maria");
    write(&work, "1.csv", &[ANA]);
    night(&work, "1.csv", 0);
    write(
        &work,
        "2.csv",
        &[Client {
            first: "Anna",
            ..ANA
        }],
    );
    night(&work, "2.csv", 0);

    let listed = work.run("audit").expect(0).stdout;
    let entries = work.run("audit 2 --json").expect(0).json()["entries"].clone();
    let last = work.run("audit --last 1").expect(0).stdout;

    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("maria@"), "{listed}");
    assert!(
        listed.contains("sync      1     exit 0; succeeded 1, failed 0"),
        "{listed}"
    );
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!(
        (&entries[0]["verb"], &entries[0]["run"]),
        (&"sync".into(), &"2".into())
    );
    assert!(
        last.lines().count() == 2 && last.contains(" 2     exit 0"),
        "{last}"
    );
}

#[test]
fn whoever_has_no_name_is_on_record_by_number() {
    for (name, user) in [("LOGNAME", "jo@"), ("LANG", "uid ")] {
        let server = Server::new();
        let work = office(&server).with(name, "jo");
        write(&work, "1.csv", &[ANA]);
        night(&work, "1.csv", 0);

        let listed = work.run("audit").expect(0).stdout;

        assert!(
            listed.lines().nth(1).unwrap().contains(&format!(" {user}")),
            "{listed}"
        );
    }
}

#[test]
fn a_purge_leaves_counts_and_nothing_else_of_old_runs() {
    let server = Server::failing("fail=77");
    let work = office(&server);
    troubled(&work, "1.csv", CANARY);
    troubled(&work, "2.csv", "Ana");
    // A newer run carries the one that failed.
    let books = work.run("show 1 --json").expect(0).json();
    let young = work.run("purge --older-than 1d").expect(0);
    let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let age = "UPDATE runs SET finished_at = finished_at - 91 * 86400000 WHERE id = 1";
    journal.execute(age, []).unwrap();
    drop(journal);

    let rehearsed = work.run("purge --older-than 90d --dry-run").expect(0);
    let before = work.run("show 1 --json").expect(0).json();
    let purged = work.run("purge --older-than 90d --json").expect(0).json();
    let after = work.run("show 1 --json").expect(0).json();
    let again = work.run("purge --older-than 90d").expect(0);
    let gone = work.run("verify 1").expect(0);
    // The customer is still known as delivered, so only the new name is sent.
    let next = troubled(&work, "3.csv", "Ana");

    assert_eq!(young.stdout, "nothing is that old\n");
    assert_eq!(
        rehearsed.stdout,
        "would remove 1 run (1): 3 records, 1 rejected row\n"
    );
    assert_eq!(before["records"], books["records"], "a rehearsal");
    assert_eq!(
        (
            &purged["records"],
            &purged["rejected_rows"],
            &purged["open_records"]
        ),
        (&3.into(), &1.into(), &0.into())
    );
    for group in ["rows", "records", "requests"] {
        assert_eq!(balanced(&after)[group], books[group], "{group}");
    }
    assert_eq!(after["findings"]["failed"], Value::Array(vec![]));
    assert_eq!(again.stdout, "nothing is that old\n");
    assert!(
        gone.stdout.contains("nothing can be read back"),
        "{}",
        gone.stdout
    );
    assert_eq!(next["records"]["unchanged"], 1);
    let audit = work.run("audit").expect(0).stdout;
    assert!(audit.contains("purge     "), "{audit}");
}

#[test]
fn no_page_of_the_journal_holds_what_was_purged() {
    let server = Server::failing("fail=77");
    let work = office(&server);
    troubled(&work, "1.csv", "Ana");
    let customer = server.customer("1").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // The API's words about the one that failed.
    let words = {
        let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
        let sql = "UPDATE records SET message = 'Qzcanary was here' WHERE message IS NOT NULL";
        assert_eq!(journal.execute(sql, []).unwrap(), 1);
        assert_eq!(journal.execute(SAID_BEFORE, []).unwrap(), 3);
        let age = "UPDATE runs SET finished_at = finished_at - 91 * 86400000";
        journal.execute(age, []).unwrap();
        CANARY
    };
    assert!(on_disk(&work).contains(words) && on_disk(&work).contains(&customer));

    work.run("purge --older-than 90d").expect(0);

    assert!(!on_disk(&work).contains(words));
    assert!(
        on_disk(&work).contains(&customer),
        "the customer is still known by the API's id"
    );
}

#[test]
fn a_kill_while_something_is_taken_away_leaves_no_trace_of_it_either() {
    for (step, line) in [
        ("purge.written", "purge --older-than 0h"),
        ("purge.committed", "purge --older-than 0h"),
        ("forget.written", "forget 1"),
        ("forget.committed", "forget 1"),
    ] {
        let server = Server::new();
        let work = office(&server);
        write(&work, "1.csv", &[ANA]);
        night(&work, "1.csv", 0);
        let mark = "UPDATE records SET message = 'Qzcanary was here'";
        let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
        assert_eq!(journal.execute(mark, []).unwrap(), 1);
        assert_eq!(journal.execute(SAID_BEFORE, []).unwrap(), 1);
        drop(journal);

        let fate = work.run_to_death(line, &[step]);
        assert!(matches!(&fate, Fate::Died(at) if at == step), "{fate:?}");
        // The one that was forgotten is not there to be forgotten again.
        work.run(line);
        write(
            &work,
            "2.csv",
            &[Client {
                first: "Anna",
                ..ANA
            }],
        );
        night(&work, "2.csv", 0);

        assert!(!on_disk(&work).contains(CANARY), "{step}");
        assert_eq!(server.tally().customers, 1, "{step}");
    }
}

#[test]
fn a_kill_while_a_word_on_a_problem_is_written_leaves_it_said_or_not() {
    for (step, exit) in [
        ("acknowledgement.written", 3),
        ("acknowledgement.committed", 0),
    ] {
        let server = Server::new();
        let work = office(&server);
        let bad = Client {
            id: 2,
            phone: "12",
            ..ANA
        };
        write(&work, "1.csv", &[ANA, bad]);
        night(&work, "1.csv", 3);

        let fate = work.run_to_death("ack phone.too_few_digits --because known", &[step]);

        assert!(matches!(&fate, Fate::Died(at) if at == step), "{fate:?}");
        write(
            &work,
            "2.csv",
            &[
                Client {
                    first: "Anna",
                    ..ANA
                },
                bad,
            ],
        );
        night(&work, "2.csv", exit);
    }
}

#[test]
fn a_person_who_is_forgotten_leaves_no_trace_but_the_counts() {
    let server = Server::failing("fail=77");
    let work = office(&server);
    troubled(&work, "1.csv", CANARY);
    troubled(&work, "2.csv", CANARY);
    let books = work.run("show --json").expect(0).json();
    let customer = server.customer("1").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();

    let nobody = work.run("forget 4711").expect(64);
    let rehearsed = work.run("forget 1 --dry-run").expect(0);
    let forgotten = work.run("forget 1").expect(0);
    let after = work.run("show --json").expect(0).json();
    let again = work.run("forget 1").expect(64);
    let next = troubled(&work, "3.csv", CANARY);

    nobody.complains(&["the journal has nobody of that id"]);
    assert!(
        rehearsed
            .stdout
            .starts_with("would forget 1 person: 2 records, 0 rejected rows"),
        "{}",
        rehearsed.stdout
    );
    assert!(
        forgotten.stdout.starts_with("forgot 1 person: "),
        "{}",
        forgotten.stdout
    );
    assert_eq!(balanced(&after)["records"], books["records"]);
    again.complains(&["the journal has nobody of that id"]);
    assert_eq!(
        next["records"]["succeeded"], 2,
        "brought back by the next file"
    );
    assert!(
        server
            .customer("1")
            .is_some_and(|held| held["id"] == *customer),
        "the API keeps them"
    );
    let audit = work.run("audit").expect(0).stdout;
    assert!(
        audit.contains("forget    ") && !audit.contains("forget 1\n"),
        "{audit}"
    );
}

#[test]
fn nobody_is_forgotten_while_a_run_may_still_send_them() {
    let server = Server::new();
    let work = office(&server);
    let other = Client {
        id: 2,
        policy: "P2",
        ..ANA
    };
    write(&work, "1.csv", &[ANA, other]);
    night(&work, "1.csv --limit 1", 0);

    let refused = work.run("forget 2").expect(64);
    work.run("resume").expect(0);
    let forgotten = work.run("forget 2 --json").expect(0).json();

    refused.complains(&[
        "run 1 holds the person and is not finished",
        "`aca-sync resume 1`",
    ]);
    assert_eq!(forgotten["records"], 1);
}

#[test]
fn shells_and_manuals_know_every_command() {
    let work = Workdir::new();

    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = work.run(&format!("completions {shell}")).expect(0).stdout;
        assert!(
            script.contains("aca-sync") && script.contains("resolve"),
            "{shell}"
        );
    }
    let page = work.run("man").expect(0).stdout;
    work.run("man --out pages").expect(0);
    let unknown = work.run("completions tcsh").expect(64);

    assert!(
        page.starts_with(".ie") || page.starts_with(".TH") || page.contains(".TH aca-sync 1"),
        "{page}"
    );
    for name in ["aca-sync.1", "aca-sync-sync.1", "aca-sync-journal-backup.1"] {
        assert!(work.path("pages").join(name).exists(), "{name}");
    }
    unknown.complains(&["tcsh"]);
}

/// What bash offers for the last of these words; none where there is no bash.
fn offered(work: &Workdir, words: &[&str]) -> Option<Vec<String>> {
    const ASK: &str = "source ./aca-sync.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1))
        _aca__sync \"$1\" \"${@: -1}\" \"${@: -2:1}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    let bash = bash.args(["--norc", "--noprofile", "-c", ASK, "bash"]);
    let asked = bash.args(words).current_dir(work.path("")).output().ok()?;
    let text = String::from_utf8(asked.stdout).unwrap();
    Some(text.lines().map(ToOwned::to_owned).collect())
}

#[test]
fn bash_offers_the_flags_of_the_command_that_is_typed() {
    let work = Workdir::new();
    let script = work.run("completions bash").expect(0).stdout;
    work.write("aca-sync.bash", &script);

    let mut commands = 0;
    for line in script.lines().map(str::trim) {
        if let Some(command) = line
            .strip_prefix("cmd=\"")
            .and_then(|it| it.strip_suffix('"'))
            && !command.is_empty()
        {
            let label = format!("\n        {command})\n");
            assert!(script.contains(&label), "nothing is offered for {command}");
            commands += 1;
        }
    }
    assert!(commands > 20, "{commands}");
    for (words, flag) in [
        (["aca-sync", "retry", "--on"].as_slice(), "--only"),
        (&["aca-sync", "sync", "--mapp"], "--mapping"),
        (&["aca-sync", "journal", "ba"], "backup"),
        (&["aca-sync", "journal", "backup", "--sand"], "--sandbox"),
        (&["aca-sync", "ret"], "retry"),
    ] {
        let told = offered(&work, words).unwrap_or_else(|| vec![flag.to_owned()]);
        assert_eq!(told, [flag], "{words:?}");
    }
}

#[test]
fn a_run_that_was_purged_has_no_rows_to_write_and_nothing_to_do() {
    let server = Server::new();
    let work = office(&server);
    let bad = Client {
        id: 2,
        phone: "12",
        ..ANA
    };
    write(&work, "1.csv", &[ANA, bad]);
    night(&work, "1.csv", 3);
    let before = work.run("show 1").expect(0).stdout;
    work.run("purge --older-than 0s").expect(0);

    let refused = work.run("results 1 --out out").expect(74);
    let shown = work.run("show 1").expect(0).stdout;

    assert!(before.contains("next: `aca-sync results 1 "), "{before}");
    refused.complains(&["the rows of run 1 were purged, and only its counts are left"]);
    assert!(!work.path("out").exists());
    assert!(
        shown.ends_with("next: nothing: its rows were purged\n"),
        "{shown}"
    );
}

#[test]
fn the_audit_of_a_run_that_is_not_there_says_so() {
    let work = Workdir::new();
    work.export("clients.csv", 2);
    work.run("sync clients.csv --mapping map.toml --sandbox")
        .expect(0);

    for line in ["audit 77 --sandbox", "audit 77 --sandbox --json"] {
        work.run(line).expect(64).complains(&["there is no run 77"]);
    }
    let quiet = work.run("audit 1 --sandbox --last 0").expect(0).stdout;

    assert_eq!(quiet, "nothing is on record\n");
}
