//! Formats made only of digit places and literals, and numbers as they show them.

use super::number_format::split_sections;

/// A format made only of digit places and literals: `00000`, `000-00-0000`, `[<=9999999]###-####;…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mask {
    sections: Vec<Section>,
}

/// What stands between semicolons. Without parts it is no mask, and its numbers stay plain.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    condition: Option<Condition>,
    parts: Option<Vec<Part>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `0`: a digit, or a zero.
    Zero,
    /// `#`: a digit, or nothing.
    Digit,
    /// `?`: a digit, or a space.
    Space,
    Literal(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Condition {
    comparison: Comparison,
    bound: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

impl Mask {
    /// The mask that a format is; none when it is another kind of format or would add nothing.
    pub(super) fn of(format: &str) -> Option<Self> {
        let sections: Vec<_> = split_sections(format).map(Section::of).collect();
        let is_mask = sections.iter().any(|section| section.parts.is_some());
        is_mask.then_some(Self { sections })
    }

    /// Writes a number as the mask shows it; false, with nothing written, when no mask applies to it.
    pub(super) fn write(&self, number: u64, text: &mut String) -> bool {
        let parts = self
            .section(number)
            .and_then(|section| section.parts.as_ref());
        if let Some(parts) = parts {
            write_parts(parts, number, text);
        }
        parts.is_some()
    }

    /// Without conditions the first section is for what is above zero, the third for zero.
    fn section(&self, number: u64) -> Option<&Section> {
        if self
            .sections
            .iter()
            .any(|section| section.condition.is_some())
        {
            return self.sections.iter().find(|section| {
                let condition = section.condition;
                condition.is_none_or(|condition| condition.holds(number))
            });
        }
        let zero = self.sections.get(2).filter(|_| number == 0);
        zero.or(self.sections.first())
    }
}

impl Section {
    fn of(text: &str) -> Self {
        let mut condition = None;
        let parts = parse_parts(text, &mut condition).filter(|parts| adds_to_number(parts));
        Self { condition, parts }
    }
}

impl Condition {
    /// What stands in brackets, if it is a condition on whole numbers.
    fn of(text: &str) -> Option<Self> {
        let symbols: &[(&str, Comparison)] = &[
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<>", Comparison::NotEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ];
        symbols.iter().find_map(|(symbol, comparison)| {
            Some(Self {
                comparison: *comparison,
                bound: text.strip_prefix(symbol)?.trim().parse().ok()?,
            })
        })
    }

    fn holds(self, number: u64) -> bool {
        match self.comparison {
            Comparison::Less => number < self.bound,
            Comparison::LessOrEqual => number <= self.bound,
            Comparison::Equal => number == self.bound,
            Comparison::NotEqual => number != self.bound,
            Comparison::GreaterOrEqual => number >= self.bound,
            Comparison::Greater => number > self.bound,
        }
    }
}

/// A mask is worth its name with two zeros in it, or with literals between digits.
fn adds_to_number(parts: &[Part]) -> bool {
    let is_digit = |part: &Part| !matches!(part, Part::Literal(_));
    let zeros = parts.iter().filter(|part| **part == Part::Zero).count();
    let first = parts.iter().position(is_digit);
    let last = parts.iter().rposition(is_digit);
    let between = match (first, last) {
        (Some(first), Some(last)) => parts.get(first..last).unwrap_or_default(),
        _ => return false,
    };
    zeros > 1 || between.iter().any(|part| !is_digit(part))
}

/// None as soon as something is neither a digit place nor a literal.
fn parse_parts(text: &str, condition: &mut Option<Condition>) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '0' => parts.push(Part::Zero),
            '#' => parts.push(Part::Digit),
            '?' => parts.push(Part::Space),
            '\\' => parts.push(Part::Literal(chars.next()?)),
            '"' => {
                let quoted = chars.by_ref().take_while(|c| *c != '"');
                parts.extend(quoted.map(Part::Literal));
            }
            // The width of the next character, or what fills the column with it.
            '_' | '*' => {
                chars.next()?;
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let is_elapsed = !inside.is_empty()
                    && inside
                        .chars()
                        .all(|c| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's'));
                if is_elapsed {
                    return None;
                }
                *condition = condition.or(Condition::of(&inside));
            }
            '-' | '+' | '(' | ')' | ' ' | ':' | '\'' | '!' | '&' | '^' | '~' | '{' | '}' | '<'
            | '>' | '=' => parts.push(Part::Literal(c)),
            _ => return None,
        }
    }
    Some(parts)
}

/// Digits take their places from the right; those that are too many stand at the first place.
fn write_parts(parts: &[Part], number: u64, text: &mut String) {
    let digits = if number == 0 {
        String::new()
    } else {
        number.to_string()
    };
    let is_place = |part: &&Part| !matches!(part, Part::Literal(_));
    let mut places = parts.iter().filter(is_place).count();
    let mut rest = digits.as_str();
    for part in parts {
        if let Part::Literal(c) = part {
            text.push(*c);
            continue;
        }
        places -= 1;
        let (here, later) = rest.split_at(rest.len().saturating_sub(places));
        rest = later;
        match part {
            _ if !here.is_empty() => text.push_str(here),
            Part::Zero => text.push('0'),
            Part::Space => text.push(' '),
            Part::Digit | Part::Literal(_) => {}
        }
    }
}
