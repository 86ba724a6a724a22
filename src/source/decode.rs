//! Bytes of any encoding as UTF-8, with a mark where something was lost.
//!
//! What cannot be decoded becomes [`LOST`], a byte that UTF-8 never has: the row that holds it is refused
//! like any other row that is no text, and no character is ever put in a name's place. UTF-8 itself passes
//! through as it is; its rows are judged one by one.

use std::{
    collections::VecDeque,
    io::{self, Read},
    ops::Range,
};

use encoding_rs::{Decoder, DecoderResult};
use memchr::{memchr2, memchr3};

use crate::format::Encoding;

/// Stands for bytes that could not be decoded.
pub(super) const LOST: u8 = 0xff;

/// Bytes read at a time.
const BLOCK: usize = 64 << 10;

/// So many losses are remembered with their places; beyond that the next one known stands for them.
const MOST_LOSSES: usize = 1 << 16;

/// A reader of UTF-8 over one of another encoding.
pub(super) struct Decoding<R> {
    from: R,
    /// None for UTF-8.
    decoder: Option<Decoder>,
    encoding: Encoding,
    raw: Vec<u8>,
    at_hand: Range<usize>,
    is_at_end: bool,
    /// Where the next raw byte at hand stands in the file.
    offset: u64,
    /// Decoded and not yet read: where it begins in `text`.
    text: Vec<u8>,
    given: usize,
    /// How many bytes of UTF-8 were decoded so far.
    decoded: u64,
    /// Where something was lost: its place in the UTF-8, and in the file.
    losses: VecDeque<(u64, u64)>,
}

impl<R: Read> Decoding<R> {
    /// Decodes what `from` gives from here on, which is `offset` bytes into the file.
    pub(super) fn new(from: R, encoding: Encoding, offset: u64) -> Self {
        Self {
            from,
            decoder: (encoding != Encoding::UTF_8).then(|| encoding.decoder()),
            encoding,
            raw: Vec::new(),
            at_hand: 0..0,
            is_at_end: false,
            offset,
            text: Vec::new(),
            given: 0,
            decoded: 0,
            losses: VecDeque::new(),
        }
    }

    /// Where in the file the first loss at or after a place in the UTF-8 stands; forgets those before. None
    /// where nothing is decoded and a place in the text is the place in the file.
    pub(super) fn place_of_loss(&mut self, decoded: u64) -> Option<u64> {
        self.decoder.as_ref()?;
        while self.losses.front().is_some_and(|loss| loss.0 < decoded) {
            self.losses.pop_front();
        }
        Some(self.losses.front().map_or(self.offset, |loss| loss.1))
    }

    /// How many bytes of the file were decoded; none for UTF-8, which is not.
    pub(super) fn bytes_decoded(&self) -> Option<u64> {
        self.decoder.as_ref().map(|_| self.offset)
    }

    /// Decodes the next stretch into `text`; leaves that empty at the end of the file.
    fn decode_on(&mut self, decoder: &mut Decoder) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() {
            if self.at_hand.is_empty() && !self.is_at_end {
                self.read_raw()?;
            }
            let is_last = self.is_at_end && self.at_hand.is_empty();
            self.decode_at_hand(decoder, is_last);
            if is_last {
                return Ok(());
            }
        }
        Ok(())
    }

    fn read_raw(&mut self) -> io::Result<()> {
        self.raw.resize(BLOCK, 0);
        let read = loop {
            match self.from.read(&mut self.raw) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.at_hand = 0..read;
        self.is_at_end = read == 0;
        Ok(())
    }

    /// Adds to `text` what the bytes at hand say, up to and with the first loss.
    fn decode_at_hand(&mut self, decoder: &mut Decoder, is_last: bool) {
        let bytes = self.raw.get(self.at_hand.clone()).unwrap_or_default();
        let sound = bytes.get(..self.undefined(bytes)).unwrap_or(bytes);
        if sound.is_empty() && !bytes.is_empty() {
            self.lose(0);
            self.pass(1);
            return;
        }
        // Enough for whatever these bytes become, so that the output is never full.
        let room = decoder
            .max_utf8_buffer_length_without_replacement(sound.len())
            .unwrap_or(3 * BLOCK);
        self.text.resize(room, 0);
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(sound, &mut self.text, is_last);
        self.text.truncate(written);
        self.decoded += written as u64;
        self.pass(read);
        if let DecoderResult::Malformed(length, after) = result {
            self.lose(u64::from(length) + u64::from(after));
        }
    }

    /// How many bytes there are before one that Windows-1252 does not define; the library reads those as
    /// control characters.
    fn undefined(&self, bytes: &[u8]) -> usize {
        if self.encoding != Encoding::WINDOWS_1252 {
            return bytes.len();
        }
        let first = memchr3(0x81, 0x8d, 0x8f, bytes);
        let second = memchr2(0x90, 0x9d, bytes);
        first.into_iter().chain(second).min().unwrap_or(bytes.len())
    }

    fn pass(&mut self, count: usize) {
        self.at_hand.start += count;
        self.offset += count as u64;
    }

    /// Notes a loss that began `back` bytes before the next byte at hand.
    fn lose(&mut self, back: u64) {
        if self.losses.len() < MOST_LOSSES {
            let place = self.offset.saturating_sub(back);
            self.losses.push_back((self.decoded, place));
        }
        self.text.push(LOST);
        self.decoded += 1;
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(mut decoder) = self.decoder.take() else {
            return self.from.read(into);
        };
        let went_on = if self.given < self.text.len() {
            Ok(())
        } else {
            self.decode_on(&mut decoder)
        };
        self.decoder = Some(decoder);
        went_on?;
        let mut text = self.text.get(self.given..).unwrap_or_default();
        let count = text.read(into)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{Decoding, LOST};
    use crate::format::Encoding;

    fn decoded(bytes: &[u8], encoding: Encoding) -> (Vec<u8>, Option<u64>) {
        let mut decoding = Decoding::new(bytes, encoding, 0);
        let mut text = Vec::new();
        decoding.read_to_end(&mut text).unwrap();
        let place = decoding.place_of_loss(0);
        let is_whole = !text.contains(&LOST);
        (text, place.filter(|_| !is_whole))
    }

    #[test]
    fn text_comes_out_as_utf_8_and_losses_keep_their_place() {
        let le =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let mut odd = le("ab");
        odd.push(b'c');
        let mut lone = le("ab");
        lone.extend([0x00, 0xd8]);
        lone.extend(le("c"));

        for (bytes, encoding, text, loss) in [
            (le("José ’"), Encoding::UTF_16LE, "José ’".as_bytes(), None),
            (
                b"Jos\xe9 \x92".to_vec(),
                Encoding::WINDOWS_1252,
                "José ’".as_bytes(),
                None,
            ),
            (
                b"a\x81b".to_vec(),
                Encoding::WINDOWS_1252,
                b"a\xffb",
                Some(1),
            ),
            (odd, Encoding::UTF_16LE, b"ab\xff", Some(4)),
            (lone, Encoding::UTF_16LE, b"ab\xffc", Some(4)),
        ] {
            assert_eq!(decoded(&bytes, encoding), (text.to_vec(), loss));
        }
    }
}
