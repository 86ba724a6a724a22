//! The draft's text, section by section.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::super::blank::USUAL;
use super::{
    About,
    choose::{Choice, Column, is_matched, tidy},
    known_names::{NEWEST, NOT_ALONE, TELLING},
    lines::{Line, list, quoted, write_comment, write_lines},
    sample::Sample,
};
use crate::{
    contract::{Contract, Field, Kind, Presence, Rule},
    normalize::timestamp,
};

/// What a draft is written from.
pub(super) struct Writer<'w, 's> {
    pub(super) contract: &'static Contract,
    pub(super) about: &'w About<'w>,
    pub(super) sample: &'s Sample,
    pub(super) columns: &'w [Column<'s>],
    pub(super) chosen: &'w [Choice<'w, 's>],
    pub(super) today: NaiveDate,
}

/// A field that nothing feeds and the API asks for, and what stands for it while the draft is tried.
pub(super) type StandIn = (&'static str, String);

impl Writer<'_, '_> {
    /// The whole mapping. Where `stand_ins` are given, they feed what is missing.
    pub(super) fn text(&self, stand_ins: &[StandIn]) -> String {
        let mut text = String::new();
        self.write_top(&mut text);
        self.write_source(&mut text);
        self.write_guard(&mut text);
        self.write_record(&mut text);
        self.write_fields(&mut text, stand_ins);
        self.write_policy(&mut text);
        self.write_rest(&mut text);
        text
    }

    /// The fields that the API asks for and that no column feeds: of groups of which any will do, the first.
    pub(super) fn missing(&self) -> Vec<&'static Field> {
        let fields = self.contract.fields.iter();
        let required = fields.filter(|field| field.presence == Presence::Required);
        let mut missing: Vec<&'static Field> =
            required.filter(|field| !self.feeds(field.name)).collect();
        for Rule::AnyOf { fields, .. } in self.contract.rules {
            let is_met = fields.iter().any(|name| self.feeds(name)) || self.zone_field().is_some();
            let first = fields
                .first()
                .and_then(|name| self.contract.field_index(name));
            let first = first.and_then(|index| self.contract.fields.get(index));
            missing.extend(first.filter(|_| !is_met));
        }
        missing
    }

    pub(super) fn taken(&self, name: &str) -> Option<&Choice<'_, '_>> {
        let mut chosen = self.chosen.iter();
        chosen.find(|choice| choice.field.name == name && choice.is_taken())
    }

    pub(super) fn feeds(&self, name: &str) -> bool {
        self.taken(name).is_some()
    }

    /// The time zone that a state can give, and that state, where nothing else gives one.
    pub(super) fn zone_field(&self) -> Option<(&'static Field, &'static Field)> {
        let of_kind = |kind| {
            self.contract
                .fields
                .iter()
                .find(move |field| field.kind == kind)
        };
        let (zone, state) = (of_kind(Kind::TimeZone)?, of_kind(Kind::State)?);
        (!self.feeds(zone.name) && self.feeds(state.name)).then_some((zone, state))
    }

    fn write_top(&self, text: &mut String) {
        let rows = self.sample.rows();
        let seen = if self.sample.is_whole() {
            format!("the {rows} rows that can be read")
        } else {
            format!("the first {rows} rows")
        };
        write_comment(
            text,
            &format!(
                "A draft, made by `aca-sync mapping new` from the header and {seen} of a file. Each rule says how sure it is. \
                 Lines behind # do not count: they are proposals. What is marked DECIDE needs a person. Then run"
            ),
        );
        text.push_str("#   aca-sync mapping check MAP FILE\n#   aca-sync check FILE --mapping MAP     (sends nothing)\n");
        write_comment(
            text,
            "Column names match ignoring case, spaces and underscores. A column that a rule reads has to be in the file \
             unless the rule says `optional = true`: a renamed column stops the run instead of emptying a field.",
        );
        text.push_str("\nversion = 1\n");
        let name = Line::new("name   ", quoted(&self.about.mapping_name()));
        write_lines(text, &[name.with("runs and guards know the mapping by it")]);
        write_lines(text, &[Line::new("target ", quoted(self.contract.name))]);
    }

    fn write_source(&self, text: &mut String) {
        text.push_str("\n[source]\n");
        let read_as = format!(
            "Read as {}; the header is row {}.",
            self.about.read_as, self.about.header_row
        );
        write_comment(text, &read_as);
        let mut lines = Vec::new();
        if let Some(sheet) = self.about.sheet {
            let sheet = Line::new("sheet", quoted(&tidy(sheet)));
            lines.push(sheet.with("another sheet has the same columns"));
        }
        let is_needed = |choice: &&Choice<'_, '_>| {
            let is_required = choice.field.presence == Presence::Required;
            choice.is_taken() && (is_required || is_matched(self.contract, choice.field))
        };
        let mut required: Vec<&str> = Vec::new();
        for choice in self.chosen.iter().filter(is_needed) {
            if !required.contains(&choice.column.title.as_str()) {
                required.push(&choice.column.title);
            }
        }
        if !required.is_empty() {
            lines.push(Line::new("required", list(required)));
        }
        let mut others: Vec<&str> = Vec::new();
        for marker in self
            .chosen
            .iter()
            .flat_map(|choice| &choice.column.cells.other_blanks)
        {
            if !others.contains(marker) {
                others.push(marker);
            }
        }
        if !others.is_empty() {
            let blank = list(USUAL.iter().copied().chain(others));
            lines.push(Line::new("blank", blank).with("cells that mean nothing"));
        }
        write_lines(text, &lines);
        for (column, remark) in self.not_alone() {
            write_comment(
                text,
                &format!(
                    "DECIDE: rows may have to be left out by {}: {remark}.",
                    quoted(&column.title)
                ),
            );
            let column = quoted(&column.title);
            let _ = writeln!(
                text,
                "# skip = [{{ column = {column}, is = [\"…\"], because = \"…\" }}]"
            );
        }
    }

    fn write_guard(&self, text: &mut String) {
        text.push_str("\n[guard]\n");
        write_comment(
            text,
            "A short file is the commonest accident. Take the marks away once you know your exports; each guard can be let \
             through once by --allow.",
        );
        let rows = self.sample.rows();
        let (least, why) = if self.sample.is_whole() {
            (rows * 4 / 5, "four fifths of this file")
        } else {
            (rows, "this file has more")
        };
        let proposals = [
            Line::new("min_rows", least.max(1).to_string()).with(why),
            Line::new("min_rows_of_last", "\"85%\"")
                .with("of the last finished run of this mapping"),
            Line::new("max_age", "\"26h\"")
                .with("for a nightly run: yesterday's file is not sent again as today's"),
            Line::new("max_rejected", "\"10%\""),
            Line::new("max_failed", "\"20%\"").with("of the answered, once 200 are"),
        ];
        write_lines(text, &proposals.map(|line| line.proposed(true)));
    }

    fn write_record(&self, text: &mut String) {
        text.push_str("\n[record]\n");
        let mut lines = Vec::new();
        let ids = |order: &[&'static str]| -> Vec<&'static str> {
            order
                .iter()
                .copied()
                .filter(|name| self.feeds(name))
                .collect()
        };
        let matching = &self.contract.matching;
        let key = ids(matching.customer);
        lines.push(if key.is_empty() {
            let together = matching.fallback.join(", ");
            let line = Line::new("key", list(matching.customer.first().copied()));
            line.with(format!(
                "without an id, rows of the same {together} are one customer"
            ))
            .proposed(true)
        } else {
            Line::new("key", list(key)).with("rows of one id are one customer")
        });
        if let Some(newest) = self.newest() {
            let line = Line::new("newest", quoted(&newest.title));
            lines.push(line.with("of two rows of one customer, the later wins"));
        }
        let mut telling = ids(matching.policy);
        telling.extend(ids(TELLING));
        if !telling.is_empty() {
            let line = Line::new("policy_if", list(telling));
            lines.push(line.with("a row tells of a policy when one of these has a value"));
        }
        write_lines(text, &lines);
    }

    fn newest(&self) -> Option<&Column<'_>> {
        let is_newest = |column: &&Column<'_>| {
            let mut texts = column.cells.texts.iter();
            column.name.among(NEWEST, false).is_some()
                && column.cells.filled > 0
                && texts.all(|(text, _)| timestamp(text).is_some())
        };
        self.columns.iter().find(is_newest)
    }

    /// Columns by which rows may have to be left out, and why.
    fn not_alone(&self) -> impl Iterator<Item = (&Column<'_>, &'static str)> {
        self.columns.iter().filter_map(|column| {
            let caveat = NOT_ALONE
                .iter()
                .find(|caveat| column.name.is_any(caveat.names))?;
            (column.cells.filled > 0).then_some((column, caveat.remark))
        })
    }

    fn write_rest(&self, text: &mut String) {
        text.push('\n');
        let is_read = |title: &str| {
            let mut chosen = self.chosen.iter();
            chosen.any(|choice| choice.column.title == title)
                || self.newest().is_some_and(|newest| newest.title == title)
        };
        let (mut masked, mut unused, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for (index, name) in self.sample.header().names().iter().enumerate() {
            let title = tidy(name);
            let is_masked = self
                .sample
                .columns
                .get(index)
                .is_some_and(super::sample::Cells::is_masked);
            let is_ours = self.sample.header().is_ours(index);
            let is_readable = self.columns.iter().any(|column| column.title == title);
            if title.is_empty() || is_ours || is_read(&title) && !is_masked {
                continue;
            }
            let place = match (is_masked, is_readable) {
                (true, _) => &mut masked,
                (false, true) => &mut unused,
                (false, false) => &mut unreadable,
            };
            place.push(quoted(&title));
        }
        for (what, mut names) in [
            ("Masked, so there is nothing to read", masked),
            ("Read by no rule", unused),
            (
                "Named more than once or by no letter, so no rule can read them",
                unreadable,
            ),
        ] {
            names.dedup();
            if !names.is_empty() {
                write_comment(text, &format!("{what}: {}.", names.join(", ")));
            }
        }
        text.push_str(TEST);
    }
}

/// A test is about an invented person; real rows never are made one.
const TEST: &str = "
# Tests of the mapping, about invented people, run by `aca-sync mapping test MAP`:
# [[test]]
# why    = \"an active client\"
# given  = { first_name = \"Ana\", phone = \"(305) 555-0123\" }       # by your columns
# expect = { firstName = \"Ana\", phoneNumber = \"+13055550123\" }    # by the API's fields
";
