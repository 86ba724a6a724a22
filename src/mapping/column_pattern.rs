//! Names of columns that repeat with a number in them: `other_{n}_first_name`.

use crate::header::{Header, fold};

/// What stands for the number.
pub(super) const NUMBER: &str = "{n}";

/// A column's name with a number somewhere in it, folded as names are.
#[derive(Debug)]
pub(super) struct ColumnPattern {
    before: String,
    after: String,
}

impl ColumnPattern {
    /// The pattern that a name is, if it is one.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (before, after) = name.split_once(NUMBER)?;
        Some(Self {
            before: fold(before),
            after: fold(after),
        })
    }

    /// The number in a column's name that fits.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        let folded = fold(name);
        let number = folded
            .strip_prefix(&self.before)?
            .strip_suffix(&self.after)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.parse().ok())?
    }

    /// The columns that fit, by their numbers.
    pub(super) fn find(&self, header: &Header) -> Vec<(u32, usize)> {
        let names = header.names().iter().enumerate();
        let mut found: Vec<(u32, usize)> = names
            .filter(|(index, _)| !header.is_ours(*index))
            .filter_map(|(index, name)| Some((self.number(name)?, index)))
            .collect();
        found.sort_unstable();
        found
    }
}

/// The columns of that name, or those that fit it where it is a pattern.
pub(super) fn find(header: &Header, name: &str) -> Vec<usize> {
    match ColumnPattern::of(name) {
        None => header.find(name),
        Some(pattern) => {
            let found = pattern.find(header);
            found.into_iter().map(|(_, index)| index).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ColumnPattern, find};
    use crate::header::Header;

    #[test]
    fn a_number_stands_where_the_pattern_has_it() {
        let pattern = ColumnPattern::of("other_{n}_first_name").unwrap();

        for (name, number) in [
            ("other_1_first_name", Some(1)),
            ("Other 10 First Name", Some(10)),
            ("OTHER02FIRSTNAME", Some(2)),
            ("other_first_name", None),
            ("other_x_first_name", None),
            ("other_-1_first_name", None),
            ("other_1_last_name", None),
            ("another_1_first_name", None),
            ("other_99999999999_first_name", None),
        ] {
            assert_eq!(pattern.number(name), number, "{name}");
        }
        assert!(ColumnPattern::of("other_n_first_name").is_none());
    }

    #[test]
    fn columns_come_in_the_order_of_their_numbers() {
        let header = Header::new(["p10", "p2", "_p3", "p", "p1"]);

        assert_eq!(find(&header, "p{n}"), [4, 1, 0]);
        assert_eq!(find(&header, "P 2"), [1]);
    }
}
