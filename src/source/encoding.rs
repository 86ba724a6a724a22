//! How a text file writes its characters: what its first bytes say, else what somebody said of it, else
//! what all of its bytes show.

use super::{
    kind::{Utf16Side, utf16_side},
    survey::Utf8Count,
};
use crate::format::Encoding;

/// An encoding, and where the text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) encoding: Encoding,
    /// Bytes before the text: a byte order mark, sound or broken.
    pub(super) mark: usize,
}

const MARKS: &[(&[u8], Encoding)] = &[
    (b"\xef\xbb\xbf", Encoding::UTF_8),
    (b"\xff\xfe", Encoding::UTF_16LE),
    (b"\xfe\xff", Encoding::UTF_16BE),
];

/// A byte order mark of UTF-16 that some program took for text and wrote out again as UTF-8.
const BROKEN_MARK: &[u8] = b"\xef\xbf\xbd\xef\xbf\xbd";

/// Tells the encoding. A byte order mark and the zero bytes of UTF-16 beat what was said: they cannot
/// be there by accident.
pub(super) fn tell(start: &[u8], utf8: Utf8Count, said: Option<Encoding>) -> Told {
    let broken = start.starts_with(BROKEN_MARK).then_some(BROKEN_MARK.len());
    let text = start.get(broken.unwrap_or_default()..).unwrap_or_default();
    let marked = MARKS.iter().find(|(mark, _)| start.starts_with(mark));
    if let Some((mark, encoding)) = marked.filter(|_| broken.is_none()) {
        return Told {
            encoding: *encoding,
            mark: mark.len(),
        };
    }
    if let Some(side) = utf16_side(text) {
        return Told {
            encoding: match side {
                Utf16Side::LittleEndian => Encoding::UTF_16LE,
                Utf16Side::BigEndian => Encoding::UTF_16BE,
            },
            mark: broken.unwrap_or_default(),
        };
    }
    Told {
        encoding: said.unwrap_or_else(|| by_its_bytes(utf8)),
        mark: 0,
    }
}

/// Bytes above ASCII are UTF-8 by accident only in the rarest of cases: where more of them are than are
/// not, what is broken is damage to some rows.
fn by_its_bytes(utf8: Utf8Count) -> Encoding {
    if utf8.broken > utf8.sound {
        Encoding::WINDOWS_1252
    } else {
        Encoding::UTF_8
    }
}

#[cfg(test)]
mod tests {
    use super::{Told, tell};
    use crate::{format::Encoding, source::survey::Utf8Count};

    #[test]
    fn marks_beat_words_and_words_beat_looks() {
        let counts = |sound, broken| Utf8Count { sound, broken };
        let told = |encoding, mark| Told { encoding, mark };
        let said = Some(Encoding::WINDOWS_1252);
        let utf16 = b"\xef\xbf\xbd\xef\xbf\xbda\0\t\0b\0";
        for (start, utf8, said, expected) in [
            (&b"a,b"[..], counts(0, 0), None, told(Encoding::UTF_8, 0)),
            (
                b"\xef\xbb\xbfa",
                counts(1, 0),
                said,
                told(Encoding::UTF_8, 3),
            ),
            (
                b"\xff\xfea\0",
                counts(0, 2),
                None,
                told(Encoding::UTF_16LE, 2),
            ),
            (
                b"\xfe\xff\0a",
                counts(0, 2),
                None,
                told(Encoding::UTF_16BE, 2),
            ),
            (b"a\0,\0", counts(0, 0), said, told(Encoding::UTF_16LE, 0)),
            (utf16, counts(2, 0), None, told(Encoding::UTF_16LE, 6)),
            (b"a,b", counts(0, 3), None, told(Encoding::WINDOWS_1252, 0)),
            (b"a,b", counts(3, 1), None, told(Encoding::UTF_8, 0)),
            (b"a,b", counts(3, 1), said, told(Encoding::WINDOWS_1252, 0)),
        ] {
            assert_eq!(
                tell(start, utf8, said),
                expected,
                "{}",
                start.escape_ascii()
            );
        }
    }
}
