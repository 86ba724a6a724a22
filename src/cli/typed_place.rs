//! The flags that lead to one journal, where they were typed: what is suggested has to repeat them.

use std::{borrow::Cow, ffi::OsString, fmt::Write as _};

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, parser::ValueSource};

use super::args::Cli;

/// Flags that lead to one journal. The profile is always named where one is in force.
const FLAGS: [(&str, &str); 4] = [
    ("config", "--config"),
    ("state_folder", "--state-folder"),
    ("journal", "--journal"),
    ("account", "--account"),
];

/// Those that were typed, as a shell takes them; each has a space before it. What environment and configuration
/// say holds for the next command too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TypedPlace(String);

impl TypedPlace {
    /// The flags as they stand behind a command.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn of(matches: &ArgMatches) -> Self {
        let mut typed = String::new();
        for (id, flag) in FLAGS {
            if matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            let value = matches
                .get_raw(id)
                .and_then(|mut values| values.next_back());
            let value = value.unwrap_or_default().to_string_lossy();
            let _ = write!(typed, " {flag} {}", quoted(&value));
        }
        Self(typed)
    }
}

impl Cli {
    /// Reads what was typed.
    ///
    /// # Errors
    ///
    /// When it cannot be understood, or help or version is asked for.
    pub(super) fn of(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(arguments)?;
        let cli = Self::from_arg_matches(&matches);
        let mut cli = cli.map_err(|error| error.format(&mut command))?;
        cli.global.typed = TypedPlace::of(&matches);
        Ok(cli)
    }
}

/// A word as a shell takes it for one.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_that_a_shell_would_part_or_read_is_quoted() {
        for (word, meant) in [
            ("/srv/a-b_c.1/journal.db", "/srv/a-b_c.1/journal.db"),
            ("two words", "'two words'"),
            ("O'Hara", r"'O'\''Hara'"),
            ("$HOME/*.db", "'$HOME/*.db'"),
            ("Peña", "'Peña'"),
            ("~/x", "'~/x'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), meant);
        }
    }
}
