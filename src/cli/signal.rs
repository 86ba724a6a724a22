//! What asks a command to stop: SIGINT, SIGTERM, the deadline. The first asks for a stop after draining, a
//! signal after that ends the process at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{console::Console, exit::Exit, progress::LastWord};
use crate::client::{StopSignal, WallClock};

/// How long to sleep before the wall clock is looked at again: it may be set, and machines sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// Listens for signals while a command works.
#[derive(Clone)]
pub(super) struct Signals {
    /// Asked for by the first signal.
    pub(super) stop: StopSignal,
    terminated: Arc<AtomicBool>,
    is_past_deadline: Arc<AtomicBool>,
}

impl Signals {
    /// Starts listening; needs a runtime.
    pub(super) fn listen() -> Self {
        let signals = Self {
            stop: StopSignal::new(),
            terminated: Arc::default(),
            is_past_deadline: Arc::default(),
        };
        // Listened for from here on, not from when the task first gets a thread.
        tokio::spawn(signals.clone().handle(Arrivals::new()));
        signals
    }

    /// Says on stderr how far the work is, each time that SIGUSR1 asks.
    #[cfg(unix)]
    pub(super) fn answer(last: LastWord) {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut asked) = signal(SignalKind::user_defined1()) else {
            return;
        };
        tokio::spawn(async move {
            while asked.recv().await.is_some() {
                Console::message(&last.text());
            }
        });
    }

    /// No such signal is known here.
    #[cfg(not(unix))]
    pub(super) fn answer(_: LastWord) {}

    /// The exit code of a command that was asked to stop.
    pub(super) fn exit(&self) -> Exit {
        if self.is_past_deadline.load(Ordering::Relaxed) {
            Exit::TryLater
        } else if self.terminated.load(Ordering::Relaxed) {
            Exit::Terminated
        } else {
            Exit::Interrupted
        }
    }

    /// Asks for a stop at that time.
    pub(super) fn stop_at(&self, moment: SystemTime, clock: WallClock) {
        if moment <= clock() {
            self.stop_for_deadline();
        } else {
            tokio::spawn(self.clone().wait_until(moment, clock));
        }
    }

    async fn wait_until(self, moment: SystemTime, clock: WallClock) {
        while let Ok(left) = moment.duration_since(clock())
            && !left.is_zero()
        {
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
        self.stop_for_deadline();
        Console::message("the deadline has come: requests under way are awaited and settled");
    }

    fn stop_for_deadline(&self) {
        self.is_past_deadline.store(true, Ordering::Relaxed);
        self.stop.request();
    }

    async fn handle(self, mut arrivals: Arrivals) {
        let first = arrivals.next().await;
        self.terminated
            .store(first == Exit::Terminated, Ordering::Relaxed);
        self.stop.request();
        Console::message(
            "stopping: requests under way are awaited and settled; a second signal ends at once",
        );
        let second = arrivals.next().await;
        leave(second);
    }
}

/// The next signal after all other work is done; there is nothing left to drain.
pub(super) async fn arrival() {
    _ = Arrivals::new().next().await;
}

#[expect(
    clippy::exit,
    reason = "a second signal asks for just that; what is in flight is in doubt at the next start"
)]
fn leave(exit: Exit) {
    std::process::exit(exit.code().into());
}

#[cfg(unix)]
struct Arrivals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Arrivals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) -> Exit {
        async fn of(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => _ = signal.recv().await,
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = of(&mut self.interrupt) => Exit::Interrupted,
            () = of(&mut self.terminate) => Exit::Terminated,
        }
    }
}

#[cfg(not(unix))]
struct Arrivals;

#[cfg(not(unix))]
impl Arrivals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> Exit {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    }
}
