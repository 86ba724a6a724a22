//! What the ledger allows: whether a request may leave now, and if not, when.

use std::{
    io,
    time::{Duration, SystemTime},
};

use super::{Rate, ledger::Page};

/// The longest pause that is written down. A server that asks for more has the run stopped; a slip of
/// its pen must not lock a key away for years.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// A request's place in the quota, taken and written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    taken_at: u64,
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

/// Takes a slot, if one is free.
pub(super) fn take(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<Permission> {
    let now = settle_clock(page, rate, now)?;
    if page.header.paused_until > now {
        let pause = Duration::from_micros(page.header.paused_until - now);
        return Ok(Permission::Paused(pause));
    }
    let free_at = free_at(page, rate, 0, now)?;
    if free_at > now {
        return Ok(Permission::Full(Duration::from_micros(free_at - now)));
    }
    page.record(now, quota(rate))?;
    Ok(Permission::Granted(Slot {
        taken_at: now,
        margin: page.header.margin,
    }))
}

/// Pauses the key because the API asked the request in `slot` to wait. The margin widens once for each
/// pause: requests that had left before the pause began tell nothing new.
pub(super) fn pause(
    page: &mut Page<'_>,
    rate: Rate,
    slot: Slot,
    wait: Duration,
    now: u64,
) -> io::Result<()> {
    let now = settle_clock(page, rate, now)?;
    let header = &mut page.header;
    if slot.taken_at > header.paused_at {
        header.widen_margin();
    }
    let until = now.saturating_add(micros(wait.min(LONGEST_PAUSE)));
    header.paused_until = header.paused_until.max(until);
    header.paused_at = now;
    header.seen = now;
    page.save()?;
    crate::failpoint::reach("ledger.pause_written");
    Ok(())
}

/// How many requests may leave at once.
pub(super) fn free(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<u64> {
    let now = settle_clock(page, rate, now)?;
    let (mut free, mut most) = (0, quota(rate));
    // The times lie in order, so what is free ends at one place.
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
    let rounds = (last / quota(rate)).saturating_mul(held(page, rate));
    let paced = if evenly {
        last.saturating_mul(held(page, rate)) / quota(rate)
    } else {
        0
    };
    let wait = (first_free.saturating_add(rounds)).max(pause.saturating_add(rounds.max(paced)));
    Ok(Duration::from_micros(wait))
}

/// The margin, in per cent of the window.
pub(super) fn margin(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<u64> {
    settle_clock(page, rate, now)?;
    Ok(page.header.margin)
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

/// When the slot is free that a request takes before which `ahead` others are sent; 0 for long since.
fn free_at(page: &mut Page<'_>, rate: Rate, ahead: u64, now: u64) -> io::Result<u64> {
    let nth = quota(rate).saturating_sub(ahead);
    let from_ring = page
        .newest(nth, now)?
        .map_or(0, |time| time.saturating_add(held(page, rate)));
    let from_gap = match page.header.unknown_until {
        0 => 0,
        moment => moment.saturating_add(held(page, rate)),
    };
    Ok(from_ring.max(from_gap))
}

/// The time to reckon with. After a jump back of the wall clock nothing on record can be trusted: a full
/// window is waited, and a pause that was still to go starts anew.
fn settle_clock(page: &mut Page<'_>, rate: Rate, now: u64) -> io::Result<u64> {
    let seen = page.header.seen;
    if now >= seen {
        return Ok(now);
    }
    // A small step back makes what is on record look younger than it is, which is on the safe side.
    if seen - now <= held(page, rate) - micros(rate.window()) {
        return Ok(seen);
    }
    let header = &mut page.header;
    let pause = header.paused_until.saturating_sub(header.paused_at);
    header.paused_until = if header.paused_until > seen {
        now.saturating_add(pause)
    } else {
        0
    };
    header.paused_at = header.paused_at.min(now);
    page.forget(now)?;
    Ok(now)
}

fn held(page: &Page<'_>, rate: Rate) -> u64 {
    held_for(rate, page.header.margin)
}

fn quota(rate: Rate) -> u64 {
    u64::from(rate.requests().get())
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
