//! `--metrics-file`: what a command has to tell Prometheus, noted as it comes to be known, and written at its end.

use std::{
    cell::RefCell,
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{args::Command, console::Console, exit::Exit};
use crate::{
    engine::Event,
    journal::{Books, Run},
    platform::{self, folder_of},
    report,
};

/// The ending of the files that `node_exporter` reads; it also keeps an export from being named by mistake.
const ENDING: &str = "prom";

/// Where a command's metrics go, and what there is to tell so far. Without a file nothing is written.
pub(super) struct MetricsFile {
    path: Option<PathBuf>,
    metrics: RefCell<report::Metrics>,
}

impl MetricsFile {
    /// The one that the command was given.
    pub(super) fn of(command: &Command, account: &str) -> Self {
        Self {
            path: command
                .sending()
                .and_then(|(_, send)| send.metrics_file.clone()),
            metrics: RefCell::new(report::Metrics {
                account: account.to_owned(),
                ..report::Metrics::default()
            }),
        }
    }

    /// Notes the mapping's name.
    pub(super) fn note_mapping(&self, name: &str) {
        self.metrics.borrow_mut().mapping = Some(name.to_owned());
    }

    /// Notes which run the command is about, and its books.
    pub(super) fn note_run(&self, run: &Run, books: &Books) {
        let mut metrics = self.metrics.borrow_mut();
        metrics.mapping = Some(run.mapping.clone());
        metrics.started = Some(run.started_at);
        metrics.books = Some(*books);
    }

    /// Notes what there is to say of the run at a glance.
    pub(super) fn note_summary(&self, summary: &report::Summary) {
        let mut metrics = self.metrics.borrow_mut();
        metrics.problems = Some(summary.problems());
        metrics.undelivered_opt_outs = Some(summary.undelivered_opt_outs());
    }

    /// Notes a pause.
    pub(super) fn note_event(&self, event: &Event) {
        if let Event::Throttled { wait } = event {
            let mut metrics = self.metrics.borrow_mut();
            metrics.pauses += 1;
            metrics.paused = metrics.paused.saturating_add(*wait);
        }
    }

    /// Writes the file, at `now` in milliseconds since 1970. What keeps it from being written is said, and
    /// changes nothing else.
    pub(super) fn write(&self, exit: Exit, now: i64) {
        let Some(path) = &self.path else { return };
        let mut metrics = self.metrics.borrow_mut();
        metrics.exit = exit.code();
        metrics.is_success = exit == Exit::Done;
        metrics.is_complete = matches!(exit, Exit::Done | Exit::Attention);
        metrics.ended = now;
        let lock = lock(folder_of(path));
        let written = read(path).and_then(|before| replace(path, &metrics.text(&before)));
        drop(lock);
        if let Err(error) = written {
            let path = path.display();
            Console::message(&format!(
                "warning: {path}: the metrics cannot be written: {error}"
            ));
        }
    }
}

/// How long another command is waited for that writes into the same folder, in steps of two milliseconds.
const MOST_LOOKS: usize = 100;

/// Keeps the folder to this command between reading and writing: one that failed beside another would else take
/// away its success. Where folders cannot be locked, that is left to chance.
fn lock(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    for _ in 0..MOST_LOOKS {
        match folder.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
            taken => return taken.ok().map(|()| folder),
        }
    }
    None
}

/// The path of a file of metrics, as `--metrics-file` takes it.
pub(super) fn parse_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.extension().is_some_and(|ending| ending == ENDING) {
        Ok(path)
    } else {
        Err(format!("name a file that ends in .{ENDING}"))
    }
}

/// What the file says so far; nothing where there is none.
fn read(path: &Path) -> io::Result<String> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(String::from_utf8_lossy(&fs::read(path)?).into()),
        Ok(_) => Err(io::Error::other("it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Puts a new file in the place of the old one, whole or not at all, for everybody to read: it holds counts.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    // Its name is none that node_exporter reads.
    let mut file = tempfile::Builder::new()
        .prefix(".aca-sync-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    platform::let_everybody_read(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    platform::sync_folder(folder)
}
