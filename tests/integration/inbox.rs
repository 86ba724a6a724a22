//! Which files a run reads: real folders with files of chosen names and times, looked at by the
//! library.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use aca_sync::inbox::{Because, Error, Found, Watch, find};
use tempfile::TempDir;

/// Long ago, so that the command, which asks the real clock, finds files that have come to rest.
pub(crate) const NOW: Duration = Duration::from_secs(1_700_000_000);
pub(crate) const REST: Duration = Duration::from_secs(3);

/// A folder whose files were last written at chosen times.
pub(crate) struct Inbox(TempDir);

impl Inbox {
    pub(crate) fn with(files: &[(&str, u64)]) -> Self {
        let inbox = Self(tempfile::tempdir().unwrap());
        for (name, age) in files {
            inbox.put(name, *age);
        }
        inbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that is so many seconds old.
    pub(crate) fn put(&self, name: &str, age: u64) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        set_age(&path, Duration::from_secs(age));
    }

    /// What the arguments mean; `meanwhile` happens while a file is given time to grow.
    pub(crate) fn find_while(
        &self,
        arguments: &[&str],
        meanwhile: &mut dyn FnMut(Duration),
    ) -> Result<Found, Error> {
        let paths: Vec<PathBuf> = arguments.iter().map(|name| self.path(name)).collect();
        let mut watch = Watch {
            now: SystemTime::UNIX_EPOCH + NOW,
            rest: REST,
            wait: meanwhile,
        };
        find(&paths, &mut watch)
    }

    /// What the arguments mean where nothing has to be waited for.
    fn find(&self, arguments: &[&str]) -> Result<Found, Error> {
        let mut waits = 0;
        let found = self.find_while(arguments, &mut |_| waits += 1);
        assert_eq!(waits, 0);
        found
    }

    /// The names of the files that the arguments mean.
    pub(crate) fn names(&self, arguments: &[&str]) -> Vec<String> {
        self.relative(self.find(arguments).unwrap().files)
    }

    pub(crate) fn relative(&self, paths: impl IntoIterator<Item = PathBuf>) -> Vec<String> {
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

    pub(crate) fn here(&self) -> String {
        format!("{}/", self.0.path().display())
    }
}

pub(crate) fn set_age(path: &Path, age: Duration) {
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
