//! The names of a source's columns, compared the way people write them.

/// The column that a file of rows to be corrected names its run in.
pub const RUN_COLUMN: &str = "_run";

/// The column that names the source there.
pub const FILE_COLUMN: &str = "_file";

/// The column that tells the row's number there.
pub const ROW_COLUMN: &str = "_row";

/// The column that says there why it holds the row.
pub const CODE_COLUMN: &str = "_code";

/// The columns of a source, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    names: Vec<String>,
    folded: Vec<String>,
}

impl Header {
    /// A header of these column names; surrounding white space is not part of a name.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let names: Vec<String> = names
            .into_iter()
            .map(|name| name.as_ref().trim().to_owned())
            .collect();
        let folded = names.iter().map(|name| fold(name)).collect();
        Self { names, folded }
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True when there is no column.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The columns' names as the file spells them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of the column at `index`, as the file spells it.
    pub fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }

    /// The columns of that name, ignoring case, spaces and underscores: none, one, or several.
    /// Columns that start with `_` are ours (they come back in corrected files) and never match.
    pub fn find(&self, name: &str) -> Vec<usize> {
        let wanted = fold(name);
        self.folded
            .iter()
            .enumerate()
            .filter(|(index, folded)| **folded == wanted && !self.is_ours(*index))
            .map(|(index, _)| index)
            .collect()
    }

    /// The column of exactly that name which this program added to a file for people to correct.
    pub fn added(&self, name: &str) -> Option<usize> {
        let place = self.names.iter().position(|known| known == name);
        place.filter(|index| self.is_ours(*index))
    }

    /// True for a column that this program added to a file for people to correct.
    pub fn is_ours(&self, index: usize) -> bool {
        self.name(index).is_some_and(|name| name.starts_with('_'))
    }
}

/// A column's name without what people vary: case, spaces and underscores.
pub fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '\u{feff}')
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn names_match_ignoring_case_spaces_and_underscores() {
        let header = Header::new(["First Name", "ZIP_Code", "zip code", "_row"]);

        assert_eq!(header.find("first_name"), [0]);
        assert_eq!(header.find("zipcode"), [1, 2]);
        assert!(header.find("_row").is_empty());
        assert_eq!(header.name(0), Some("First Name"));
    }
}
