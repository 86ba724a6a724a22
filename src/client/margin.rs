//! How much longer than the window a slot stays taken: more with each pause, less while there is none.
//!
//! A first 429 may be chance and costs one per cent. Those that follow one another tell that the quota is
//! not what we believe, or that somebody else uses it too: the margin doubles each time, so a few of them
//! are enough to come down to any pace. It melts slowly, so that a quota which is really smaller is not
//! tried every few minutes. Margins are in per cent of the window.

/// The margin of a key that was never paused: for clocks that run differently.
pub(super) const FIRST: u64 = 1;
/// The largest: three windows more, a quarter of the pace.
pub(super) const LARGEST: u64 = 300;
/// How many windows halve what is above the first margin.
const HALVED_IN: u64 = 10;

/// The margin after one more pause.
pub(super) fn raised(margin: u64) -> u64 {
    margin.saturating_mul(2).clamp(FIRST, LARGEST)
}

/// What is left of a margin when its pause has been over for `idle`; times in one unit, whichever.
pub(super) fn melted(margin: u64, idle: u64, window: u64) -> u64 {
    let half = window.saturating_mul(HALVED_IN).max(1);
    let excess = margin.clamp(FIRST, LARGEST) - FIRST;
    let halvings = u32::try_from(idle / half).unwrap_or(u32::MAX);
    // In thousandths, and straight from one half to the next.
    let thousandths = (excess * 1000).checked_shr(halvings).unwrap_or(0);
    let since = u128::from(thousandths / 2) * u128::from(idle % half) / u128::from(half);
    let left = thousandths - u64::try_from(since).unwrap_or(thousandths);
    FIRST + (left + 500) / 1000
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LARGEST, melted, raised};

    #[test]
    fn a_first_pause_costs_one_per_cent_and_the_ninth_three_windows() {
        let mut margins = vec![FIRST];
        for _ in 0..10 {
            margins.push(raised(*margins.last().unwrap()));
        }

        assert_eq!(margins, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn what_is_above_the_first_margin_halves_every_ten_windows() {
        for (windows, left) in [
            (0, 257),
            (5, 193),
            (10, 129),
            (20, 65),
            (30, 33),
            (80, 2),
            (100, 1),
        ] {
            assert_eq!(melted(257, windows * 60, 60), left, "{windows} windows");
        }
        assert_eq!(melted(LARGEST, u64::MAX, 1), FIRST);
    }

    #[test]
    fn a_margin_never_grows_by_waiting() {
        let mut last = LARGEST;
        for idle in 0..200_000 {
            let now = melted(LARGEST, idle, 1000);
            assert!(now <= last, "{idle}");
            last = now;
        }
        assert_eq!(last, FIRST);
    }
}
