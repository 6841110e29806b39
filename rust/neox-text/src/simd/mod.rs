//! The byte classifiers of the scanner, one file per instruction set, beside the scalar one.
//!
//! The only module with `unsafe`: each back end is the scalar one, faster, and a test holds every
//! one that this machine has against it.

pub(crate) mod scalar;

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

/// The masks of 64 bytes.
#[inline]
pub(crate) fn classify(block: &[u8; 64]) -> Masks {
    scalar::classify(block)
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
