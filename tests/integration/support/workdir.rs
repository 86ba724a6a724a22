//! A fresh folder for one test, the command in it with a clean environment, and what it said.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    KEY, Server,
    generator::{Plan, Share, write_export},
};

/// A folder that goes with its test: files to be read, and the state folder. `map.toml` in it is the
/// shipped mapping of HealthSherpa's export.
pub(crate) struct Workdir {
    root: TempDir,
    environment: Vec<(String, String)>,
}

/// The columns that the shipped mapping cannot do without.
pub(crate) const COLUMNS: [&str; 8] = [
    "healthsherpa_id",
    "first_name",
    "last_name",
    "phone",
    "zip_code",
    "policy_status",
    "healthsherpa_policy_ids",
    "effective_date",
];

/// A row of an active client with one policy.
pub(crate) const fn client<'a>(id: &'a str, name: &'a str, policy: &'a str) -> [&'a str; 8] {
    [
        id,
        name,
        "Lee",
        "3055550123",
        "33101",
        "Effectuated",
        policy,
        "1/1/2026",
    ]
}

/// What a panic says: of this program, and of Rust by itself.
pub(crate) const PANIC: [&str; 2] = ["internal error at ", "panicked"];

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workdir {
    pub(crate) fn new() -> Self {
        let work = Self {
            root: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        };
        let mapping = read_repository_file("mappings/healthsherpa-clients.toml");
        work.write("map.toml", mapping);
        work
    }

    /// A folder whose commands go to that server, as fast as they can.
    pub(crate) fn against(server: &Server) -> Self {
        Self::new()
            .with_address(&server.url())
            .with("ACA_SYNC_API_KEY", KEY)
    }

    /// Commands go to that address, as fast as they can.
    pub(crate) fn with_address(self, url: &str) -> Self {
        self.with("ACA_SYNC_BASE_URL", url)
            .with("ACA_SYNC_RATE", "1000000/s")
    }

    /// Commands see this variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The folder for journal, ledger and sandbox.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state/aca-sync")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// A file of text in this folder.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Copies a file of `fixtures/` here, under its own name.
    pub(crate) fn fixture(&self, path: &str) {
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        self.write(name, read_repository_file(&format!("fixtures/{path}")));
    }

    /// Writes a clean export of that many rows, each of a customer of its own.
    pub(crate) fn export(&self, name: &str, rows: u64) {
        let plan = Plan {
            rows,
            seed: 5,
            switches: Share::percent(0),
            dirty: Share::percent(0),
        };
        let mut bytes = Vec::new();
        write_export(&plan, &mut bytes).unwrap();
        self.write(name, bytes);
    }

    /// Writes an export of these rows, in the order of [`COLUMNS`].
    pub(crate) fn rows(&self, name: &str, rows: &[[&str; 8]]) {
        let lines = rows.iter().map(|row| row.join(",") + "\n");
        self.write(
            name,
            format!("{}\n{}", COLUMNS.join(","), lines.collect::<String>()),
        );
    }

    /// The command with these words for arguments, in this folder, with nothing of the test's own
    /// environment but where programs are.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aca-sync"));
        command
            .args(line.split_whitespace())
            .current_dir(self.root.path())
            .env_clear()
            .env("HOME", self.root.path())
            // All there is to say, whoever watches; what is said by itself has tests of its own.
            .env("ACA_SYNC_SUMMARY", "full")
            .env("XDG_STATE_HOME", self.path("state"))
            .envs(self.environment.iter().cloned());
        command
    }

    /// The same where no file may grow beyond so many blocks, as if the disk were full then.
    #[cfg(unix)]
    pub(crate) fn on_full_disk(&self, blocks: u32, line: &str) -> Done {
        let script = format!("ulimit -f {blocks} && trap '' XFSZ && exec \"$@\"");
        let inner = self.command(line);
        let mut outer = Command::new("/bin/sh");
        outer
            .args(["-c", &script, "sh"])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(self.root.path())
            .env_clear()
            .envs(
                inner
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        Done::of(outer.stdin(Stdio::null()).output().unwrap())
    }

    /// Runs the command to its end.
    pub(crate) fn run(&self, line: &str) -> Done {
        Done::of(self.command(line).stdin(Stdio::null()).output().unwrap())
    }

    /// Starts the command and leaves it running.
    pub(crate) fn start(&self, line: &str) -> Running {
        let child = self
            .command(line)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Running(Some(child.unwrap()))
    }
}

/// A command under way; killed when a test ends before it does.
pub(crate) struct Running(Option<Child>);

impl Running {
    fn child(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }

    pub(crate) fn id(&mut self) -> u32 {
        self.child().id()
    }

    /// What the process says to people, to be read while it runs; nothing is left for its end.
    pub(crate) fn stderr(&mut self) -> ChildStderr {
        self.child().stderr.take().unwrap()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child().try_wait().unwrap().is_none()
    }

    /// Waits until `happened`; false when the command ended before.
    pub(crate) fn wait_until(&mut self, mut happened: impl FnMut() -> bool) -> bool {
        while !happened() {
            if !self.is_running() {
                return happened();
            }
            // Only lets others work: what is waited for decides how long this takes.
            thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Ends the process as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child().kill().unwrap();
        self.child().wait().unwrap();
        self.0 = None;
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&mut self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the command's own end.
    pub(crate) fn finish(mut self) -> Done {
        Done::of(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Done {
    /// What a process said. No process of ours may panic, or show the key, whatever it is given.
    pub(crate) fn of(output: Output) -> Self {
        let done = Self::perhaps_of_panic(output);
        for words in PANIC {
            assert!(!done.stderr.contains(words), "{}", done.stderr);
        }
        done
    }

    /// The same of a process that was told to panic.
    pub(crate) fn perhaps_of_panic(output: Output) -> Self {
        let done = Self {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!done.stdout.contains(KEY) && !done.stderr.contains(KEY));
        done
    }

    /// Fails with all that was said unless the command ended with that code.
    pub(crate) fn expect(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The one JSON object on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Fails unless stderr holds all of these.
    pub(crate) fn complains(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "no {word} in\n{}", self.stderr);
        }
        self
    }
}

/// The books of a JSON summary, when they add up.
pub(crate) fn balanced(json: &Value) -> &Value {
    let sum = |group: &str, total: &str| -> u64 {
        let members = json[group].as_object().unwrap();
        let parts = members.iter().filter(|(name, _)| *name != total);
        parts.map(|(_, count)| count.as_u64().unwrap()).sum()
    };
    assert_eq!(json["rows"]["read"], sum("rows", "read"), "{json}");
    assert_eq!(json["records"]["total"], sum("records", "total"), "{json}");
    json
}

fn read_repository_file(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
