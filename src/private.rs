//! A person's data: it prints only its type unless it is exposed by name.

use std::fmt;

/// A value that must not reach logs, errors or metrics.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to look at when asking where people's data goes.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(private)")
    }
}

#[cfg(test)]
mod tests {
    use super::Private;

    #[test]
    fn nothing_of_it_is_printed() {
        let phone = Private::new("+13055550123");

        assert_eq!(
            format!("{phone:?} {:?}", Some(phone)),
            "(private) Some((private))"
        );
    }
}
