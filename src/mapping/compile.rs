//! The file as written against the contract: what it means, or every mistake in it.

use super::{
    column_pattern::NUMBER,
    compile_record::{check_complete, key, link_else_from, mark_telling},
    compile_rule::{Duty, Role, RuleCompiler},
    compile_source::{blanks, format_of, skip_of},
    file::{ColumnFile, MappingFile},
    guard,
    length::length_of_time,
    meaning::{Meaning, Newest},
    mistakes::{Mistakes, Place, Written},
    rule::{FieldPlace, Rule},
    rule_file::RuleFile,
    suggest::did_you_mean,
    test_case,
    translation::fold,
};
use crate::{
    contract::{Contract, Field, Kind, Presence, Target},
    normalize::DateOutput,
    problem::Code,
};

/// What `[record] allow` may name: what is held back unless the mapping says otherwise.
pub(super) const ALLOWABLE: &[Code] = &[
    Code::PolicyWithoutId,
    Code::PolicySharedId,
    Code::RecordRowRejected,
    Code::RecordSameCustomer,
    Code::IdentifierTwoPeople,
    Code::TimeZoneContradiction,
];

/// What the file means. None only where mistakes were found; there may be mistakes beside a meaning.
pub(super) fn compile(file: &MappingFile, mistakes: &mut Mistakes<'_>) -> Option<Meaning> {
    let name = name(file, mistakes);
    let target = target(file, mistakes);
    let guards = guard::compile(file, mistakes);
    let format = format_of(&file.source, mistakes);
    let blanks = blanks(&file.source, mistakes);
    let skips = file.source.skip.iter();
    let skips = skips.map(|skip| skip_of(skip, mistakes));
    let skips = skips.collect();
    let newest = file
        .record
        .newest
        .as_ref()
        .map(|column| newest(column, mistakes));
    let allowed = allowed(file, mistakes);
    let (output, output_written) = output(file, mistakes);
    let required = file.source.required.iter().map(|column| {
        check_pattern(column, mistakes);
        column.value.clone()
    });
    let required = required.collect();
    let target = target?;
    let mut sections = Sections {
        contract: target.contract(),
        compiler: RuleCompiler {
            blanks: &blanks,
            output: &output,
            mistakes,
        },
    };
    let mut customer = sections.path(&file.path);
    customer.extend(sections.customer(&file.fields));
    let mut policy = sections.policy(&file.policy);
    let (custom, custom_keys) = sections.custom(&file.custom_fields);
    let contract = target.contract();
    check_complete(file, contract, (&customer, &policy), mistakes);
    link_else_from(file, contract, &mut customer, mistakes);
    let key = key(file, contract, &customer, mistakes);
    mark_telling(file, &mut policy, mistakes);
    let refresh = length_of_time(file.record.refresh.as_ref(), mistakes);
    let tests = test_case::compile(&file.tests, contract, &custom_keys, mistakes);
    Some(Meaning {
        name: name?,
        target,
        format,
        required,
        blanks,
        skips,
        guards,
        key,
        newest,
        output,
        output_written,
        refresh,
        allowed,
        customer,
        policy,
        custom,
        custom_keys,
        tests,
    })
}

/// The three sections of rules.
struct Sections<'c, 't> {
    contract: &'static Contract,
    compiler: RuleCompiler<'c, 't>,
}

/// One section whose keys are fields of a contract's table.
struct Section {
    table: &'static [Field],
    /// The fields by which the API finds what the section is about.
    matched: &'static [&'static str],
    /// The fields by which a customer asks not to be contacted.
    opt_outs: &'static [&'static str],
    /// The first place in the table, and the one behind the last.
    places: (usize, usize),
    of: Of,
}

/// What a section is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Path,
    Customer,
    Policy,
}

impl Sections<'_, '_> {
    fn path(&mut self, files: &[RuleFile]) -> Vec<Rule> {
        let section = Section {
            table: self.contract.fields,
            matched: &[],
            opt_outs: &[],
            places: (0, self.contract.path_ids.len()),
            of: Of::Path,
        };
        self.rules(files, &section)
    }

    fn customer(&mut self, files: &[RuleFile]) -> Vec<Rule> {
        let section = Section {
            table: self.contract.fields,
            matched: self.contract.matching.customer,
            opt_outs: self.contract.opt_outs,
            places: (self.contract.path_ids.len(), self.contract.fields.len()),
            of: Of::Customer,
        };
        self.rules(files, &section)
    }

    fn policy(&mut self, files: &[RuleFile]) -> Vec<Rule> {
        let section = Section {
            table: self.contract.policy_fields(),
            matched: self.contract.matching.policy,
            opt_outs: &[],
            places: (0, self.contract.policy_fields().len()),
            of: Of::Policy,
        };
        self.rules(files, &section)
    }

    /// The rules of one section in the contract's order, in which values are set fastest.
    fn rules(&mut self, files: &[RuleFile], section: &Section) -> Vec<Rule> {
        let mut rules = Vec::with_capacity(files.len());
        for file in files {
            let name = file.name.value.as_str();
            match section.place(name) {
                Some(index) => {
                    let role = section.role(index);
                    rules.extend(role.and_then(|role| self.compiler.rule(file, role)));
                }
                None => self.unknown_field(&file.name, section),
            }
        }
        rules.sort_by_key(|rule| rule.field.index);
        rules
    }

    fn unknown_field(&mut self, name: &Written<String>, section: &Section) {
        let contract = self.contract;
        let ids = contract.path_ids.len();
        let in_fields = contract.field_index(&name.value);
        let in_fields = in_fields.map(|place| if place < ids { "path" } else { "fields" });
        let in_policy = contract.policy_field_index(&name.value).map(|_| "policy");
        let elsewhere = match section.of {
            Of::Policy => in_fields,
            Of::Path | Of::Customer => in_policy.or(in_fields),
        };
        let hint = elsewhere
            .map(|other| format!("`{}` belongs in [{other}]", name.value))
            .or_else(|| did_you_mean(&name.value, section.names()))
            .unwrap_or_else(|| format!("`aca-sync mapping fields {}` lists them", contract.name));
        let message = match section.of {
            Of::Path => format!("the path of {} has no such id", contract.name),
            Of::Customer | Of::Policy => format!("{} has no such field", contract.name),
        };
        self.compiler.mistakes.add_with(&name.place, message, hint);
    }

    fn custom(&mut self, files: &[RuleFile]) -> (Vec<Rule>, Vec<String>) {
        let (list, max) = self
            .contract
            .custom_fields
            .as_ref()
            .map_or(("", 0), |custom| (custom.name, custom.max));
        if let Some(first) = files.get(max) {
            let message = format!("{} custom fields are too many", files.len());
            let hint = format!("{} takes at most {max}", self.contract.name);
            self.compiler
                .mistakes
                .add_with(&first.name.place, message, hint);
        }
        let mut rules = Vec::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            if fold(&file.name.value).is_empty() {
                let message = "a custom field's key is blank";
                self.compiler.mistakes.add(&file.name.place, message);
            }
            rules.extend(self.compiler.rule(file, Role::custom(list, index)));
        }
        let keys = files.iter().map(|file| file.name.value.clone());
        (rules, keys.collect())
    }
}

impl Section {
    fn place(&self, name: &str) -> Option<usize> {
        let place = self.table.iter().position(|field| field.name == name)?;
        (self.places.0..self.places.1)
            .contains(&place)
            .then_some(place)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.table.get(self.places.0..self.places.1);
        fields.unwrap_or_default().iter().map(|field| field.name)
    }

    fn role(&self, index: usize) -> Option<Role> {
        let field = self.table.get(index)?;
        let duty = match field.kind {
            _ if self.of == Of::Path => Duty::Path,
            _ if field.presence == Presence::Required => Duty::Required,
            _ if field.presence == Presence::Optional => Duty::NeverNull,
            _ if self.opt_outs.contains(&field.name) => Duty::OptOut,
            Kind::TimeZone if self.of == Of::Customer => Duty::Zone,
            _ => Duty::Plain,
        };
        let place = FieldPlace {
            name: field.name,
            index,
            kind: field.kind,
            is_matched: self.of == Of::Path || self.matched.contains(&field.name),
        };
        Some(Role { place, duty })
    }
}

fn name(file: &MappingFile, mistakes: &mut Mistakes<'_>) -> Option<String> {
    let hint = "name = \"healthsherpa-clients\"; runs and guards know the mapping by it";
    let Some(name) = &file.name else {
        mistakes.add_with(&Place::new(0, ""), "`name` is missing", hint.to_owned());
        return None;
    };
    if name.value.trim().is_empty() {
        mistakes.add_with(&name.place, "the name is blank", hint.to_owned());
    }
    Some(name.value.trim().to_owned())
}

fn target(file: &MappingFile, mistakes: &mut Mistakes<'_>) -> Option<Target> {
    let known: Vec<&str> = Target::ALL.iter().map(|target| target.name()).collect();
    let list = || format!("known: {}", known.join(", "));
    let Some(written) = &file.target else {
        mistakes.add_with(&Place::new(0, ""), "`target` is missing", list());
        return None;
    };
    let target = Target::from_name(&written.value);
    if target.is_none() {
        let hint = did_you_mean(&written.value, known.iter().copied()).unwrap_or_else(list);
        let message = format!("`{}` is not a known target", written.value);
        mistakes.add_with(&written.place, message, hint);
    }
    target
}

fn newest(file: &ColumnFile, mistakes: &mut Mistakes<'_>) -> Newest {
    check_column(&file.name, mistakes);
    Newest {
        column: file.name.value.clone(),
        optional: file.optional,
    }
}

fn allowed(file: &MappingFile, mistakes: &mut Mistakes<'_>) -> Vec<Code> {
    let mut codes = Vec::new();
    for written in &file.record.allow {
        match ALLOWABLE.iter().find(|code| code.as_str() == written.value) {
            Some(code) if !codes.contains(code) => codes.push(*code),
            Some(_) => {}
            None => {
                let known: Vec<&str> = ALLOWABLE.iter().map(|code| code.as_str()).collect();
                let message = format!("`{}` is nothing that a mapping can allow", written.value);
                let hint = format!("one of: {}", known.join(", "));
                mistakes.add_with(&written.place, message, hint);
            }
        }
    }
    codes.sort();
    codes
}

fn output(file: &MappingFile, mistakes: &mut Mistakes<'_>) -> (DateOutput, String) {
    let Some(written) = &file.record.policy_dates else {
        return (DateOutput::default(), String::new());
    };
    match DateOutput::parse(&written.value) {
        Ok(output) if output == DateOutput::default() => (output, String::new()),
        Ok(output) => (output, written.value.clone()),
        Err(error) => {
            let hint = "write it like \"%Y-%m-%d\" or \"%m/%d/%Y\"".to_owned();
            mistakes.add_with(&written.place, error.to_string(), hint);
            (DateOutput::default(), String::new())
        }
    }
}

/// A column's name that could stand in a header. Names that start with `_` are this program's own.
pub(super) fn check_column(column: &Written<String>, mistakes: &mut Mistakes<'_>) {
    if column.value.contains(NUMBER) {
        let message =
            format!("`{NUMBER}` stands for a number in `count`, `join` and `required` only");
        let hint = "`count` counts such columns, `join` puts them together".to_owned();
        mistakes.add_with(&column.place, message, hint);
    }
    check_name(column, mistakes);
}

/// The same, or the name of columns that repeat with a number in it.
pub(super) fn check_pattern(column: &Written<String>, mistakes: &mut Mistakes<'_>) {
    if column.value.matches(NUMBER).count() > 1 {
        let message = format!("`{NUMBER}` stands in a column's name only once");
        mistakes.add(&column.place, message);
    }
    check_name(column, mistakes);
}

fn check_name(column: &Written<String>, mistakes: &mut Mistakes<'_>) {
    if fold(&column.value.replace(NUMBER, "")).is_empty() {
        mistakes.add(&column.place, "a column's name is blank");
    } else if column.value.trim().starts_with('_') {
        let message = "columns that start with `_` are this program's own and are never read";
        mistakes.add(&column.place, message);
    }
}
