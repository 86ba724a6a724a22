//! What a person sees: the program as it is installed, whole, with its wall time and peak memory.
//!
//! `cargo bench --bench whole`; `ACA_SYNC_BENCH_ROWS=100000` makes it small, `ACA_SYNC_BENCH_TIMES=5`
//! repeats it.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result goes to standard output"
)]

#[path = "support/drain.rs"]
mod drain;
#[path = "support/export.rs"]
mod export;
#[path = "support/workbook.rs"]
mod workbook;

use std::{
    error::Error,
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use drain::Drain;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The rows for which there are goals.
const WHOLE: u64 = 1_000_000;
/// How often the memory of the program is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// One run of the program.
struct Figures {
    seconds: f64,
    /// Peak memory in MB; 0 where the system does not tell.
    peak: f64,
    requests: u64,
    records: u64,
}

/// A line of the table.
struct Line {
    what: String,
    measured: String,
    goal: &'static str,
    at_least: &'static str,
}

fn main() -> Outcome<()> {
    let rows = number("ACA_SYNC_BENCH_ROWS", WHOLE)?;
    let times = number("ACA_SYNC_BENCH_TIMES", 3)?;
    let folder = export::folder()?;
    let drain = Drain::start()?;
    let bench = Bench {
        folder: folder.path(),
        drain: &drain,
        times,
    };
    println!("{rows} rows, each figure the median of {times}; peak memory is the largest seen");
    let mut lines = bench.check_and_sync(rows)?;
    lines.extend(bench.workbook(rows / 10)?);
    lines.push(bench.nightly(rows / 20)?);
    print(&lines, rows == WHOLE);
    Ok(())
}

/// Where and how often things are measured.
struct Bench<'b> {
    folder: &'b Path,
    drain: &'b Drain,
    times: u64,
}

impl Bench<'_> {
    fn check_and_sync(&self, rows: u64) -> Outcome<Vec<Line>> {
        let (small, large) = (self.folder.join("small.csv"), self.folder.join("large.csv"));
        export::write(&small, rows / 10)?;
        export::write(&large, rows)?;
        let check = self.measured(|state| self.run("check", &large, state))?;
        let few = self.measured(|state| self.run("sync", &small, state))?;
        let sync = self.measured(|state| self.run("sync", &large, state))?;
        let growth = format!("{:.0} MB", sync.peak - few.peak);
        let mut lines = vec![
            seconds(format!("check {rows} rows"), &check, "3.5 s", "6 s"),
            memory("  peak memory", &check, "100 MB", "128 MB"),
            seconds(format!("sync {} rows", rows / 10), &few, "", ""),
            memory("  peak memory", &few, "", ""),
            seconds(format!("sync {rows} rows"), &sync, "6 s", "10 s"),
            memory("  peak memory", &sync, "100 MB", "128 MB"),
        ];
        lines.push(line("  growth of it", growth, ("32 MB", "48 MB")));
        Ok(lines)
    }

    /// The same rows as a person saves them in a spreadsheet.
    fn workbook(&self, rows: u64) -> Outcome<[Line; 2]> {
        let (text, book) = (
            self.folder.join("saved.csv"),
            self.folder.join("saved.xlsx"),
        );
        export::write(&text, rows)?;
        workbook::write(&text, &book)?;
        let check = self.measured(|state| self.run("check", &book, state))?;
        Ok([
            seconds(
                format!("check {rows} rows of a workbook, 35 columns"),
                &check,
                "1.6 s",
                "3 s",
            ),
            memory("  peak memory", &check, "80 MB", "128 MB"),
        ])
    }

    /// A second export after a first one, with one row in a hundred changed.
    fn nightly(&self, rows: u64) -> Outcome<Line> {
        let (first, second) = (
            self.folder.join("evening.csv"),
            self.folder.join("nightly.csv"),
        );
        export::write(&first, rows)?;
        change_some(&first, &second)?;
        let nightly = self.measured(|state| {
            self.run("sync", &first, state)?;
            self.run("sync", &second, state)
        })?;
        let measured = format!(
            "{:.2} s, {} requests with {} records",
            nightly.seconds, nightly.requests, nightly.records
        );
        let what = format!("nightly: {rows} rows, 1 % changed");
        Ok(line(what, measured, ("0.6 s, 5 requests", "1.5 s")))
    }

    /// The median of several measurements, each with a state folder of its own.
    fn measured(&self, measure: impl Fn(&Path) -> Outcome<Figures>) -> Outcome<Figures> {
        let mut all = Vec::new();
        for _ in 0..self.times.max(1) {
            let state = tempfile::tempdir_in(self.folder)?;
            all.push(measure(state.path())?);
        }
        let peak = all.iter().map(|figures| figures.peak).fold(0.0, f64::max);
        all.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
        let median = all.swap_remove(all.len() / 2);
        Ok(Figures { peak, ..median })
    }

    fn run(&self, verb: &str, file: &Path, state: &Path) -> Outcome<Figures> {
        self.drain.take_counts();
        let mut command = Command::new(env!("CARGO_BIN_EXE_aca-sync"));
        command
            .args([
                verb,
                "--quiet",
                "--json",
                "--rate",
                "1000000/s",
                "--mapping",
            ])
            .arg(export::mapping())
            .arg("--state-folder")
            .arg(state)
            .arg("--base-url")
            .arg(self.drain.url())
            .arg(file)
            .env("ACA_SYNC_API_KEY", "cc_benchmark")
            .stdout(File::create(state.join("books.json"))?)
            .stdin(Stdio::null());
        let (seconds, peak) = time(&mut command)?;
        let books: serde_json::Value =
            serde_json::from_reader(File::open(state.join("books.json"))?)?;
        expect_balanced(&books, verb == "sync")?;
        let (requests, records) = self.drain.take_counts();
        Ok(Figures {
            seconds,
            peak,
            requests,
            records,
        })
    }
}

/// Runs a command to its end: its wall time in seconds and its peak memory in MB.
fn time(command: &mut Command) -> Outcome<(f64, f64)> {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    let started = Instant::now();
    let mut child = command.spawn()?;
    let mut peak = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak_memory(child.id()).unwrap_or(peak);
        thread::sleep(LOOK);
    };
    let seconds = started.elapsed().as_secs_f64();
    match status.code() {
        Some(0 | 3) => Ok((seconds, peak)),
        _ => Err(format!("the program ended with {status}").into()),
    }
}

/// The most memory that a living process has had so far, in MB, where the system tells.
fn peak_memory(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// A figure counts only for work that was done.
fn expect_balanced(books: &serde_json::Value, is_sent: bool) -> Outcome<()> {
    let count = |group: &str, member: &str| {
        let value = books.get(group).and_then(|group| group.get(member));
        value
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(u64::MAX)
    };
    let unsent = ["failed", "in_doubt", "pending", "in_flight"];
    if is_sent && unsent.iter().any(|state| count("records", state) > 0) {
        return Err(format!("not everything was sent: {books}").into());
    }
    if count("rows", "read") == 0 || count("rows", "rejected") > 0 {
        return Err(format!("not everything was staged: {books}").into());
    }
    Ok(())
}

/// Copies an export and gives one row in a hundred another first name.
fn change_some(from: &Path, to: &Path) -> Outcome<()> {
    let mut out = BufWriter::new(File::create(to)?);
    for (number, line) in BufReader::new(File::open(from)?).lines().enumerate() {
        let line = line?;
        let mut cells = line.splitn(3, ',');
        match (cells.next(), cells.next(), cells.next()) {
            (Some(id), Some(_), Some(rest)) if number % 100 == 1 => {
                writeln!(out, "{id},Changed,{rest}")?;
            }
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(out.flush()?)
}

fn line(what: impl Into<String>, measured: String, goals: (&'static str, &'static str)) -> Line {
    let (goal, at_least) = goals;
    Line {
        what: what.into(),
        measured,
        goal,
        at_least,
    }
}

fn seconds(what: String, figures: &Figures, goal: &'static str, at_least: &'static str) -> Line {
    line(what, format!("{:.2} s", figures.seconds), (goal, at_least))
}

fn memory(what: &str, figures: &Figures, goal: &'static str, at_least: &'static str) -> Line {
    line(what, format!("{:.0} MB", figures.peak), (goal, at_least))
}

fn print(lines: &[Line], with_goals: bool) {
    println!("\n| what | measured | goal | at least |\n|---|---|---|---|");
    for line in lines {
        let (goal, at_least) = if with_goals {
            (line.goal, line.at_least)
        } else {
            ("", "")
        };
        println!(
            "| {} | {} | {goal} | {at_least} |",
            line.what, line.measured
        );
    }
}

fn number(variable: &str, default: u64) -> Outcome<u64> {
    match std::env::var_os(variable) {
        Some(text) => Ok(text.to_string_lossy().parse()?),
        None => Ok(default),
    }
}
