//! Codes to ids: the longest sequence of the trie at each place, one after the other.
//!
//! The reference takes the smallest id among up to three characters. A surface that a shorter one
//! beats is not in the trie, so the longest that is there is the smallest id too.
//!
//! Each id has a least number of characters that it can stand for. What stands for more has
//! [`LONG`] in its id, and is told to the sink: that gives the offsets of all tokens, at no cost
//! for the many that are as short as they can be.

use super::codes::{ROW, SKIP};
use super::fallback::{Fallback, fallback};
use super::trie::Trie;
use super::vocab::{NONE, TagIds};
use crate::batch::Rows;
use crate::encode::{Id, Special};
use crate::spans::Stretch;
use std::collections::HashSet;

/// What takes the tokens.
pub trait Sink {
    /// Whether `stretch` does anything.
    const STRETCHES: bool = false;
    fn token(&mut self, id: u32);
    /// The last token's source is longer by so many characters.
    fn stretch(&mut self, _more: u32) {}
    /// The end of a text.
    fn row(&mut self);
}

/// Ids alone.
pub struct Ids<'v, I>(pub &'v mut Vec<I>);

impl<I: Id> Sink for Ids<'_, I> {
    #[inline]
    fn token(&mut self, id: u32) {
        self.0.push(I::from_id(id));
    }

    fn row(&mut self) {}
}

/// Ids, where their rows end, and what their offsets need beside them.
pub struct RowIds<'v, I>(pub &'v mut Rows<I>);

impl<I: Id> Sink for RowIds<'_, I> {
    const STRETCHES: bool = true;

    #[inline]
    fn token(&mut self, id: u32) {
        self.0.flat.push(I::from_id(id));
    }

    fn stretch(&mut self, more: u32) {
        let Some(token) = self.0.flat.len().checked_sub(1) else { return };
        match self.0.stretches.last_mut().filter(|last| last.token == token) {
            Some(last) => last.more += more,
            None => self.0.stretches.push(Stretch { token, more }),
        }
    }

    fn row(&mut self) {
        self.0.end_row();
    }
}

/// Ids from here on stand for more characters than the least; [`NONE`] is among them.
pub const LONG: u32 = 1 << 31;

/// What a place gives up its best candidate by.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    pub rate: f64,
    pub seed: u64,
    /// The place of the chunk's first character in its text.
    pub start: u64,
    /// Whether the longest is the best, and not the smallest id.
    pub longest: bool,
}

/// What stays the same from chunk to chunk.
pub struct Segmenter<'t> {
    pub trie: &'t Trie,
    /// The fewest characters that each id can stand for.
    pub least: &'t [u8],
    pub tags: &'t TagIds,
    /// The ids of tags that a text may hold.
    pub controls: &'t HashSet<u32>,
    pub special: &'t Special,
}

/// What is to be segmented.
#[derive(Clone, Copy)]
pub struct Coded<'c> {
    /// The codes, and a [`ROW`] of their own behind them.
    pub codes: &'c [u16],
    /// The characters that may become bytes, by place.
    pub rare: &'c [(u32, char)],
    /// Where marks joined others: the place of each code among the characters that were read.
    pub origin: &'c [u32],
    /// No token begins here or behind.
    pub stop: usize,
}

impl Coded<'_> {
    /// The place of a code among the characters that were read.
    pub fn place(&self, at: usize) -> usize {
        self.origin.get(at).map_or(at, |place| *place as usize)
    }

    /// The characters that were read for so many codes.
    fn taken(&self, at: usize, length: usize) -> usize {
        self.place(at + length) - self.place(at)
    }
}

/// A tag in a text that must not have one: its id and its place.
pub struct Refused {
    pub id: u32,
    pub place: usize,
}

impl Segmenter<'_> {
    /// Give the tokens of codes to a sink; the end of the last one.
    pub fn run<S: Sink>(&self, text: Coded, sink: &mut S) -> Result<usize, Refused> {
        let joined = S::STRETCHES && !text.origin.is_empty();
        match (*self.special != Special::Parse, joined) {
            (false, false) => self.walk::<S, false, false>(text, sink),
            (false, true) => self.walk::<S, false, true>(text, sink),
            (true, false) => self.walk::<S, true, false>(text, sink),
            (true, true) => self.walk::<S, true, true>(text, sink),
        }
    }

    fn walk<S: Sink, const CHECKS: bool, const JOINED: bool>(
        &self,
        text: Coded,
        sink: &mut S,
    ) -> Result<usize, Refused> {
        let (codes, mut rare) = (text.codes, text.rare);
        let stop = text.stop.min(codes.len());
        let mut at = 0;
        while at < stop {
            let code = codes[at];
            let first = self.trie.first(code);
            let (length, id) = if CHECKS && code == u16::from(b'<') {
                self.tag(&codes[at..], at)?
            } else {
                self.trie.walk(&codes[at..], first)
            };
            let taken = if JOINED { text.taken(at, length) } else { length };
            if id < LONG && (!JOINED || taken == length) {
                sink.token(id);
            } else {
                self.rest(code, at, taken, id, &mut rare, sink);
            }
            at += length;
        }
        Ok(at)
    }

    /// Any token of so many characters, and what has no id: the end of a row, what was taken
    /// already, what falls back.
    #[cold]
    fn rest(
        &self,
        code: u16,
        at: usize,
        taken: usize,
        id: u32,
        rare: &mut &[(u32, char)],
        sink: &mut impl Sink,
    ) {
        if id != NONE {
            return self.give(id & !LONG, taken, sink);
        }
        match code {
            ROW => sink.row(),
            SKIP => sink.stretch(taken as u32),
            _ => {
                let before = rare.iter().take_while(|(place, _)| (*place as usize) < at).count();
                *rare = &rare[before..];
                let found = rare.first().filter(|(place, _)| *place as usize == at);
                let Some((_, c)) = found else { return };
                match fallback(*c) {
                    Fallback::Sign => return self.give(self.tags.sign, taken, sink),
                    Fallback::Symbol => return self.give(self.tags.symbol, taken, sink),
                    Fallback::Bytes => {}
                }
                let mut buffer = [0; 4];
                for (i, byte) in c.encode_utf8(&mut buffer).bytes().enumerate() {
                    let taken = if i == 0 { taken } else { 0 };
                    self.give(self.tags.bytes[usize::from(byte)], taken, sink);
                }
            }
        }
    }

    /// A token of so many characters.
    pub fn give(&self, id: u32, length: usize, sink: &mut impl Sink) {
        sink.token(id);
        let least = self.least.get(id as usize).copied().unwrap_or_default();
        match length.saturating_sub(usize::from(least)) {
            0 => {}
            more => sink.stretch(more as u32),
        }
    }

    /// What begins with `<`, where not every tag counts.
    fn tag(&self, codes: &[u16], place: usize) -> Result<(usize, u32), Refused> {
        let counts = |id: u32| match self.special {
            Special::Parse | Special::Error => true,
            Special::Text => !self.controls.contains(&(id & !LONG)),
            Special::Only(ids) => {
                let id = id & !LONG;
                !self.controls.contains(&id) || ids.contains(&id)
            }
        };
        let (length, id) = self.trie.longest(codes, counts).unwrap_or((1, NONE));
        let plain = id & !LONG;
        if *self.special == Special::Error && id != NONE && self.controls.contains(&plain) {
            return Err(Refused { id: plain, place });
        }
        Ok((length, id))
    }

    /// The same as `run`, with places that drop their best candidate.
    pub fn run_dropping(
        &self,
        dropout: Dropout,
        text: Coded,
        sink: &mut impl Sink,
    ) -> Result<usize, Refused> {
        let (codes, mut rare) = (text.codes, text.rare);
        let stop = text.stop.min(codes.len());
        let (mut at, mut candidates) = (0, Vec::new());
        while at < stop {
            candidates.clear();
            let (length, id) = if codes[at] == u16::from(b'<') {
                self.tag(&codes[at..], at)?
            } else if codes[at] == u16::from(b'\r') {
                // The end of a line is rewritten, and not one of several candidates.
                self.trie.walk(&codes[at..], self.trie.first(codes[at]))
            } else {
                self.trie.each(&codes[at..], |length, id| candidates.push((length, id)));
                if dropout.longest {
                    candidates.reverse();
                } else {
                    candidates.sort_by_key(|(length, id)| (*id & !LONG, usize::MAX - length));
                }
                let place = dropout.start + text.place(at) as u64;
                let drops = candidates.len() > 1 && chance(dropout.seed, place) < dropout.rate;
                candidates.get(usize::from(drops)).copied().unwrap_or((1, NONE))
            };
            self.rest(codes[at], at, text.taken(at, length), id, &mut rare, sink);
            at += length;
        }
        Ok(at)
    }
}

/// A number in [0, 1) that depends on seed and place alone: `SplitMix64` of Steele, Lea and Flood.
fn chance(seed: u64, place: u64) -> f64 {
    let mut z =
        seed.wrapping_mul(0xD129_0DDF_53C4_3E49) ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    f64::from(((z ^ z >> 31) >> 32) as u32) / 4_294_967_296.0
}
