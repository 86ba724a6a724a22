//! Permission to send: the ledger decides, the pacer spreads, a pause holds everyone.
//!
//! Processes know of one another through the ledger, and the ledger knows the wall clock only. Whoever lives
//! through a leap of it notices, and has every slot count as used. What no process has lived through cannot
//! be known: a process that starts after a leap takes what is on record for as old as it looks.

use std::{
    cell::Cell,
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};

use super::{
    Error, Rate, StopSignal, WallClock,
    leap::Leaps,
    ledger::{Ledger, Page},
    pacer::Pacer,
    slots::{self, Permission, Slot},
};

/// The longest sleep before the ledger is looked at again: the wall clock may have been set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Hands out the slots of one key's quota, to all tasks of this process in turn, and in step with every
/// other process that uses the same folder.
pub struct Limiter {
    rate: Rate,
    clock: WallClock,
    longest_wait: Duration,
    desk: Mutex<Desk>,
    started: Instant,
    turn: tokio::sync::Mutex<Spread>,
    evenly: AtomicBool,
}

/// Why there is no permission to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// A stop was asked for.
    Stopped,
    /// The API has asked for a pause that is longer than the run may wait.
    PausedFor(Duration),
    /// The ledger cannot be read or written, so the quota is not known.
    NoLedger(String),
}

/// What is read and written by one task at a time.
struct Desk {
    ledger: Ledger,
    leaps: Leaps,
}

/// The pacer of the current margin.
#[derive(Default)]
struct Spread {
    margin: u64,
    pacer: Option<Pacer>,
    /// The last turn that was given out.
    last: Option<Instant>,
    /// A turn that was given out and not used yet: whoever waited for it may have turned to something
    /// else meanwhile, and the next one to ask has it.
    open: Option<Instant>,
}

impl Limiter {
    /// The limiter of the key whose ledger in `folder` has that name. A pause of more than `longest_wait`
    /// is not waited for.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be opened, created or read.
    pub fn open(
        folder: &Path,
        name: &str,
        rate: Rate,
        longest_wait: Duration,
        clock: WallClock,
    ) -> Result<Self, Error> {
        let failed = |(path, source)| Error::Ledger { path, source };
        let desk = Desk {
            ledger: Ledger::open(folder, name).map_err(failed)?,
            leaps: Leaps::new(slots::allowed_leap(rate)),
        };
        let mut limiter = Self {
            rate,
            clock,
            longest_wait,
            desk: Mutex::new(desk),
            started: Instant::now(),
            turn: tokio::sync::Mutex::default(),
            evenly: AtomicBool::new(false),
        };
        let margin = limiter
            .on_page(|page, now| slots::margin(page, rate, now))
            .map_err(|source| failed((limiter.ledger_path(), source)))?;
        limiter.turn.get_mut().margin = margin;
        Ok(limiter)
    }

    /// Says how many requests are coming: what fits into the free slots goes at once, more is paced.
    pub fn announce(&self, requests: u64) {
        let free = self.on_page(|page, now| slots::free(page, self.rate, now));
        // A ledger that cannot be read is reported where it matters, by the next `acquire`.
        let evenly = free.is_ok_and(|free| requests > free);
        self.evenly.store(evenly, Ordering::Relaxed);
    }

    /// How many requests may leave at once, and how long a pause still takes in which none may; neither where
    /// the ledger cannot be read.
    pub fn left(&self) -> (u64, Duration) {
        self.on_page(|page, now| slots::left(page, self.rate, now))
            .unwrap_or_default()
    }

    /// How long until that many further requests may have left.
    pub fn forecast(&self, requests: u64) -> Duration {
        self.on_page(|page, now| slots::forecast(page, self.rate, requests, now))
            .unwrap_or_default()
    }

    /// Waits for a slot and takes it. The request has to leave at once. A wait that is dropped costs
    /// nothing: neither a slot nor a turn.
    ///
    /// # Errors
    ///
    /// When a stop is asked for while waiting, when the API's pause is too long to wait for, or when the
    /// ledger fails. Nothing is taken then.
    pub async fn acquire(&self, stop: &StopSignal) -> Result<Slot, Denied> {
        tokio::select! {
            biased;
            () = stop.requested() => Err(Denied::Stopped),
            taken = self.wait_for_slot() => taken,
        }
    }

    /// Notes that the request in `slot` was answered, `took` after it left: its slot is free one window after
    /// it arrived at the latest. Until then a late arrival is reckoned with.
    pub fn arrived(&self, slot: Slot, took: Duration) {
        // What cannot be written down now stops the next request.
        let _ = self.on_page(|page, now| slots::arrived(page, slot, took, now));
    }

    /// Pauses the key, in every process, because the API answered 429 to the request in `slot`.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn pause(&self, slot: Slot, wait: Duration) -> Result<(), Denied> {
        self.on_page(|page, now| slots::pause(page, self.rate, slot, wait, now))
            .map_err(|error| self.no_ledger(&error))
    }

    async fn wait_for_slot(&self) -> Result<Slot, Denied> {
        let mut spread = self.turn.lock().await;
        let evenly = self.evenly.load(Ordering::Relaxed);
        if evenly {
            let (now, turn) = spread.next_turn(self.rate);
            if turn > now {
                sleep_until(turn).await;
            }
        }
        loop {
            let wait = match self.take(evenly)? {
                Permission::Granted(slot) => {
                    spread.open = None;
                    spread.keep_margin(slot.margin);
                    return Ok(slot);
                }
                Permission::Paused(wait) if wait > self.longest_wait => {
                    return Err(Denied::PausedFor(wait));
                }
                Permission::Full(wait) | Permission::Paused(wait) => wait,
            };
            sleep(wait.min(LONGEST_SLEEP)).await;
        }
    }

    fn take(&self, evenly: bool) -> Result<Permission, Denied> {
        self.on_page(|page, now| slots::take(page, self.rate, evenly, now))
            .map_err(|error| self.no_ledger(&error))
    }

    fn on_page<T>(&self, work: impl FnOnce(&mut Page<'_>, u64) -> io::Result<T>) -> io::Result<T> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let Desk { ledger, leaps } = &mut *desk;
        let leap = Cell::new(None);
        let clock = || {
            let before = self.counted_on();
            let wall = slots::micros_since_1970((self.clock)());
            leap.set(leaps.look(wall, (before, self.counted_on())));
            wall
        };
        let done = ledger.with(clock, |page, now| {
            if let Some(by) = leap.get() {
                slots::leap(page, self.rate, by, now)?;
            }
            work(page, now)
        });
        if done.is_ok() {
            leaps.settled();
        }
        done
    }

    /// The microseconds since the start, by the clock that only counts on.
    fn counted_on(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn no_ledger(&self, error: &io::Error) -> Denied {
        Denied::NoLedger(format!(
            "{}: the ledger of requests cannot be used: {error}; look at free space and rights",
            self.ledger_path().display()
        ))
    }

    fn ledger_path(&self) -> PathBuf {
        let desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.ledger.path().to_owned()
    }
}

impl Spread {
    /// The present, and when the caller's turn is.
    fn next_turn(&mut self, rate: Rate) -> (Instant, Instant) {
        let now = Instant::now();
        let turn = match self.open {
            Some(open) => open,
            None => self.draw_turn(rate, now),
        };
        self.open = Some(turn);
        (now, turn)
    }

    fn draw_turn(&mut self, rate: Rate, now: Instant) -> Instant {
        let requests = u64::from(rate.requests().get());
        let held = slots::held_for(rate, self.margin);
        let period = Duration::from_nanos(held.saturating_mul(1000) / requests);
        // Another pace begins where the one before it ended.
        let first = self.last.map_or(now, |last| last + period);
        let pacer = self.pacer.get_or_insert_with(|| Pacer::new(period, first));
        let turn = pacer.next_turn(now);
        self.last = Some(turn);
        turn
    }

    /// Another margin asks for another pace.
    fn keep_margin(&mut self, margin: u64) {
        if self.margin != margin {
            self.margin = margin;
            self.pacer = None;
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Limiter({})", self.rate)
    }
}
