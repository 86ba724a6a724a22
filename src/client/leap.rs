//! Notices that the wall clock was set forward while this process lived.
//!
//! The ledger holds times of the wall clock. After a leap forward all of it looks long past, and every slot
//! free, though the API's window has not passed. The clock that only counts on tells within one process.

/// What the wall clock is ahead of the clock that only counts on, in microseconds, and what is allowed.
#[derive(Debug)]
pub(super) struct Leaps {
    /// The least that it was ahead of it, at most this much; none before the first look.
    ahead: Option<i64>,
    /// What is no leap.
    allowed: i64,
    /// Leaps that were noticed and not reckoned with yet.
    owed: i64,
}

impl Leaps {
    /// Nothing noticed yet. Up to `allowed` microseconds are no leap; the margin has room for them.
    pub(super) fn new(allowed: u64) -> Self {
        Self {
            ahead: None,
            allowed: signed(allowed),
            owed: 0,
        }
    }

    /// Looks at both clocks: `wall` was read when the other one stood between `before` and `after`. Gives
    /// by how much the wall clock has leapt forward, until [`Leaps::settled`] is told.
    pub(super) fn look(&mut self, wall: u64, (before, after): (u64, u64)) -> Option<u64> {
        let at_least = signed(wall) - signed(after);
        let at_most = signed(wall) - signed(before);
        let known = self.ahead.unwrap_or(at_most);
        let leap = at_least - known;
        if leap > self.allowed {
            self.owed += leap;
            self.ahead = Some(at_most);
        } else {
            self.ahead = Some(known.min(at_most));
        }
        u64::try_from(self.owed).ok().filter(|owed| *owed > 0)
    }

    /// What was noticed is reckoned with.
    pub(super) const fn settled(&mut self) {
        self.owed = 0;
    }
}

fn signed(micros: u64) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Leaps;

    /// Looks at wall times, each with the other clock's time; both clocks are read in one moment.
    fn leaps(looks: &[(u64, u64)]) -> Vec<Option<u64>> {
        let mut leaps = Leaps::new(300);
        let looks = looks.iter().map(|(wall, other)| {
            let leap = leaps.look(*wall, (*other, *other));
            leaps.settled();
            leap
        });
        looks.collect()
    }

    #[test]
    fn clocks_that_run_alike_leap_nowhere() {
        let looks = [(90_000, 0), (90_900, 1_000), (96_100, 6_000)];

        assert_eq!(leaps(&looks), [None; 3]);
    }

    #[test]
    fn a_leap_forward_is_noticed_once_also_after_one_back() {
        let looks = [
            (90_000, 0),
            (95_000, 1_000),
            (96_000, 2_000),
            (10_000, 3_000),
            (14_000, 7_000),
            (99_000, 8_000),
        ];

        let found = [None, Some(4_000), None, None, None, Some(84_000)];
        assert_eq!(leaps(&looks), found);
    }

    #[test]
    fn small_steps_add_up_to_a_leap() {
        let looks = [(90_000, 0), (90_200, 0), (90_300, 0), (90_500, 0)];

        assert_eq!(leaps(&looks), [None, None, None, Some(500)]);
    }

    #[test]
    fn a_look_that_took_long_is_no_leap() {
        let mut leaps = Leaps::new(300);

        assert_eq!(leaps.look(90_000, (0, 9_000)), None);
        assert_eq!(leaps.look(99_000, (9_000, 9_000)), None);
        assert_eq!(leaps.look(99_000, (0, 9_000)), None);
    }

    #[test]
    fn a_leap_is_owed_until_it_is_reckoned_with() {
        let mut leaps = Leaps::new(300);
        leaps.look(90_000, (0, 0));

        assert_eq!(leaps.look(95_000, (0, 0)), Some(5_000));
        assert_eq!(leaps.look(95_100, (100, 100)), Some(5_000));
        leaps.settled();
        assert_eq!(leaps.look(95_200, (200, 200)), None);
    }
}
