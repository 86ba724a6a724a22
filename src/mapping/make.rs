//! Texts made of cells: part of a name, several columns in one text, columns counted and joined. Few rules
//! ask for that, so it stays out of the way of the others.

use std::borrow::Cow;

use super::{
    apply::{Input, Mapped, blank_value},
    bind::{Group, Places},
    cell::Cell,
    origin::{How, Made},
    rule::{Reading, Rule},
    template::Template,
};
use crate::{
    normalize::{NamePart, SplitName, Value, spreadsheet_error},
    problem::{Code, Repair},
};

/// The texts of a group's cells; none for blank ones and for columns that the file lacks.
type Texts<'r> = Vec<Option<Cow<'r, str>>>;

/// A text that was made, and the column that stands for it.
type Text = (u32, String);

impl Input<'_> {
    /// The value that a rule gives whose text is made.
    #[cold]
    pub(super) fn made(
        &self,
        rule: &Rule,
        made: &Made,
        places: &Places,
        mapped: &mut Mapped,
    ) -> Option<Value> {
        let input = self;
        let making = Making {
            input,
            rule,
            places,
        };
        let text = match &made.how {
            How::Part(part) => return making.part_of_name(*part, mapped),
            How::Template(template) => making.joined(std::slice::from_ref(template), "", mapped),
            How::Join { each, with } => making.joined(each, with, mapped),
            How::Count { plus, .. } => match input.first_present(rule, places, mapped) {
                Some((column, cell)) => return input.value_of_cell(rule, column, &cell, mapped),
                None => making.count(*plus, mapped),
            },
        };
        match text {
            Ok(Some((column, text))) => mapped.take(rule, column, input.read(rule, &text)),
            Ok(None) => blank_value(rule, places, mapped),
            Err((column, code)) => mapped.take(rule, column, rule.refused(code)),
        }
    }
}

/// The making of one rule's text from one row.
struct Making<'m, 'r> {
    input: &'m Input<'r>,
    rule: &'m Rule,
    places: &'m Places,
}

impl<'r> Making<'_, 'r> {
    fn part_of_name(&self, part: NamePart, mapped: &mut Mapped) -> Option<Value> {
        let (input, rule) = (self.input, self.rule);
        let Some((column, cell)) = input.first_present(rule, self.places, mapped) else {
            return blank_value(rule, self.places, mapped);
        };
        if spreadsheet_error(&cell.text).is_some() {
            return input.value_of_cell(rule, column, &cell, mapped);
        }
        let name = SplitName::of(&cell.text);
        let Some(text) = name.part(part) else {
            return mapped.take(rule, column, rule.refused(Code::NamePartMissing));
        };
        let reading = input.read(rule, &text);
        if matches!(reading, Reading::Value(..)) {
            mapped.unprotected(column, &cell);
            mapped.repaired(column, name.is_guess.then_some(Repair::NameSplit));
            mapped.repaired(column, name.has_lost_title.then_some(Repair::TitleDropped));
        }
        mapped.take(rule, column, reading)
    }

    /// The texts of all groups that are not blank.
    fn joined(
        &self,
        templates: &[Template],
        with: &str,
        mapped: &mut Mapped,
    ) -> Result<Option<Text>, (u32, Code)> {
        let mut all: Option<Text> = None;
        for group in &self.places.groups {
            let cells = self.texts(group, mapped)?;
            let texts = cells.iter().map(Option::as_deref);
            let template = templates.get(group.template);
            let Some(text) = template.and_then(|template| template.fill(texts)) else {
                continue;
            };
            match &mut all {
                Some((_, all)) => {
                    all.push_str(with);
                    all.push_str(&text);
                }
                None => all = first_said(group, &cells).map(|column| (column, text)),
            }
        }
        Ok(all)
    }

    /// How many groups are not blank, with what is added; nothing where that is none.
    fn count(&self, plus: u32, mapped: &mut Mapped) -> Result<Option<Text>, (u32, Code)> {
        let mut count = u64::from(plus);
        for group in &self.places.groups {
            let texts = self.texts(group, mapped)?;
            count += u64::from(texts.iter().any(Option::is_some));
        }
        let columns = self.places.groups.iter().flat_map(|group| &group.columns);
        let column = columns.flatten().copied().next();
        let said = column.filter(|_| count > 0);
        Ok(said.map(|column| (column, count.to_string())))
    }

    /// The cells of a group, or why one of them has no text.
    fn texts(&self, group: &Group, mapped: &mut Mapped) -> Result<Texts<'r>, (u32, Code)> {
        let (row, rule) = (self.input.row, self.rule);
        let text = |column: &Option<u32>| {
            let Some(column) = *column else {
                return Ok(None);
            };
            let Some(cell) = Cell::take(row, column, rule.holds, &rule.blanks) else {
                return Ok(None);
            };
            if let Some(code) = cell.error() {
                return Err((column, code));
            }
            mapped.unprotected(column, &cell);
            Ok((!cell.is_blank).then_some(cell.text))
        };
        group.columns.iter().map(text).collect()
    }
}

/// The first column of a group that is not blank.
fn first_said(group: &Group, cells: &Texts<'_>) -> Option<u32> {
    let columns = group.columns.iter().zip(cells);
    let mut said = columns.filter(|(_, text)| text.is_some());
    said.find_map(|(column, _)| *column)
}
