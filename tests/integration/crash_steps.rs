//! `kill -9` at every step that has an effect outside the process, and once more on the way on: nothing is
//! lost, and nothing is there twice.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{
    fmt::Write,
    panic,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::SystemTime,
};

use aca_sync::{
    failpoint::STEPS,
    sandbox::{Options, Sandbox},
};
use serde_json::Value;

use crate::support::{
    Server, Workdir, balanced, book::Book, client, death::Fate, workdir::COLUMNS,
};

/// A command of the story, and where it dies in any case: some steps are only come to after a death.
struct Act {
    line: &'static str,
    dies_at: Option<&'static str>,
}

const RESUMED: Act = Act {
    line: "resume --batch-size 6 --concurrency 2 --resend-after 0s",
    dies_at: None,
};

/// Three nights: a first run that dies while it reads and again while it sends, a second that a limit
/// leaves unfinished, a third that takes over what it carries and sends the rest of the second first.
const STORY: [Act; 6] = [
    Act {
        line: "sync 1.csv --mapping map.toml --batch-size 6 --concurrency 2 --resend-after 0s",
        dies_at: Some("spool.block_written"),
    },
    Act {
        line: "sync 1.csv --mapping map.toml --batch-size 6 --concurrency 2 --resend-after 0s",
        dies_at: Some("request.answered"),
    },
    RESUMED,
    Act {
        line: "sync 2.csv --mapping map.toml --batch-size 6 --limit 14 --resend-after 0s",
        dies_at: None,
    },
    Act {
        line: "sync 3.csv --mapping map.toml --batch-size 6 --concurrency 2 --resend-after 0s",
        dies_at: None,
    },
    RESUMED,
];

/// A pause of no time at all, and an answer that never comes.
const FAULTS: &str = "429=0@3;applied-reset@9";

/// Where the story is played: against a sandbox that outlives the process, or inside it.
enum Stage {
    Against(Server),
    Inside,
}

/// The night from which on it may die at the step that is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    First,
    Third,
}

struct Play<'b> {
    book: &'b Book,
    work: Workdir,
    stage: Stage,
    step: &'b str,
    from: From,
    deaths: u64,
}

impl<'b> Play<'b> {
    fn new(book: &'b Book, step: &'b str, from: From) -> Self {
        // A sandbox inside the process dies with it, and its store has to be whole.
        let (stage, work) = if step.starts_with("sandbox.") {
            let work = Workdir::new().with("ACA_SYNC_RATE", "1000000/s");
            (Stage::Inside, work)
        } else {
            let server = Server::failing(FAULTS);
            let work = Workdir::against(&server);
            (Stage::Against(server), work)
        };
        book.write(&work);
        Self {
            book,
            work,
            stage,
            step,
            from,
            deaths: 0,
        }
    }

    fn journal(&self) -> PathBuf {
        let name = match self.stage {
            Stage::Against(_) => "journal.db",
            Stage::Inside => "sandbox-journal.db",
        };
        self.work.state().join(name)
    }

    fn dump(&self) -> Value {
        match &self.stage {
            Stage::Against(server) => server.dump(),
            Stage::Inside => Sandbox::open(Options {
                store: Some(self.journal().with_extension("store.db")),
                ..Options::new(Arc::new(|| SystemTime::UNIX_EPOCH))
            })
            .unwrap()
            .dump(),
        }
    }

    /// Plays the story. From its night on it dies when it comes to the step; goes on and dies there again,
    /// or, in the first night, soon after its next answer; and goes on to the end.
    fn run(&mut self) {
        let before = match self.from {
            From::First => 0,
            From::Third => 4,
        };
        for act in &STORY[..before] {
            self.attempt(act, &[]);
        }
        for act in &STORY[before..] {
            while self.attempt(act, &self.steps()) {
                if self.deaths == 1 {
                    self.attempt(&RESUMED, &self.steps());
                }
            }
        }
    }

    /// Where it is to die now.
    fn steps(&self) -> Vec<&'b str> {
        match (self.deaths, self.from) {
            (0, _) | (1, From::Third) => vec![self.step],
            (1, From::First) => vec![self.step, "settle.committed"],
            _ => Vec::new(),
        }
    }

    /// Runs one command. True when it died at one of these steps.
    fn attempt(&mut self, act: &Act, steps: &[&str]) -> bool {
        let line = act.line;
        let mut all = steps.to_vec();
        all.extend(act.dies_at);
        let inside = match self.stage {
            Stage::Against(_) => "",
            Stage::Inside => " --sandbox",
        };
        let fate = self.work.run_to_death(&format!("{line}{inside}"), &all);
        self.book.expect_balance(&self.journal());
        match fate {
            Fate::Died(at) => {
                let named = |wanted: &&str| wanted.split(':').next() == Some(at.as_str());
                let is_ours = steps.iter().any(named);
                self.deaths += u64::from(is_ours);
                is_ours
            }
            Fate::Ended(code, said) => {
                // It may have died before there was a journal, and nothing is to be resumed then.
                let is_missing = said.contains("there is no journal");
                assert!(
                    matches!(code, 0 | 3) || is_missing,
                    "{line}: {code}\n{said}"
                );
                false
            }
        }
    }

    fn expect_whole(&self) {
        // The story itself dies twice, and one answer never comes.
        let lost = self.deaths + 3;
        self.book.expect_whole(&self.journal(), &self.dump(), lost);
    }
}

/// Plays the story for each of these, several at a time. Gives how often each died, and nothing for one
/// that went wrong, which has said why.
fn play_all<'s>(plays: &[(&'s str, From)]) -> Vec<(&'s str, From, Option<u64>)> {
    let book = Book::of(40);
    let next = AtomicUsize::new(0);
    let (book, next) = (&book, &next);
    let work = move || {
        let mut played = Vec::new();
        while let Some((step, from)) = plays.get(next.fetch_add(1, Ordering::SeqCst)) {
            let deaths = panic::catch_unwind(|| {
                let mut play = Play::new(book, step, *from);
                play.run();
                play.expect_whole();
                play.deaths
            });
            played.push((*step, *from, deaths.ok()));
        }
        played
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        let played = workers.into_iter().map(|worker| worker.join().unwrap());
        played.flatten().collect()
    })
}

#[test]
fn a_process_that_dies_at_any_step_and_again_loses_nothing_and_sends_nothing_twice() {
    let nights = [From::First, From::Third];
    // Tests of their own go through those of `resolve` and `retry`, of the archive and of a backup, and of what
    // looks after the journal.
    let elsewhere = [
        "resolve.",
        "retry.",
        "archive.",
        "backup.",
        "acknowledgement.",
        "purge.",
        "forget.",
    ];
    let steps = STEPS.iter().map(|(step, _)| *step);
    let steps = steps.filter(|step| !elsewhere.iter().any(|start| step.starts_with(start)));
    let plays: Vec<_> = steps
        .flat_map(|step| nights.map(|from| (step, from)))
        .collect();

    let played = play_all(&plays);

    let of = |wanted: &dyn Fn(From, Option<u64>) -> bool| -> Vec<(&str, From)> {
        let found = played
            .iter()
            .filter(|(_, from, deaths)| wanted(*from, *deaths));
        found.map(|(step, from, _)| (*step, *from)).collect()
    };
    let wrong = of(&|_, deaths| deaths.is_none());
    assert!(wrong.is_empty(), "it went wrong at {wrong:?}");
    // What is only done once is done in the first night.
    let never = of(&|from, deaths| from == From::First && deaths == Some(0));
    assert!(never.is_empty(), "no process came to {never:?}");
    let once = of(&|from, deaths| from == From::First && deaths == Some(1));
    assert!(once.is_empty(), "nobody died again after {once:?}");
}

#[test]
fn a_process_that_dies_while_the_api_is_at_work_loses_nothing_and_sends_nothing_twice() {
    let book = Book::of(40);
    for fault in ["slow=86400000@3", "applied-slow=86400000@3"] {
        // A step that nobody comes to: this one is killed from outside, with its third request under way.
        let mut play = Play::new(&book, "", From::First);
        let server = Server::failing(fault);
        play.work = Workdir::against(&server);
        book.write(&play.work);
        let mut running = play.work.start(STORY[0].line);
        assert!(running.wait_until(|| server.tally().requests >= 3));
        running.kill();
        play.stage = Stage::Against(server);

        play.run();

        play.expect_whole();
    }
}

#[test]
fn a_process_that_dies_with_half_of_a_large_file_in_the_tables_reads_it_again() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let notes = "no column of ours ".repeat(16_000);
    let mut text = COLUMNS.join(",") + ",notes\n";
    for number in 0..40 {
        let (id, policy) = (format!("C{number}"), format!("P{number}"));
        writeln!(text, "{},{notes}", client(&id, "Ana", &policy).join(",")).unwrap();
    }
    work.write("clients.csv", text);
    let sync = "sync clients.csv --mapping map.toml --json";
    let journal = work.state().join("journal.db");
    let rows_of = |table: &str| -> i64 {
        let raw = rusqlite::Connection::open(&journal).unwrap();
        let count = format!("SELECT count(*) FROM {table}");
        raw.query_row(&count, [], |row| row.get(0)).unwrap()
    };

    let fate = work.run_to_death(sync, &["staging.chunk_committed"]);
    let left = rows_of("records");
    let seen = work.run("runs --json").expect(0).json();
    let books = work.run(sync).expect(0).json();

    assert!(matches!(fate, Fate::Died(_)), "{fate:?}");
    assert!((1..40).contains(&left), "{left} records were in the tables");
    assert_eq!(seen["runs"], serde_json::json!([]));
    assert_eq!(balanced(&books)["records"]["succeeded"], 40);
    assert_eq!((rows_of("runs"), rows_of("records")), (1, 40));
    assert_eq!(server.tally().records_applied, 40);
}
