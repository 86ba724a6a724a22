//! Finding the bad records of a request that the API did not take as a whole, with few requests. Pure.
//!
//! A group is sent by itself; what comes back tells whether a bad record is in it. Of a bad group one half
//! goes first: when it is clean, the other half is bad without being asked, and when it is bad, nothing is
//! known of the other half any more. A record is blamed only once it was sent by itself, or named. After the
//! first find all others go together, as one bad record is by far the commonest case; from then on groups
//! are as large as the share of bad ones makes likely to be bad every other time, down to single records.

use std::{collections::VecDeque, mem};

use crate::record::RecordId;

/// How many requests an isolation may take more than it has records. When no more are left than that, what
/// is undecided goes record by record, which takes one request each.
const BUDGET: usize = 24;
/// Where one in so many is bad, single records are cheaper than groups,
const DENSE: usize = 3;
/// once so many were found.
const FINDS_BEFORE_JUDGING: usize = 4;
/// Counted with the records seen, so that bad ones found early do not look like a dense batch.
const BENEFIT_OF_DOUBT: usize = 10;

/// The records of one request on their way to being told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Isolation {
    /// True when they are in doubt, false when they are pending.
    pub(super) in_doubt: bool,
    /// Of these at least one is bad.
    suspects: VecDeque<RecordId>,
    /// Of these nothing is known.
    rest: VecDeque<RecordId>,
    /// How many are under way.
    sent: usize,
    found: usize,
    seen: usize,
    /// How many requests are left.
    budget: usize,
}

impl Isolation {
    /// The isolation of a request with these records, of which some are bad and nobody says which.
    pub(super) fn of(records: Vec<RecordId>, in_doubt: bool) -> Self {
        Self {
            in_doubt,
            budget: records.len() + BUDGET,
            suspects: records.into(),
            rest: VecDeque::new(),
            sent: 0,
            found: 0,
            seen: 0,
        }
    }

    /// The next group to be sent by itself; none when all are decided, or no request is left.
    pub(super) fn next_group(&mut self) -> Option<Vec<RecordId>> {
        if self.is_done() {
            return None;
        }
        if self.budget <= self.undecided() {
            self.clear_suspects();
        }
        let group: Vec<RecordId> = if self.suspects.is_empty() {
            let most = self.group_size();
            self.rest.drain(..most).collect()
        } else {
            // The smaller half: one record that is refused by itself needs no further request.
            let half = (self.suspects.len() / 2).max(1);
            self.suspects.drain(..half).collect()
        };
        self.sent = group.len();
        self.budget -= 1;
        Some(group)
    }

    /// Takes what the last group told: how many of it are bad for certain, and which are still undecided.
    pub(super) fn learn(&mut self, bad: usize, undecided: Vec<RecordId>) {
        self.found += bad;
        self.seen += mem::take(&mut self.sent) - undecided.len();
        let is_clean = bad == 0 && undecided.is_empty();
        if is_clean {
            // If it was one half, the other is bad.
            return;
        }
        // Whoever is bad in here explains why the whole was: the other half is as good as any.
        self.clear_suspects();
        if bad == 0 {
            self.suspects = undecided.into();
        } else {
            put_first(&mut self.rest, undecided);
        }
    }

    /// The last group told nothing, and has gone its own way.
    pub(super) fn lose(&mut self) {
        self.sent = 0;
        self.clear_suspects();
    }

    /// True when nothing is left to be told apart, or no request to do it with.
    pub(super) fn is_done(&self) -> bool {
        self.budget == 0 || self.undecided() == 0
    }

    /// All that are undecided and not under way.
    pub(super) fn into_undecided(self) -> Vec<RecordId> {
        self.suspects.into_iter().chain(self.rest).collect()
    }

    fn undecided(&self) -> usize {
        self.suspects.len() + self.rest.len()
    }

    fn clear_suspects(&mut self) {
        let innocent = mem::take(&mut self.suspects);
        put_first(&mut self.rest, innocent.into());
    }

    /// How many of the rest go together.
    fn group_size(&self) -> usize {
        let left = self.rest.len();
        let is_dense = self.found >= FINDS_BEFORE_JUDGING && self.found * DENSE > self.seen;
        if is_dense || self.budget <= left {
            return left.min(1);
        }
        if self.found <= 1 {
            return left;
        }
        // ln 2 over the share of bad ones: such a group is bad every other time.
        let even = ((self.seen + BENEFIT_OF_DOUBT) * 69).div_ceil(100 * self.found);
        even.max(1).min(left)
    }
}

fn put_first(queue: &mut VecDeque<RecordId>, records: Vec<RecordId>) {
    for record in records.into_iter().rev() {
        queue.push_front(record);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    };

    use proptest::prelude::*;

    use super::{BUDGET, Isolation};
    use crate::record::{RecordId, RunId};

    fn records(count: u32) -> Vec<RecordId> {
        (0..count)
            .map(|number| RecordId {
                run: RunId(1),
                number,
            })
            .collect()
    }

    /// Isolates the bad ones among so many records; gives who was found and in how many requests.
    fn isolate(count: u32, bad: &BTreeSet<u32>) -> (BTreeSet<u32>, usize) {
        let mut isolation = Isolation::of(records(count), false);
        let (mut found, mut taken, mut requests) = (BTreeSet::new(), BTreeSet::new(), 0);
        while let Some(group) = isolation.next_group() {
            requests += 1;
            let is_bad = group.iter().any(|record| bad.contains(&record.number));
            match (is_bad, group.as_slice()) {
                (true, [only]) => {
                    assert!(found.insert(only.number), "{only:?} was found before");
                    isolation.learn(1, Vec::new());
                }
                (true, _) => isolation.learn(0, group),
                (false, _) => {
                    for record in group {
                        assert!(taken.insert(record.number), "{record:?} was taken before");
                    }
                    isolation.learn(0, Vec::new());
                }
            }
        }
        assert_eq!(found.len() + taken.len(), count as usize);
        (found, requests)
    }

    proptest! {
        #[test]
        fn whoever_is_bad_is_found_and_nobody_else_within_the_budget(
            (count, bad) in (1u32..=100).prop_flat_map(|count| {
                (Just(count), prop::collection::btree_set(0..count, 0..=count as usize))
            }),
        ) {
            let (found, requests) = isolate(count, &bad);

            prop_assert_eq!(&found, &bad);
            prop_assert!(requests <= count as usize + BUDGET, "{requests} requests");
        }

        /// Records may be bad together only, requests may be lost, names may turn up: it ends all the same.
        #[test]
        fn it_ends_whatever_it_is_told(
            count in 1u32..=100,
            answers in prop::collection::vec(0u8..4, 400),
        ) {
            let mut isolation = Isolation::of(records(count), false);
            let mut answers = answers.into_iter().cycle();
            let mut requests = 0;
            while let Some(group) = isolation.next_group() {
                requests += 1;
                match (answers.next(), group.len()) {
                    (Some(0), _) | (Some(3), 1) => isolation.learn(0, Vec::new()),
                    (Some(1), 2..) => isolation.learn(0, group),
                    (Some(2), 2..) => isolation.learn(1, group[1..].to_vec()),
                    (Some(3), _) => isolation.lose(),
                    _ => isolation.learn(1, Vec::new()),
                }
            }
            prop_assert!(requests <= count as usize + BUDGET, "{requests} requests");
        }
    }

    /// What the README says of the requests that bad records cost, over every place or many draws.
    #[test]
    fn bad_records_cost_what_is_said_of_them() {
        let average = |bad: usize| {
            let draws = if bad == 1 { 100 } else { 400 };
            let requests: u32 = (0..draws)
                .map(|draw| u32::try_from(isolate(100, &drawn(bad, draw)).1).unwrap())
                .sum();
            f64::from(requests) / f64::from(draws)
        };

        let averages = [1, 2, 5, 10, 50].map(average);

        let most = [8.2, 16.6, 35.2, 59.0, 114.5];
        for (average, most) in averages.iter().zip(most) {
            assert!(*average <= most && *average > most - 3.0, "{averages:?}");
        }
    }

    /// So many different numbers below 100; a single one takes every place in turn.
    fn drawn(count: usize, draw: u32) -> BTreeSet<u32> {
        if count == 1 {
            return BTreeSet::from([draw]);
        }
        let hashes = (0..).map(|number: u32| {
            BuildHasherDefault::<DefaultHasher>::default().hash_one((draw, number))
        });
        let mut numbers = BTreeSet::new();
        for hash in hashes {
            if numbers.len() == count {
                break;
            }
            numbers.insert(u32::try_from(hash % 100).unwrap());
        }
        numbers
    }
}
