//! `[guard]` of a mapping file as it is written: what stops a run, and from which figure on.

use super::{
    file::tables,
    mistakes::{Mistakes, Written},
    walk::{Section, string, strings},
};

/// `[guard]`.
#[derive(Debug, Default)]
pub(super) struct GuardFile {
    pub(super) older_file: Option<Written<bool>>,
    pub(super) max_age: Option<Written<String>>,
    pub(super) min_rows: Option<Written<u64>>,
    pub(super) min_rows_of_last: Option<Written<String>>,
    pub(super) lost_column: Option<Written<bool>>,
    pub(super) blank_column: Option<Written<String>>,
    pub(super) must_contain: Vec<NeededFile>,
    pub(super) own_npns: Option<Written<Vec<Written<String>>>>,
    pub(super) agent_column: Option<Written<Vec<Written<String>>>>,
    pub(super) foreign_agent: Option<Written<String>>,
    pub(super) max_rejected: Option<Written<String>>,
    pub(super) rebaseline: Option<Written<String>>,
    pub(super) max_created: Option<Written<u64>>,
    pub(super) max_terminations: Option<Written<u64>>,
    pub(super) max_failed: Option<Written<String>>,
}

/// One element of `must_contain`.
#[derive(Debug)]
pub(super) struct NeededFile {
    pub(super) column: Written<String>,
    pub(super) text: Written<String>,
}

impl GuardFile {
    pub(super) fn read(top: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Self {
        let Some(mut guard) = top.section("guard", mistakes) else {
            return Self::default();
        };
        let file = Self {
            older_file: guard.boolean("older_file", mistakes),
            max_age: guard.string("max_age", mistakes),
            min_rows: guard.count("min_rows", mistakes),
            min_rows_of_last: guard.string("min_rows_of_last", mistakes),
            lost_column: guard.boolean("lost_column", mistakes),
            blank_column: guard.string("blank_column", mistakes),
            must_contain: tables(&mut guard, "must_contain", mistakes)
                .into_iter()
                .filter_map(|element| NeededFile::read(element, mistakes))
                .collect(),
            own_npns: one_or_more(&mut guard, "own_npns", mistakes),
            agent_column: one_or_more(&mut guard, "agent_column", mistakes),
            foreign_agent: guard.string("foreign_agent", mistakes),
            max_rejected: guard.string("max_rejected", mistakes),
            rebaseline: guard.string("rebaseline", mistakes),
            max_created: guard.count("max_created", mistakes),
            max_terminations: guard.count("max_terminations", mistakes),
            max_failed: guard.string("max_failed", mistakes),
        };
        guard.finish(mistakes);
        file
    }
}

impl NeededFile {
    fn read(mut section: Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let place = section.place().clone();
        let column = section.string("column", mistakes);
        let text = section.string("text", mistakes);
        section.finish(mistakes);
        let (Some(column), Some(text)) = (column, text) else {
            mistakes.add_with(
                &place,
                "what has to be there needs `column` and `text`",
                "{ column = \"policy_aor\", text = \"12345678\" }".to_owned(),
            );
            return None;
        };
        Some(Self { column, text })
    }
}

/// A text, or a list of texts.
fn one_or_more(
    section: &mut Section<'_>,
    key: &'static str,
    mistakes: &mut Mistakes<'_>,
) -> Option<Written<Vec<Written<String>>>> {
    let found = section.take(key)?;
    let value = if found.value.get_ref().is_array() {
        strings(&found.place, found.value, mistakes)?
    } else {
        vec![string(found.place.clone(), found.value, mistakes)?]
    };
    Some(Written {
        value,
        place: found.place,
    })
}
