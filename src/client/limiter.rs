//! Permission to send: the ledger decides, the pacer spreads, a pause holds everyone.

use std::{
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
    ledger: Mutex<Ledger>,
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

/// The pacer of the current margin.
struct Spread {
    margin: u64,
    pacer: Option<Pacer>,
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
        let mut ledger = Ledger::open(folder, name).map_err(failed)?;
        let now = || slots::micros_since_1970(clock());
        let margin = ledger
            .with(now, |page, now| slots::margin(page, rate, now))
            .map_err(|source| failed((ledger.path().to_owned(), source)))?;
        Ok(Self {
            rate,
            clock,
            longest_wait,
            ledger: Mutex::new(ledger),
            turn: tokio::sync::Mutex::new(Spread {
                margin,
                pacer: None,
                open: None,
            }),
            evenly: AtomicBool::new(false),
        })
    }

    /// Says how many requests are coming: what fits into the free slots goes at once, more is paced.
    pub fn announce(&self, requests: u64) {
        let free = self.on_page(|page, now| slots::free(page, self.rate, now));
        // A ledger that cannot be read is reported where it matters, by the next `acquire`.
        let evenly = free.is_ok_and(|free| requests > free);
        self.evenly.store(evenly, Ordering::Relaxed);
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
        if self.evenly.load(Ordering::Relaxed) {
            let (now, turn) = spread.next_turn(self.rate);
            if turn > now {
                sleep_until(turn).await;
            }
        }
        loop {
            let wait = match self.take()? {
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

    fn take(&self) -> Result<Permission, Denied> {
        self.on_page(|page, now| slots::take(page, self.rate, now))
            .map_err(|error| self.no_ledger(&error))
    }

    fn on_page<T>(&self, work: impl FnOnce(&mut Page<'_>, u64) -> io::Result<T>) -> io::Result<T> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.with(|| slots::micros_since_1970((self.clock)()), work)
    }

    fn no_ledger(&self, error: &io::Error) -> Denied {
        Denied::NoLedger(format!(
            "{}: the ledger of requests cannot be used: {error}",
            self.ledger_path().display()
        ))
    }

    fn ledger_path(&self) -> PathBuf {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.path().to_owned()
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
        let pacer = self.pacer.get_or_insert_with(|| Pacer::new(period, now));
        pacer.next_turn(now)
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
