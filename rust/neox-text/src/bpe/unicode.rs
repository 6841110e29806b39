//! One byte for every code point: its class in the GPT-2 pattern, and whether NFC may touch it.

use super::unicode_tables::{LETTER, NUMBER, SUSPECT_9, SUSPECT_17, WHITE, WORD};
use std::sync::LazyLock;

/// Which edition of Unicode the normal form is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Edition {
    /// Unicode 9, the tables that trained every published model.
    #[default]
    Unicode9,
    /// Unicode 17.
    Unicode17,
}

pub(super) const OTHER: u8 = 0;
pub(super) const LETTER_CLASS: u8 = 1;
pub(super) const NUMBER_CLASS: u8 = 2;
pub(super) const WHITE_CLASS: u8 = 3;
pub(super) const CLASS: u8 = 3;
pub(super) const SUSPECT: u8 = 4;

/// The byte of every code point.
pub(super) struct CharTable(Vec<u8>);

impl CharTable {
    fn build(suspects: &[(u32, u32)]) -> Self {
        let mut bytes = vec![OTHER; 0x11_0000];
        for (ranges, class) in
            [(LETTER, LETTER_CLASS), (NUMBER, NUMBER_CLASS), (WHITE, WHITE_CLASS)]
        {
            for &(start, end) in ranges {
                bytes[start as usize..=end as usize].fill(class);
            }
        }
        for &(start, end) in suspects {
            for byte in &mut bytes[start as usize..=end as usize] {
                *byte |= SUSPECT;
            }
        }
        Self(bytes)
    }

    /// The table of this edition, built at its first use (1.1 MB, most of it never touched).
    pub(super) fn of(edition: Edition) -> &'static Self {
        static NINE: LazyLock<CharTable> = LazyLock::new(|| CharTable::build(SUSPECT_9));
        static SEVENTEEN: LazyLock<CharTable> = LazyLock::new(|| CharTable::build(SUSPECT_17));
        match edition {
            Edition::Unicode9 => &NINE,
            Edition::Unicode17 => &SEVENTEEN,
        }
    }

    #[inline]
    pub(super) fn get(&self, code: u32) -> u8 {
        self.0[code as usize & 0x1F_FFFF]
    }

    #[inline]
    pub(super) fn class(&self, code: u32) -> u8 {
        self.get(code) & CLASS
    }
}

/// The code point whose first byte is at `at`, and its length in bytes. `bytes` are valid UTF-8.
#[inline]
pub(super) fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let follow = |i: usize| u32::from(bytes.get(at + i).copied().unwrap_or(0x80)) & 0x3F;
    let lead = u32::from(bytes[at]);
    match lead {
        0..0x80 => (lead, 1),
        0x80..0xE0 => ((lead & 0x1F) << 6 | follow(1), 2),
        0xE0..0xF0 => ((lead & 0x0F) << 12 | follow(1) << 6 | follow(2), 3),
        _ => ((lead & 0x07) << 18 | follow(1) << 12 | follow(2) << 6 | follow(3), 4),
    }
}

/// `\w`: alphabetic, marks, decimal numbers, connectors, joiners.
pub(super) fn is_word(c: char) -> bool {
    let code = u32::from(c);
    let after = WORD.partition_point(|range| range.0 <= code);
    after > 0 && code <= WORD[after - 1].1
}
