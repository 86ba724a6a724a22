//! Chance that comes out the same on every platform, given the same seed.
#![expect(
    clippy::indexing_slicing,
    reason = "a number below a length is an index"
)]

use std::str::FromStr;

/// A stream of numbers that its seed and number determine.
pub(crate) struct Random(u64);

impl Random {
    /// The stream of one thing out of many.
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        Self(mix(seed).wrapping_add(mix(number ^ 0x5851_f42d_4c95_7f2d)))
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let wide = (u128::from(mix(self.0)) * u128::from(bound)) >> 64;
        u64::try_from(wide).unwrap_or_default()
    }

    /// One of several, each as likely as the others.
    pub(crate) fn pick<T>(&mut self, from: &'static [T]) -> &'static T {
        let index = self.below(from.len() as u64);
        &from[usize::try_from(index).unwrap_or_default()]
    }

    /// True in that share of cases.
    pub(crate) fn happens(&mut self, share: Share) -> bool {
        self.below(10_000) < u64::from(share.0)
    }
}

/// The finalizer of `SplitMix64`.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A share of a whole, in hundredths of a per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(pub(crate) u32);

impl Share {
    /// A share in per cent.
    pub(crate) const fn percent(percent: u32) -> Self {
        Self(percent * 100)
    }
}

/// Reads `3%`, `0.5%` or `0.25`; the sign may be left out.
impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().trim_end_matches('%');
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let hundredths = format!("{whole}{part:0<2}");
        let is_plain = !whole.is_empty()
            && part.len() <= 2
            && hundredths.bytes().all(|byte| byte.is_ascii_digit());
        match hundredths.parse() {
            Ok(share) if is_plain && share <= 10_000 => Ok(Self(share)),
            _ => Err("expected a share such as 3% or 0.5%, at most 100%".to_owned()),
        }
    }
}
