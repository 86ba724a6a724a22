//! Reading one customer back through the door. Asking changes nothing on the other side, so what gets no
//! usable answer is simply asked again, a few times.

use std::borrow::Cow;

use serde_json::{Map, Value};
use tokio::time::sleep;

use super::{Answer, Client, ClientEvent, Letter, StopSignal, Transmitted, pause::asked_wait};
use crate::{
    contract::{CARRIERS, CUSTOMER, CustomerId},
    private::Private,
    record::{Doubt, Halt, Reply},
};

/// How often a customer is asked for before the API counts as failing.
const MOST_TRIES: u32 = 4;

/// What an answer's body holds, if it is of use.
type Content = fn(&Answer) -> Option<Map<String, Value>>;

/// What became of the question for one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The API shows the customer.
    Found(Private<Map<String, Value>>),
    /// The API knows no customer of that id (404).
    NotFound,
    /// The API refused the question (400, 422).
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The API answered, again and again, with something that is no customer.
    Unreadable,
    /// The API cannot be reached, or keeps failing.
    Unreachable(String),
    /// The ledger of requests cannot be used, so nothing may be asked.
    NoLedger(String),
    /// The command has to stop.
    Halt(Halt),
}

impl Client {
    /// Asks for one customer, with the same slots, pauses and reconnects as any other request.
    pub async fn read_customer(
        &self,
        id: CustomerId,
        stop: &StopSignal,
        events: &(impl Fn(ClientEvent) + ?Sized),
    ) -> Reading {
        let path = CUSTOMER.path_of(id).into();
        self.read((path, object), stop, events).await
    }

    /// Asks for the list of carriers, whatever its shape; a bare list comes under the name `items`.
    pub async fn read_carriers(
        &self,
        stop: &StopSignal,
        events: &(impl Fn(ClientEvent) + ?Sized),
    ) -> Reading {
        self.read((CARRIERS.path.into(), object_or_list), stop, events)
            .await
    }

    async fn read(
        &self,
        (path, content): (Cow<'static, str>, Content),
        stop: &StopSignal,
        events: &(impl Fn(ClientEvent) + ?Sized),
    ) -> Reading {
        let letter = Letter {
            method: CUSTOMER.method,
            path,
            body: None,
        };
        let hear = |heard| self.hear_reading(heard, content);
        let mut failed = 0;
        loop {
            let permit = match self.permit(stop).await {
                Ok(permit) => permit,
                Err(reply) => return without_answer(reply),
            };
            let sent = self.exchange(permit, (&letter, &hear), (stop, events));
            let doubt = match sent.await {
                Ok(Ok(reading)) => return reading,
                Ok(Err(doubt)) => doubt,
                Err(reply) => return without_answer(reply),
            };
            failed += 1;
            if failed >= MOST_TRIES {
                return self.gave_up(doubt);
            }
            let wait = self.delays.after(failed);
            events(ClientEvent::Retrying {
                wait,
                why: doubt.message(),
            });
            tokio::select! {
                biased;
                () = stop.requested() => return Reading::Halt(Halt::Stopped),
                () = sleep(wait) => (),
            }
        }
    }

    fn hear_reading(
        &self,
        heard: Result<Answer, Doubt>,
        content: Content,
    ) -> Transmitted<Result<Reading, Doubt>> {
        match heard {
            Ok(answer) if answer.status == 429 => {
                Transmitted::Throttled(asked_wait(&answer, (self.options.clock)()))
            }
            Ok(answer) => Transmitted::Replied(reading(&answer, content)),
            Err(doubt) => Transmitted::Replied(Err(doubt)),
        }
    }

    fn gave_up(&self, doubt: Doubt) -> Reading {
        if doubt == Doubt::UnreadableAnswer {
            return Reading::Unreadable;
        }
        let host = self.options.address.host();
        Reading::Unreachable(format!("{host}: {}", doubt.message()))
    }
}

/// What an answer says; why it says nothing, where asking again may help.
fn reading(answer: &Answer, content: Content) -> Result<Reading, Doubt> {
    Ok(match answer.status {
        200..=299 => Reading::Found(Private::new(
            content(answer).ok_or(Doubt::UnreadableAnswer)?,
        )),
        // A 404 that is not the API's own is about the address, and says nothing of the customer.
        404 if object(answer).is_some() => Reading::NotFound,
        400 | 422 => Reading::Refused {
            status: answer.status,
        },
        401 | 403 => Reading::Halt(Halt::KeyRefused {
            status: answer.status,
        }),
        408 | 500.. => return Err(Doubt::ServerError),
        status => Reading::Halt(Halt::Unexpected { status }),
    })
}

fn object(answer: &Answer) -> Option<Map<String, Value>> {
    serde_json::from_slice(answer.body.as_deref()?).ok()
}

/// The same of what may be a bare list.
fn object_or_list(answer: &Answer) -> Option<Map<String, Value>> {
    object(answer).or_else(|| {
        let list: Vec<Value> = serde_json::from_slice(answer.body.as_deref()?).ok()?;
        Some(Map::from_iter([("items".to_owned(), list.into())]))
    })
}

/// Only these replies come without an answer.
fn without_answer(reply: Reply) -> Reading {
    match reply {
        Reply::Halt(halt) => Reading::Halt(halt),
        Reply::Unreachable(why) => Reading::Unreachable(why),
        Reply::NoLedger(why) => Reading::NoLedger(why),
        Reply::Settled(_) | Reply::Refused(_) | Reply::Doubtful { .. } => Reading::Unreadable,
    }
}
