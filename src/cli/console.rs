//! The only writer to stdout and stderr. What a file says is untrusted on a terminal, so control and
//! direction characters are escaped on the way out.

use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;

use super::{failure::Failure, progress};

/// Where results and messages go: results to stdout, everything else to stderr.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    /// Results are one JSON object.
    pub(super) json: bool,
    /// Only what matters.
    pub(super) quiet: bool,
}

/// True once the command's object was printed.
static HAS_TOLD: AtomicBool = AtomicBool::new(false);

impl Console {
    /// True when a person watches stderr.
    pub(super) fn is_watched() -> bool {
        io::stderr().is_terminal()
    }

    /// True when a person may watch what is written, on stdout or stderr.
    pub(super) fn is_on_terminal() -> bool {
        Self::is_watched() || io::stdout().is_terminal()
    }

    /// Writes the command's one result to stdout.
    pub(super) fn result(text: &str) {
        write(&mut io::stdout().lock(), &for_people(text));
    }

    /// Writes the command's one result to stdout, as one JSON object on one line.
    pub(super) fn object(object: &Value) {
        HAS_TOLD.store(true, Ordering::Relaxed);
        let text = sanitized(&object.to_string(), |code| format!("\\u{code:04x}"));
        write(&mut io::stdout().lock(), &text);
    }

    /// Writes bytes to stdout as they are: what another program reads.
    pub(super) fn verbatim(bytes: &[u8]) -> io::Result<()> {
        io::stdout().lock().write_all(bytes)
    }

    /// Writes something for people to stderr.
    pub(super) fn message(text: &str) {
        progress::beside(|| write(&mut io::stderr().lock(), &for_people(text)));
    }

    /// The same from within a panic, which may have come while a line was being drawn.
    pub(super) fn alarm(text: &str) {
        write(&mut io::stderr().lock(), &for_people(text));
    }

    /// Writes something for people to stderr, unless they asked for quiet.
    pub(super) fn remark(self, text: &str) {
        if !self.quiet {
            Self::message(text);
        }
    }

    /// Writes why the command failed: `error: …`, and one JSON object where JSON is asked for.
    pub(super) fn error(self, failure: &Failure) {
        // What broke off after its result was told has only one object all the same.
        if self.json && !HAS_TOLD.load(Ordering::Relaxed) {
            Self::object(&failure.object());
        }
        Self::message(&format!("error: {}", failure.message));
    }
}

/// A reader that is gone wants nothing more; there is nobody left to tell.
fn write(out: &mut dyn Write, text: &str) {
    let _ = writeln!(out, "{text}");
}

fn for_people(text: &str) -> String {
    sanitized(text.trim_end(), |code| format!("\\u{{{code:x}}}"))
}

/// Escapes what could move the cursor, change colours, or turn the direction of reading; all of it has codes of
/// four digits at most.
fn sanitized(text: &str, escaped: fn(u32) -> String) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
        if (c.is_control() && c != '\n') || turns {
            clean.push_str(&escaped(c.into()));
        } else {
            clean.push(c);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::for_people;

    #[test]
    fn what_a_file_says_cannot_steer_the_terminal() {
        assert_eq!(
            for_people("a\u{1b}[31mb\u{202e}c\nd"),
            "a\\u{1b}[31mb\\u{202e}c\nd"
        );
    }
}
