//! Lines of a mapping file: keys, quoted names, and comments that stand in one column.

use std::fmt::Write as _;

/// How wide a comment may get.
const WIDTH: usize = 108;

/// Where comments beside lines begin, at most.
const BESIDE: usize = 56;

/// One line of a section.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) comment: String,
    /// Behind a `#`: a proposal that does not count yet.
    pub(super) is_proposal: bool,
}

impl Line {
    pub(super) fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    pub(super) fn with(mut self, comment: impl Into<String>) -> Self {
        self.comment = comment.into();
        self
    }

    /// The same as a proposal, or not.
    pub(super) fn proposed(self, is_proposal: bool) -> Self {
        Self {
            is_proposal,
            ..self
        }
    }
}

/// Writes lines with their `=` and their comments below one another.
pub(super) fn write_lines(text: &mut String, lines: &[Line]) {
    let longest = |width: &dyn Fn(&Line) -> usize| lines.iter().map(width).max().unwrap_or(0);
    let key_width = longest(&|line| line.key.chars().count() + mark(line).len());
    let plain: Vec<String> = lines
        .iter()
        .map(|line| {
            let key = format!("{}{}", mark(line), line.key);
            format!("{key:key_width$} = {}", line.value)
        })
        .collect();
    let widths = plain.iter().map(|line| line.chars().count());
    let beside = widths.filter(|width| *width < BESIDE).max().unwrap_or(0);
    for (line, plain) in lines.iter().zip(plain) {
        if line.comment.is_empty() {
            let _ = writeln!(text, "{plain}");
        } else {
            let _ = writeln!(text, "{plain:beside$}  # {}", line.comment);
        }
    }
}

fn mark(line: &Line) -> &'static str {
    if line.is_proposal { "# " } else { "" }
}

/// Writes a comment of whole sentences, in lines that are not too wide.
pub(super) fn write_comment(text: &mut String, comment: &str) {
    let mut line = String::from("#");
    for word in comment.split_whitespace() {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{line}");
            line.replace_range(1.., "");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}

/// A text as a TOML string on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A pattern as a TOML string that needs no escapes.
pub(super) fn literal(pattern: &str) -> String {
    if pattern.contains('\'') {
        quoted(pattern)
    } else {
        format!("'{pattern}'")
    }
}

/// A key, quoted where it has to be.
pub(super) fn key(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !text.is_empty() && text.chars().all(is_bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Texts as a TOML list.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{key, list, quoted};

    #[test]
    fn whatever_a_file_calls_its_columns_is_one_toml_string() {
        for name in ["a", "a \"b\" \\ c", "tab\there", "\u{1b}[31m", "élan #"] {
            let text = format!(
                "{} = {}\nlist = {}",
                key(name),
                quoted(name),
                list([name, "b"])
            );

            let read: toml::Table = text.parse().unwrap();

            assert_eq!(read[name].as_str(), Some(name), "{text}");
            assert_eq!(read["list"][0].as_str(), Some(name), "{text}");
            assert_eq!(text.lines().count(), 2, "{text}");
        }
    }
}
