//! What the ledger allows: whether a request may leave now, and if not, when.

use std::{
    io,
    time::{Duration, SystemTime},
};

use super::{
    Rate,
    ledger::{Header, Page, Sent},
    margin,
};

/// The longest pause that is written down. A server that asks for more has the run stopped; a slip of
/// its pen must not lock a key away for years.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// The longest way to the API that is reckoned with: the time in which a lost packet is sent again twice.
/// What takes longer still is the margin's business.
const LONGEST_WAY: Duration = Duration::from_millis(600);
/// Where requests follow one another faster than this, timers are too coarse to keep each apart from the
/// next, and so many together are kept apart from as many before them.
const FINEST_SPREAD: Duration = Duration::from_millis(250);

/// A request's place in the quota, taken and written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    taken_at: u64,
    /// The request's number in the ledger.
    number: u64,
    /// The margin at that time, in per cent of the window.
    pub(super) margin: u64,
}

/// Whether a request may leave.
pub(super) enum Permission {
    /// It may, and is on record.
    Granted(Slot),
    /// The quota is used up for so long.
    Full(Duration),
    /// The API has asked for a pause, which has so long to go.
    Paused(Duration),
}

/// Takes a slot, if one is free; with `evenly`, not before its turn among the requests of all processes.
pub(super) fn take(
    page: &mut Page<'_>,
    rate: Rate,
    evenly: bool,
    now: u64,
) -> io::Result<Permission> {
    let now = settle_clock(page, rate, now)?;
    if page.header.paused_until > now {
        let pause = Duration::from_micros(page.header.paused_until - now);
        return Ok(Permission::Paused(pause));
    }
    let turn = if evenly { turn(page, rate, now)? } else { 0 };
    let free_at = free_at(page, rate, 0, now)?.max(turn);
    if free_at > now {
        return Ok(Permission::Full(Duration::from_micros(free_at - now)));
    }
    Ok(Permission::Granted(Slot {
        taken_at: now,
        number: page.record(now, LONGEST_WAY, quota(rate))?,
        margin: margin_at(&page.header, rate, now),
    }))
}

/// Notes that the request in `slot` was answered, `took` after it left. It has arrived by now; a slow answer
/// says nothing of a slow way there.
pub(super) fn arrived(page: &mut Page<'_>, slot: Slot, took: Duration, now: u64) -> io::Result<()> {
    let on_the_way = took.min(LONGEST_WAY);
    let left_at = now.saturating_sub(micros(took));
    let arrived_at = left_at.saturating_add(micros(on_the_way));
    page.arrived(slot.number, slot.taken_at, arrived_at)
}

/// Pauses the key because the API asked the request in `slot` to wait. The margin grows once for each
/// pause: requests that had left before the pause began tell nothing new.
pub(super) fn pause(
    page: &mut Page<'_>,
    rate: Rate,
    slot: Slot,
    wait: Duration,
    now: u64,
) -> io::Result<()> {
    let now = settle_clock(page, rate, now)?;
    let margin = margin_at(&page.header, rate, now);
    let header = &mut page.header;
    header.margin = if slot.taken_at > header.paused_at {
        margin::raised(margin)
    } else {
        margin
    };
    let until = now.saturating_add(micros(wait.min(LONGEST_PAUSE)));
    header.paused_until = header.paused_until.max(until);
    header.paused_at = now;
    header.seen = now;
    page.save()?;
    crate::failpoint::reach("ledger.pause_written");
    Ok(())
}

/// Reckons with a wall clock that was set forward by so much since this process looked last. How old the
/// times on record are is not known then: all count as of now, and a pause has what it had left to go.
pub(super) fn leap(page: &mut Page<'_>, rate: Rate, by: u64, now: u64) -> io::Result<()> {
    carry_over(&mut page.header, rate, now.saturating_sub(by), now);
    page.forget(now)
}

/// How many requests may leave at once.
pub(super) fn free(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<u64> {
    let now = settle_clock(page, rate, now)?;
    let (mut free, mut most) = (0, quota(rate));
    // The times lie in order, so what is free ends at one place, give or take a delay.
    while free < most {
        let middle = free + (most - free) / 2;
        if free_at(page, rate, middle, now)? <= now {
            free = middle + 1;
        } else {
            most = middle;
        }
    }
    Ok(free)
}

/// How many requests may leave at once, and how long a pause still takes in which none may.
pub(super) fn left(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<(u64, Duration)> {
    let free = free(page, rate, now)?;
    match page.header.paused_until.saturating_sub(now) {
        0 => Ok((free, Duration::ZERO)),
        pause => Ok((0, Duration::from_micros(pause))),
    }
}

/// How long until `requests` further requests have left: at once while slots are free, then as slots
/// become free; evenly when `evenly`.
pub(super) fn forecast(
    page: &mut Page<'_>,
    rate: Rate,
    requests: u64,
    now: u64,
) -> io::Result<Duration> {
    let Some(last) = requests.checked_sub(1) else {
        return Ok(Duration::ZERO);
    };
    let evenly = requests > free(page, rate, now)?;
    let now = settle_clock(page, rate, now)?;
    let pause = page.header.paused_until.saturating_sub(now);
    let first_free = free_at(page, rate, last % quota(rate), now)?.saturating_sub(now);
    let held = held(page, rate, now);
    let rounds = (last / quota(rate)).saturating_mul(held);
    let paced = if evenly {
        last.saturating_mul(held) / quota(rate)
    } else {
        0
    };
    let wait = (first_free.saturating_add(rounds)).max(pause.saturating_add(rounds.max(paced)));
    Ok(Duration::from_micros(wait))
}

/// The margin, in per cent of the window.
pub(super) fn margin(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<u64> {
    let now = settle_clock(page, rate, now)?;
    Ok(margin_at(&page.header, rate, now))
}

/// How long a slot stays taken: the window and the margin, in microseconds.
pub(super) fn held_for(rate: Rate, margin: u64) -> u64 {
    let window = micros(rate.window());
    window + window * margin / 100
}

/// A wall clock's time as the ledger writes it.
pub(super) fn micros_since_1970(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, micros)
}

/// How far the wall clock may be off without being called set: half of the margin that there always is.
pub(super) fn allowed_leap(rate: Rate) -> u64 {
    first_margin(rate) / 2
}

/// When the slot is free that a request takes before which `ahead` others are sent; 0 for long since.
fn free_at(page: &mut Page<'_>, rate: Rate, ahead: u64, now: u64) -> io::Result<u64> {
    let nth = quota(rate).saturating_sub(ahead);
    let held = held(page, rate, now);
    let from_ring = page.newest(nth, now)?.map_or(0, |sent| {
        let Sent { at, delay } = sent;
        at.saturating_add(delay * 1000).saturating_add(held)
    });
    let from_gap = match page.header.unknown_until {
        0 => 0,
        moment => moment
            .saturating_add(micros(LONGEST_WAY))
            .saturating_add(held),
    };
    Ok(from_ring.max(from_gap))
}

/// When the next of evenly spread requests may leave; 0 for long since. A little early is in time, as each
/// process has a pacer of its own: here they only make room for one another.
fn turn(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<u64> {
    let period = held(page, rate, now) / quota(rate);
    let together = 1 + micros(FINEST_SPREAD) / period.max(1);
    let early = period / 8;
    Ok(page.newest(together, now)?.map_or(0, |sent| {
        let apart = period.saturating_mul(together).saturating_sub(early);
        sent.at.saturating_add(apart)
    }))
}

/// The time to reckon with. After a jump back of the wall clock nothing on record can be trusted: a full
/// window is waited, and what a pause had left to go starts anew.
fn settle_clock(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<u64> {
    let seen = page.header.seen;
    if now >= seen {
        return Ok(now);
    }
    // A small step back makes what is on record look younger than it is, which is on the safe side.
    if seen - now <= first_margin(rate) {
        return Ok(seen);
    }
    carry_over(&mut page.header, rate, seen, now);
    page.forget(now)?;
    Ok(now)
}

/// Takes the pause and the margin along to another reading of the clock. Never more than the whole pause
/// is waited anew, however many processes notice the same jump.
fn carry_over(header: &mut Header, rate: Rate, then: u64, now: u64) {
    header.margin = margin_at(header, rate, then);
    let length = header.paused_until.saturating_sub(header.paused_at);
    let left = header.paused_until.saturating_sub(then).min(length);
    header.paused_until = now.saturating_add(left);
    header.paused_at = header.paused_until.saturating_sub(length).min(now);
}

/// What is left of the margin, in per cent of the window.
fn margin_at(header: &Header, rate: Rate, now: u64) -> u64 {
    let idle = now.saturating_sub(header.paused_until);
    margin::melted(header.margin, idle, micros(rate.window()))
}

fn first_margin(rate: Rate) -> u64 {
    held_for(rate, margin::FIRST) - micros(rate.window())
}

fn held(page: &Page<'_>, rate: Rate, now: u64) -> u64 {
    held_for(rate, margin_at(&page.header, rate, now))
}

fn quota(rate: Rate) -> u64 {
    u64::from(rate.requests().get())
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
