//! `--notify-ping`, `--notify-webhook`: telling beside the command that it has started, and at its end how it ended.

use std::{cell::RefCell, sync::Arc};

use serde_json::Value;
use tokio::{runtime::Runtime, task::JoinHandle, time::timeout};

use super::{
    args::Command, console::Console, exit::Exit, failure::Failure, settings::Settings, signal,
};
use crate::{
    config::NotifyLayer,
    journal::{Books, Run},
    notify::{self, Ending, Lapse, Notifier, Unheard},
    report,
};

/// Who is told, and what there is to tell so far. Where nobody is named nothing is told.
pub(super) struct Notices {
    console: Console,
    notice: RefCell<report::Notice>,
    under_way: Option<UnderWay>,
}

/// The telling, on threads of its own: the command does not wait for it, and may have none.
struct UnderWay {
    runtime: Runtime,
    options: notify::Options,
    notifier: Arc<Notifier>,
    start: JoinHandle<Result<(), Unheard>>,
}

impl Notices {
    /// Those of a command about which nothing is known yet.
    pub(super) fn of(command: &Command, account: &str, console: Console) -> Self {
        let notice = report::Notice {
            verb: command.sending().map_or("", |(verb, _)| verb),
            account: account.to_owned(),
            ..report::Notice::default()
        };
        Self {
            console,
            notice: RefCell::new(notice),
            under_way: None,
        }
    }

    /// Begins to tell that the command has started, and does not wait for it. A rehearsal is told of on this
    /// machine only.
    pub(super) fn begin(
        &mut self,
        command: &Command,
        configured: Option<&NotifyLayer>,
    ) -> Result<(), Failure> {
        let Some((_, send)) = command.sending() else {
            return Ok(());
        };
        let configured = configured.cloned().unwrap_or_default();
        let mut options = send.notify.options(&configured)?;
        if command.is_rehearsal() {
            options = options.on_this_machine();
        }
        if !options.is_empty() {
            self.notice.borrow_mut().host = Settings::host();
            self.under_way = self.start(options);
        }
        Ok(())
    }

    fn start(&self, options: notify::Options) -> Option<UnderWay> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            self.console
                .remark("warning: nobody is told of this command: no thread to do it on");
            return None;
        };
        let notifier = Arc::new(Notifier::new(&options));
        let line = self.notice.borrow().start_line();
        let teller = Arc::clone(&notifier);
        let start = runtime.spawn(async move { teller.begin(&line).await });
        Some(UnderWay {
            runtime,
            options,
            notifier,
            start,
        })
    }

    /// Notes the mapping's name.
    pub(super) fn note_mapping(&self, name: &str) {
        self.notice.borrow_mut().mapping = Some(name.to_owned());
    }

    /// Notes which run the command is about, and its books.
    pub(super) fn note_run(&self, run: &Run, books: &Books) {
        let mut notice = self.notice.borrow_mut();
        notice.mapping = Some(run.mapping.clone());
        notice.run = Some((run.id.0, *books));
    }

    /// Notes a further member of the result's object.
    pub(super) fn note_member(&self, name: &str, value: &Value) {
        let mut notice = self.notice.borrow_mut();
        notice.members.insert(name.to_owned(), value.clone());
    }

    /// Tells how the command ended, at `now` in milliseconds since 1970. Who does not hear it, or a signal that
    /// ends the telling, is a remark, and changes nothing else.
    pub(super) fn end(&mut self, exit: Exit, now: i64) {
        let Some(under_way) = self.under_way.take() else {
            return;
        };
        let mut notice = self.notice.borrow_mut();
        (notice.exit, notice.at) = (exit.code(), now);
        let ending = Ending {
            exit: notice.exit,
            line: notice.line(),
            summary: notice.json().to_string(),
        };
        for text in under_way.end(&ending) {
            self.console.remark(&format!("warning: {text}"));
        }
    }
}

impl UnderWay {
    /// Tells the end, and gives back what went wrong.
    fn end(self, ending: &Ending) -> Vec<String> {
        let (options, notifier, start) = (self.options, self.notifier, self.start);
        let told = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = signal::arrival() => None,
                unheard = tell_end(&options, (&notifier, start), ending) => Some(unheard),
            }
        });
        // A look-up of a name may be under way still, which nobody waits for.
        self.runtime.shutdown_background();
        match told {
            Some(unheard) => unheard.iter().map(Unheard::to_string).collect(),
            None => vec![format!(
                "a signal came before all was told to {}",
                options.hosts().join(" and ")
            )],
        }
    }
}

/// The start is told before the end; it gets one try's time more, and is given up then.
async fn tell_end(
    options: &notify::Options,
    (notifier, mut start): (&Notifier, JoinHandle<Result<(), Unheard>>),
    ending: &Ending,
) -> Vec<Unheard> {
    let started = timeout(options.timeout(), &mut start).await;
    start.abort();
    let unheard = match started {
        Ok(Ok(told)) => told.err(),
        Ok(Err(_)) => None,
        Err(_) => notifier.unheard_start(Lapse::NoAnswer),
    };
    let mut all: Vec<Unheard> = unheard.into_iter().collect();
    all.extend(notifier.end(ending).await);
    all
}
