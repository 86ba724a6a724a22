//! Invented carriers and plans, and what becomes of the policies sold.

use super::{
    people::Customer,
    random::{Random, Share},
};

/// Which of a customer's policies it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The only one.
    Only,
    /// The one before a plan switch: ended, its application archived.
    Before,
    /// The one after a plan switch: in force.
    After,
}

/// One policy of a customer, as a row describes it.
pub(crate) struct Policy {
    /// HealthSherpa's number of it; no other policy has it.
    pub(crate) id: u64,
    pub(crate) carrier: &'static Carrier,
    pub(crate) plan: &'static Plan,
    pub(crate) status: &'static Status,
    /// Year and month; coverage starts on the first.
    pub(crate) starts: (u64, u64),
    /// Month and day of that year, or of the year's end.
    pub(crate) ends: (u64, u64),
    pub(crate) is_submission_known: bool,
    pub(crate) has_carrier_id: bool,
    pub(crate) net_cents: u64,
    pub(crate) agent: &'static Agent,
    /// Hour, minute, second of the last synchronization.
    pub(crate) synced: (u64, u64, u64),
    pub(crate) is_archived: bool,
}

impl Policy {
    /// The policy of that customer: the same seed, customer and part give the same policy.
    pub(crate) fn of(seed: u64, customer: &Customer, part: Part) -> Self {
        let id = 810_000_000 + customer.number * 2 + u64::from(part == Part::After);
        let mut random = Random::of(!seed, id);
        let (status, starts, ends) = match part {
            Part::Only => chance_of_life(&mut random),
            Part::Before => (&TERMINATED, (2026, 1), last_day(last_month(seed, customer))),
            Part::After => (
                &EFFECTUATED,
                (2026, last_month(seed, customer) + 1),
                (12, 31),
            ),
        };
        let is_free = random.happens(Share::percent(65));
        Self {
            id,
            carrier: random.pick(CARRIERS),
            plan: random.pick(PLANS),
            status,
            starts,
            ends,
            is_submission_known: random.happens(Share::percent(90)),
            has_carrier_id: random.happens(Share::percent(70)) && status.is_with_carrier,
            net_cents: if is_free { 0 } else { 1 + random.below(15_000) },
            agent: random.pick(AGENTS),
            synced: (random.below(24), random.below(60), random.below(60)),
            is_archived: part == Part::Before,
        }
    }
}

/// A status, and a start and an end that go with it.
fn chance_of_life(random: &mut Random) -> (&'static Status, (u64, u64), (u64, u64)) {
    let status = random.pick(STATUSES);
    let first = status.first_month + random.below(status.months);
    let ends = match status.text {
        "Cancelled" => (first, 1),
        "Terminated" => last_day(first + 1 + random.below(10 - first)),
        "PendingTermination" => last_day(11),
        _ => (12, 31),
    };
    (status, (status.year, first), ends)
}

/// The last month of the plan that a customer left.
fn last_month(seed: u64, customer: &Customer) -> u64 {
    2 + Random::of(seed, !customer.number).below(8)
}

/// Month and last day.
fn last_day(month: u64) -> (u64, u64) {
    let day = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (month, day)
}

/// A policy's status and when such policies start.
pub(crate) struct Status {
    pub(crate) text: &'static str,
    pub(crate) year: u64,
    first_month: u64,
    months: u64,
    /// The carrier knows of it and may have given it a number.
    is_with_carrier: bool,
    pub(crate) notes: &'static str,
}

const EFFECTUATED: Status = status("Effectuated", 2026, 1, 11, "-");
const TERMINATED: Status = status("Terminated", 2026, 1, 8, "Member switched plans");

/// Weighted by repetition; all but the first two are rare.
const STATUSES: &[Status] = &[
    EFFECTUATED,
    EFFECTUATED,
    EFFECTUATED,
    EFFECTUATED,
    EFFECTUATED,
    EFFECTUATED,
    EFFECTUATED,
    EFFECTUATED,
    PENDING_EFFECTUATION,
    PENDING_EFFECTUATION,
    status("PendingFollowups", 2026, 9, 3, "Income document requested"),
    status("PendingTermination", 2026, 1, 9, "-"),
    status(
        "Cancelled",
        2026,
        1,
        11,
        "Binder payment not received, plan cancelled",
    ),
    status("Terminated", 2026, 1, 8, "Non-payment"),
    status("Expired", 2025, 1, 11, "-"),
];

const PENDING_EFFECTUATION: Status = Status {
    is_with_carrier: false,
    ..status("PendingEffectuation", 2026, 11, 2, "-")
};

const fn status(
    text: &'static str,
    year: u64,
    first_month: u64,
    months: u64,
    notes: &'static str,
) -> Status {
    Status {
        text,
        year,
        first_month,
        months,
        is_with_carrier: true,
        notes,
    }
}

/// A carrier, invented like its numbers.
pub(crate) struct Carrier {
    pub(crate) name: &'static str,
    /// The first five digits of its plans' HIOS ids.
    pub(crate) hios: &'static str,
    /// What its policy numbers start with.
    pub(crate) prefix: &'static str,
}

const fn carrier(name: &'static str, hios: &'static str, prefix: &'static str) -> Carrier {
    Carrier { name, hios, prefix }
}

const CARRIERS: &[Carrier] = &[
    carrier("Oak Mutual Health", "90101", "OAK"),
    carrier("Sunwell", "90202", "U"),
    carrier("Blue Harbor of the South", "90303", "BHS"),
    carrier("Palmetto Care", "90404", "PC"),
    carrier("Meridian Peak Health Plan", "90505", "MPH"),
    carrier("Crescent HMO", "90606", "C"),
];

/// A plan that every carrier sells.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    /// The last seven digits of its HIOS id.
    pub(crate) hios: &'static str,
}

const fn plan(name: &'static str, hios: &'static str) -> Plan {
    Plan { name, hios }
}

const PLANS: &[Plan] = &[
    plan("Silver Simple 5000", "0010012"),
    plan("Silver Classic + Dental", "0010013"),
    plan("Silver Value $0 PCP", "0010014"),
    plan("Bronze Saver HSA", "0020002"),
    plan("Bronze Essential", "0020007"),
    plan("Gold Choice 1500", "0030001"),
    plan("Gold Family, Vision", "0030004"),
    plan("Platinum Complete", "0040001"),
    plan("Secure Catastrophic", "0050001"),
];

/// An agent of the invented agency.
pub(crate) struct Agent {
    pub(crate) name: &'static str,
    pub(crate) npn: &'static str,
}

const fn agent(name: &'static str, npn: &'static str) -> Agent {
    Agent { name, npn }
}

/// The account owner, who stands on every row.
pub(crate) const OWNER: &Agent = &agent("Robin Sample", "99000101");

const AGENTS: &[Agent] = &[
    agent("Robin Sample", "99000101"),
    agent("Dana Placeholder", "99000102"),
    agent("Lou Example", "9900103"),
];
