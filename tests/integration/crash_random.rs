//! `kill -9` at random times over a long run and the newer files after it, by seeds that repeat it.

use std::{fs, panic, thread};

use aca_sync::failpoint::STEPS;

use crate::support::{
    Server, Workdir,
    book::{Book, NEWEST},
    death::Fate,
    generator::random::Random,
};

const CUSTOMERS: usize = 5_000;

const SEEDS: [u64; 3] = [1, 2, 3];

/// How a command is ended from outside, or at a step of its own.
#[derive(Debug)]
enum Death {
    /// Once the sandbox has heard so many requests more.
    Heard(u64),
    /// Once the newest spool holds so many bytes.
    Spooled(u64),
    /// When it comes to a step for so many times; a command that comes there less often ends by itself.
    At(String),
}

impl Death {
    fn of(random: &mut Random) -> Self {
        match random.below(4) {
            0 => Self::Spooled(random.below(400_000)),
            1 => {
                let (step, _) = random.pick(STEPS);
                Self::At(format!("{step}:{}", 1 + random.below(40)))
            }
            _ => Self::Heard(1 + random.below(150)),
        }
    }
}

struct Run {
    server: Server,
    work: Workdir,
    deaths: u64,
}

impl Run {
    /// Starts a command and ends it so; true when it died rather than come to its own end.
    fn die(&mut self, line: &str, death: &Death) -> bool {
        let died = match death {
            Death::At(step) => match self.work.run_to_death(line, &[step]) {
                Fate::Died(_) => true,
                Fate::Ended(code, said) => {
                    assert!(matches!(code, 0 | 3), "{line}: {code}\n{said}");
                    false
                }
            },
            Death::Heard(more) => {
                let heard = self.server.tally().requests + more;
                let server = &self.server;
                let mut running = self.work.start(line);
                let died = running.wait_until(|| server.tally().requests >= heard);
                running.kill();
                died
            }
            Death::Spooled(bytes) => {
                let (work, before) = (&self.work, spooled(&self.work));
                let mut running = work.start(line);
                let died = running.wait_until(|| spooled(work) >= before + bytes);
                running.kill();
                died
            }
        };
        self.deaths += u64::from(died);
        died
    }
}

/// The length of the longest spool.
fn spooled(work: &Workdir) -> u64 {
    let folder = fs::read_dir(work.state().join("journal.db.spools"));
    let spools = folder.into_iter().flatten().flatten();
    let lengths = spools.filter_map(|spool| Some(spool.metadata().ok()?.len()));
    lengths.max().unwrap_or_default()
}

/// Three nights of one seed: each file is sent by commands that die, and the next one may come before it
/// is done.
fn nights(book: &Book, seed: u64) {
    let mut random = Random::of(seed, 0);
    let faults = format!("applied-reset@p:0.01:{seed};429=0@p:0.01:{}", seed + 100);
    let server = Server::failing(&faults);
    let work = Workdir::against(&server);
    book.write(&work);
    let mut run = Run {
        server,
        work,
        deaths: 0,
    };
    let journal = run.work.state().join("journal.db");
    for night in 1..=NEWEST {
        let line = format!(
            "sync {night}.csv --mapping map.toml --batch-size 20 --concurrency 4 --resend-after 0s"
        );
        for _ in 0..=random.below(3) {
            let death = Death::of(&mut random);
            run.die(&line, &death);
            book.expect_balance(&journal);
        }
        // The next file comes over what this one left; the last is sent to its end.
        if night == NEWEST || random.below(2) == 0 {
            let done = run.work.run(&line);
            assert!(
                matches!(done.exit, 0 | 3),
                "{}\n{}",
                done.stdout,
                done.stderr
            );
        }
    }
    // Any one body may have been hit by each death, and by an answer that never came.
    book.expect_whole(&journal, &run.server.dump(), run.deaths + 3);
}

#[test]
fn a_long_run_that_is_killed_at_random_times_loses_nothing_and_sends_nothing_twice() {
    let book = Book::of(CUSTOMERS);
    thread::scope(|scope| {
        let book = &book;
        let runs = SEEDS.map(|seed| (seed, scope.spawn(move || nights(book, seed))));
        for (seed, run) in runs {
            if let Err(failure) = run.join() {
                eprintln!("the seed {seed} repeats it");
                panic::resume_unwind(failure);
            }
        }
    });
}
