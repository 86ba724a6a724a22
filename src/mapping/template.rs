//! A text with columns' names in braces, filled with a row's cells.

use super::column_pattern::NUMBER;

/// Separators that may be left over where the part before them was blank.
const SEPARATORS: &[char] = &[' ', ',', ';', '/', '|', '-', '\u{b7}'];

/// A text with columns in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// Each column with the text that leads to it.
    parts: Vec<(String, String)>,
    /// What stands behind the last column.
    tail: String,
}

impl Template {
    /// Reads `{column}` as a column and `{{` and `}}` as braces.
    ///
    /// # Errors
    ///
    /// What is wrong, as a sentence fragment.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut lead = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            lead.push_str(before);
            if let Some(behind) = from.strip_prefix("{{") {
                lead.push('{');
                rest = behind;
            } else if let Some(behind) = from.strip_prefix("}}") {
                lead.push('}');
                rest = behind;
            } else if let Some(inside) = from.strip_prefix('{') {
                let (column, behind) = column(inside).ok_or("a `{` is not closed")?;
                parts.push((std::mem::take(&mut lead), column.trim().to_owned()));
                rest = behind;
            } else {
                return Err("a `}` closes nothing");
            }
        }
        lead.push_str(rest);
        if parts.is_empty() {
            return Err("no column stands in it");
        }
        Ok(Self { parts, tail: lead })
    }

    /// The columns, in their order.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(_, column)| column.as_str())
    }

    /// Each column with the text that leads to it, and what stands behind the last.
    pub(super) fn pieces(&self) -> (&[(String, String)], &str) {
        (&self.parts, &self.tail)
    }

    /// The text with these values for its columns; none where all of them are blank.
    ///
    /// A blank value takes along the text that leads to it, or that stands behind it where it is the
    /// last. Where the first ones are blank, no separator is left before the others.
    pub(super) fn fill<'v>(
        &self,
        values: impl IntoIterator<Item = Option<&'v str>>,
    ) -> Option<String> {
        let mut text = String::new();
        let mut is_first_blank = false;
        let mut is_last_blank = true;
        for ((lead, _), value) in self.parts.iter().zip(values) {
            is_last_blank = value.is_none();
            let Some(value) = value else {
                is_first_blank |= text.is_empty();
                continue;
            };
            if text.is_empty() && is_first_blank {
                text.push_str(lead.trim_start_matches(SEPARATORS));
            } else {
                text.push_str(lead);
            }
            text.push_str(value);
        }
        if !is_last_blank {
            text.push_str(&self.tail);
        }
        (!text.is_empty()).then_some(text)
    }
}

/// The column's name that a brace has opened, and what follows the brace that closes it.
fn column(text: &str) -> Option<(&str, &str)> {
    let mut end = 0;
    loop {
        let rest = text.get(end..)?;
        let brace = rest.find(['{', '}'])?;
        end += brace;
        let from = text.get(end..)?;
        // What stands for a number is part of the name.
        if from.starts_with(NUMBER) {
            end += NUMBER.len();
        } else if from.starts_with('}') {
            return Some((text.get(..end)?, from.get(1..)?));
        } else {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    fn filled(template: &str, values: &[&str]) -> Option<String> {
        let values = values
            .iter()
            .map(|value| (!value.is_empty()).then_some(*value));
        Template::parse(template).unwrap().fill(values)
    }

    #[test]
    fn a_blank_part_goes_with_what_leads_to_it() {
        for (template, values, expected) in [
            ("{a} {b}", &["Ana", "Lee"][..], "Ana Lee"),
            ("{a} {b} {c}", &["Ana", "", "Lee"], "Ana Lee"),
            ("{a} {b} {c}", &["", "", "Lee"], "Lee"),
            ("{a} {b} {c}", &["Ana", "", ""], "Ana"),
            ("{a}, {b}", &["Miami", ""], "Miami"),
            ("{a}, {b}", &["", "FL"], "FL"),
            ("{a} ({b})", &["Gold", "HMO"], "Gold (HMO)"),
            ("{a} ({b})", &["Gold", ""], "Gold"),
            ("{a} ({b})", &["", "HMO"], "(HMO)"),
            ("Apt {a}, {b}", &["4", "Miami"], "Apt 4, Miami"),
            ("Apt {a}, {b}", &["", "Miami"], "Miami"),
            ("{a}-{b}", &["", "-7"], "-7"),
            ("{{{a}}}", &["x"], "{x}"),
        ] {
            assert_eq!(
                filled(template, values).as_deref(),
                Some(expected),
                "{template} {values:?}"
            );
        }
        assert_eq!(filled("x {a} y {b} z", &["", ""]), None);
    }

    #[test]
    fn braces_hold_the_names_of_columns() {
        let template = Template::parse("{ First Name } {other_{n}_last}{{n}}").unwrap();
        let columns: Vec<&str> = template.columns().collect();

        assert_eq!(columns, ["First Name", "other_{n}_last"]);
        assert_eq!(template.pieces().1, "{n}");
        for (text, wrong) in [
            ("{a", "a `{` is not closed"),
            ("{a {b}", "a `{` is not closed"),
            ("{", "a `{` is not closed"),
            ("{a}}", "a `}` closes nothing"),
            ("a", "no column stands in it"),
            ("{{a}}", "no column stands in it"),
            ("", "no column stands in it"),
        ] {
            assert_eq!(Template::parse(text), Err(wrong), "{text}");
        }
    }
}
