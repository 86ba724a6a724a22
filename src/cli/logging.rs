//! Events as log lines on stderr: the only place where a log line is spelled. Row numbers, field
//! names, codes and counts; never a value.

use std::time::Duration;

use tracing::{Level, info, warn};
use tracing_subscriber::EnvFilter;

use super::args::{Global, LogFormat};
use crate::engine::Event;

/// Sets up logging for the process. Where nobody watches, the log is the heartbeat.
pub(super) fn start(global: &Global, is_watched: bool) {
    let level = match (global.quiet, global.verbose, is_watched) {
        (true, ..) | (false, 0, true) => Level::WARN,
        (false, 0 | 1, _) => Level::INFO,
        (false, ..) => Level::DEBUG,
    };
    let filter = EnvFilter::new(format!("aca_sync={level}"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    // Fails only where logging is set up already, as in tests that run several commands.
    let _ = match global.log_format {
        LogFormat::Text => log.with_ansi(is_watched).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}

/// Writes an event down. Progress is a heartbeat: the caller decides how often.
pub(super) fn log(event: &Event) {
    match event {
        Event::Reading { bytes, of, rows } => info!(bytes, of, rows, "reading"),
        Event::Sending {
            run,
            records,
            requests,
            expected,
        } => info!(
            run = run.0,
            records,
            requests,
            expected_s = expected.as_secs(),
            "sending"
        ),
        Event::Progress(progress) => info!(
            records = progress.records,
            succeeded = progress.succeeded,
            failed = progress.failed,
            in_doubt = progress.in_doubt,
            held = progress.held,
            requests = progress.requests,
            requests_left = progress.window.left,
            left_s = progress.left.as_secs(),
            "progress"
        ),
        Event::ReadingBack { done, of, left } => {
            info!(done, of, left_s = left.as_secs(), "reading back");
        }
        Event::LetPass(report) => warn!(
            guard = report.guard.name(),
            figures = report.figures,
            "a guard was let pass"
        ),
        Event::Throttled { wait } => warn!(wait_s = seconds(*wait), "the API asks to wait (429)"),
        Event::Waiting { wait, why } => info!(wait_s = seconds(*wait), why, "waiting"),
        Event::Retrying { wait, why } => {
            warn!(wait_s = seconds(*wait), why, "not reached, trying again");
        }
        Event::TakenApart { records } => warn!(
            records,
            "the API does not say which records it took; they go again in smaller requests"
        ),
        Event::Refused {
            status,
            records,
            named,
        } => {
            warn!(status, records, named, "a request was refused as a whole");
        }
        Event::InDoubt {
            code,
            records,
            again_in,
        } => warn!(
            code,
            records,
            again_in_s = again_in.map(seconds),
            "a request ended without a usable answer"
        ),
    }
}

fn seconds(wait: Duration) -> f64 {
    (wait.as_secs_f64() * 10.0).round() / 10.0
}
