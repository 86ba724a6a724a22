//! The file in which all processes that use a key write down when their requests left.
//!
//! A header of fixed length, then a ring of times, eight bytes each, the oldest overwritten first. To take
//! a slot is to read one time (that of the send which the quota still counts) and to write one, however
//! high the rate is: some ten system calls, a few microseconds. A ring only ever grows, so processes with
//! different rates read the same history, each by its own rate.
//!
//! Times are microseconds since 1970 by the wall clock, the only clock that processes share. The upper
//! bits of each say how much later than that its request may have arrived, in milliseconds.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use super::margin;
use crate::platform;

const MAGIC: [u8; 8] = *b"acaledg1";
/// Magic, the numbers, checksum.
const HEADER_LENGTH: usize = 8 * (1 + NUMBERS + 1);
const NUMBERS: usize = 7;
const TIME_LENGTH: u64 = 8;
/// No ring is larger; a header that says so is damaged.
const LARGEST_RING: u64 = 1 << 24;
/// The bits of a time that hold when its request left; those above hold its delay. Enough until 2112.
const LEFT_BITS: u32 = 52;
/// The longest delay that is written down, in milliseconds.
const LONGEST_DELAY: u64 = 1000;

/// The open ledger of one key.
pub(super) struct Ledger {
    file: File,
    path: PathBuf,
}

/// The ledger's content while no other process can touch it.
pub(super) struct Page<'a> {
    file: &'a mut File,
    pub(super) header: Header,
}

/// A request on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    /// When it was about to leave.
    pub(super) at: u64,
    /// How many milliseconds later it may have arrived.
    pub(super) delay: u64,
}

/// What the ledger says beside the ring of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// How many times the ring holds at most.
    capacity: u64,
    /// How many times were ever written to the ring.
    count: u64,
    /// The latest time at which anything was written.
    pub(super) seen: u64,
    /// A moment up to which every slot counts as used, because the history before it is not known.
    pub(super) unknown_until: u64,
    /// When the API last asked for a pause, and until when.
    pub(super) paused_at: u64,
    /// The end of that pause.
    pub(super) paused_until: u64,
    /// How much longer than the window a slot stays taken, in per cent of the window, as the last pause
    /// left it.
    pub(super) margin: u64,
}

impl Ledger {
    /// Opens or creates the ledger of that name.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, (PathBuf, io::Error)> {
        let path = folder.join(format!("ledger-{name}"));
        let opened = platform::create_private_folder(folder).and_then(|()| {
            platform::private_file()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
        });
        match opened {
            Ok(file) => {
                crate::failpoint::reach("ledger.made");
                Ok(Self { file, path })
            }
            Err(source) => Err((path, source)),
        }
    }

    /// The first bytes of the ledger of that name, if there is one. Opened to be written, which is the question;
    /// nothing is.
    pub(super) fn look(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, (PathBuf, io::Error)> {
        let path = folder.join(format!("ledger-{name}"));
        let read = || {
            let file = File::options().read(true).write(true).open(&path)?;
            file.lock_shared()?;
            let mut bytes = Vec::with_capacity(HEADER_LENGTH);
            let length = u64::try_from(HEADER_LENGTH).unwrap_or(u64::MAX);
            (&file).take(length).read_to_end(&mut bytes)?;
            file.unlock().map(|()| bytes)
        };
        match read() {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).map_err(|error| (path, error)),
        }
    }

    /// Where the ledger is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Does `work` on the content, while every other process waits. The time is taken from `clock` once
    /// it is our turn: an earlier reading could lie before what another process has written since.
    pub(super) fn with<T>(
        &mut self,
        clock: impl FnOnce() -> u64,
        work: impl FnOnce(&mut Page<'_>, u64) -> io::Result<T>,
    ) -> io::Result<T> {
        self.file.lock()?;
        let now = clock();
        let done = Page::read(&mut self.file, now).and_then(|mut page| work(&mut page, now));
        let unlocked = self.file.unlock();
        done.and_then(|value| unlocked.map(|()| value))
    }
}

impl<'a> Page<'a> {
    fn read(file: &'a mut File, now: u64) -> io::Result<Self> {
        let mut bytes = Vec::with_capacity(HEADER_LENGTH);
        file.seek(SeekFrom::Start(0))?;
        let length = u64::try_from(HEADER_LENGTH).unwrap_or(u64::MAX);
        (&*file).take(length).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(Self {
                file,
                header: Header::new(),
            });
        }
        if let Some(header) = Header::from_bytes(&bytes) {
            return Ok(Self { file, header });
        }
        let mut page = Self {
            file,
            header: Header::new(),
        };
        page.forget(now)?;
        Ok(page)
    }

    /// The `nth` newest request (1 is the newest); none when it is not on record.
    ///
    /// A time that cannot be is damage: the history is forgotten, and the caller has to ask again.
    pub(super) fn newest(&mut self, nth: u64, now: u64) -> io::Result<Option<Sent>> {
        if nth == 0 || nth > self.header.known() {
            return Ok(None);
        }
        let place = (self.header.count - nth) % self.header.capacity;
        match self.read_time(place)? {
            Some(sent) if sent.at <= self.header.seen && sent.delay <= LONGEST_DELAY => {
                Ok(Some(sent))
            }
            _ => {
                self.forget(now)?;
                Ok(None)
            }
        }
    }

    /// Writes down a request that is about to leave and may take `way` to arrive, keeping at least the `keep`
    /// latest. Gives its number.
    pub(super) fn record(&mut self, now: u64, way: Duration, keep: u64) -> io::Result<u64> {
        // One more than the quota counts: a process killed between the two writes below has then only
        // spoilt a time that nobody reads.
        self.grow(keep + 1, now)?;
        let number = self.header.count;
        let sent = Sent {
            at: now,
            delay: milliseconds(way),
        };
        self.write_time(number % self.header.capacity, sent)?;
        crate::failpoint::reach("ledger.time_written");
        self.header.count += 1;
        self.header.seen = now;
        self.save()?;
        crate::failpoint::reach("ledger.slot_taken");
        Ok(number)
    }

    /// Writes down that the request of that number, on record at `at`, arrived by `by` at the latest. One
    /// whose place in the ring is another's by now stays as it is.
    pub(super) fn arrived(&mut self, number: u64, at: u64, by: u64) -> io::Result<()> {
        let age = self.header.count.checked_sub(number);
        if !age.is_some_and(|age| (1..=self.header.capacity).contains(&age)) {
            return Ok(());
        }
        let place = number % self.header.capacity;
        let delay = by.saturating_sub(at).div_ceil(1000).min(LONGEST_DELAY);
        match self.read_time(place)? {
            Some(sent) if sent.at == at => self.write_time(place, Sent { at, delay }),
            _ => Ok(()),
        }
    }

    /// Writes the header.
    pub(super) fn save(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&self.header.to_bytes())
    }

    /// Starts a new history at `now`; whatever was sent before counts as sent just now.
    pub(super) fn forget(&mut self, now: u64) -> io::Result<()> {
        self.header.count = 0;
        self.header.seen = now;
        self.header.unknown_until = now;
        self.save()
    }

    fn grow(&mut self, capacity: u64, now: u64) -> io::Result<()> {
        if capacity <= self.header.capacity {
            return Ok(());
        }
        let mut times = Vec::new();
        for nth in (1..=self.header.known()).rev() {
            times.extend(self.newest(nth, now)?);
        }
        // Until the last line below the file is marked as damaged, so that a process that dies here
        // leaves a full window's wait behind rather than a history in disorder.
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&[0; HEADER_LENGTH])?;
        crate::failpoint::reach("ledger.growing");
        for (place, time) in (0..).zip(&times) {
            self.write_time(place, *time)?;
        }
        self.header.capacity = capacity;
        self.header.count = u64::try_from(times.len()).unwrap_or(0);
        self.save()
    }

    fn read_time(&mut self, place: u64) -> io::Result<Option<Sent>> {
        let mut bytes = [0; 8];
        self.seek_time(place)?;
        match self.file.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(Sent::from_bits(u64::from_le_bytes(bytes)))),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_time(&mut self, place: u64, sent: Sent) -> io::Result<()> {
        self.seek_time(place)?;
        self.file.write_all(&sent.to_bits().to_le_bytes())
    }

    fn seek_time(&mut self, place: u64) -> io::Result<u64> {
        let start = u64::try_from(HEADER_LENGTH).unwrap_or(u64::MAX);
        self.file.seek(SeekFrom::Start(start + place * TIME_LENGTH))
    }
}

impl Sent {
    const fn from_bits(bits: u64) -> Self {
        Self {
            at: bits & ((1 << LEFT_BITS) - 1),
            delay: bits >> LEFT_BITS,
        }
    }

    const fn to_bits(self) -> u64 {
        (self.delay << LEFT_BITS) | self.at
    }
}

impl Header {
    pub(super) const fn new() -> Self {
        Self {
            capacity: 0,
            count: 0,
            seen: 0,
            unknown_until: 0,
            paused_at: 0,
            paused_until: 0,
            margin: margin::FIRST,
        }
    }

    const fn known(&self) -> u64 {
        if self.count < self.capacity {
            self.count
        } else {
            self.capacity
        }
    }

    fn to_bytes(self) -> Vec<u8> {
        let numbers: [u64; NUMBERS] = [
            self.capacity,
            self.count,
            self.seen,
            self.unknown_until,
            self.paused_at,
            self.paused_until,
            self.margin,
        ];
        let mut bytes = MAGIC.to_vec();
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        let sum = checksum(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }

    /// The header in these bytes; none when they are damaged.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, sum) = bytes.split_last_chunk::<8>()?;
        let numbers = content.strip_prefix(&MAGIC)?;
        if numbers.len() != NUMBERS * 8 || checksum(content) != u64::from_le_bytes(*sum) {
            return None;
        }
        let mut numbers = numbers
            .chunks_exact(8)
            .filter_map(|chunk| chunk.try_into().ok().map(u64::from_le_bytes));
        let header = Self {
            capacity: numbers.next()?,
            count: numbers.next()?,
            seen: numbers.next()?,
            unknown_until: numbers.next()?,
            paused_at: numbers.next()?,
            paused_until: numbers.next()?,
            margin: numbers.next()?,
        };
        let plausible = header.capacity <= LARGEST_RING
            && (margin::FIRST..=margin::LARGEST).contains(&header.margin);
        plausible.then_some(header)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(LONGEST_DELAY)
}

/// FNV-1a: enough to tell a torn or foreign header from a whole one.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
