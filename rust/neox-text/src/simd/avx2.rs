//! The classifier for AVX2: 32 bytes at a time.

use super::Masks;
use core::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
};

/// Bytes from `first` on, `count` of them: moved to the low end of the signed range.
#[target_feature(enable = "avx2")]
#[inline]
fn within(bytes: __m256i, first: u8, count: u8) -> u64 {
    let moved = _mm256_add_epi8(bytes, _mm256_set1_epi8(0x80u8.wrapping_sub(first).cast_signed()));
    let below = _mm256_cmpgt_epi8(_mm256_set1_epi8((0x80 + count).cast_signed()), moved);
    u64::from(_mm256_movemask_epi8(below).cast_unsigned())
}

#[target_feature(enable = "avx2")]
#[inline]
fn equal(bytes: __m256i, byte: u8) -> u64 {
    let same = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()));
    u64::from(_mm256_movemask_epi8(same).cast_unsigned())
}

#[target_feature(enable = "avx2")]
#[inline]
fn half(bytes: __m256i) -> Masks {
    let folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    let spaces = equal(bytes, b' ');
    Masks {
        letters: within(folded, b'a', 26),
        numbers: within(bytes, b'0', 10),
        spaces,
        white: spaces | within(bytes, 9, 5),
        quotes: equal(bytes, b'\''),
        leads: within(bytes, 0xC0, 0x40),
        high: u64::from(_mm256_movemask_epi8(bytes).cast_unsigned()),
    }
}

#[target_feature(enable = "avx2")]
#[allow(clippy::cast_ptr_alignment)] // the loads are the unaligned ones
pub(super) fn classify(block: &[u8; 64]) -> Masks {
    // SAFETY: both loads lie within the 64 bytes, and need no alignment.
    let (low, high) = unsafe {
        let start = block.as_ptr().cast::<__m256i>();
        (_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1)))
    };
    half(low).join(half(high))
}
