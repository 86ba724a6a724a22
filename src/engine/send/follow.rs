//! What follows from a reply: what goes again and when, what is taken apart, and when to stop.

use std::time::Duration;

use tokio::time::Instant;

use super::Sending;
use crate::{
    engine::{
        Event,
        isolation::Isolation,
        verdict::{Stopped, Then},
    },
    journal::{PauseReason, RequestResult},
    record::{Outcome, RecordId},
};

impl Sending<'_> {
    /// Does what follows from a reply.
    pub(super) fn follow(
        &mut self,
        then: Then,
        (status, ids, result): (Option<u16>, &[RecordId], RequestResult),
    ) {
        if matches!(result, RequestResult::Settled | RequestResult::Refused) {
            self.trouble = None;
        }
        let records = ids.len();
        let refused = |named| Event::Refused {
            status: status.unwrap_or_default(),
            records,
            named,
        };
        match then {
            Then::GoOn if result == RequestResult::Refused => self.telling.tell(refused(records)),
            Then::GoOn => (),
            Then::Refill(innocent) => {
                self.telling.tell(refused(records - innocent.len()));
                self.queue.refill(innocent);
            }
            Then::Isolate { ids, in_doubt } => {
                self.telling.tell(if in_doubt {
                    Event::TakenApart { records: ids.len() }
                } else {
                    refused(0)
                });
                self.queue.note_queued(&ids);
                self.queue.isolate(Isolation::of(ids, in_doubt));
            }
            Then::Resend {
                ids,
                doubt,
                whole,
                may_be_at_work,
            } => {
                let delay = self.delay(whole, doubt.message());
                let wait = if may_be_at_work {
                    delay.max(self.options.resend_after)
                } else {
                    delay
                };
                self.telling.tell(Event::InDoubt {
                    code: doubt.as_str(),
                    records,
                    again_in: (!ids.is_empty()).then_some(wait),
                });
                self.queue.resend(Instant::now() + wait, ids);
            }
            Then::Stop(reason) => self.stop(reason),
        }
    }

    /// How long to wait before a re-send. An API that fails as a whole also gets a pause, longer each
    /// time, and is given up on when it does nothing else. What fails together counts once.
    fn delay(&mut self, whole: bool, why: &str) -> Duration {
        let (since, failures) = self.trouble.unwrap_or_else(|| (Instant::now(), 0));
        let delay = self.carrier.client.resend_delay(failures);
        if whole {
            let is_paused = self.hold_until.is_some_and(|until| until > Instant::now());
            if !is_paused {
                self.trouble = Some((since, failures + 1));
                self.hold_until = Some(Instant::now() + delay);
                self.telling.pauses.begin(PauseReason::Failing, delay);
            }
            if since.elapsed() >= self.options.give_up_after {
                self.stop(Stopped::Unreachable(why.to_owned()));
            }
        }
        delay
    }

    /// Lets an isolation learn from what became of its group. A reply that is not about the isolation's
    /// question, such as none at all, is given back, to be followed as any other.
    pub(super) fn learn(
        &mut self,
        mut isolation: Isolation,
        (outcomes, result): (&[Option<Outcome>], RequestResult),
        then: Then,
    ) -> Option<Then> {
        let failed = |outcome: &&Option<Outcome>| matches!(outcome, Some(Outcome::Failed(_)));
        let is_answer = isolation.in_doubt || result == RequestResult::Refused;
        let bad = outcomes.iter().filter(failed).count();
        let undecided = match then {
            Then::GoOn => Vec::new(),
            Then::Refill(innocent) if !isolation.in_doubt => innocent,
            Then::Isolate { ids, in_doubt } if in_doubt == isolation.in_doubt => ids,
            other => {
                self.answers_tell_nothing |= is_unaccounted(&other) && outcomes.len() == 1;
                isolation.lose();
                self.go_on_isolating(isolation);
                return Some(other);
            }
        };
        self.trouble = None;
        isolation.learn(if is_answer { bad } else { 0 }, undecided);
        self.go_on_isolating(isolation);
        None
    }

    fn go_on_isolating(&mut self, isolation: Isolation) {
        let is_of_use = !(isolation.in_doubt && self.answers_tell_nothing);
        if is_of_use && !isolation.is_done() {
            self.queue.isolate(isolation);
        } else {
            self.queue.leave(isolation);
        }
    }
}

/// True when a request was taken and its answer leaves records unaccounted for.
const fn is_unaccounted(then: &Then) -> bool {
    matches!(then, Then::Resend { whole: false, .. })
}
