//! Events as a progress line on a terminal, or as a heartbeat in the log where nobody watches.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{
    HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

use super::logging;
use crate::engine::{Event, Progress, Window};

/// Shows or logs what the engine tells.
pub(super) struct Reporter {
    /// None where nobody watches, or wants to.
    bar: Option<ProgressBar>,
    last: LastWord,
    last_heartbeat: Option<Instant>,
}

/// What was told last, for who asks by a signal where nobody watches.
#[derive(Clone, Default)]
pub(super) struct LastWord {
    event: Arc<Mutex<Option<Event>>>,
    pause: Pause,
}

/// Until when nothing is sent, and why; counted down on the line.
#[derive(Clone, Default)]
struct Pause(Arc<Mutex<Option<(Instant, &'static str)>>>);

/// Three lines, as one would be too long for most terminals.
const SENDING: &str =
    "sending  {bar:20} {percent:>3} %  {prefix}\n         {msg}\n         {window}";

/// Stands before a pause.
const PARTED: &str = " · ";

/// How often the heartbeat beats.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The line that is shown, for whoever writes to the same terminal.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Writes to the terminal beside the line that is shown there, if one is.
pub(super) fn beside(write: impl FnOnce()) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match shown {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

impl Reporter {
    /// A reporter; `shows` is whether a person watches a terminal.
    pub(super) fn new(shows: bool) -> Self {
        let bar = shows.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
            bar.set_style(ProgressStyle::default_spinner());
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
            bar
        });
        Self {
            bar,
            last: LastWord::default(),
            last_heartbeat: None,
        }
    }

    /// What is told last, as it goes on.
    pub(super) fn last(&self) -> LastWord {
        self.last.clone()
    }

    /// Takes an event.
    pub(super) fn tell(&mut self, event: &Event) {
        let is_frequent = matches!(
            event,
            Event::Reading { .. } | Event::Progress(_) | Event::ReadingBack { .. }
        );
        self.last.note(event);
        match &self.bar {
            Some(bar) => show(bar, &self.last, event),
            None if is_frequent => {
                if self.is_time_for_heartbeat() {
                    logging::log(event);
                }
            }
            None => {
                self.last.pause.note(event);
                logging::log(event);
            }
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

fn show(bar: &ProgressBar, last: &LastWord, event: &Event) {
    match event {
        Event::Reading { bytes, of, rows } => {
            style(
                bar,
                last,
                "reading  {bar:30} {percent:>3} %  {msg}  {elapsed}",
            );
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
            style(bar, last, SENDING);
            bar.enable_steady_tick(Duration::from_millis(500));
            bar.reset();
            bar.set_length(*records);
            bar.set_prefix(format!("about {}", HumanDuration(*expected)));
            bar.set_message(format!(
                "{} records in {} requests",
                HumanCount(*records),
                HumanCount(*requests),
            ));
        }
        Event::Progress(progress) => {
            bar.set_position(progress.settled());
            let finish = finish_text(*progress);
            bar.set_prefix(format!("{finish}, {:.0}/s", bar.per_sec()));
            bar.set_message(settled_text(*progress));
        }
        Event::ReadingBack { done, of, left } => {
            style(
                bar,
                last,
                "reading back  {bar:30} {percent:>3} %  {msg}{pause}",
            );
            bar.set_length(*of);
            bar.set_position(*done);
            bar.set_message(format!(
                "{} of {} customers, about {} left",
                HumanCount(*done),
                HumanCount(*of),
                HumanDuration(*left)
            ));
        }
        Event::Throttled { .. } | Event::Retrying { .. } | Event::Waiting { .. } => {
            last.pause.note(event);
        }
        Event::Refused { .. }
        | Event::TakenApart { .. }
        | Event::InDoubt { .. }
        | Event::LetPass(_) => {
            last.pause.note(event);
            bar.suspend(|| logging::log(event));
        }
    }
}

impl LastWord {
    /// Keeps what tells how far the work is.
    fn note(&self, event: &Event) {
        let tells = matches!(
            event,
            Event::Reading { .. }
                | Event::Sending { .. }
                | Event::Progress(_)
                | Event::ReadingBack { .. }
        );
        if tells {
            let mut last = self.event.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(event.clone());
        }
    }

    /// What is waited for, else how much of the quota is left, once something was sent.
    fn window(&self) -> String {
        let pause = self.pause.text();
        if let Some(pause) = pause.strip_prefix(PARTED) {
            return pause.to_owned();
        }
        let last = self.event.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(Event::Progress(progress)) => window_text(progress.window),
            _ => String::new(),
        }
    }

    /// How far the work is, in a line.
    pub(super) fn text(&self) -> String {
        let last = self.event.lock().unwrap_or_else(PoisonError::into_inner);
        let told = match &*last {
            None => "nothing has begun yet".to_owned(),
            Some(Event::Reading { bytes, of, rows }) => {
                let percent = (bytes * 100).checked_div(*of).unwrap_or(100);
                format!("reading: {} rows, {percent} %", HumanCount(*rows))
            }
            Some(Event::Progress(progress)) => format!(
                "sending: {} of {} records; {}, {}; {}",
                HumanCount(progress.settled()),
                HumanCount(progress.records),
                settled_text(*progress),
                finish_text(*progress),
                window_text(progress.window)
            ),
            Some(Event::ReadingBack { done, of, left }) => format!(
                "reading back: {} of {} customers, about {} left",
                HumanCount(*done),
                HumanCount(*of),
                HumanDuration(*left)
            ),
            Some(Event::Sending {
                records, requests, ..
            }) => format!(
                "sending: {} records in {} requests, none settled yet",
                HumanCount(*records),
                HumanCount(*requests)
            ),
            Some(_) => String::new(),
        };
        told + &self.pause.text()
    }
}

impl Pause {
    /// Begins a pause where the event tells of one.
    fn note(&self, event: &Event) {
        match event {
            Event::Throttled { wait } => self.begin(*wait, "the API asked to wait (429)"),
            Event::Retrying { wait, why } | Event::Waiting { wait, why } => self.begin(*wait, why),
            Event::InDoubt {
                again_in: Some(wait),
                ..
            } => self.begin(*wait, "what got no usable answer goes again"),
            _ => (),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a countdown for a person's eyes")]
    fn begin(&self, wait: Duration, why: &'static str) {
        let mut pause = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *pause = Some((Instant::now() + wait, why));
    }

    #[expect(clippy::disallowed_methods, reason = "a countdown for a person's eyes")]
    fn text(&self) -> String {
        let pause = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = pause.map(|(until, why)| (until.saturating_duration_since(Instant::now()), why));
        match left {
            Some((left, why)) if !left.is_zero() => {
                format!("{PARTED}{why}, {} s left", left.as_secs() + 1)
            }
            _ => String::new(),
        }
    }
}

fn finish_text(progress: Progress) -> String {
    let finish = chrono::Local::now() + progress.left;
    format!("done about {}", finish.format("%H:%M:%S"))
}

fn settled_text(progress: Progress) -> String {
    // Held records are none of this command's, so they are told where there are some.
    let held = match progress.held {
        0 => String::new(),
        held => format!(", {} held", HumanCount(held)),
    };
    format!(
        "{} succeeded, {} failed, {} in doubt{held}",
        HumanCount(progress.succeeded),
        HumanCount(progress.failed),
        HumanCount(progress.in_doubt),
    )
}

fn window_text(window: Window) -> String {
    format!(
        "{} of {} requests left in {}",
        HumanCount(window.left),
        HumanCount(window.requests),
        HumanDuration(window.length)
    )
}

fn style(bar: &ProgressBar, last: &LastWord, template: &str) {
    let key = |text: fn(&LastWord) -> String| {
        let last = last.clone();
        move |_: &ProgressState, line: &mut dyn std::fmt::Write| {
            // A line that cannot be drawn is drawn again soon.
            let _ = line.write_str(&text(&last));
        }
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        let countdown = key(|last| last.pause.text());
        let window = key(LastWord::window);
        bar.set_style(
            style
                .with_key("pause", countdown)
                .with_key("window", window),
        );
    }
}
