//! The classifier for AVX-512 with BW: 64 bytes at a time, masks as they come.

use super::Masks;
use core::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512,
    _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi8, _mm512_sub_epi8,
};

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn within(bytes: __m512i, first: u8, count: u8) -> u64 {
    let moved = _mm512_sub_epi8(bytes, _mm512_set1_epi8(first.cast_signed()));
    _mm512_cmplt_epu8_mask(moved, _mm512_set1_epi8(count.cast_signed()))
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn equal(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
}

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn classify(block: &[u8; 64]) -> Masks {
    // SAFETY: the load is of the 64 bytes, and needs no alignment.
    let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    let folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    let spaces = equal(bytes, b' ');
    Masks {
        letters: within(folded, b'a', 26),
        numbers: within(bytes, b'0', 10),
        spaces,
        white: spaces | within(bytes, 9, 5),
        quotes: equal(bytes, b'\''),
        leads: within(bytes, 0xC0, 0x40),
        high: _mm512_movepi8_mask(bytes),
    }
}
