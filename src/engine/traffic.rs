//! One request under way: what it carries, and what came of it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::sync::mpsc::UnboundedSender;

use crate::{
    client::{Client, ClientEvent, Parcel, Permit, StopSignal},
    contract::Contract,
    record::{Batch, Reply},
};

/// A request that has come to its end.
pub(super) struct Finished {
    /// The request's number in the journal.
    pub(super) request: i64,
    pub(super) batch: Batch,
    pub(super) reply: Reply,
    /// How often it left.
    pub(super) tries: u32,
    /// How often the answer was 429.
    pub(super) throttled: u32,
    /// The last HTTP status.
    pub(super) status: Option<u16>,
}

/// What a request needs on its way.
#[derive(Clone)]
pub(super) struct Carrier {
    pub(super) client: Arc<Client>,
    pub(super) contract: &'static Contract,
    pub(super) stop: StopSignal,
    pub(super) events: UnboundedSender<ClientEvent>,
}

impl Carrier {
    /// Sends a claimed batch and brings it back with the reply.
    pub(super) async fn carry(self, permit: Permit, request: i64, batch: Batch) -> Finished {
        let (tries, throttled, status) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
        let parcel = Parcel {
            contract: self.contract,
            path: batch.path(),
            body: batch.request_body().into(),
            external_ids: batch.names(),
        };
        let note = |event: ClientEvent| {
            match event {
                ClientEvent::Sent => _ = tries.fetch_add(1, Ordering::Relaxed),
                ClientEvent::Throttled { .. } => _ = throttled.fetch_add(1, Ordering::Relaxed),
                ClientEvent::Answered { status: number, .. } => {
                    status.store(number.into(), Ordering::Relaxed);
                }
                ClientEvent::Retrying { .. } => (),
            }
            // Nobody listens any more only when the run is being torn down.
            let _ = self.events.send(event);
        };
        let reply = self.client.send(permit, &parcel, &self.stop, &note).await;
        let status = u16::try_from(status.into_inner())
            .ok()
            .filter(|status| *status > 0);
        Finished {
            request,
            reply,
            tries: tries.into_inner(),
            throttled: throttled.into_inner(),
            status,
            batch,
        }
    }
}
