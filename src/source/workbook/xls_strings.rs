//! How long the shared strings of an XLS workbook are, without reading them.

use super::failure::{DAMAGED, WorkbookFailure};

const HAS_RUNS: u8 = 0x08;
const HAS_EXTENSION: u8 = 0x04;
const IS_WIDE: u8 = 0x01;

/// The most bytes that each string may take in memory, in the order of the table. `pieces` are the table's
/// record and those that continue it.
///
/// # Errors
///
/// When the table does not hold what it says.
pub(super) fn string_sizes(pieces: &[&[u8]]) -> Result<Vec<u32>, WorkbookFailure> {
    let (first, rest) = pieces.split_first().ok_or(DAMAGED)?;
    // Two counts come first; the strings themselves are what counts.
    let mut table = Table {
        piece: first.get(8..).ok_or(DAMAGED)?,
        rest,
    };
    let mut sizes = Vec::new();
    while !table.piece.is_empty() || table.next_piece().is_some() {
        if table.piece.is_empty() {
            continue;
        }
        sizes.push(table.skip_string()?);
    }
    Ok(sizes)
}

struct Table<'t> {
    piece: &'t [u8],
    rest: &'t [&'t [u8]],
}

impl Table<'_> {
    fn next_piece(&mut self) -> Option<()> {
        let (piece, rest) = self.rest.split_first()?;
        (self.piece, self.rest) = (piece, rest);
        Some(())
    }

    fn skip_string(&mut self) -> Result<u32, WorkbookFailure> {
        let [low, high, flags] = self.take()?;
        let characters = u16::from_le_bytes([low, high]);
        let runs = if flags & HAS_RUNS == 0 {
            0
        } else {
            usize::from(u16::from_le_bytes(self.take()?))
        };
        let extension = if flags & HAS_EXTENSION == 0 {
            0
        } else {
            u32::from_le_bytes(self.take()?) as usize
        };
        self.skip_characters(characters.into(), flags & IS_WIDE != 0)?;
        self.skip(runs * 4)?;
        self.skip(extension)?;
        // A character takes three bytes at most, or four where it came as two.
        Ok(u32::from(characters) * 3)
    }

    /// The next bytes, which do not go on in another piece.
    fn take<const N: usize>(&mut self) -> Result<[u8; N], WorkbookFailure> {
        let (bytes, rest) = self.piece.split_first_chunk::<N>().ok_or(DAMAGED)?;
        self.piece = rest;
        Ok(*bytes)
    }

    /// Where characters go on in another piece, that begins with flags of its own.
    fn skip_characters(
        &mut self,
        mut left: usize,
        mut is_wide: bool,
    ) -> Result<(), WorkbookFailure> {
        loop {
            let width = if is_wide { 2 } else { 1 };
            let here = (self.piece.len() / width).min(left);
            self.piece = self.piece.get(here * width..).unwrap_or_default();
            left -= here;
            if left == 0 {
                return Ok(());
            }
            self.next_piece().ok_or(DAMAGED)?;
            let [flags] = self.take()?;
            is_wide = flags & IS_WIDE != 0;
        }
    }

    fn skip(&mut self, mut left: usize) -> Result<(), WorkbookFailure> {
        loop {
            let here = self.piece.len().min(left);
            self.piece = self.piece.get(here..).unwrap_or_default();
            left -= here;
            if left == 0 {
                return Ok(());
            }
            self.next_piece().ok_or(DAMAGED)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::string_sizes;

    #[test]
    fn strings_go_on_in_further_pieces() {
        let head = [0_u8; 8];
        let first = [&head[..], b"\x03\x00\x00abc", b"\x04\x00\x08\x01\x00xy"].concat();
        let second = b"\x01z\x00z\x00rr";
        let third = b"rr\x01\x00\x00q";
        let sizes = string_sizes(&[&first, second, third]);

        assert!(matches!(sizes.as_deref(), Ok([9, 12, 3])), "{sizes:?}");
        assert!(string_sizes(&[&first]).is_err());
        assert!(string_sizes(&[b"short"]).is_err());
        assert!(string_sizes(&[]).is_err());
    }
}
