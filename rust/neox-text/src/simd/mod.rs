//! The byte classifiers of the scanner, one file per instruction set, beside the scalar one.
//!
//! The only module with `unsafe`: each back end is the scalar one, faster, and a test holds every
//! one that this machine has against it. `NEOX_TEXT_SIMD` forces one by name.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;

use crate::error::{Error, Result};
use std::sync::OnceLock;

/// The environment variable that forces a back end.
pub const VARIABLE: &str = "NEOX_TEXT_SIMD";

/// 64 bytes, or fewer at the end of a text, as bit masks: bit `i` is byte `i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// ASCII letters.
    pub letters: u64,
    /// ASCII digits.
    pub numbers: u64,
    /// 0x20.
    pub spaces: u64,
    /// ASCII white space, 0x20 among it.
    pub white: u64,
    /// Apostrophes.
    pub quotes: u64,
    /// First bytes of characters that are not ASCII.
    pub leads: u64,
    /// All bytes of characters that are not ASCII.
    pub high: u64,
}

impl Masks {
    /// Two halves of 32 bytes as one.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn join(self, high: Self) -> Self {
        Self {
            letters: self.letters | high.letters << 32,
            numbers: self.numbers | high.numbers << 32,
            spaces: self.spaces | high.spaces << 32,
            white: self.white | high.white << 32,
            quotes: self.quotes | high.quotes << 32,
            leads: self.leads | high.leads << 32,
            high: self.high | high.high << 32,
        }
    }
}

/// A back end that this machine can run: there is no other way to get one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backend(Kind);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Backend {
    /// All that this machine has, the best one last.
    fn all() -> Vec<(&'static str, Self)> {
        let mut all = vec![("scalar", Self(Kind::Scalar))];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                all.push(("avx2", Self(Kind::Avx2)));
            }
            if std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512bw")
            {
                all.push(("avx512", Self(Kind::Avx512)));
            }
        }
        all
    }

    /// The one of this name, the best one where there is none.
    fn choose(name: Option<&str>) -> Result<Self> {
        let all = Self::all();
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Ok(all.last().map_or(Self(Kind::Scalar), |best| best.1));
        };
        let found = all.iter().find(|(known, _)| *known == name);
        found.map(|(_, backend)| *backend).ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
            Error::argument(format!(
                "the environment variable {VARIABLE} is {name:?}; this machine has {}",
                known.join(", ")
            ))
        })
    }

    /// The one in use, looked up once: the best, or what `NEOX_TEXT_SIMD` names.
    pub(crate) fn get() -> Result<Self> {
        static CHOSEN: OnceLock<Result<Backend>> = OnceLock::new();
        CHOSEN
            .get_or_init(|| {
                let name = std::env::var_os(VARIABLE);
                Self::choose(name.map(|name| name.to_string_lossy().into_owned()).as_deref())
            })
            .clone()
    }

    /// The masks of 64 bytes.
    #[inline]
    pub(crate) fn classify(self, block: &[u8; 64]) -> Masks {
        match self.0 {
            Kind::Scalar => scalar::classify(block),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a `Backend` of this kind is only made where the machine has AVX2.
            Kind::Avx2 => unsafe { avx2::classify(block) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a `Backend` of this kind is only made where the machine has AVX-512 BW.
            Kind::Avx512 => unsafe { avx512::classify(block) },
        }
    }
}

/// Which of eight numbers are `wanted`, as bits.
#[inline]
pub(crate) fn equal8(numbers: &[u32; 8], wanted: u32) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{
            _mm_castsi128_ps, _mm_cmpeq_epi32, _mm_loadu_si128, _mm_movemask_ps, _mm_set1_epi32,
        };
        // SAFETY: both loads lie within the 32 bytes and need no alignment; SSE2 is part of x86-64.
        unsafe {
            let start = numbers.as_ptr().cast();
            let wanted = _mm_set1_epi32(wanted.cast_signed());
            let low = _mm_cmpeq_epi32(_mm_loadu_si128(start), wanted);
            let high = _mm_cmpeq_epi32(_mm_loadu_si128(start.add(1)), wanted);
            let bits = |same| _mm_movemask_ps(_mm_castsi128_ps(same)).cast_unsigned();
            bits(low) | bits(high) << 4
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let bit = |(i, number): (usize, &u32)| u32::from(*number == wanted) << i;
        numbers.iter().enumerate().map(bit).sum()
    }
}

/// Ask for a table entry ahead of its use.
#[inline]
pub(crate) fn prefetch<T>(table: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing that the program sees and faults at no address, and
        // SSE is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(table.as_ptr().wrapping_add(index).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (table, index);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_in_every_place() {
        for (name, backend) in Backend::all() {
            for byte in 0..=255u8 {
                for at in 0..64 {
                    let mut block = [b'.'; 64];
                    block[at] = byte;
                    let masks = backend.classify(&block);
                    let bit = |holds: bool| u64::from(holds) << at;
                    let due = Masks {
                        letters: bit(byte.is_ascii_alphabetic()),
                        numbers: bit(byte.is_ascii_digit()),
                        spaces: bit(byte == b' '),
                        white: bit(matches!(byte, 9..=13 | 32)),
                        quotes: bit(byte == b'\''),
                        leads: bit(byte >= 0xC0),
                        high: bit(byte >= 0x80),
                    };
                    assert_eq!(masks, due, "{name}: {byte:#x} at {at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn all_back_ends_are_the_scalar_one(bytes in prop::collection::vec(any::<u8>(), 64)) {
            let block: [u8; 64] = bytes.try_into().unwrap();
            for (_, backend) in Backend::all() {
                prop_assert_eq!(backend.classify(&block), scalar::classify(&block));
            }
        }
    }

    #[test]
    fn eight_are_compared() {
        let numbers = [7, 0, u32::MAX, 7, 1 << 31, 5, 6, 7];
        for wanted in [7, 0, u32::MAX, 1 << 31, 9] {
            let due: u32 = (0..8).map(|i| u32::from(numbers[i] == wanted) << i).sum();
            assert_eq!(equal8(&numbers, wanted), due);
        }
    }

    #[test]
    fn a_back_end_is_chosen_by_name() {
        assert_eq!(Backend::choose(Some("scalar")).unwrap(), Backend(Kind::Scalar));
        assert_eq!(Backend::choose(None).unwrap(), Backend::choose(Some("")).unwrap());
        for unknown in ["sse9", "neon0", "AVX2"] {
            assert!(Backend::choose(Some(unknown)).unwrap_err().to_string().contains(VARIABLE));
        }
    }
}
