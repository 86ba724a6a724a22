//! `kill -9` at every step that has an effect outside the process, and once more on the way on: nothing is
//! lost, and nothing is there twice.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{
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

use crate::support::{Server, Workdir, book::Book, death::Fate};

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
fn play_all(plays: Vec<(&str, From)>) -> Vec<(&str, From, Option<u64>)> {
    let book = Book::of(40);
    let next = AtomicUsize::new(0);
    let (book, next, plays) = (&book, &next, &plays);
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
    let steps = STEPS.iter().map(|(step, _)| *step);
    let plays = steps.flat_map(|step| nights.map(|from| (step, from)));

    let played = play_all(plays.collect());

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
