//! What `sync` and `resume` share: a door to the API, runs sent in order, and the summary.

use std::{sync::Arc, time::Duration};

use super::{
    args::SendArgs,
    console::Console,
    exit::Exit,
    failure::Failure,
    progress::Reporter,
    sandbox_host::{self, Host},
    settings::Settings,
    signal::Signals,
};
use crate::{
    client::{Client, ClientOptions},
    contract::Target,
    engine::{self, Destination, Guard, SendOptions, Stopped},
    journal::{AuditEntry, Books, Journal, Run},
    mapping::Guards,
    report::{self, Verdict},
};

/// Everything needed to send.
pub(super) struct Sender<'s> {
    pub(super) settings: &'s Settings,
    pub(super) args: &'s SendArgs,
    pub(super) console: Console,
    /// The command, for the audit.
    verb: &'static str,
    pub(super) signals: Signals,
    pub(super) reporter: Reporter,
    host: Option<Host>,
    client: Arc<Client>,
}

/// What the mapping says about when to stop.
#[derive(Default)]
pub(super) struct Caution {
    pub(super) guards: Guards,
    pub(super) allowed: Vec<Guard>,
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

impl<'s> Sender<'s> {
    /// Opens the door: finds the key, or starts the sandbox.
    pub(super) async fn open(
        verb: &'static str,
        (settings, args): (&'s Settings, &'s SendArgs),
        console: Console,
    ) -> Result<Self, Failure> {
        let host = if args.place.sandbox {
            Some(Host::start(settings, &args.fault).await?)
        } else {
            None
        };
        let (address, key) = match &host {
            Some(host) => (host.address().clone(), Host::key()?),
            None => (settings.address.clone(), settings.api_key()?),
        };
        if key.is_exposed() {
            console.remark(
                "warning: others than you may read the file with the API key; chmod 600 mends that",
            );
        }
        if host.is_some() {
            console.remark(crate::sandbox::BANNER);
        }
        let client = Client::new(ClientOptions {
            rate: settings.rate,
            give_up_after: args.give_up_after,
            jitter_seed: u64::from(std::process::id()),
            ..ClientOptions::new(
                address,
                key,
                settings.state_folder.clone(),
                Arc::clone(&settings.clock),
            )
        })?;
        Ok(Self {
            verb,
            settings,
            args,
            console,
            signals: Signals::listen(),
            reporter: Reporter::new(Console::is_watched() && !console.quiet),
            host,
            client: Arc::new(client),
        })
    }

    /// Sends the runs one after the other, oldest first, and tells how it went. The last one is the one
    /// that was asked for.
    pub(super) async fn send(
        &mut self,
        journal: &mut Journal,
        runs: &[Run],
        caution: &Caution,
    ) -> Result<Exit, Failure> {
        let mut worst = Exit::Done;
        for run in runs {
            let target = Target::from_name(&run.target).ok_or_else(|| {
                Failure::new(
                    Exit::Configuration,
                    format!("this release knows no target {}", run.target),
                )
            })?;
            let options = self.options(target, caution);
            let reporter = &mut self.reporter;
            let stopped = engine::send(
                journal,
                run.id,
                Arc::clone(&self.client),
                (&options, &self.signals.stop),
                &mut |event| reporter.tell(&event),
            )
            .await?;
            let exit = self.finish(journal, (run, caution), stopped.as_ref())?;
            worst = worst.or_worse(exit);
            if stopped.is_some_and(|stopped| stopped != Stopped::Limit) {
                break;
            }
        }
        Ok(worst)
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

    /// Notes how the work on a run ended and prints its summary.
    fn finish(
        &mut self,
        journal: &mut Journal,
        (run, caution): (&Run, &Caution),
        stopped: Option<&Stopped>,
    ) -> Result<Exit, Failure> {
        self.reporter.finish();
        let books = journal.books(run.id)?;
        let (exit, text) = self.judge(&books, stopped, run);
        journal.note_end(run.id, exit.code(), stopped == Some(&Stopped::Limit))?;
        let passed: Vec<&str> = caution.allowed.iter().map(|guard| guard.name()).collect();
        let details = format!(
            "exit {}; succeeded {}, failed {}; guards let pass: {}",
            exit.code(),
            books.records.succeeded,
            books.records.failed,
            passed.join(", ")
        );
        journal.audit(
            &AuditEntry {
                user: &Settings::user(),
                host: &Settings::host(),
                verb: self.verb,
                run: Some(run.id),
                details: &details,
            },
            self.settings.now(),
        )?;
        let verdict = Verdict {
            run: Some(run.id.0),
            exit: exit.code(),
            text,
        };
        if self.console.json {
            Console::result(&report::books_json(&verdict, &books).to_string());
        } else if !self.console.quiet || exit != Exit::Done {
            let findings = report::findings(journal, run)?;
            let mut summary = report::books_text(&verdict, &books);
            summary.push_str(&findings.text(5));
            if let Some(host) = &self.host {
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
        Ok(exit)
    }

    fn judge(&self, books: &Books, stopped: Option<&Stopped>, run: &Run) -> (Exit, String) {
        let number = run.id.0;
        let place = if self.args.place.sandbox {
            " --sandbox"
        } else {
            ""
        };
        let resume = format!("`aca-sync resume {number}{place}`");
        if let Some(imbalance) = books.imbalance() {
            return (
                Exit::Internal,
                format!("run {number}: the books do not balance: {imbalance}; please report it"),
            );
        }
        match stopped {
            None if books.records.pending > 0 => (
                Exit::Attention,
                format!(
                    "run {number}: later parts of some customers wait for an earlier one in doubt; {resume} goes on"
                ),
            ),
            None if books.needs_attention() => (
                Exit::Attention,
                format!(
                    "run {number} finished; some rows need a look: `aca-sync show {number}{place}`"
                ),
            ),
            None => (
                Exit::Done,
                format!("run {number} finished: every row is accounted for"),
            ),
            Some(stopped) => {
                let (exit, why) = self.explain(stopped, books);
                (
                    exit,
                    format!("run {number} stopped: {why}\n{resume} goes on"),
                )
            }
        }
    }

    fn explain(&self, stopped: &Stopped, books: &Books) -> (Exit, String) {
        match stopped {
            Stopped::Asked => (
                self.signals.exit(),
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
}

/// The longest pause that a run waits out, as the client's options have it.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
