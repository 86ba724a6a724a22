//! How the work on a run ended: the exit code, and the words for it.

use std::time::Duration;

use super::exit::Exit;
use crate::{
    engine::Stopped,
    journal::{Books, Run, Trouble},
    read_back::Counts,
    report::Verdict,
};

/// How the work on a run ended.
pub(super) struct Ended {
    /// The exit code.
    pub(super) exit: Exit,
    /// What happened, and how to go on.
    pub(super) text: String,
    /// The next step.
    pub(super) next: String,
    /// Why it ended before everything was sent, in a word that programs can read.
    pub(super) stopped: Option<&'static str>,
}

/// What the words depend on beside the run.
pub(super) struct Circumstances {
    /// The flags that lead another command to the run.
    pub(super) place: String,
    /// The exit code of a run that is asked to stop, which tells by what.
    pub(super) interrupted: Exit,
    /// True when problems that were there before make the exit code 3 too.
    pub(super) standing_alarms: bool,
}

/// The longest pause that a run waits out, as the client's options have it.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

impl Ended {
    /// The same, for a summary of the run.
    pub(super) fn verdict(&self, run: &Run) -> Verdict {
        Verdict {
            run: Some(run.id.0),
            exit: self.exit.code(),
            text: self.text.clone(),
        }
    }
}

impl Circumstances {
    /// How the work on a run ended that has these books now.
    pub(super) fn ended(
        &self,
        run: &Run,
        (books, troubles): (&Books, &[Trouble]),
        stopped: Option<&Stopped>,
    ) -> Ended {
        let number = run.id.0;
        let (exit, text) = match (books.imbalance(), stopped) {
            (Some(imbalance), _) => (
                Exit::Internal,
                format!("run {number}: the books do not balance: {imbalance}; please report it"),
            ),
            (None, Some(stopped)) => {
                let (exit, why) = self.explain(stopped, books);
                (exit, format!("run {number} stopped: {why}"))
            }
            (None, None) => self.came_to_its_end(run, books, troubles),
        };
        Ended {
            exit,
            text,
            next: self.next_step(run, books, exit),
            stopped: stopped.map(|stopped| self.word(stopped)),
        }
    }

    /// The exit code, and what to do about it.
    fn next_step(&self, run: &Run, books: &Books, exit: Exit) -> String {
        let (number, place) = (run.id.0, &self.place);
        let step = match exit {
            Exit::Done if books.records.pending > 0 => self.goes_on(run),
            Exit::Done if books.needs_attention() => {
                format!("nothing new; `aca-sync show {number}{place}` lists what stands")
            }
            Exit::Done => "nothing".to_owned(),
            _ if books.records.in_doubt > 0 && books.records.pending == 0 => format!(
                "`aca-sync show {number}{place}` lists them all, and says what settles what is in doubt"
            ),
            Exit::Attention => format!(
                "`aca-sync show {number}{place}` lists them all; correct the rows and sync the new file"
            ),
            Exit::Internal => {
                format!("keep the journal, and report what `aca-sync show {number}{place}` says")
            }
            _ => self.goes_on(run),
        };
        format!("exit {}: {step}", exit.code())
    }

    /// How reading customers back ended.
    pub(super) fn read_back(
        &self,
        headline: &str,
        counts: &Counts,
        stopped: Option<&Stopped>,
    ) -> (Exit, String) {
        if let Some(stopped) = stopped {
            let (exit, why) = self.explain_reading(stopped);
            let left = counts.customers - counts.answered();
            let text = format!("{headline}\nstopped before the last {left}: {why}");
            return (exit, text);
        }
        let exit = if counts.needs_attention() {
            Exit::Attention
        } else {
            Exit::Done
        };
        (exit, headline.to_owned())
    }

    /// Why nothing more is read.
    pub(super) fn explain_reading(&self, stopped: &Stopped) -> (Exit, String) {
        match stopped {
            Stopped::Asked => (self.interrupted, "interrupted".to_owned()),
            stopped => self.explain(stopped, &Books::default()),
        }
    }

    /// How a run ends that never began, because one that goes first was stopped.
    pub(super) fn waiting(&self, run: &Run, first: &Run, exit: Exit) -> Ended {
        let text = format!(
            "run {} waits for run {}, which goes first and was stopped\n{}",
            run.id.0,
            first.id.0,
            self.goes_on(run)
        );
        Ended {
            exit,
            text,
            next: format!("exit {}: {}", exit.code(), self.goes_on(run)),
            stopped: Some("earlier_run"),
        }
    }

    fn came_to_its_end(&self, run: &Run, books: &Books, troubles: &[Trouble]) -> (Exit, String) {
        let number = run.id.0;
        if books.records.pending > 0 {
            let text = format!(
                "run {number}: later parts of some customers wait for an earlier one in doubt\n`aca-sync resolve {number} --verify{}` settles it",
                self.place
            );
            return (Exit::Attention, text);
        }
        if books.needs_attention() {
            let count = |of: fn(&Trouble) -> u64| troubles.iter().map(of).sum::<u64>();
            let (fresh, standing) = (count(|one| one.fresh), count(|one| one.standing));
            let alarms = fresh + if self.standing_alarms { standing } else { 0 };
            if alarms == 0 && !troubles.is_empty() {
                let what = if standing > 0 {
                    "was not before"
                } else {
                    "nobody knows of"
                };
                let text = format!("run {number} finished: nothing is wrong that {what}");
                return (Exit::Done, text);
            }
            let text = format!("run {number} finished; some rows need a look");
            return (Exit::Attention, text);
        }
        (
            Exit::Done,
            format!("run {number} finished: every row is accounted for"),
        )
    }

    /// Which of those who can ask for a stop did.
    pub(super) fn word(&self, stopped: &Stopped) -> &'static str {
        match stopped {
            Stopped::Asked if self.interrupted == Exit::TryLater => "deadline",
            stopped => stopped.as_str(),
        }
    }

    fn explain(&self, stopped: &Stopped, books: &Books) -> (Exit, String) {
        match stopped {
            Stopped::Asked if self.interrupted == Exit::TryLater => (
                self.interrupted,
                "the deadline came; requests under way were settled".to_owned(),
            ),
            Stopped::Asked => (
                self.interrupted,
                "interrupted; requests under way were settled".to_owned(),
            ),
            Stopped::Limit if books.needs_attention() => (
                Exit::Attention,
                "the limit is reached; some rows need a look".to_owned(),
            ),
            Stopped::Limit => (Exit::Done, "the limit is reached".to_owned()),
            Stopped::KeyRefused(status) => (
                Exit::KeyRefused,
                format!("the API refused the key ({status}); check it in the Developer Dashboard"),
            ),
            Stopped::Unreachable(why) => (
                Exit::Unavailable,
                format!("the API cannot be reached or keeps failing: {why}"),
            ),
            Stopped::NoLedger(why) => (Exit::Journal, why.clone()),
            Stopped::WaitTooLong(seconds) => (
                Exit::TryLater,
                format!(
                    "the API asks for a pause of {seconds} s, longer than {} s",
                    LONGEST_WAIT.as_secs()
                ),
            ),
            Stopped::Unexpected(status) => (
                Exit::Unavailable,
                format!("the API answered {status}, which its pages do not know; check --base-url"),
            ),
            Stopped::Guard(stop) => (Exit::Guard, stop.to_string()),
        }
    }

    /// The command that goes on with a run.
    fn goes_on(&self, run: &Run) -> String {
        format!("`aca-sync resume {}{}` goes on", run.id.0, self.place)
    }
}
