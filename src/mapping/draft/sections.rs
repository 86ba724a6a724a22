//! `[fields]` and `[policy]` of a draft: a line or a section for each field that a column feeds.

use std::fmt::Write as _;

use super::{
    choose::Choice,
    fit::Fit,
    identifier::candidates,
    lines::{Line, quoted, write_comment, write_lines},
    rule_lines::{rule_line, write_words},
    words::{Words, takes_words, words_of},
    write::{StandIn, Writer},
};
use crate::{
    contract::{Field, Kind, Presence, Rule},
    normalize::{StateCode, zone_of_state},
};

impl Writer<'_, '_> {
    pub(super) fn write_fields(&self, text: &mut String, stand_ins: &[StandIn]) {
        text.push_str("\n[fields]\n");
        let matching = &self.contract.matching;
        write_comment(
            text,
            &format!(
                "DECIDE: which column identifies the customer? The API takes the first of {} that is there, and a new value \
                 makes a new customer: it has to stay the same for a person, also when the plan changes.",
                matching.customer.join(", ")
            ),
        );
        self.write_candidates(text, matching.customer);
        self.write_section(
            text,
            "fields",
            (self.contract.fields, matching.customer),
            stand_ins,
        );
    }

    pub(super) fn write_policy(&self, text: &mut String) {
        let Some(policies) = &self.contract.policies else {
            return;
        };
        text.push_str("\n[policy]\n");
        let matching = &self.contract.matching;
        write_comment(
            text,
            &format!(
                "DECIDE: which column identifies the policy? The API takes the first of {} that is there. A policy with \
                 neither is held back, since each send could create it again.",
                matching.policy.join(", ")
            ),
        );
        self.write_candidates(text, matching.policy);
        self.write_section(text, "policy", (policies.fields, matching.policy), &[]);
    }

    fn write_candidates(&self, text: &mut String, ids: &[&str]) {
        let found = candidates(
            (self.contract, ids),
            self.columns,
            self.chosen,
            self.sample.rows(),
        );
        if found.is_empty() {
            text.push_str("# candidates: none; no column looks like an id\n");
        } else {
            text.push_str("# candidates:\n");
        }
        for candidate in found {
            let _ = writeln!(text, "#   {candidate}");
        }
    }

    fn write_section(
        &self,
        text: &mut String,
        section: &str,
        (fields, ids): (&'static [Field], &[&str]),
        stand_ins: &[StandIn],
    ) {
        let is_id = |field: &Field| ids.contains(&field.name);
        let by_name = |name: &&str| fields.iter().find(|field| field.name == *name);
        let ordered = ids.iter().filter_map(by_name);
        let ordered = ordered.chain(fields.iter().filter(|field| !is_id(field)));
        let missing = self.missing();
        let (mut lines, mut tables, mut unfed) = (Vec::new(), Vec::new(), Vec::new());
        for field in ordered {
            let chosen = self
                .chosen
                .iter()
                .find(|choice| choice.field.name == field.name);
            let is_missing = missing.iter().any(|one| one.name == field.name);
            let zone = self
                .zone_field()
                .filter(|(zone, _)| zone.name == field.name);
            match chosen {
                Some(choice) => match self.table_of(choice) {
                    Some(words) => tables.push((choice, words)),
                    None => lines.push(rule_line(choice, is_id(field), self.sample.rows())),
                },
                None if is_missing => lines.push(missing_line(field)),
                None => match zone {
                    Some((_, state)) => lines.push(self.zone_line(field, state)),
                    None => match self.echo(field) {
                        Some(line) => lines.push(line),
                        None => unfed.push(field.name),
                    },
                },
            }
        }
        let stand_ins = stand_ins.iter();
        lines.extend(stand_ins.map(|(name, column)| Line::new(*name, quoted(column))));
        write_lines(text, &lines);
        if !unfed.is_empty() {
            write_comment(text, &format!("Found nowhere: {}.", unfed.join(", ")));
        }
        for (choice, words) in tables {
            write_words(text, section, choice, &words);
        }
    }

    /// The time zone from a state. Where it stands for a postal code too, rows of other states are rejected.
    fn zone_line(&self, zone: &Field, state: &Field) -> Line {
        let line = Line::new(
            zone.name,
            format!("{{ else_from = {} }}", quoted(state.name)),
        );
        let mut groups = self.contract.rules.iter();
        let Rule::AnyOf { fields, .. } = groups
            .find(|Rule::AnyOf { fields, .. }| fields.contains(&zone.name))
            .unwrap_or(&Rule::AnyOf {
                fields: &[],
                because: "",
            });
        if fields.is_empty() || fields.iter().any(|name| self.feeds(name)) {
            return line.with("a state that lies in one zone gives it");
        }
        let fit = self.taken(state.name).map(|choice| {
            Fit::of(choice.column.cells, |text| {
                let state = StateCode::parse(text);
                state.is_ok_and(|state| zone_of_state(state.as_str()).is_some())
            })
        });
        let fit = fit.unwrap_or_default();
        line.with(format!(
            "DECIDE: {} of {} states lie in one zone; rows of others are rejected without {}",
            fit.good,
            fit.of,
            fields.join(" or ")
        ))
    }

    /// A proposal for the field by which the API's errors name a record: the id that there is.
    fn echo(&self, field: &Field) -> Option<Line> {
        let mut ids = self.contract.matching.customer.iter();
        let id = ids.find_map(|name| self.taken(name))?;
        (self.contract.echoed == Some(field.name)).then(|| {
            Line::new(field.name, quoted(&id.column.title))
                .with("the API's errors name a record by it")
                .proposed(true)
        })
    }

    /// The words of a rule that translates; none where there is nothing to translate.
    fn table_of(&self, choice: &Choice<'_, '_>) -> Option<Words> {
        let kind = choice.field.kind;
        if !takes_words(kind) || choice.reading.fit.of == 0 {
            return None;
        }
        let mut words = words_of(choice, (self.columns, self.chosen), self.today);
        if self.contract.opt_outs.contains(&choice.field.name) {
            // A no says nothing there, and a mapping that lists one is refused.
            words.known.retain(|(_, meant)| meant != "false");
        }
        let is_clear = kind == Kind::Boolean && words.unknown.is_empty() && words.untold == 0;
        (!is_clear).then_some(words)
    }
}

fn missing_line(field: &Field) -> Line {
    let why = match field.presence {
        Presence::Required => "the API always asks for it",
        Presence::Optional | Presence::Nullable => {
            "the API asks for it or for what can stand for it"
        }
    };
    Line::new(field.name, "\"?\"")
        .with(format!("DECIDE: no column was found; {why}"))
        .proposed(true)
}
