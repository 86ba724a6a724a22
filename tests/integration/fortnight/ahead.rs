//! What a nightly file is to bring, worked out from the book itself, and the books and words of a run held
//! against it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::agency::Agency;
use crate::support::{
    balanced,
    nights::{Night, Special, book::Person},
};

const MOST_LINES: usize = 15;

/// What a file is to bring, beside what was delivered before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ahead {
    pub(super) rows: u64,
    pub(super) rejected: u64,
    pub(super) customers: u64,
    /// New customers and those who are others than they were.
    pub(super) changed: u64,
    pub(super) customers_new: u64,
    pub(super) policies_created: u64,
    pub(super) policies_new: u64,
    pub(super) ending: u64,
    pub(super) statuses: u64,
    pub(super) agents: u64,
    pub(super) vanished: u64,
    pub(super) opting_out: HashSet<String>,
    /// The customer whom the API refuses is in the file.
    pub(super) has_refused: bool,
    /// And was not before.
    pub(super) is_refused_new: bool,
}

impl Agency {
    /// What tonight's file is to bring.
    pub(super) fn ahead(&self) -> Ahead {
        let book = &self.nights.book;
        let mut ahead = Ahead::default();
        let mut here = HashSet::new();
        for person in book.people.iter().filter(|person| person.is_there) {
            let id = self.id_of(person);
            here.insert(id);
            ahead.rows += person.rows.len() as u64;
            if person.is_bad() {
                ahead.rejected += person.rows.len() as u64;
                continue;
            }
            ahead.customers += 1;
            if id == book.refused() {
                ahead.has_refused = true;
                ahead.is_refused_new = !self.carried.contains(id);
                continue;
            }
            self.compare(&mut ahead, id, person);
        }
        let carried = self.carried.iter().map(String::as_str);
        ahead.vanished = carried.filter(|id| !here.contains(id)).count() as u64;
        ahead
    }

    fn compare(&self, ahead: &mut Ahead, id: &str, person: &Person) {
        let book = &self.nights.book;
        let before = self.delivered.get(id);
        ahead.changed += u64::from(before != Some(&person.rows) || self.stale.contains(id));
        let opts_out = |rows: &[Vec<String>]| {
            rows.iter()
                .any(|row| book.cell(row, "do_not_call") == "Yes")
        };
        if opts_out(&person.rows) && !before.is_some_and(|rows| opts_out(rows)) {
            ahead.opting_out.insert(id.to_owned());
        }
        let Some(before) = before else {
            ahead.customers_new += 1;
            ahead.policies_created += person.rows.len() as u64;
            return;
        };
        let new = (person.rows.len() - before.len()) as u64;
        ahead.policies_created += new;
        ahead.policies_new += new;
        for (was, is) in before.iter().zip(&person.rows) {
            let status = |row| status(book.cell(row, "policy_status"));
            ahead.statuses += u64::from(status(was) != status(is));
            let agent = |row| book.cell(row, "policy_aor");
            ahead.agents += u64::from(agent(was) != agent(is));
            let is_old = book.cell(is, "effective_date") == "1/1/2020";
            ahead.ending += u64::from(new > 0 && is_old && status(is) != "Terminated");
        }
    }
}

/// The API's word for one of the export's.
pub(super) fn status(word: &str) -> &str {
    match word {
        "Effectuated" | "PendingTermination" => "Active",
        "PendingEffectuation" | "PendingFollowups" => "Pending",
        "Expired" => "Terminated",
        word => word,
    }
}

impl Ahead {
    /// How many records are sent.
    pub(super) fn sent(&self, is_full: bool, special: Special) -> u64 {
        if is_full || special == Special::Mapping {
            self.customers
        } else {
            self.changed + u64::from(self.is_refused_new)
        }
    }

    /// True when the one whom the API refuses is among them.
    pub(super) fn sends_refused(&self, is_full: bool, special: Special) -> bool {
        let is_all = is_full || special == Special::Mapping;
        self.has_refused && (is_all || self.is_refused_new)
    }
}

/// The books balance, and hold what the files say.
pub(super) fn expect_books(books: &Value, ahead: &Ahead, (is_full, special): (bool, Special)) {
    let sent = ahead.sent(is_full, special);
    let failed = u64::from(ahead.sends_refused(is_full, special));
    let held = u64::from(ahead.has_refused) - failed;
    let (rows, records) = (&balanced(books)["rows"], &books["records"]);
    assert_eq!(
        [&rows["read"], &rows["rejected"]],
        [ahead.rows, ahead.rejected]
    );
    let counted = ["total", "succeeded", "failed", "held", "unchanged"]
        .map(|name| records[name].as_u64().unwrap());
    let unchanged = ahead.customers - sent - held;
    assert_eq!(
        counted,
        [ahead.customers, sent - failed, failed, held, unchanged],
        "{books}"
    );
    let forecast = &books["forecast"];
    let forecast = [
        "pending",
        "customers_new",
        "policies_new",
        "policies_ending",
        "opt_outs",
    ]
    .map(|name| forecast[name].as_u64().unwrap());
    let foreseen = [
        sent,
        ahead.customers_new + failed,
        ahead.policies_new,
        ahead.ending,
        ahead.opting_out.len() as u64,
    ];
    assert_eq!(forecast, foreseen, "{books}");
    let mut changes = json!({
        "agent_lost": ahead.agents,
        "status_changed": ahead.statuses,
        "policy_vanished": 0,
        "customer_vanished": ahead.vanished,
        "ended_by_api": ahead.ending,
        "status_overwritten": 0,
    });
    if special == Special::Killed {
        // What was sent twice tells at the second time what the first has left.
        for name in ["ended_by_api", "status_overwritten"] {
            changes[name] = books["changes"][name].clone();
        }
    }
    assert_eq!(books["changes"], changes);
    let bad = u64::from(ahead.rejected > 0);
    assert_eq!(
        books["opt_outs"]["delivered"],
        ahead.opting_out.len() as u64,
        "{books}"
    );
    assert_eq!(books["opt_outs"]["undelivered"], bad);
}

/// The summary is short and says what counts.
pub(super) fn expect_told(text: &str, ahead: &Ahead, night: &Night) {
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() <= MOST_LINES, "{text}");
    let mut words = Vec::new();
    match night.special {
        Special::BadRows => words.push("3 new, 0 standing".to_owned()),
        Special::Refused => words.push("1 new, 3 standing".to_owned()),
        _ => (),
    }
    if night.special != Special::Killed {
        words.push(format!("{} ended by the API", ahead.ending));
    }
    if night.number > 1 {
        words.extend([
            format!("\n  opt-outs  {} newly delivered\n", ahead.opting_out.len()),
            format!("{} policies lost an own agent", ahead.agents),
            format!("{} policies with another status", ahead.statuses),
            format!(
                "{} customers gone from the export, left alone",
                ahead.vanished
            ),
            " more rows than the last one\n".to_owned(),
        ]);
    }
    for word in words {
        assert!(text.contains(&word), "no {word} in\n{text}");
    }
    let is_loud = lines
        .last()
        .unwrap()
        .contains("UNDELIVERED OPT-OUTS: 1 person asks");
    assert_eq!(is_loud, ahead.rejected > 0, "{text}");
}

/// Who wants no calls was applied before anybody else was.
pub(super) fn expect_opt_outs_first(before: &Value, after: &Value, ahead: &Ahead) {
    let all = |dump: &Value| dump["customers"].as_array().unwrap().clone();
    let applied: HashMap<String, Value> = all(before)
        .into_iter()
        .map(|one| (one["id"].to_string(), one["applied"].clone()))
        .collect();
    let mut tonight = all(after);
    tonight.retain(|one| applied.get(&one["id"].to_string()) != Some(&one["applied"]));
    let stamp = |one: &Value| one["updatedAt"].as_str().unwrap().to_owned();
    let first = tonight.iter().map(stamp).min();
    let opted_out = tonight.iter().filter(|one| {
        ahead
            .opting_out
            .contains(one["healthSherpaCustomerId"].as_str().unwrap())
    });
    for one in opted_out {
        assert_eq!(Some(stamp(one)), first);
        assert_eq!(one["doNotCall"], true);
    }
}
