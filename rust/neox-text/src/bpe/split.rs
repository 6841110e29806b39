//! Where pieces begin: the GPT-2 pattern as algebra on bit masks, 64 bytes at a time.
//!
//! ```text
//! 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//! ```
//!
//! With L letters, N numbers, W white space, S the space 0x20 among it, O the rest and X = L|N|O,
//! and `m<<1` the bytes that follow one in `m`, a piece begins
//!
//! * at X, unless its own class goes on or a space is in front of it: `X & ~(L&L<<1 | N&N<<1 |
//!   O&O<<1) & ~(S<<1)`;
//! * at the first of a run of white space, `W & ~(W<<1)`, and at its last character where
//!   something else follows: `W & X>>1`.
//!
//! An apostrophe that begins a piece may begin a contraction; those are set right one by one.
//!
//! **Space runs.** GPT-NeoX has runs of 2 to 24 spaces as added tokens, cut out before the pattern
//! sees the text. Two spaces in a row are always such a run, so with D = S & S<<1, R = D | D>>1,
//! the same algebra holds with R taken out of S and W; a piece that begins with two spaces is a
//! run. Of a run of 24k + 1 the last space belongs to what follows.

use super::unicode::{CharTable, LETTER_CLASS, NUMBER_CLASS, WHITE_CLASS, decode};
use crate::simd::{Backend, Masks};

/// How many starts a call of `fill` gives at most.
pub(super) const BATCH: usize = 512;
/// The starts of one block, and those that a contraction sets.
const ROOM: usize = 64;

/// Goes over one section of a text, giving the starts of its pieces.
pub(super) struct Scanner<'t> {
    text: &'t [u8],
    table: &'static CharTable,
    backend: Backend,
    /// The longest run of spaces that is one token; 0: runs are ordinary white space.
    longest_run: usize,
    at: usize,
    // Bit 63 of the block before, as bit 0.
    letters: u64,
    numbers: u64,
    others: u64,
    spaces: u64,
    white: u64,
    runs: u64,
    raw_spaces: u64,
    /// Spaces of the run that reaches the end of the block before.
    run_length: usize,
    /// Bytes of a character of the block before: letters, numbers, white.
    spilt: [u64; 3],
    /// The first bits of the next block that a contraction clears and sets.
    clear: u64,
    set: u64,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(
        text: &'t [u8],
        table: &'static CharTable,
        backend: Backend,
        longest_run: usize,
    ) -> Self {
        Self {
            text,
            table,
            backend,
            longest_run,
            at: 0,
            letters: 0,
            numbers: 0,
            others: 0,
            spaces: 0,
            white: 0,
            runs: 0,
            raw_spaces: 0,
            run_length: 0,
            spilt: [0; 3],
            clear: 0,
            set: 0,
        }
    }

    /// Whether all starts were given.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Write the next starts behind the `n` that are there; how many there are then. A piece ends
    /// where the next one begins.
    #[inline]
    pub(super) fn fill(&mut self, starts: &mut [u32; BATCH + 1], mut n: usize) -> usize {
        while self.at < self.text.len() && n + ROOM <= BATCH {
            let base = self.at as u32;
            let mut found = self.block();
            while found != 0 {
                starts[n] = base + found.trailing_zeros();
                n += 1;
                found &= found - 1;
            }
        }
        n
    }

    /// The starts within the block at `at`.
    #[inline]
    fn block(&mut self) -> u64 {
        let rest = &self.text[self.at..];
        let (masks, valid) = if let Some(block) = rest.first_chunk::<64>() {
            (self.backend.classify(block), u64::MAX)
        } else {
            let mut block = [0; 64];
            block[..rest.len()].copy_from_slice(rest);
            (self.backend.classify(&block), (1 << rest.len()) - 1)
        };
        let Masks { mut letters, mut numbers, mut spaces, mut white, quotes, leads, high } = masks;
        let next = rest.get(64).copied();
        // At a white character the split before a non-white one is seen at once, whatever its
        // length in bytes: `ascii_white & X>>1` for one byte, `splits` for more.
        let mut splits = 0;
        let mut ascii_white = white;
        if high | self.spilt[0] | self.spilt[1] | self.spilt[2] != 0 {
            [letters, numbers, white, splits] = self.high(leads, [letters, numbers, white]);
        }

        let mut runs = 0;
        if self.longest_run > 0 {
            let next_space = u64::from(next == Some(b' '));
            let doubled = spaces & (spaces << 1 | self.raw_spaces);
            runs = doubled | doubled >> 1 | (spaces >> 63 & next_space) << 63;
            self.raw_spaces = spaces >> 63;
            if runs != 0 {
                runs = self.give_back(runs, next_space == 1);
                spaces &= !runs;
                white &= !runs;
                ascii_white &= !runs;
            } else {
                self.run_length = 0;
            }
        }

        let others = valid & !(letters | numbers | white | runs);
        let solid = letters | numbers | others;
        let next_solid = match next {
            None => 0,
            Some(0..0x80) => u64::from(!matches!(next, Some(9..=13 | 32))),
            Some(_) => {
                let (code, _) = decode(rest, 64);
                u64::from(self.table.class(code) != WHITE_CLASS)
            }
        };
        let goes_on = letters & (letters << 1 | self.letters)
            | numbers & (numbers << 1 | self.numbers)
            | others & (others << 1 | self.others);
        let mut starts = solid & !goes_on & !(spaces << 1 | self.spaces)
            | white & !(white << 1 | self.white)
            | ascii_white & (solid >> 1 | next_solid << 63)
            | splits
            | runs & !(runs << 1 | self.runs);
        starts = starts & !self.clear | self.set & valid;
        (self.clear, self.set) = (0, 0);
        let mut candidates = quotes & starts;
        while candidates != 0 {
            let bit = candidates.trailing_zeros() as usize;
            candidates &= candidates - 1;
            let length = contraction(&rest[bit + 1..]);
            if length > 0 {
                let clear = 1u128 << (bit + 1);
                let set = 1u128 << (bit + 1 + length);
                starts = starts & !(clear as u64) | set as u64 & valid;
                self.clear |= (clear >> 64) as u64;
                self.set |= (set >> 64) as u64;
            }
        }
        self.letters = letters >> 63;
        self.numbers = numbers >> 63;
        self.others = others >> 63;
        self.spaces = spaces >> 63;
        self.white = white >> 63;
        self.runs = runs >> 63;
        self.at += 64;
        starts
    }

    /// Add the characters that are not ASCII: letters, numbers, white, and where a white character
    /// of more than one byte is followed by one that is not white.
    #[inline]
    fn high(&mut self, mut leads: u64, classes: [u64; 3]) -> [u64; 4] {
        let rest = &self.text[self.at..];
        // By class: other, letters, numbers, white; characters may reach into the next block.
        let mut found = [0, self.spilt[0], self.spilt[1], self.spilt[2]].map(u128::from);
        let mut splits = 0;
        while leads != 0 {
            let bit = leads.trailing_zeros() as usize;
            leads &= leads - 1;
            let (code, len) = decode(rest, bit);
            let class = self.table.class(code);
            found[usize::from(class)] |= ((1 << len) - 1) << bit;
            if class == WHITE_CLASS && bit + len < rest.len() {
                let (code, _) = decode(rest, bit + len);
                splits |= u64::from(self.table.class(code) != WHITE_CLASS) << bit;
            }
        }
        let of = |class: u8| found[usize::from(class)];
        let found = [of(LETTER_CLASS), of(NUMBER_CLASS), of(WHITE_CLASS)];
        self.spilt = found.map(|mask| (mask >> 64) as u64);
        [
            classes[0] | found[0] as u64,
            classes[1] | found[1] as u64,
            classes[2] | found[2] as u64,
            splits,
        ]
    }

    /// Take the last space out of runs of 24k + 1, which belongs to the piece behind it.
    #[inline]
    fn give_back(&mut self, runs: u64, goes_on: bool) -> u64 {
        let longest = self.longest_run;
        let carried = if self.runs == 1 { self.run_length } else { 0 };
        let first = (!runs).trailing_zeros() as usize;
        let last = (!runs).leading_zeros() as usize;
        let mut kept = runs;
        // A run that begins in this block and is longer than the longest token has to be long.
        if carried > 0 || longest < 64 && has_run(runs, longest + 1) {
            let mut left = runs;
            while left != 0 {
                let start = left.trailing_zeros() as usize;
                let length = (!(left >> start)).trailing_zeros() as usize;
                let end = start + length;
                left &= if end >= 64 { 0 } else { u64::MAX << end };
                let whole = length + if start == 0 { carried } else { 0 };
                let open = end == 64 && goes_on;
                if !open && whole > longest && whole % longest == 1 {
                    kept &= !(1 << (end - 1));
                }
            }
        }
        self.run_length = if last == 0 {
            0
        } else if first == 64 {
            carried + 64
        } else {
            last
        };
        kept
    }
}

/// Whether a mask has `length` ones in a row.
#[inline]
fn has_run(mask: u64, length: usize) -> bool {
    let (mut mask, mut have) = (mask, 1);
    while have < length && mask != 0 {
        let step = have.min(length - have);
        mask &= mask << step;
        have += step;
    }
    mask != 0
}

/// The letters of a contraction that `rest`, what follows an apostrophe, begins with.
#[inline]
fn contraction(rest: &[u8]) -> usize {
    match rest {
        [b's' | b't' | b'm' | b'd', ..] => 1,
        [b'r' | b'v', b'e', ..] | [b'l', b'l', ..] => 2,
        _ => 0,
    }
}
