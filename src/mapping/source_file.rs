//! `[source]` of a mapping file as it is written: how its files are read, and which rows count.

use super::{
    file::{ColumnFile, tables},
    mistakes::{Mistakes, Written},
    walk::Section,
};

/// `[source]`.
#[derive(Debug, Default)]
pub(super) struct SourceFile {
    pub(super) separator: Option<Written<String>>,
    pub(super) encoding: Option<Written<String>>,
    pub(super) sheet: Option<Written<String>>,
    pub(super) required: Vec<Written<String>>,
    pub(super) blank: Option<Vec<Written<String>>>,
    pub(super) skip: Vec<SkipFile>,
}

/// One element of `skip`.
#[derive(Debug)]
pub(super) struct SkipFile {
    pub(super) column: ColumnFile,
    pub(super) when: WhenFile,
    pub(super) because: Written<String>,
}

/// Which cells of its column make a skip leave a row out.
#[derive(Debug)]
pub(super) enum WhenFile {
    Is(Vec<Written<String>>),
    IsNot(Vec<Written<String>>),
    Matches(Written<String>),
}

impl SourceFile {
    pub(super) fn read(top: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Self {
        let Some(mut source) = top.section("source", mistakes) else {
            return Self::default();
        };
        let file = Self {
            separator: source.string("separator", mistakes),
            encoding: source.string("encoding", mistakes),
            sheet: source.string("sheet", mistakes),
            required: source.strings("required", mistakes).unwrap_or_default(),
            blank: source.strings("blank", mistakes),
            skip: tables(&mut source, "skip", mistakes)
                .into_iter()
                .filter_map(|element| SkipFile::read(element, mistakes))
                .collect(),
        };
        source.finish(mistakes);
        file
    }
}

impl SkipFile {
    fn read(mut section: Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let place = section.place().clone();
        let name = section.string("column", mistakes);
        let is = section.strings("is", mistakes).map(WhenFile::Is);
        let is_not = section.strings("is_not", mistakes).map(WhenFile::IsNot);
        let matches = section.string("matches", mistakes).map(WhenFile::Matches);
        let mut whens = [is, is_not, matches].into_iter().flatten();
        let (when, second) = (whens.next(), whens.next());
        let because = section.string("because", mistakes);
        let optional = section.boolean("optional", mistakes);
        section.finish(mistakes);
        let (Some(name), Some(when), None, Some(because)) = (name, when, second, because) else {
            mistakes.add_with(
                &place,
                "a skip needs `column`, one of `is`, `is_not` and `matches`, and `because`",
                "{ column = \"applying\", is = [\"No\"], because = \"not an applicant\" }"
                    .to_owned(),
            );
            return None;
        };
        let optional = optional.is_some_and(|flag| flag.value);
        let column = ColumnFile { name, optional };
        Some(Self {
            column,
            when,
            because,
        })
    }
}
