//! Who outside the process learns of a command: a file of metrics, a ping, a webhook. What there is to tell is noted
//! as it comes to be known, and told at the command's end.

use std::cell::Cell;

use serde_json::Value;

use super::{
    args::Command, console::Console, exit::Exit, failure::Failure, metrics::MetricsFile,
    notices::Notices,
};
use crate::{
    config::NotifyLayer,
    engine::Event,
    journal::{Books, Run},
    report::Summary,
};

/// Those who learn of one command.
pub(super) struct Outside {
    metrics: MetricsFile,
    notices: Notices,
    /// How the run stands that a command found done.
    standing: Cell<Exit>,
}

impl Outside {
    /// Those whom the command was given.
    pub(super) fn of(command: &Command, account: &str, console: Console) -> Self {
        Self {
            metrics: MetricsFile::of(command, account),
            notices: Notices::of(command, account, console),
            standing: Cell::new(Exit::Done),
        }
    }

    /// The command starts.
    pub(super) fn begin(
        &mut self,
        command: &Command,
        configured: Option<&NotifyLayer>,
    ) -> Result<(), Failure> {
        self.notices.begin(command, configured)
    }

    /// Notes the mapping's name.
    pub(super) fn note_mapping(&self, name: &str) {
        self.metrics.note_mapping(name);
        self.notices.note_mapping(name);
    }

    /// Notes which run the command is about, and its books.
    pub(super) fn note_run(&self, run: &Run, books: &Books) {
        self.metrics.note_run(run, books);
        self.notices.note_run(run, books);
    }

    /// Notes what there is to say of the run at a glance.
    pub(super) fn note_summary(&self, summary: &Summary) {
        self.metrics.note_summary(summary);
        for (name, value) in summary.members() {
            // Whose agents they are is nobody's business outside.
            if name != "agents_lost" {
                self.notices.note_member(&name, &value);
            }
        }
    }

    /// Notes how a run stands that has nothing left to be sent: a later start does not make a success of it.
    pub(super) fn note_standing(&self, exit: Exit, summary: &Summary) {
        self.note_summary(summary);
        self.standing.set(exit);
    }

    /// Notes a pause.
    pub(super) fn note_event(&self, event: &Event) {
        self.metrics.note_event(event);
    }

    /// Notes a further member of the result's object.
    pub(super) fn note_member(&self, name: &str, value: &Value) {
        self.notices.note_member(name, value);
    }

    /// The command has ended, at `now` in milliseconds since 1970. The file goes first, since it waits for nobody.
    pub(super) fn end(&mut self, exit: Exit, now: i64) {
        let exit = exit.or_worse(self.standing.get());
        self.metrics.write(exit, now);
        self.notices.end(exit, now);
    }
}
