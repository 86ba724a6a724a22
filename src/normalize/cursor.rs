//! Taking digits, words and signs off the front of a text.

/// What is left to read of a text. Taking something that is not there leaves it where it was.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    rest: &'t [u8],
}

/// A run of digits: its value and how many there were.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    pub(super) value: u32,
    pub(super) count: usize,
}

impl<'t> Cursor<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    pub(super) const fn is_done(self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes that byte.
    pub(super) fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.skip(1);
        }
        found
    }

    /// Takes one of those bytes.
    pub(super) fn take_any(&mut self, wanted: &[u8]) -> Option<u8> {
        let found = self.peek().filter(|byte| wanted.contains(byte))?;
        self.skip(1);
        Some(found)
    }

    /// Takes one to `most` digits, at most nine; more may follow.
    pub(super) fn digits(&mut self, most: usize) -> Option<Digits> {
        let mut digits = Digits { value: 0, count: 0 };
        for byte in self.rest.iter().take(most.min(9)) {
            if !byte.is_ascii_digit() {
                break;
            }
            digits.value = digits.value * 10 + u32::from(byte - b'0');
            digits.count += 1;
        }
        self.skip(digits.count);
        (digits.count > 0).then_some(digits)
    }

    /// Takes a number of exactly that many digits.
    pub(super) fn exactly(&mut self, count: usize) -> Option<u32> {
        let digits = self.digits(count)?;
        (digits.count == count).then_some(digits.value)
    }

    /// Takes ASCII letters, none or more.
    pub(super) fn word(&mut self) -> &'t [u8] {
        let length = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let word = self.rest.get(..length).unwrap_or_default();
        self.skip(length);
        word
    }

    /// Takes spaces and tabs, none or more; true when there was one.
    pub(super) fn spaces(&mut self) -> bool {
        let before = self.rest.len();
        while self.take_any(b" \t").is_some() {}
        self.rest.len() < before
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }
}
