//! Where a rule's text comes from, as the file says it: one place, and one that suits the field.

use super::{
    column_pattern::{ColumnPattern, NUMBER},
    compile::{check_column, check_pattern},
    compile_rule::{Duty, Role, RuleCompiler, value_or},
    mistakes::{Place, Written},
    origin::{How, Made, Origin},
    rule::Formats,
    rule_file::{CountFile, JoinFile, RuleFile},
    template::Template,
};
use crate::{contract::Kind, normalize::NamePart};

/// Why an id is never put together.
const ONE_COLUMN: &str = "an id that the API matches comes from exactly one column";

/// What stands between joined texts when the mapping does not say.
const COMMA: &str = ", ";

impl RuleCompiler<'_, '_> {
    /// Where the text comes from. None only where mistakes were found.
    pub(super) fn origin(
        &mut self,
        file: &RuleFile,
        role: Role,
        formats: &Formats,
    ) -> Option<Origin> {
        if !self.is_from_one_place(file) {
            return None;
        }
        self.check_part(file, role);
        if let Some(value) = &file.value {
            return self.constant_origin(file, role, value, formats);
        }
        if let Some(template) = &file.template {
            return self.template_origin(file, role, template);
        }
        if let Some(join) = &file.join {
            return self.join_origin(file, role, join);
        }
        if let Some(count) = &file.count {
            return self.count_origin(file, role, count);
        }
        if let Some(columns) = &file.column {
            let names = self.names(role, columns);
            let optional = self.optional(file, role);
            return Some(match &file.part {
                Some(part) => made(names, optional, How::Part(part.value)),
                None => Origin::Columns { names, optional },
            });
        }
        if file.else_from.is_some() && !file.has_origin {
            return Some(Origin::Elsewhere);
        }
        if file.has_origin {
            return None;
        }
        let hint = "field = \"column\", or one of `column`, `value`, `template`, `count`, `join`"
            .to_owned();
        let message = "nothing says where the value comes from";
        self.mistakes.add_with(&file.name.place, message, hint);
        None
    }

    /// A rule has one origin; only what is counted may have a column that counts first.
    fn is_from_one_place(&mut self, file: &RuleFile) -> bool {
        let column = file.column.as_ref().filter(|_| file.count.is_none());
        let origins = [
            (column.map(|w| &w.place), "column"),
            (file.value.as_ref().map(|w| &w.place), "value"),
            (file.template.as_ref().map(|w| &w.place), "template"),
            (file.join.as_ref().map(|it| &it.place), "join"),
            (file.count.as_ref().map(|it| &it.place), "count"),
        ];
        let mut found = origins
            .into_iter()
            .filter_map(|(place, key)| Some((place?, key)));
        let first = found.next();
        let mut is_one = true;
        for ((_, first), (place, key)) in first.into_iter().cycle().zip(found) {
            let message = format!("`{key}` and `{first}` exclude each other");
            self.mistakes
                .add_with(place, message, "leave one of them".to_owned());
            is_one = false;
        }
        is_one
    }

    fn names(&mut self, role: Role, columns: &Written<Vec<Written<String>>>) -> Vec<String> {
        let names = &columns.value;
        if names.is_empty() {
            self.mistakes
                .add(&columns.place, "the list of columns is empty");
        }
        if names.len() > 1 {
            self.check_not_matched(&columns.place, role);
        }
        for name in names {
            check_column(name, self.mistakes);
        }
        names.iter().map(|name| name.value.clone()).collect()
    }

    /// True unless the field is an id that the API matches.
    fn check_not_matched(&mut self, place: &Place, role: Role) -> bool {
        if role.place.is_matched {
            let hint = "with several, the id would change when a cell fills, and the API would make a second one";
            self.mistakes.add_with(place, ONE_COLUMN, hint.to_owned());
        }
        !role.place.is_matched
    }

    /// Whether a file may lack the columns.
    fn optional(&mut self, file: &RuleFile, role: Role) -> bool {
        let optional = value_or(file.optional.as_ref(), false);
        if let Some(flag) = file
            .optional
            .as_ref()
            .filter(|_| optional && matches!(role.duty, Duty::Required | Duty::Path))
        {
            let message = "the API always asks for this field, so its column cannot be optional";
            self.mistakes.add(&flag.place, message);
        }
        optional || file.else_from.is_some()
    }

    fn constant_origin(
        &mut self,
        file: &RuleFile,
        role: Role,
        value: &Written<String>,
        formats: &Formats,
    ) -> Option<Origin> {
        for (place, key) in keys_about_cells(file) {
            let message =
                format!("`value` is the same for every row, so `{key}` has nothing to say");
            self.mistakes.add(&place, message);
        }
        if role.place.is_matched {
            let message = "an id that the API matches cannot be the same for every row";
            self.mistakes.add(&value.place, message);
            return None;
        }
        let opt_in = value_or(file.allow_opt_in.as_ref(), false);
        self.constant(value, role, opt_in, formats)
            .map(Origin::Constant)
    }

    fn template_origin(
        &mut self,
        file: &RuleFile,
        role: Role,
        written: &Written<String>,
    ) -> Option<Origin> {
        let is_allowed = self.check_not_matched(&written.place, role);
        let optional = self.optional(file, role);
        let template = self.template(written)?;
        for name in template.columns() {
            check_column(&at(written, name), self.mistakes);
        }
        is_allowed.then(|| made(Vec::new(), optional, How::Template(template)))
    }

    fn join_origin(&mut self, file: &RuleFile, role: Role, join: &JoinFile) -> Option<Origin> {
        let is_allowed = self.check_not_matched(&join.place, role);
        let is_text = matches!(role.place.kind, Kind::Text { .. });
        if is_allowed && !is_text {
            let message = format!("`join` gives text; {} takes none", role.place.name);
            self.mistakes
                .add_with(&join.place, message, role.place.kind.describe());
        }
        if join.each.value.is_empty() {
            self.mistakes
                .add(&join.each.place, "the list of texts is empty");
        }
        let optional = self.optional(file, role);
        let mut each = Vec::new();
        for written in &join.each.value {
            let Some(template) = self.template(written) else {
                continue;
            };
            for name in template.columns() {
                check_pattern(&at(written, name), self.mistakes);
            }
            let patterns = template.columns().filter_map(ColumnPattern::of).count();
            if patterns > 0 && patterns < template.columns().count() {
                let message = format!("a column without `{NUMBER}` stands beside one with it");
                let hint = "a text of its own in `each` may hold it".to_owned();
                self.mistakes.add_with(&written.place, message, hint);
            }
            each.push(template);
        }
        let with = join.with.clone().unwrap_or_else(|| COMMA.to_owned());
        (is_allowed && is_text).then(|| made(Vec::new(), optional, How::Join { each, with }))
    }

    fn count_origin(&mut self, file: &RuleFile, role: Role, count: &CountFile) -> Option<Origin> {
        let is_allowed = self.check_not_matched(&count.place, role);
        let is_countable = matches!(role.place.kind, Kind::Integer | Kind::Text { .. });
        if is_allowed && !is_countable {
            let message = format!("`count` gives a number; {} takes none", role.place.name);
            self.mistakes
                .add_with(&count.place, message, role.place.kind.describe());
        }
        if count.columns.value.is_empty() {
            self.mistakes
                .add(&count.columns.place, "the list of columns is empty");
        }
        for name in &count.columns.value {
            check_pattern(name, self.mistakes);
        }
        let first = file.column.as_ref();
        let names = first.map(|columns| self.names(role, columns));
        let optional = self.optional(file, role);
        let plus = self.plus(count);
        let columns = count.columns.value.iter().map(|name| name.value.clone());
        let how = How::Count {
            columns: columns.collect(),
            plus,
        };
        (is_allowed && is_countable).then(|| made(names.unwrap_or_default(), optional, how))
    }

    fn plus(&mut self, count: &CountFile) -> u32 {
        let Some(plus) = &count.plus else { return 0 };
        u32::try_from(plus.value).unwrap_or_else(|_| {
            self.mistakes
                .add(&plus.place, "nobody has that many people to add");
            0
        })
    }

    fn template(&mut self, written: &Written<String>) -> Option<Template> {
        match Template::parse(&written.value) {
            Ok(template) => Some(template),
            Err(message) => {
                let hint =
                    "columns stand in braces, as in \"{first_name} {last_name}\"; `{{` and `}}` are braces"
                        .to_owned();
                self.mistakes.add_with(&written.place, message, hint);
                None
            }
        }
    }

    fn check_part(&mut self, file: &RuleFile, role: Role) {
        let Some(part) = &file.part else { return };
        let is_name = matches!(role.place.kind, Kind::Name { .. } | Kind::Text { .. });
        if !is_name {
            let message = format!("`part` is for names; {} is none", role.place.name);
            let hint = role.place.kind.describe();
            self.mistakes.add_with(&part.place, message, hint);
        } else if file.column.is_none() || file.count.is_some() {
            let key = match part.value {
                NamePart::First => "first",
                NamePart::Last => "last",
            };
            let hint = format!("{{ column = \"whole_name\", part = \"{key}\" }}");
            let message = "`part` takes apart the name in a `column`";
            self.mistakes.add_with(&part.place, message, hint);
        }
    }
}

fn made(names: Vec<String>, optional: bool, how: How) -> Origin {
    Origin::Made(Made {
        names,
        optional,
        how,
    })
}

/// A column's name that stands inside a text.
fn at(text: &Written<String>, name: &str) -> Written<String> {
    Written {
        value: name.to_owned(),
        place: text.place.clone(),
    }
}

/// The keys of a rule that speak of cells, with their places.
fn keys_about_cells(file: &RuleFile) -> Vec<(Place, &'static str)> {
    let formats = file.formats.as_ref().and_then(|list| list.first());
    let keys = [
        (file.values.as_ref().map(|w| &w.place), "values"),
        (formats.map(|w| &w.place), "formats"),
        (file.capture.as_ref().map(|w| &w.place), "capture"),
        (file.on_blank.as_ref().map(|w| &w.place), "on_blank"),
        (file.on_invalid.as_ref().map(|w| &w.place), "on_invalid"),
        (file.else_from.as_ref().map(|w| &w.place), "else_from"),
        (file.optional.as_ref().map(|w| &w.place), "optional"),
        (file.pad.as_ref().map(|w| &w.place), "pad"),
        (file.zone.as_ref().map(|w| &w.place), "zone"),
    ];
    keys.into_iter()
        .filter_map(|(place, key)| Some((place?.clone(), key)))
        .collect()
}
