//! Some of the lines, to measure the tokenizer on: those whose hashes are the smallest, so that
//! the order of the lines and the number of threads do not matter.

use std::collections::BTreeSet;

/// How many lines are kept.
const LINES: usize = 1 << 13;
/// Bytes of a line that are kept, about.
const LENGTH: usize = 1 << 12;

/// Different lines.
#[derive(Default)]
pub(super) struct Sample {
    lines: BTreeSet<(u64, Box<str>)>,
}

impl Sample {
    pub(super) fn add(&mut self, line: &str) {
        let end = (0..=LENGTH.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
        let line = &line[..end.unwrap_or(0)];
        let hash = hash(line);
        let is_full = self.lines.len() >= LINES;
        let is_less = |last: &(u64, Box<str>)| (hash, line) < (last.0, &*last.1);
        if !is_full || self.lines.last().is_some_and(is_less) {
            self.lines.insert((hash, line.into()));
            self.cut();
        }
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        self.lines.append(&mut other.lines);
        self.cut();
    }

    fn cut(&mut self) {
        while self.lines.len() > LINES {
            self.lines.pop_last();
        }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|(_, line)| &**line)
    }
}

/// FNV-1a of Fowler, Noll and Vo, and the last step of `MurmurHash3` by Appleby.
fn hash(line: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = line.bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}
