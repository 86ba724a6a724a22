//! What `sync` and `resume` share: a door to the API, runs sent in order, and the summary.

use std::{sync::Arc, time::SystemTime};

use chrono::{DateTime, Local};

use super::{
    actor::Actor,
    args::{SendArgs, SummaryLength},
    console::Console,
    door::Door,
    ended::{Circumstances, Ended},
    exit::Exit,
    failure::Failure,
    guards::let_pass_text,
    outside::Outside,
    progress::Reporter,
    sandbox_host,
    settings::Settings,
    signal::Signals,
};
use crate::{
    contract::Target,
    engine::{self, Allowance, Destination, Event, GuardReport, SendOptions, Stopped},
    journal::{Books, Journal, Run},
    mapping::Guards,
    report::{self, Summary},
};

/// Everything needed to send.
pub(super) struct Sender<'s> {
    pub(super) settings: &'s Settings,
    pub(super) args: &'s SendArgs,
    pub(super) console: Console,
    /// Who is told of the command.
    pub(super) outside: &'s Outside,
    /// The command, for the audit.
    verb: &'static str,
    pub(super) signals: Signals,
    pub(super) reporter: Reporter,
    pub(super) door: Door,
    /// Until when requests may leave.
    deadline: Option<SystemTime>,
    /// What the command has found out before it sends, as text and as a member of the result's object.
    pub(super) before: Option<Before>,
}

/// What a command has found out before it sends.
pub(super) struct Before {
    /// For people.
    pub(super) text: String,
    /// The member's name.
    pub(super) name: &'static str,
    /// The member.
    pub(super) json: serde_json::Value,
}

/// What the mapping says about when to stop.
#[derive(Default)]
pub(super) struct Caution {
    pub(super) guards: Guards,
    pub(super) allowed: Vec<Allowance>,
}

/// Where a run goes to, before anything is opened.
pub(super) fn destination(settings: &Settings, sandbox: bool) -> Destination {
    let address = if sandbox {
        sandbox_host::ADDRESS.to_owned()
    } else {
        settings.address.to_string()
    };
    Destination {
        account: settings.account.clone(),
        address,
    }
}

/// The target of a run's records.
pub(super) fn target_of(run: &Run) -> Result<Target, Failure> {
    Target::from_name(&run.target).ok_or_else(|| {
        Failure::new(
            Exit::Configuration,
            format!("this release knows no target {}", run.target),
        )
    })
}

impl<'s> Sender<'s> {
    /// Opens the door: finds the key, or starts the sandbox.
    pub(super) async fn open(
        verb: &'static str,
        (settings, args): (&'s Settings, &'s SendArgs),
        (console, outside): (Console, &'s Outside),
    ) -> Result<Self, Failure> {
        let door = Door::open(
            settings,
            (args.place.sandbox, &args.fault),
            args.give_up_after,
            console,
        )
        .await?;
        let signals = Signals::listen();
        let deadline = args
            .deadline
            .map(|deadline| deadline.moment(&settings.local_now()).into());
        if let Some(moment) = deadline {
            signals.stop_at(moment, Arc::clone(&settings.clock));
        }
        let reporter = Reporter::new(Console::is_watched() && !console.quiet);
        Signals::answer(reporter.last());
        Ok(Self {
            verb,
            settings,
            args,
            console,
            outside,
            signals,
            deadline,
            reporter,
            door,
            before: None,
        })
    }

    /// Sends what earlier runs left unsent, oldest first, and then the run that was asked for, whose
    /// summary is the result; nothing older is ever sent over something newer.
    pub(super) async fn send(
        &mut self,
        journal: &mut Journal,
        asked: &Run,
        caution: &Caution,
    ) -> Result<Exit, Failure> {
        self.send_and_then(journal, asked, &[], caution).await
    }

    /// The same, and after it later runs that have something to send again.
    pub(super) async fn send_and_then(
        &mut self,
        journal: &mut Journal,
        asked: &Run,
        later: &[Run],
        caution: &Caution,
    ) -> Result<Exit, Failure> {
        let sent = self.send_in_order(journal, asked, later, caution).await;
        if sent.is_err()
            && let Ok(books) = journal.books(asked.id)
        {
            self.outside.note_run(asked, &books);
        }
        sent
    }

    async fn send_in_order(
        &mut self,
        journal: &mut Journal,
        asked: &Run,
        later: &[Run],
        caution: &Caution,
    ) -> Result<Exit, Failure> {
        let mut earlier = journal.unfinished_runs(&asked.account, &asked.target, &asked.address)?;
        earlier.retain(|run| run.id < asked.id);
        if !earlier.is_empty() {
            self.console
                .remark("what an earlier run left unsent goes first");
        }
        let mut worst = Exit::Done;
        for run in &earlier {
            let (exit, stopped) = self.send_beside(journal, (run, caution)).await?;
            worst = worst.or_worse(exit);
            if stopped.is_some_and(|stopped| stopped != Stopped::Limit) {
                let waits = self.circumstances().waiting(asked, run, worst);
                self.print(journal, asked, &waits)?;
                return Ok(worst);
            }
        }
        let (mut ended, mut stopped) = self.send_one(journal, (asked, caution)).await?;
        for run in later {
            if stopped.is_some() {
                break;
            }
            let (exit, why) = self.send_beside(journal, (run, caution)).await?;
            worst = worst.or_worse(exit);
            stopped = why;
        }
        ended.exit = worst.or_worse(ended.exit);
        self.print(journal, asked, &ended)?;
        Ok(ended.exit)
    }

    /// Sends a run beside the one that was asked for; its summary is for people.
    async fn send_beside(
        &mut self,
        journal: &mut Journal,
        (run, caution): (&Run, &Caution),
    ) -> Result<(Exit, Option<Stopped>), Failure> {
        let (ended, stopped) = self.send_one(journal, (run, caution)).await?;
        let summary = Summary::of(journal, run, self.settings.local_now())?;
        let findings = report::findings(journal, run)?;
        self.console
            .remark(&summary.text(&ended.verdict(run), &ended.next, &findings));
        Ok((ended.exit, stopped))
    }

    /// Sends one run, and notes how the work on it ended.
    async fn send_one(
        &mut self,
        journal: &mut Journal,
        (run, caution): (&Run, &Caution),
    ) -> Result<(Ended, Option<Stopped>), Failure> {
        let options = self.options(target_of(run)?, caution);
        let (console, clock, deadline) = (self.console, &self.settings.clock, self.deadline);
        let (reporter, outside) = (&mut self.reporter, self.outside);
        let mut let_pass = Vec::new();
        let stopped = engine::send(
            journal,
            run.id,
            Arc::clone(&self.door.client),
            (&options, &self.signals.stop),
            &mut |event| {
                reporter.tell(&event);
                outside.note_event(&event);
                if let Some(text) = beyond_deadline(&event, clock(), deadline) {
                    console.remark(&text);
                }
                if let Event::LetPass(report) = event {
                    let_pass.push(report);
                }
            },
        )
        .await?;
        self.reporter.finish();
        let books = journal.books(run.id)?;
        journal.note_troubles(run.id, self.settings.now())?;
        let found = (&books, &*journal.troubles(run.id)?);
        let ended = self.circumstances().ended(run, found, stopped.as_ref());
        let is_sampled = stopped == Some(Stopped::Limit);
        journal.note_end(run.id, ended.exit.code(), is_sampled)?;
        self.note_let_pass(journal, run, &let_pass)?;
        self.audit(journal, run, ended.exit, &books)?;
        Ok((ended, stopped))
    }

    fn options(&self, target: Target, caution: &Caution) -> SendOptions {
        SendOptions {
            target,
            batch_size: self.args.batch_size.into(),
            concurrency: self.settings.concurrency,
            limit: self.args.limit,
            resend_after: self.args.resend_after,
            give_up_after: self.args.give_up_after,
            guards: caution.guards.clone(),
            allowed: caution.allowed.clone(),
            clock: Arc::clone(&self.settings.clock),
        }
    }

    /// Writes down who let which guards pass that would have stopped the run.
    pub(super) fn note_let_pass(
        &self,
        journal: &mut Journal,
        run: &Run,
        guards: &[GuardReport],
    ) -> Result<(), Failure> {
        for report in guards.iter().filter(|report| report.allowed) {
            let details = let_pass_text(report);
            self.console.remark(&details);
            self.write_down(journal, run, &details)?;
        }
        Ok(())
    }

    /// Writes down who sent a run, and what came of it.
    fn audit(
        &self,
        journal: &mut Journal,
        run: &Run,
        exit: Exit,
        books: &Books,
    ) -> Result<(), Failure> {
        let details = format!(
            "exit {}; succeeded {}, failed {}",
            exit.code(),
            books.records.succeeded,
            books.records.failed,
        );
        self.write_down(journal, run, &details)
    }

    /// Writes down who did what with a run.
    pub(super) fn write_down(
        &self,
        journal: &mut Journal,
        run: &Run,
        details: &str,
    ) -> Result<(), Failure> {
        let actor = Actor::here();
        let entry = actor.did(self.verb, run.id, details);
        Ok(journal.audit(&entry, self.settings.now())?)
    }

    /// Ends a command that has nothing to send.
    pub(super) fn end(&self, journal: &Journal, run: &Run) -> Result<Exit, Failure> {
        let found = (&journal.books(run.id)?, &*journal.troubles(run.id)?);
        let ended = self.circumstances().ended(run, found, None);
        self.print(journal, run, &ended)?;
        Ok(ended.exit)
    }

    /// Prints the result of the command: the books of the run that was asked for.
    pub(super) fn print(&self, journal: &Journal, run: &Run, ended: &Ended) -> Result<(), Failure> {
        let summary = Summary::of(journal, run, self.settings.local_now())?;
        self.outside.note_run(run, summary.books());
        self.outside.note_summary(&summary);
        self.outside.note_member("stopped", &ended.stopped.into());
        if let Some(before) = &self.before {
            self.outside.note_member(before.name, &before.json);
        }
        if self.console.json {
            let mut object = report::books_json(&ended.verdict(run), summary.books(), None);
            if let Some(members) = object.as_object_mut() {
                members.extend(summary.members());
                members.insert("stopped".to_owned(), ended.stopped.into());
                let before = self.before.as_ref();
                members.extend(before.map(|before| (before.name.to_owned(), before.json.clone())));
            }
            Console::object(&object);
            // The object holds numbers and words of closed lists; how to go on is for people.
            if !matches!(ended.exit, Exit::Done | Exit::Attention) {
                self.console
                    .remark(&format!("{}\n{}", ended.text, ended.next));
            }
            return Ok(());
        }
        // Where opt-outs are not delivered, all is not well, however long that stands.
        let is_well = ended.exit == Exit::Done && summary.undelivered_opt_outs() == 0;
        if !self.console.quiet || !is_well {
            let verdict = ended.verdict(run);
            let mut summary = if is_well && self.is_brief() {
                summary.line(&verdict)
            } else {
                let findings = report::findings(journal, run)?;
                summary.text(&verdict, &ended.next, &findings)
            };
            if let Some(before) = &self.before {
                summary = format!("{}\n{summary}", before.text);
            }
            if let Some(host) = &self.door.host {
                let tally = host.tally();
                summary = format!(
                    "{}\nthe sandbox holds {} customers and {} policies",
                    summary.trim_end(),
                    tally.customers,
                    tally.policies
                );
            }
            Console::result(&summary);
        }
        Ok(())
    }

    /// True when one line is enough where all is well.
    fn is_brief(&self) -> bool {
        match self.args.summary {
            SummaryLength::Full => false,
            SummaryLength::Line => true,
            SummaryLength::Auto => !Console::is_on_terminal(),
        }
    }

    /// What the words about the end of a run depend on.
    pub(super) fn circumstances(&self) -> Circumstances {
        Circumstances {
            place: self.settings.place_flags(self.args.place.sandbox),
            interrupted: self.signals.exit(),
            standing_alarms: self.settings.standing_alarms,
        }
    }
}

/// Says so when what is ahead takes longer than the deadline leaves.
fn beyond_deadline(event: &Event, now: SystemTime, deadline: Option<SystemTime>) -> Option<String> {
    let Event::Sending { expected, .. } = event else {
        return None;
    };
    let (deadline, finish) = (deadline?, now.checked_add(*expected)?);
    let shown = |time: SystemTime| DateTime::<Local>::from(time).format("%H:%M");
    (finish > deadline).then(|| {
        format!(
            "all of it would be done about {}, and the deadline is {}: what is left then stays pending, and `resume` goes on",
            shown(finish),
            shown(deadline)
        )
    })
}
