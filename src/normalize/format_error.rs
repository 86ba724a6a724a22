//! Why a text is no date format.

/// Why a text is no date format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A specifier that is not known here.
    #[error("%{specifier} is not known in a date format; use %Y, %y, %m, %d, %b, %B, %F or %D")]
    Unknown {
        /// What follows the `%`.
        specifier: String,
    },
    /// A `%` at the end.
    #[error("the date format ends with a lone %; write %% for the sign itself")]
    Dangling,
    /// A day, a month or a year is missing.
    #[error("the date format has no {part}; add {specifier}")]
    Lacks {
        /// What is missing.
        part: &'static str,
        /// What would say it.
        specifier: &'static str,
    },
    /// A day, a month or a year is there more than once.
    #[error("the date format has more than one {part}; leave one")]
    Repeated {
        /// What is repeated.
        part: &'static str,
    },
    /// Dates are sent with four-digit years and without a time of day.
    #[error("a date is not sent with {specifier}; use %Y, %m, %d, %b or %B")]
    NotSent {
        /// The specifier that cannot be sent.
        specifier: &'static str,
    },
}
