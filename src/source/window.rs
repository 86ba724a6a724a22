//! A sliding window on a file: the bytes at hand, and more on demand.

use std::io::{self, Read};

use memchr::memchr2;

/// The bytes of a file that are at hand. Its memory is the larger of one block and the most that a
/// caller asked for.
pub(super) struct Window<R> {
    from: R,
    block: usize,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_at_end: bool,
    consumed: u64,
}

impl<R: Read> Window<R> {
    /// A window that reads `block` bytes at a time; nothing is read yet.
    pub(super) fn new(from: R, block: usize) -> Self {
        Self {
            from,
            block: block.max(1),
            buffer: Vec::new(),
            start: 0,
            end: 0,
            is_at_end: false,
            consumed: 0,
        }
    }

    /// The bytes at hand.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the bytes come from.
    pub(super) fn source(&self) -> &R {
        &self.from
    }

    /// Where the bytes come from; reading from it by itself loses what was read.
    pub(super) fn source_mut(&mut self) -> &mut R {
        &mut self.from
    }

    /// True when the file has no bytes beyond those at hand.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// How many bytes were consumed since the start of the file.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Lets the first `count` bytes go.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.consumed += count as u64;
    }

    /// Reads on until twice as many bytes are at hand, `most` at most, so that whoever looks at them all
    /// anew each time still takes linear time. Reads nothing once `most` are at hand.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn read_more(&mut self, most: usize) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let wanted = (self.end * 2).min(most).max(self.block);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        while self.end < wanted {
            let free = self.buffer.get_mut(self.end..wanted).unwrap_or_default();
            match self.from.read(free) {
                Ok(0) => {
                    self.is_at_end = true;
                    break;
                }
                Ok(read) => self.end += read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }

    /// Consumes everything up to and with the next line end, holding no more than is at hand.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        let mut line_end = memchr2(b'\n', b'\r', self.bytes());
        while line_end.is_none() {
            self.consume(self.bytes().len());
            if self.is_at_end {
                return Ok(());
            }
            self.read_more(self.block)?;
            line_end = memchr2(b'\n', b'\r', self.bytes());
        }
        self.consume(line_end.unwrap_or_default());
        if self.bytes().len() < 2 && !self.is_at_end {
            self.read_more(2)?;
        }
        let is_crlf = self.bytes().starts_with(b"\r\n");
        self.consume(if is_crlf { 2 } else { 1 });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::Window;

    /// Gives one byte at a time, and an interruption before each.
    struct Trickle<'a>(&'a [u8], bool);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn read_to_end(window: &mut Window<impl Read>) {
        while !window.is_at_end() {
            window.read_more(64).unwrap();
        }
    }

    #[test]
    fn interruptions_and_short_reads_lose_nothing() {
        let mut window = Window::new(Trickle(b"one\r\ntwo", false), 3);

        window.read_more(8).unwrap();
        assert_eq!(window.bytes(), b"one");
        window.read_more(8).unwrap();
        assert_eq!(window.bytes(), b"one\r\nt");
        window.consume(5);
        assert!(!window.is_at_end());
        read_to_end(&mut window);

        assert_eq!(window.bytes(), b"two");
        assert_eq!(window.consumed(), 5);
    }

    #[test]
    fn skipping_a_line_takes_its_whole_line_end_and_nothing_more() {
        for (text, rest) in [
            (&b"long line\r\n\nb"[..], &b"\nb"[..]),
            (b"long line\rb", b"b"),
            (b"long line\nb", b"b"),
            (b"long line\r", b""),
            (b"long line", b""),
            (b"\r\nb", b"b"),
        ] {
            for block in 1..=12 {
                let mut window = Window::new(text, block);
                window.read_more(block).unwrap();

                window.skip_line().unwrap();

                read_to_end(&mut window);
                assert_eq!(window.bytes(), rest, "{} by {block}", text.escape_ascii());
            }
        }
    }
}
