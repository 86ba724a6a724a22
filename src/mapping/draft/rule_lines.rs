//! One rule of a draft as lines, with a word on how sure it is.

use std::fmt::Write as _;

use super::{
    choose::{Choice, Sure},
    identifier::figures,
    lines::{Line, key, list, literal, quoted, write_comment, write_lines},
    words::Words,
};
use crate::contract::{Kind, Presence, Word};

/// A rule that stands on one line.
pub(super) fn rule_line(choice: &Choice<'_, '_>, is_matched: bool, all: usize) -> Line {
    let mut comment = remark(choice);
    if is_matched {
        comment = format!("{comment}; {}", figures(choice.column, all));
    }
    Line::new(choice.field.name, value_of(choice))
        .with(comment)
        .proposed(!choice.is_taken())
}

/// A rule that translates words, as sections of its own below `[section]`.
pub(super) fn write_words(
    text: &mut String,
    section: &str,
    choice: &Choice<'_, '_>,
    words: &Words,
) {
    let name = format!("{section}.{}", choice.field.name);
    let is_proposal = !choice.is_taken();
    let mark = if is_proposal { "# " } else { "" };
    let _ = write!(text, "\n{mark}[{name}]  # {}\n", remark(choice));
    let mut rule = vec![Line::new("column", quoted(&choice.column.title))];
    if leaves_out_what_is_invalid(choice) {
        rule.push(Line::new("on_invalid", "\"omit\""));
    }
    let has_words = is_proposal || !words.known.is_empty();
    if has_words {
        let line = Line::new("otherwise", "\"keep\"");
        rule.push(line.with("any other word has to be one of the API's own"));
    }
    let rule: Vec<Line> = rule
        .into_iter()
        .map(|line| line.proposed(is_proposal))
        .collect();
    write_lines(text, &rule);
    let mark = if is_proposal || !has_words { "# " } else { "" };
    let _ = writeln!(text, "{mark}[{name}.values]");
    let known = words.known.iter().map(|(word, meant)| {
        Line::new(key(word), meant)
            .with(doubt(choice, meant))
            .proposed(is_proposal)
    });
    let unknown = words.unknown.iter().map(|(word, count)| {
        Line::new(key(word), "\"?\"")
            .with(format!("DECIDE: in {}", rows(*count)))
            .proposed(true)
    });
    write_lines(text, &known.chain(unknown).collect::<Vec<_>>());
    if !words.unknown.is_empty() {
        write_comment(
            text,
            &format!("What they may stand for: {}.", choice.field.kind.describe()),
        );
    }
    if words.untold > 0 {
        let remark = format!(
            "Texts that are no words of a list stand in {}; `check` says where.",
            rows(words.untold)
        );
        write_comment(text, &remark);
    }
}

fn rows(count: usize) -> String {
    match count {
        1 => "1 row".to_owned(),
        _ => format!("{count} rows"),
    }
}

/// A word on statuses that not every version of the API's pages has.
fn doubt(choice: &Choice<'_, '_>, meant: &str) -> String {
    let mut words = choice.field.kind.words().iter();
    let is_unsettled = words.any(|word| !word.is_settled() && quoted(word.text) == meant);
    if is_unsettled {
        "not on all of the API's pages".to_owned()
    } else {
        String::new()
    }
}

fn value_of(choice: &Choice<'_, '_>) -> String {
    let column = quoted(&choice.column.title);
    let reading = choice.reading;
    let mut keys = Vec::new();
    if let Some(format) = reading.format {
        keys.push(format!("formats = {}", list([format])));
    }
    if let Some(pattern) = reading.capture {
        let no_match = match choice.field.presence {
            Presence::Required => "reject",
            Presence::Optional | Presence::Nullable => "omit",
        };
        keys.push(format!(
            "capture = {}, no_match = \"{no_match}\"",
            literal(pattern)
        ));
    }
    if leaves_out_what_is_invalid(choice) {
        keys.push("on_invalid = \"omit\"".to_owned());
    }
    if keys.is_empty() {
        column
    } else {
        format!("{{ column = {column}, {} }}", keys.join(", "))
    }
}

/// True where a cell that cannot be used should not cost the row: what says who a person is and how to
/// reach them is worth more than the rest. Wrong dates and statuses of policies do harm and are not left out.
fn leaves_out_what_is_invalid(choice: &Choice<'_, '_>) -> bool {
    let fit = choice.reading.fit;
    let is_spare = match choice.field.kind {
        Kind::BirthDate | Kind::Integer | Kind::Boolean => true,
        Kind::Choice(words) => words.iter().all(Word::is_settled),
        _ => false,
    };
    is_spare && fit.good < fit.of && choice.field.presence == Presence::Nullable
}

/// How sure a rule is.
pub(super) fn remark(choice: &Choice<'_, '_>) -> String {
    let fit = choice.reading.fit;
    let figures = format!("{} of {} values fit", fit.good, fit.of);
    let mut remark = if choice.column.cells.is_masked() {
        "masked in the sample: nothing to read".to_owned()
    } else if let Some(caveat) = choice.caveat {
        format!("DECIDE: {caveat}")
    } else {
        match choice.sure {
            _ if fit.of == 0 => "likely: the name; blank in the sample".to_owned(),
            Sure::Certain => format!("sure: the name and {figures}"),
            Sure::Likely => format!("likely: the name and {figures}"),
            Sure::Doubtful => format!("a guess: DECIDE: the name, but only {figures}"),
            Sure::ByValues => format!("a guess: DECIDE: {figures}, the name says nothing"),
        }
    };
    if choice.reading.has_day_counts {
        remark.push_str(
            "; some cells are bare numbers: format the column as a date and export again",
        );
    }
    let masked = choice.column.cells.masked;
    if masked > 0 && !choice.column.cells.is_masked() {
        let _ = write!(remark, "; masked in {}", rows(masked));
    }
    remark
}
