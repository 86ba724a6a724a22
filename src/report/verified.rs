//! What reading a run back has found, as text and as JSON: fields, findings and rows; values only where
//! somebody asked for them by name.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Verdict, counted, envelope, grouped};
use crate::{
    journal::Spot,
    origin::Origin,
    read_back::{Example, FieldFinding, Finding, Tally},
};

/// What was found, with the names of the run's files.
pub struct Verified<'v> {
    /// The counts and findings.
    pub tally: &'v Tally<Spot>,
    /// The run's files.
    pub sources: &'v [Origin],
    /// Whether values are shown.
    pub shows_values: bool,
}

impl Verified<'_> {
    /// How the records add up to customers, and these to what was found, in one line.
    pub fn headline(&self) -> String {
        let counts = self.tally.counts;
        let of = counted(counts.customers, "customer");
        if counts.customers == 0 {
            return "nothing can be read back".to_owned();
        }
        if counts.same == counts.customers {
            return format!("{of} read back, all as they were sent");
        }
        format!(
            "{of} to read back, {} not as they were sent",
            grouped(counts.different + counts.not_found)
        )
    }

    /// Counts and findings as text.
    pub fn text(&self, verdict: &Verdict) -> String {
        let counts = self.tally.counts;
        let mut text = format!(
            "{}\n  customers {} to read; {} same, {} different, {} not found, {} not readable\n  records   {} succeeded; {} compared",
            verdict.text,
            grouped(counts.customers),
            grouped(counts.same),
            grouped(counts.different),
            grouped(counts.not_found),
            grouped(counts.not_readable),
            grouped(counts.succeeded),
            grouped(counts.compared),
        );
        for (count, why) in [
            (
                counts.without_id,
                "cannot be read back: the API's answer named no customer (it had no results[])",
            ),
            (
                counts.strange_id,
                "cannot be read back: the API's answer named the customer by no UUID",
            ),
            (
                counts.overtaken,
                "left out: a later run has sent the same customer since",
            ),
        ] {
            if count > 0 {
                let _ = write!(text, "\n            {} {why}", grouped(count));
            }
        }
        text.push('\n');
        self.write_findings(&mut text);
        self.write_examples(&mut text);
        text
    }

    /// Counts and findings as JSON. Members are only ever added.
    pub fn json(&self, verdict: &Verdict) -> Value {
        let counts = self.tally.counts;
        let members = json!({
            "run": verdict.run.map(|run| run.to_string()),
            "counts": {
                "succeeded": counts.succeeded,
                "compared": counts.compared,
                "without_id": counts.without_id,
                "strange_id": counts.strange_id,
                "overtaken": counts.overtaken,
                "customers": counts.customers,
                "read": counts.read(),
                "same": counts.same,
                "different": counts.different,
                "not_found": counts.not_found,
                "not_readable": counts.not_readable,
            },
            "differences": self.sorted().into_iter().map(|found| json!({
                "field": found.field,
                "kind": found.finding.as_str(),
                "count": found.count,
                "first": self.places_json(&found.first),
            })).collect::<Value>(),
            "not_found": self.places_json(&self.tally.not_found),
        });
        let mut object = envelope::object(verdict.exit, members);
        if let Some(members) = object.as_object_mut().filter(|_| self.shows_values) {
            let examples = self.tally.examples.iter();
            let examples: Value = examples.map(|one| self.example_json(one)).collect();
            members.insert("values".to_owned(), examples);
        }
        object
    }

    fn write_findings(&self, text: &mut String) {
        let sorted = self.sorted();
        let width = sorted.iter().map(|found| found.field.len()).max();
        let width = width.unwrap_or_default();
        if !sorted.is_empty() {
            let _ = writeln!(text, "\nnot just as it was sent");
        }
        for found in sorted {
            let _ = writeln!(
                text,
                "  {:>9}  {:width$}  {:<14}  {}{}",
                grouped(found.count),
                found.field,
                found.finding.as_str(),
                self.places(&found.first, found.count),
                explain(found.finding),
            );
        }
        let counts = self.tally.counts;
        if counts.not_found > 0 {
            let _ = writeln!(
                text,
                "\nnot found\n  {:>9}  {}; the API does not know these customers any more",
                grouped(counts.not_found),
                self.places(&self.tally.not_found, counts.not_found)
            );
        }
    }

    fn write_examples(&self, text: &mut String) {
        if !self.shows_values || self.tally.examples.is_empty() {
            return;
        }
        let _ = writeln!(text, "\nvalues of the first of them");
        for one in &self.tally.examples {
            let _ = writeln!(
                text,
                "  {}, customer {}: {} {}: sent {}, there is {}",
                self.places(&[one.place], 1),
                one.customer,
                one.path,
                one.finding.as_str(),
                one.sent.expose(),
                one.read.expose()
            );
        }
    }

    /// The most frequent first; what is no difference comes last.
    fn sorted(&self) -> Vec<&FieldFinding<Spot>> {
        let mut sorted: Vec<_> = self.tally.findings.iter().collect();
        sorted.sort_by_key(|found| {
            let is_minor = !found.finding.is_difference();
            (is_minor, std::cmp::Reverse(found.count))
        });
        sorted
    }

    fn places(&self, first: &[Spot], count: u64) -> String {
        let places: Vec<String> = first.iter().map(|spot| self.place(*spot)).collect();
        let more = if count > first.len() as u64 {
            " …"
        } else {
            ""
        };
        let noun = if first.len() == 1 { "row" } else { "rows" };
        format!("{noun} {}{more}", places.join(", "))
    }

    fn place(&self, spot: Spot) -> String {
        match self.file(spot).filter(|_| self.sources.len() > 1) {
            Some(file) => format!("{file}:{}", spot.row),
            None => spot.row.to_string(),
        }
    }

    fn file(&self, spot: Spot) -> Option<String> {
        self.sources.get(spot.source as usize).map(Origin::short)
    }

    fn places_json(&self, first: &[Spot]) -> Value {
        let places = first.iter();
        places
            .map(|spot| json!({ "file": self.file(*spot), "row": spot.row }))
            .collect()
    }

    fn example_json(&self, one: &Example<Spot>) -> Value {
        json!({
            "file": self.file(one.place),
            "row": one.place.row,
            "customer": one.customer.to_string(),
            "field": one.path,
            "kind": one.finding.as_str(),
            "sent": one.sent.expose(),
            "read": one.read.expose(),
        })
    }
}

const fn explain(finding: Finding) -> &'static str {
    match finding {
        Finding::Same | Finding::Differs | Finding::Missing => "",
        Finding::Ended => "; the API ends a customer's older policies when a newer one is created",
        Finding::NotComparable => "; the API has something of its own there",
    }
}
