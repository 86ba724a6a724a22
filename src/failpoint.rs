//! Every step that has an effect outside the process, by name, so that a test can end the process at each.
//!
//! What a crash leaves behind is decided between two such steps. A place in the code says which step it
//! has come to with [`reach`]; when the variable `ACA_SYNC_DIE_AT` of the environment names that step, the
//! process ends there by a real `SIGKILL`, and no destructor runs. `claim.committed:3` is the third time
//! that the process comes to a step; several steps are parted by commas, and the first that comes counts.
//!
//! With a text in `ACA_SYNC_PANIC_WITH` the process panics at that step in its stead, with that text for its words.
//!
//! Builds for release have none of this: [`reach`] does nothing there, and the variables are never read.

/// All steps in the order of a run, each with what has just happened. `tests/integration/crash_steps.rs`
/// walks this list, so a new step is tested without further words, but for those of `resolve` (`crash_resolve.rs`),
/// of `retry` (`crash_retry.rs`), of the archive (`archive.rs`) and of a backup (`backup.rs`); `architecture.rs` holds it against
/// the places in the code.
pub const STEPS: &[(&str, &str)] = &[
    // The journal is opened.
    ("journal.locked", "The lock is taken and says who has it."),
    ("journal.file_made", "The database's file is there."),
    ("journal.spools_made", "The folder of the spools is there."),
    ("journal.prepared", "SQLite has been told how to write."),
    (
        "schema.written",
        "A version of the schema is made, not yet committed.",
    ),
    ("schema.committed", "A version of the schema is made."),
    (
        "journal.secret_made",
        "The secret of keys and fingerprints is there.",
    ),
    (
        "sweep.written",
        "A half-staged run is removed, not yet committed.",
    ),
    (
        "sweep.committed",
        "A half-staged run is gone from the tables.",
    ),
    ("spool.removed", "A spool that no run counts on is gone."),
    (
        "recover.written",
        "What a dead process had in flight is in doubt, not yet committed.",
    ),
    (
        "recover.committed",
        "What a dead process had in flight is in doubt.",
    ),
    // The door to the API.
    (
        "sandbox.opened",
        "The store of a sandbox inside the process is there.",
    ),
    ("ledger.made", "The file of the key's ledger is there."),
    // Staging.
    (
        "fold.written",
        "What a run delivered is in the baseline, not yet committed.",
    ),
    ("fold.committed", "What a run delivered is in the baseline."),
    ("run.begun", "A run is entered as being staged."),
    ("spool.made", "A run's spool is there, and empty."),
    (
        "spool.block_written",
        "A block of rows and bodies is in the spool.",
    ),
    (
        "staging.chunk_committed",
        "Some of the rows and records are in the tables.",
    ),
    ("spool.synced", "The whole spool would survive a power cut."),
    (
        "staging.superseded",
        "Older unsent records are superseded, not yet committed.",
    ),
    ("staging.written", "The run may be sent, not yet committed."),
    ("staging.committed", "The run may be sent."),
    // Sending.
    (
        "ledger.growing",
        "The ledger is marked as damaged, to be written anew.",
    ),
    (
        "ledger.time_written",
        "The time of a request is in the ledger, not yet counted.",
    ),
    (
        "ledger.slot_taken",
        "A request's slot is taken in the ledger.",
    ),
    (
        "ledger.pause_written",
        "The ledger says that the API asked for a pause.",
    ),
    (
        "requeue.written",
        "Records in doubt are pending again, not yet committed.",
    ),
    ("claim.written", "Records are in flight, not yet committed."),
    (
        "claim.committed",
        "Records are in flight, their request has not left.",
    ),
    ("request.leaving", "A request is about to leave."),
    (
        "sandbox.written",
        "A sandbox inside the process has applied a request, not yet committed.",
    ),
    (
        "sandbox.committed",
        "A sandbox inside the process has applied a request, and not answered.",
    ),
    (
        "request.answered",
        "An answer is here, and nobody has looked at it.",
    ),
    (
        "answer.judged",
        "An answer is understood, and nothing of it is written.",
    ),
    (
        "settle.written",
        "Outcomes are in the tables, not yet committed.",
    ),
    ("settle.committed", "Outcomes are in the tables."),
    // Settling what is in doubt.
    (
        "resolve.written",
        "Records in doubt are settled, not yet committed.",
    ),
    ("resolve.committed", "Records in doubt are settled."),
    // Sending again what was not delivered.
    (
        "retry.written",
        "Open records are to be sent again, not yet committed.",
    ),
    ("retry.committed", "Open records are to be sent again."),
    // The end of a run.
    ("sending.timed", "The time spent on sending is noted."),
    (
        "run.finished",
        "A run with nothing left to send is finished.",
    ),
    (
        "spool.carried_over",
        "The bodies that are still wanted are in a smaller spool, which nobody knows.",
    ),
    (
        "spool.replaced",
        "The tables say where a run's bodies are from now on, or that they are gone.",
    ),
    ("end.noted", "How the work on a run ended is noted."),
    (
        "troubles.written",
        "What is wrong since when is written, not committed.",
    ),
    ("troubles.noted", "What is wrong since when is noted."),
    ("audit.written", "Who did what is written down."),
    // A word on problems, and data that goes.
    (
        "acknowledgement.written",
        "A word on problems is written, not committed.",
    ),
    ("acknowledgement.committed", "A word on problems stands."),
    (
        "purge.written",
        "An old run's rows are gone, not committed.",
    ),
    (
        "purge.committed",
        "An old run is its counts, and free pages may hold the rest.",
    ),
    (
        "forget.written",
        "Nothing is tied to a person, and it is not committed.",
    ),
    (
        "forget.committed",
        "Nothing is tied to a person, and free pages may hold it.",
    ),
    // Out of the inbox.
    (
        "archive.placed",
        "A file that was sent is in the archive, and still where it was.",
    ),
    (
        "archive.taken_away",
        "A file that was sent is in the archive alone, and nothing says so.",
    ),
    // A backup.
    ("backup.checked", "A copy is whole, and has no name yet."),
    ("backup.spools_placed", "A copy's spools have their name."),
    ("backup.placed", "A copy has its name."),
];

/// Says that the process has come to a step of [`STEPS`].
#[track_caller]
pub fn reach(step: &'static str) {
    #[cfg(debug_assertions)]
    armed::reach(step);
    #[cfg(not(debug_assertions))]
    let _ = step;
}

#[cfg(debug_assertions)]
mod armed {
    use std::{
        panic::panic_any,
        process::{Command, Stdio, abort},
        sync::{
            OnceLock,
            atomic::{AtomicBool, AtomicU32, Ordering},
        },
        thread,
    };

    const VARIABLE: &str = "ACA_SYNC_DIE_AT";
    const WORDS: &str = "ACA_SYNC_PANIC_WITH";

    /// A step at which the process is to end, and how often it has yet to come there.
    struct Wanted {
        step: String,
        left: AtomicU32,
    }

    static IS_DYING: AtomicBool = AtomicBool::new(false);

    #[expect(clippy::panic, reason = "what a test asks for")]
    #[track_caller]
    pub(super) fn reach(step: &str) {
        static WANTED: OnceLock<(Vec<Wanted>, Option<String>)> = OnceLock::new();
        let (wanted, words) = WANTED.get_or_init(|| (read(), words()));
        if wanted.is_empty() {
            return;
        }
        if IS_DYING.load(Ordering::SeqCst) {
            wait_for_the_end();
        }
        let mut named = wanted.iter().filter(|wanted| wanted.step == step);
        if named.any(|wanted| wanted.left.fetch_sub(1, Ordering::SeqCst) == 1) {
            match words {
                Some(words) => panic_any(words.clone()),
                None => die(step),
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test tells a process that it did not start itself what to panic with"
    )]
    fn words() -> Option<String> {
        std::env::var(WORDS).ok()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test tells a process that it did not start itself where to end"
    )]
    fn read() -> Vec<Wanted> {
        let text = std::env::var(VARIABLE).unwrap_or_default();
        let wanted = |part: &str| {
            let (step, time) = part.split_once(':').unwrap_or((part, "1"));
            Wanted {
                step: step.to_owned(),
                left: AtomicU32::new(time.parse().unwrap_or(1)),
            }
        };
        let parts = text.split(',').filter(|part| !part.is_empty());
        parts.map(wanted).collect()
    }

    /// A child kills us and says where, as this program has no unsafe code to do it with.
    fn die(step: &str) -> ! {
        IS_DYING.store(true, Ordering::SeqCst);
        let killer = Command::new("/bin/sh")
            .args(["-c", "echo \"died at $0\" >&2; kill -9 $PPID", step])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        if killer.is_err() {
            abort();
        }
        wait_for_the_end()
    }

    /// No other thread comes past a step meanwhile.
    fn wait_for_the_end() -> ! {
        loop {
            thread::park();
        }
    }
}
