//! Which files a run reads: real folders with files of chosen names and times, looked at by the library
//! and by the command.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, SystemTime},
};

use aca_sync::source::{Because, Found, InboxError, Watch, find};
use tempfile::TempDir;

use crate::support::{Server, Workdir};

/// Long ago, so that the command, which asks the real clock, finds files that have come to rest.
const NOW: Duration = Duration::from_secs(1_700_000_000);
const REST: Duration = Duration::from_secs(3);

/// A folder whose files were last written at chosen times.
struct Inbox(TempDir);

impl Inbox {
    fn with(files: &[(&str, u64)]) -> Self {
        let inbox = Self(tempfile::tempdir().unwrap());
        for (name, age) in files {
            inbox.put(name, *age);
        }
        inbox
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that is so many seconds old.
    fn put(&self, name: &str, age: u64) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        set_age(&path, Duration::from_secs(age));
    }

    /// What the arguments mean; `meanwhile` happens while a file is given time to grow.
    fn find_while(
        &self,
        arguments: &[&str],
        meanwhile: &mut dyn FnMut(Duration),
    ) -> Result<Found, InboxError> {
        let paths: Vec<PathBuf> = arguments.iter().map(|name| self.path(name)).collect();
        let mut watch = Watch {
            now: SystemTime::UNIX_EPOCH + NOW,
            rest: REST,
            wait: meanwhile,
        };
        find(&paths, &mut watch)
    }

    /// What the arguments mean where nothing has to be waited for.
    fn find(&self, arguments: &[&str]) -> Result<Found, InboxError> {
        let mut waits = 0;
        let found = self.find_while(arguments, &mut |_| waits += 1);
        assert_eq!(waits, 0);
        found
    }

    /// The names of the files that the arguments mean.
    fn names(&self, arguments: &[&str]) -> Vec<String> {
        self.relative(self.find(arguments).unwrap().files)
    }

    fn relative(&self, paths: impl IntoIterator<Item = PathBuf>) -> Vec<String> {
        paths
            .into_iter()
            .map(|path| {
                let name = path.strip_prefix(self.0.path()).unwrap();
                name.to_str().unwrap().to_owned()
            })
            .collect()
    }

    /// The whole message when the arguments mean no file, with the inbox's own path left out.
    fn complaint(&self, arguments: &[&str]) -> String {
        let error = self.find(arguments).unwrap_err();
        error.to_string().replace(&self.here(), "")
    }

    fn here(&self) -> String {
        format!("{}/", self.0.path().display())
    }
}

fn set_age(path: &Path, age: Duration) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + NOW - age)
        .unwrap();
}

fn because(found: &Found, name: &str) -> Option<Because> {
    let passed_over = found.passed_over.iter();
    let mut of_name = passed_over.filter(|one| one.path.ends_with(name));
    of_name.next().map(|one| one.because)
}

#[test]
fn files_are_taken_as_they_are_named() {
    let inbox = Inbox::with(&[("b.csv", 90), ("a.csv", 80), ("~$c.part", 70)]);

    let found = inbox
        .find(&["b.csv", "a.csv", "~$c.part", "nowhere.csv"])
        .unwrap();

    let expected = ["b.csv", "a.csv", "~$c.part", "nowhere.csv"];
    assert_eq!(inbox.relative(found.files), expected);
    assert!(found.taken.is_empty() && found.passed_over.is_empty());
}

#[test]
fn the_newest_by_the_time_in_its_name_is_taken() {
    let inbox = Inbox::with(&[
        ("in/export-7-20261119T230000-1-of-1.csv", 10),
        ("in/export-7-20261120T031500-1-of-1.csv", 90),
        ("in/export-7-20261120T021500-1-of-1.csv", 20),
    ]);

    let found = inbox.find(&["in"]).unwrap();

    let newest = ["in/export-7-20261120T031500-1-of-1.csv"];
    assert_eq!(inbox.relative(found.files.clone()), newest);
    assert_eq!(inbox.relative(found.taken[0].files.clone()), newest);
    assert_eq!(
        because(&found, "export-7-20261119T230000-1-of-1.csv"),
        Some(Because::Older)
    );
    assert!(found.missing_parts.is_empty());
}

#[test]
fn where_one_name_says_no_time_the_last_written_is_the_newest() {
    let inbox = Inbox::with(&[
        ("in/clients 2026-11-20.csv", 90),
        ("in/clients 2026-11-18.csv", 80),
        ("in/clients.csv", 85),
    ]);

    assert_eq!(inbox.names(&["in"]), ["in/clients 2026-11-18.csv"]);
}

/// A name that says the second says more than one that says the day, and nothing of which was first.
#[test]
fn names_of_one_day_are_told_apart_by_when_they_were_written() {
    let inbox = Inbox::with(&[
        ("in/a-20261120T235959.csv", 90),
        ("in/b-2026-11-20.csv", 80),
        ("in/c-2026-11-19.csv", 70),
    ]);

    assert_eq!(inbox.names(&["in"]), ["in/b-2026-11-20.csv"]);
}

#[test]
fn of_an_export_that_was_downloaded_twice_the_later_download_is_taken() {
    let inbox = Inbox::with(&[
        ("in/export-20261120T031500-1-of-1.csv", 90),
        ("in/export-20261120T031500-1-of-1 (1).csv", 80),
    ]);

    assert_eq!(
        inbox.names(&["in"]),
        ["in/export-20261120T031500-1-of-1 (1).csv"]
    );
}

#[test]
fn nothing_is_guessed_where_two_exports_are_equally_new() {
    let inbox = Inbox::with(&[("in/a.csv", 90), ("in/b.csv", 90)]);

    assert_eq!(
        inbox.complaint(&["in"]),
        "in/a.csv and in/b.csv are equally new\n\nhint: name the file that is meant"
    );
}

#[test]
fn an_export_is_taken_with_all_its_parts_in_their_order() {
    let inbox = Inbox::with(&[
        ("in/clients-20261119-1-of-2.csv", 20),
        ("in/clients-20261119-2-of-2.csv", 20),
    ]);
    for number in (1..=11).rev() {
        inbox.put(&format!("in/clients-20261120-{number}-of-11.csv"), 90);
    }

    let found = inbox.find(&["in"]).unwrap();

    let expected: Vec<String> = (1..=11)
        .map(|number| format!("in/clients-20261120-{number}-of-11.csv"))
        .collect();
    assert_eq!(inbox.relative(found.files), expected);
    assert!(found.missing_parts.is_empty());
}

#[test]
fn parts_that_are_named_are_put_in_order_and_others_stay_where_they_are() {
    let inbox = Inbox::with(&[]);

    let names = inbox.names(&["z.csv", "c-2-of-2.csv", "a.csv", "./c-1-of-2.csv"]);

    assert_eq!(names, ["z.csv", "c-1-of-2.csv", "c-2-of-2.csv", "a.csv"]);
}

#[test]
fn missing_parts_are_told_of_whether_named_or_found() {
    let inbox = Inbox::with(&[("in/clients-1-of-4.csv", 90), ("in/clients-3-of-4.csv", 90)]);

    let of_folder = inbox.find(&["in"]).unwrap().missing_parts;
    let of_file = inbox.find(&["in/clients-3-of-4.csv"]).unwrap();

    assert_eq!(of_folder[0].numbers, [2, 4]);
    assert_eq!(
        of_file.missing_parts[0].to_string(),
        "parts 1, 2, 4 of 4 of the export clients are missing"
    );
    assert_eq!(
        inbox.relative(of_file.files),
        ["in/clients-3-of-4.csv"],
        "nothing is taken in beside a file that is named"
    );
}

#[test]
fn parts_that_contradict_one_another_are_named() {
    let inbox = Inbox::with(&[
        ("same/c-1-of-2.csv", 90),
        ("same/c-1-of-2.xlsx", 80),
        ("other/c-1-of-2.csv", 90),
        ("other/c-3-of-3.csv", 80),
    ]);

    let same = inbox.complaint(&["same"]);
    let other = inbox.complaint(&["other"]);

    for name in ["same/c-1-of-2.csv", "same/c-1-of-2.xlsx", "both part 1"] {
        assert!(same.contains(name), "{same}");
    }
    for name in ["other/c-1-of-2.csv", "other/c-3-of-3.csv", "different"] {
        assert!(other.contains(name), "{other}");
    }
}

#[test]
fn what_is_no_export_is_passed_over() {
    let inbox = Inbox::with(&[
        ("in/clients.csv", 90),
        ("in/~$clients.xlsx", 10),
        ("in/.~lock.clients.csv#", 10),
        ("in/.clients.csv", 10),
        ("in/new.csv.crdownload", 10),
        ("in/new.csv.part", 10),
        ("in/new.csv.PARTIAL", 10),
        ("in/new.csv.download/new.csv", 10),
        ("in/new.tmp", 10),
        ("in/mapping.toml", 10),
        ("in/sent/newer.csv", 10),
    ]);

    let found = inbox.find(&["in"]).unwrap();

    assert_eq!(inbox.relative(found.files.clone()), ["in/clients.csv"]);
    for (name, expected) in [
        ("~$clients.xlsx", Some(Because::LockFile)),
        (".~lock.clients.csv#", Some(Because::LockFile)),
        (".clients.csv", Some(Because::Hidden)),
        ("new.csv.crdownload", Some(Because::Unfinished)),
        ("new.csv.part", Some(Because::Unfinished)),
        ("new.csv.PARTIAL", Some(Because::Unfinished)),
        ("new.csv.download", Some(Because::Unfinished)),
        ("new.tmp", Some(Because::Unfinished)),
        ("mapping.toml", Some(Because::NoTable)),
        ("sent", None),
    ] {
        assert_eq!(because(&found, name), expected, "{name}");
    }
}

#[test]
fn a_folder_without_an_export_says_what_was_there() {
    let inbox = Inbox::with(&[
        ("in/mapping.toml", 10),
        ("in/clients.csv.crdownload", 10),
        ("empty/of/files.csv", 10),
    ]);
    let looked_for = "looked for .csv, .tsv, .txt, .xlsx, .xlsm, .xlsb, .xls, .ods, .gz, .zip";
    let hint = "\n\nhint: check the name, or bring the file";

    assert!(inbox.find(&["in"]).unwrap_err().is_missing());
    assert_eq!(
        inbox.complaint(&["in"]),
        format!(
            "in: there is no export in this folder; {looked_for}\n\npassed over:\n  \
             in/clients.csv.crdownload: an unfinished download\n  in/mapping.toml: no table, by its name{hint}"
        )
    );
    assert_eq!(
        inbox.complaint(&["empty"]),
        format!("empty: there is no export in this folder; {looked_for}{hint}")
    );
}

#[test]
fn a_pattern_means_the_newest_file_that_it_matches() {
    let inbox = Inbox::with(&[
        ("in/oscar_2026-11-19.csv", 90),
        ("in/oscar_2026-11-20.csv", 90),
        ("in/oscar_2026-11-21.csv.crdownload", 10),
        ("in/ambetter_2026-11-21.csv", 90),
        ("in/oscar_2026-11-18.dat", 90),
    ]);

    assert_eq!(inbox.names(&["in/oscar*"]), ["in/oscar_2026-11-20.csv"]);
    // What a pattern asks for by name may be called anything.
    assert_eq!(inbox.names(&["in/*.d?t"]), ["in/oscar_2026-11-18.dat"]);
    assert_eq!(
        inbox.complaint(&["in/cigna*"]),
        "in/cigna*: no file has a name like this\n\nhint: check the name, or bring the file"
    );
    assert!(inbox.find(&["in/[a"]).unwrap_err().is_usage());
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_that_file() {
    let inbox = Inbox::with(&[("in/clients[1].csv", 90), ("in/clients1.csv", 10)]);

    let found = inbox.find(&["in/clients[1].csv"]).unwrap();

    assert!(found.taken.is_empty());
    assert_eq!(inbox.relative(found.files), ["in/clients[1].csv"]);
}

#[test]
fn a_file_written_just_now_is_taken_when_it_has_come_to_rest() {
    let inbox = Inbox::with(&[("in/clients.csv", 1), ("in/older.csv", 60)]);
    let mut waited = Vec::new();

    let found = inbox.find_while(&["in"], &mut |time| waited.push(time));

    assert_eq!(inbox.relative(found.unwrap().files), ["in/clients.csv"]);
    assert_eq!(waited, [Duration::from_secs(2)]);
}

/// A clock that differs, as on a network drive, makes nothing wait for longer.
#[test]
fn a_file_from_the_future_is_watched_for_as_long_as_any_other() {
    let inbox = Inbox::with(&[("in/clients.csv", 0)]);
    let path = inbox.path("in/clients.csv");
    let file = File::options().append(true).open(path).unwrap();
    let tomorrow = SystemTime::UNIX_EPOCH + NOW + Duration::from_secs(86_400);
    file.set_modified(tomorrow).unwrap();
    let mut waited = Vec::new();

    let found = inbox.find_while(&["in"], &mut |time| waited.push(time));

    assert!(found.is_ok());
    assert_eq!(waited, [REST]);
}

/// An older file in its place would be taken for tonight's, and nobody would miss tonight's.
#[test]
fn while_the_newest_grows_there_is_nothing_to_take() {
    let inbox = Inbox::with(&[("in/clients.csv", 1), ("in/older.csv", 60)]);
    let growing = inbox.path("in/clients.csv");

    let found = inbox.find_while(&["in"], &mut |_| {
        let mut file = File::options().append(true).open(&growing).unwrap();
        file.write_all(b"more").unwrap();
    });

    let error = found.unwrap_err();
    assert!(error.is_missing());
    assert_eq!(
        error.to_string().replace(&inbox.here(), ""),
        "in: the newest export is not complete yet\n\npassed over:\n  \
         in/clients.csv: it is still growing\n  in/older.csv: older than the newest\n\n\
         hint: wait until its download or export is complete, then run the same command again"
    );
}

#[test]
fn a_part_that_arrives_while_another_comes_to_rest_is_not_complete_yet() {
    let inbox = Inbox::with(&[("in/c-1-of-2.csv", 1)]);

    let found = inbox.find_while(&["in"], &mut |_| inbox.put("in/c-2-of-2.csv", 0));

    let error = found.unwrap_err().to_string();
    assert!(
        error.contains("c-2-of-2.csv: it is still growing"),
        "{error}"
    );
    assert!(!error.contains("c-1-of-2.csv: it is"), "{error}");
}

#[test]
fn an_older_file_may_grow_as_long_as_it_likes() {
    let inbox = Inbox::with(&[("in/a-2026-11-20.csv", 60), ("in/a-2026-11-19.csv", 0)]);

    assert_eq!(inbox.names(&["in"]), ["in/a-2026-11-20.csv"]);
}

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

    for command in ["check", "sync"] {
        let stopped = work.run(&format!("{command} {files}")).expect(4);
        stopped.complains(&[
            "missing_part: part 2 of 3 of the export clients is missing",
            "--allow missing_part",
        ]);
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
