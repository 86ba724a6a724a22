//! The one door to the API: every request of every verb passes the same client, limiter and ledger.
//!
//! A request waits for its slot in the key's quota, leaves once, and comes back as a [`Reply`] that says
//! what is certain. Waiting is done here, because every caller needs it: for slots, for the pauses that
//! the API asks for, and for a network that is away. What may have reached the API is never sent again
//! here; that is the caller's decision, who knows what a second sending would do.
//!
//! Nothing here knows a file, a mapping or the journal; nothing here logs. No text holds the key, and no
//! error repeats what the API said about a person.

mod address;
mod api_key;
mod attribute;
mod backoff;
mod blame;
mod effects;
mod error;
mod event;
mod judge;
mod leap;
mod ledger;
mod ledger_look;
mod limiter;
mod loose;
mod margin;
mod pacer;
mod pause;
mod rate;
mod read;
mod response;
mod results;
mod single;
mod slots;
mod stop;
mod transport;
mod width;

use std::{
    borrow::Cow,
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Bytes that are shared, not copied, when a request is sent again.
pub use bytes::Bytes;
use tokio::time::{Instant, sleep};

pub use self::{
    address::Address,
    api_key::ApiKey,
    error::Error,
    event::ClientEvent,
    judge::{Verdict, judge},
    ledger_look::LedgerLook,
    limiter::{Denied, Limiter},
    rate::Rate,
    read::Reading,
    response::Answer,
    slots::Slot,
    stop::StopSignal,
};
use self::{
    backoff::Delays,
    response::reason,
    transport::{Attempt, Letter, Transport},
    width::{Place, Width},
};
use crate::{
    contract::Contract,
    record::{Doubt, Halt, Refusal, Reply},
};

/// The largest request that is sent.
const LARGEST_REQUEST: usize = 8 << 20;

/// The wall clock, as a parameter.
pub type WallClock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// What a client needs to know.
#[derive(Clone)]
pub struct ClientOptions {
    /// Where the API is.
    pub address: Address,
    /// The key that opens it.
    pub key: ApiKey,
    /// How many requests the API takes from the key.
    pub rate: Rate,
    /// The folder of the ledgers; the same for all processes that share a key.
    pub ledger_folder: PathBuf,
    /// How long one request may take, from connecting to the answer's end.
    pub timeout: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// The longest pause to wait for when the API asks for one; a longer one ends the run.
    pub longest_wait: Duration,
    /// How long an API that cannot be reached is tried again.
    pub give_up_after: Duration,
    /// The longest delay after a first failure; further ones double, up to sixty times this.
    pub first_delay: Duration,
    /// The wall clock.
    pub clock: WallClock,
    /// What the jitter of delays follows from.
    pub jitter_seed: u64,
}

/// Permission to send one request.
pub struct Permit {
    slot: Slot,
    place: Place,
}

/// One request to be sent.
#[derive(Debug, Clone)]
pub struct Parcel<'p> {
    /// The operation.
    pub contract: &'static Contract,
    /// The path below the base URL.
    pub path: Cow<'static, str>,
    /// The body, sent byte for byte.
    pub body: Bytes,
    /// By what the API's errors would name each record, in order; their number is the number of records.
    pub external_ids: &'p [Option<String>],
}

/// What one try came to.
enum Transmitted<R> {
    Replied(R),
    NeverSent(&'static str),
    Throttled(Duration),
}

/// The door. Several requests may be under way at once; they share one quota.
pub struct Client {
    limiter: Limiter,
    width: Arc<Width>,
    transport: Transport,
    delays: Delays,
    options: ClientOptions,
}

impl ClientOptions {
    /// Options with the usual rate and waits.
    pub fn new(address: Address, key: ApiKey, ledger_folder: PathBuf, clock: WallClock) -> Self {
        Self {
            address,
            key,
            rate: Rate::default(),
            ledger_folder,
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            longest_wait: Duration::from_secs(15 * 60),
            give_up_after: Duration::from_secs(5 * 60),
            first_delay: Duration::from_secs(1),
            clock,
            jitter_seed: 0,
        }
    }
}

impl Client {
    /// A client of these options; opens the key's ledger and sends nothing.
    ///
    /// # Errors
    ///
    /// When the ledger or TLS cannot be set up.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let limiter = Limiter::open(
            &options.ledger_folder,
            &options.key.ledger_name(),
            options.rate,
            options.longest_wait,
            Arc::clone(&options.clock),
        )?;
        Ok(Self {
            limiter,
            width: Width::new(options.rate),
            transport: Transport::new(&options)?,
            delays: Delays::new(options.first_delay, options.jitter_seed),
            options,
        })
    }

    /// Waits for permission to send one request. What is to be sent is best chosen, and put on record
    /// as on its way, after that: until then it is certain that it has not left.
    ///
    /// There is none while more requests are under way than the rate and the API's answers need.
    ///
    /// # Errors
    ///
    /// When a stop was asked for, or the API asks for a longer pause than the run may make.
    pub async fn permit(&self, stop: &StopSignal) -> Result<Permit, Reply> {
        let place = tokio::select! {
            biased;
            () = stop.requested() => return Err(Reply::Halt(Halt::Stopped)),
            place = self.width.place() => place,
        };
        let slot = self.limiter.acquire(stop).await.map_err(reply_to)?;
        Ok(Permit { slot, place })
    }

    /// Sends one request and gives what became of it.
    ///
    /// Waits out the pauses that the API asks for, and tries again what certainly did not reach it. A
    /// stop ends any of these waits, before the request leaves again; a request under way is always
    /// awaited.
    pub async fn send(
        &self,
        permit: Permit,
        parcel: &Parcel<'_>,
        stop: &StopSignal,
        events: &(impl Fn(ClientEvent) + ?Sized),
    ) -> Reply {
        if parcel.body.len() > LARGEST_REQUEST {
            return Reply::Refused(too_large());
        }
        let letter = Letter {
            method: parcel.contract.method,
            path: parcel.path.clone(),
            body: Some(parcel.body.clone()),
        };
        let hear = |heard| self.hear(heard, parcel);
        self.exchange(permit, (&letter, &hear), (stop, events))
            .await
            .unwrap_or_else(|reply| reply)
    }

    /// Sends a letter until `hear` finds a reply in what comes back.
    ///
    /// # Errors
    ///
    /// When it did not reach the API, or the run has to stop; no other reply is given then.
    async fn exchange<R>(
        &self,
        Permit { mut slot, place }: Permit,
        (letter, hear): (&Letter, &impl Fn(Result<Answer, Doubt>) -> Transmitted<R>),
        (stop, events): (&StopSignal, &(impl Fn(ClientEvent) + ?Sized)),
    ) -> Result<R, Reply> {
        let mut trouble = Trouble::default();
        loop {
            if stop.is_requested() {
                return Err(Reply::Halt(Halt::Stopped));
            }
            match self.transmit((slot, &place), (letter, hear), events).await {
                Transmitted::Replied(reply) => return Ok(reply),
                Transmitted::NeverSent(why) => {
                    self.reconnect(&mut trouble, why, stop, events).await?;
                }
                Transmitted::Throttled(wait) => {
                    self.throttle(&mut trouble, slot, wait, events)?;
                }
            }
            slot = self.limiter.acquire(stop).await.map_err(reply_to)?;
        }
    }

    /// One try.
    async fn transmit<R>(
        &self,
        (slot, place): (Slot, &Place),
        (letter, hear): (&Letter, &impl Fn(Result<Answer, Doubt>) -> Transmitted<R>),
        events: &(impl Fn(ClientEvent) + ?Sized),
    ) -> Transmitted<R> {
        crate::failpoint::reach("request.leaving");
        let left_at = Instant::now();
        place.leaves(left_at);
        let attempt = self.transport.send(letter).await;
        let took = left_at.elapsed();
        let is_gone = !matches!(attempt, Attempt::NeverSent(_));
        place.is_back(is_gone.then_some(took));
        match attempt {
            Attempt::NeverSent(why) => Transmitted::NeverSent(why),
            Attempt::Unanswered(doubt) => {
                events(ClientEvent::Sent);
                hear(Err(doubt))
            }
            Attempt::Answered(answer) => {
                crate::failpoint::reach("request.answered");
                self.limiter.arrived(slot, took);
                events(ClientEvent::Sent);
                events(ClientEvent::Answered {
                    status: answer.status,
                    took,
                });
                hear(Ok(answer))
            }
        }
    }

    /// What came back for a batch.
    fn hear(&self, heard: Result<Answer, Doubt>, parcel: &Parcel<'_>) -> Transmitted<Reply> {
        match heard.map(|answer| judge(&answer, parcel, (self.options.clock)())) {
            Ok(Verdict::Reply(reply)) => Transmitted::Replied(reply),
            Ok(Verdict::TryAgainAfter(wait)) => Transmitted::Throttled(wait),
            Err(doubt) => Transmitted::Replied(Reply::Doubtful {
                doubt,
                may_be_at_work: true,
            }),
        }
    }

    /// Says how many requests are coming, so that a run that fits into the free slots goes at once and a
    /// longer one is paced evenly.
    pub fn announce(&self, requests: u64) {
        self.limiter.announce(requests);
    }

    /// How long to wait before a doubtful batch goes again, when `attempt` attempts have failed:
    /// exponential, with full jitter.
    pub fn resend_delay(&self, attempt: u32) -> Duration {
        self.delays.after(attempt)
    }

    /// How long that many further requests take at the rate, given the free slots and the pause now.
    pub fn plan(&self, requests: u64) -> Duration {
        self.limiter.forecast(requests)
    }

    /// How many requests may leave at once, by the quota, and how long a pause still takes in which none may.
    pub fn left(&self) -> (u64, Duration) {
        self.limiter.left()
    }

    /// How many requests the API takes from the key.
    pub const fn rate(&self) -> Rate {
        self.options.rate
    }

    /// Waits before connecting anew, or gives up.
    async fn reconnect(
        &self,
        trouble: &mut Trouble,
        why: &'static str,
        stop: &StopSignal,
        events: &(impl Fn(ClientEvent) + ?Sized),
    ) -> Result<(), Reply> {
        let down_for = trouble
            .down_since
            .get_or_insert_with(Instant::now)
            .elapsed();
        let left = self.options.give_up_after.saturating_sub(down_for);
        if left.is_zero() {
            let host = self.options.address.host();
            return Err(Reply::Unreachable(format!("{host}: {why}")));
        }
        trouble.attempts = trouble.attempts.saturating_add(1);
        let wait = self.delays.after(trouble.attempts).min(left);
        events(ClientEvent::Retrying { wait, why });
        tokio::select! {
            biased;
            () = stop.requested() => Err(Reply::Halt(Halt::Stopped)),
            () = sleep(wait) => Ok(()),
        }
    }

    /// Pauses the key, or ends the run when the API asks for more than it may wait, at once or by and by.
    fn throttle(
        &self,
        trouble: &mut Trouble,
        slot: Slot,
        wait: Duration,
        events: &(impl Fn(ClientEvent) + ?Sized),
    ) -> Result<(), Reply> {
        // On record first: whoever hears of it asks how long the rest takes.
        let paused = self.limiter.pause(slot, wait);
        events(ClientEvent::Throttled { wait });
        paused.map_err(reply_to)?;
        trouble.down_since = None;
        trouble.throttled = trouble.throttled.saturating_add(wait);
        if trouble.throttled > self.options.longest_wait {
            return Err(reply_to(Denied::PausedFor(trouble.throttled)));
        }
        Ok(())
    }
}

/// What a request has been through.
#[derive(Default)]
struct Trouble {
    down_since: Option<Instant>,
    attempts: u32,
    /// The sum of the pauses that the API asked this request for. An API that never stops asking would
    /// otherwise hold a run for ever.
    throttled: Duration,
}

fn reply_to(denied: Denied) -> Reply {
    match denied {
        Denied::Stopped => Reply::Halt(Halt::Stopped),
        Denied::PausedFor(wait) => Reply::Halt(Halt::WaitTooLong {
            seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
        }),
        Denied::NoLedger(text) => Reply::NoLedger(text),
    }
}

/// What the API would say of a request that is too large for it; it is spared the trouble.
fn too_large() -> Refusal {
    Refusal {
        status: 413,
        reason: reason(
            Some("request.too_large"),
            "the request is larger than 8 MiB",
        ),
        named: Vec::new(),
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Permit({:?})", self.slot)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Client({})", self.options.address)
    }
}
