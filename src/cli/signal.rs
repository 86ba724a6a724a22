//! SIGINT and SIGTERM: the first asks for a stop after draining, the second ends the process at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{console::Console, exit::Exit};
use crate::client::StopSignal;

/// Listens for signals while a command works.
#[derive(Clone)]
pub(super) struct Signals {
    /// Asked for by the first signal.
    pub(super) stop: StopSignal,
    terminated: Arc<AtomicBool>,
}

impl Signals {
    /// Starts listening; needs a runtime.
    pub(super) fn listen() -> Self {
        let signals = Self {
            stop: StopSignal::new(),
            terminated: Arc::default(),
        };
        // Listened for from here on, not from when the task first gets a thread.
        tokio::spawn(signals.clone().handle(Arrivals::new()));
        signals
    }

    /// The exit code of a command that was asked to stop.
    pub(super) fn exit(&self) -> Exit {
        if self.terminated.load(Ordering::Relaxed) {
            Exit::Terminated
        } else {
            Exit::Interrupted
        }
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
