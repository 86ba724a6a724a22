//! `[source]` against what files can be: their format, their blanks, the rows that are left out.

use super::{
    blank::{self, Blanks},
    compile::check_column,
    compile_cell::regex_of,
    meaning::{Skip, When},
    mistakes::{Mistakes, Written},
    source_file::{SkipFile, SourceFile, WhenFile},
    suggest::did_you_mean,
    translation::fold,
};
use crate::{
    format::{Encoding, Format, Separator},
    normalize::{Holds, unprotect},
};

/// The encodings to offer for one that is not known; many more are.
const COMMON_ENCODINGS: &[&str] = &["utf-8", "utf-16le", "utf-16be", "windows-1252", "latin1"];

/// How files are written, as far as the mapping says.
pub(super) fn format_of(file: &SourceFile, mistakes: &mut Mistakes<'_>) -> Format {
    Format {
        separator: separator(file.separator.as_ref(), mistakes),
        encoding: encoding(file.encoding.as_ref(), mistakes),
        sheet: sheet(file.sheet.as_ref(), mistakes),
    }
}

fn separator(written: Option<&Written<String>>, mistakes: &mut Mistakes<'_>) -> Option<Separator> {
    let written = written?;
    let separator = Separator::from_name(&written.value);
    if separator.is_none() {
        let known = Separator::ALL.iter().map(|separator| separator.name());
        let message = format!("`{}` is not a choice here", written.value);
        let hint = format!("one of {}, or the character itself", listed(known));
        mistakes.add_with(&written.place, message, hint);
    }
    separator
}

fn encoding(written: Option<&Written<String>>, mistakes: &mut Mistakes<'_>) -> Option<Encoding> {
    let written = written?;
    let encoding = Encoding::from_name(&written.value);
    if encoding.is_none() {
        let common = || COMMON_ENCODINGS.iter().copied();
        let message = format!("no encoding is known as `{}`", written.value);
        let hint = did_you_mean(&written.value, common())
            .unwrap_or_else(|| format!("the common ones are {}", listed(common())));
        mistakes.add_with(&written.place, message, hint);
    }
    encoding
}

fn sheet(written: Option<&Written<String>>, mistakes: &mut Mistakes<'_>) -> Option<String> {
    let written = written?;
    if written.value.trim().is_empty() {
        let hint = "leave `sheet` out where a workbook has only one".to_owned();
        mistakes.add_with(&written.place, "the sheet's name is blank", hint);
    }
    Some(written.value.clone())
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The texts that mean nothing in any column.
pub(super) fn blanks(file: &SourceFile, mistakes: &mut Mistakes<'_>) -> Blanks {
    let Some(markers) = &file.blank else {
        return Blanks::new(blank::USUAL.iter().copied());
    };
    for marker in markers {
        if fold(&marker.value).is_empty() && !marker.value.trim().is_empty() {
            mistakes.add(
                &marker.place,
                "a marker of underscores alone cannot be told from nothing",
            );
        }
    }
    Blanks::new(markers.iter().map(|marker| marker.value.as_str()))
}

pub(super) fn skip_of(file: &SkipFile, mistakes: &mut Mistakes<'_>) -> Skip {
    check_column(&file.column.name, mistakes);
    if file.because.value.trim().is_empty() {
        mistakes.add(
            &file.because.place,
            "say why: the counts of skipped rows carry it",
        );
    }
    Skip {
        because: file.because.value.trim().to_owned(),
        column: file.column.name.value.clone(),
        optional: file.column.optional,
        when: when_of(file, mistakes),
    }
}

fn when_of(file: &SkipFile, mistakes: &mut Mistakes<'_>) -> When {
    let words = |words: &[Written<String>], mistakes: &mut Mistakes<'_>| {
        if words.is_empty() {
            mistakes.add(
                &file.column.name.place,
                "the list has no word, so it is not said which rows are skipped",
            );
        }
        let folded = |word: &Written<String>| fold(&unprotect(&word.value, Holds::Codes).0);
        words.iter().map(|word| folded(word).into()).collect()
    };
    match &file.when {
        WhenFile::Is(listed) => When::Is(words(listed, mistakes)),
        WhenFile::IsNot(listed) => When::IsNot(words(listed, mistakes)),
        WhenFile::Matches(pattern) => match regex_of(pattern, mistakes) {
            Some(regex) => When::Matches(regex),
            // The mapping is refused for its pattern.
            None => When::Is(Vec::new()),
        },
    }
}
