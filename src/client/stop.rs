//! A request to stop, which stays asked for once it is.

use std::sync::Arc;

use tokio::sync::watch;

/// A latch: once a stop is asked for, everyone who holds a clone sees it, sooner or later.
#[derive(Debug, Clone)]
pub struct StopSignal {
    latch: Arc<watch::Sender<bool>>,
}

impl StopSignal {
    /// A latch that nobody has touched yet.
    pub fn new() -> Self {
        Self {
            latch: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Asks for a stop.
    pub fn request(&self) {
        self.latch.send_replace(true);
    }

    /// True once a stop was asked for.
    pub fn is_requested(&self) -> bool {
        *self.latch.borrow()
    }

    /// Waits until a stop is asked for.
    pub async fn requested(&self) {
        let mut watcher = self.latch.subscribe();
        // Fails only when the sender is gone, and we hold it ourselves.
        let _ = watcher.wait_for(|requested| *requested).await;
    }
}

impl Default for StopSignal {
    fn default() -> Self {
        Self::new()
    }
}
