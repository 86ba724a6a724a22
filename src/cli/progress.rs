//! Events as a progress line on a terminal, or as a heartbeat in the log where nobody watches.

use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::logging;
use crate::engine::{Event, Progress};

/// Shows or logs what the engine tells.
pub(super) struct Reporter {
    /// None where nobody watches, or wants to.
    bar: Option<ProgressBar>,
    last_heartbeat: Option<Instant>,
}

/// How often the heartbeat beats.
const HEARTBEAT: Duration = Duration::from_secs(30);

impl Reporter {
    /// A reporter; `shows` is whether a person watches a terminal.
    pub(super) fn new(shows: bool) -> Self {
        let bar = shows.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
            bar.set_style(ProgressStyle::default_spinner());
            bar
        });
        Self {
            bar,
            last_heartbeat: None,
        }
    }

    /// Takes an event.
    pub(super) fn tell(&mut self, event: &Event) {
        let is_frequent = matches!(event, Event::Reading { .. } | Event::Progress(_));
        match &self.bar {
            Some(bar) => show(bar, event),
            None if is_frequent => {
                if self.is_time_for_heartbeat() {
                    logging::log(event);
                }
            }
            None => logging::log(event),
        }
    }

    /// Clears the line, so that the summary stands alone.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "how often a person hears from us is measured here"
    )]
    fn is_time_for_heartbeat(&mut self) -> bool {
        let now = Instant::now();
        let last = *self.last_heartbeat.get_or_insert(now);
        let is_time = now.duration_since(last) >= HEARTBEAT;
        if is_time {
            self.last_heartbeat = Some(now);
        }
        is_time
    }
}

fn show(bar: &ProgressBar, event: &Event) {
    match event {
        Event::Reading { bytes, of, rows } => {
            style(bar, "reading  {bar:30} {percent:>3} %  {msg}  {elapsed}");
            bar.set_length(*of);
            bar.set_position(*bytes);
            bar.set_message(format!("{} rows", HumanCount(*rows)));
        }
        Event::Sending {
            records,
            requests,
            expected,
            ..
        } => {
            style(bar, "sending  {bar:30} {percent:>3} %  {msg}");
            bar.reset();
            bar.set_length(*records);
            bar.set_message(format!(
                "{} records in {} requests, about {}",
                HumanCount(*records),
                HumanCount(*requests),
                HumanDuration(*expected)
            ));
        }
        Event::Progress(progress) => {
            bar.set_position(progress.settled());
            bar.set_message(progress_text(bar, *progress));
        }
        Event::Throttled { wait } => {
            bar.set_message(format!(
                "the API asks to wait {} (429)",
                HumanDuration(*wait)
            ));
        }
        Event::Retrying { wait, why } => {
            bar.set_message(format!("{why}; again in {}", HumanDuration(*wait)));
        }
        Event::Refused { .. } | Event::InDoubt { .. } => bar.suspend(|| logging::log(event)),
    }
}

fn progress_text(bar: &ProgressBar, progress: Progress) -> String {
    let finish = chrono::Local::now() + progress.left;
    format!(
        "{} succeeded, {} failed, {} in doubt, {:.0}/s, done about {}",
        HumanCount(progress.succeeded),
        HumanCount(progress.failed),
        HumanCount(progress.in_doubt),
        bar.per_sec(),
        finish.format("%H:%M:%S")
    )
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}
