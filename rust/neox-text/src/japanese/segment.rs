//! Codes to ids: the longest sequence of the trie at each place, one after the other.
//!
//! The reference takes the smallest id among up to three characters. A surface that a shorter one
//! beats is not in the trie, so the longest that is there is the smallest id too.

use super::codes::{ROW, SKIP};
use super::fallback::{Fallback, fallback};
use super::trie::Trie;
use super::vocab::{NONE, TagIds};
use crate::encode::{Id, Special};
use std::collections::HashSet;

/// What takes the tokens.
pub trait Sink {
    /// A chunk begins whose first character is the `base`th of the text; where `origin` is not
    /// empty it gives the places of the chunk's codes among its characters.
    fn begin(&mut self, _base: usize, _origin: &[u32]) {}
    /// A token that begins at this place of the chunk.
    fn token(&mut self, id: u32, start: usize);
    /// A token of a character that others have a part of before it.
    fn more(&mut self, id: u32);
    /// The end of a text.
    fn row(&mut self);
}

/// Ids alone.
pub struct Ids<'v, I>(pub &'v mut Vec<I>);

impl<I: Id> Sink for Ids<'_, I> {
    #[inline]
    fn token(&mut self, id: u32, _: usize) {
        self.0.push(I::from_id(id));
    }

    fn more(&mut self, id: u32) {
        self.0.push(I::from_id(id));
    }

    fn row(&mut self) {}
}

/// Ids, and where their rows end.
pub struct RowIds<'v, I> {
    pub ids: &'v mut Vec<I>,
    pub ends: &'v mut Vec<i64>,
}

impl<I: Id> Sink for RowIds<'_, I> {
    #[inline]
    fn token(&mut self, id: u32, _: usize) {
        self.ids.push(I::from_id(id));
    }

    fn more(&mut self, id: u32) {
        self.ids.push(I::from_id(id));
    }

    fn row(&mut self) {
        self.ends.push(self.ids.len() as i64);
    }
}

/// Ids and the characters at which they begin; a token that has a part of a character begins at
/// [`NONE`].
#[derive(Default)]
pub struct Places {
    pub ids: Vec<u32>,
    pub starts: Vec<u32>,
    base: usize,
    origin: Vec<u32>,
}

impl Sink for Places {
    fn begin(&mut self, base: usize, origin: &[u32]) {
        self.base = base;
        self.origin.clear();
        self.origin.extend_from_slice(origin);
    }

    #[inline]
    fn token(&mut self, id: u32, start: usize) {
        let start = self.origin.get(start).map_or(start, |at| *at as usize);
        self.ids.push(id);
        self.starts.push((self.base + start) as u32);
    }

    fn more(&mut self, id: u32) {
        self.ids.push(id);
        self.starts.push(NONE);
    }

    fn row(&mut self) {}
}

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
    pub tags: &'t TagIds,
    /// The ids of tags that a text may hold.
    pub controls: &'t HashSet<u32>,
    pub special: &'t Special,
}

/// A tag in a text that must not have one: its id and its place.
pub struct Refused {
    pub id: u32,
    pub place: usize,
}

impl Segmenter<'_> {
    /// Give the tokens of codes, which end in a [`ROW`] of their own, to a sink.
    ///
    /// `rare` has the characters that may become bytes, by place.
    pub fn run(
        &self,
        codes: &[u16],
        rare: &[(u32, char)],
        sink: &mut impl Sink,
    ) -> Result<(), Refused> {
        if *self.special == Special::Parse {
            self.walk::<false>(codes, rare, sink)
        } else {
            self.walk::<true>(codes, rare, sink)
        }
    }

    fn walk<const CHECKS: bool>(
        &self,
        codes: &[u16],
        mut rare: &[(u32, char)],
        sink: &mut impl Sink,
    ) -> Result<(), Refused> {
        let Some(last) = codes.len().checked_sub(1) else { return Ok(()) };
        let mut at = 0;
        while at < last {
            let code = codes[at];
            let first = self.trie.first(code);
            let (length, id) = if CHECKS && code == u16::from(b'<') {
                self.tag(&codes[at..], at)?
            } else {
                self.trie.walk(&codes[at..], first)
            };
            if id == NONE {
                self.rest(code, at, &mut rare, sink);
            } else {
                sink.token(id, at);
            }
            at += length;
        }
        Ok(())
    }

    /// What has no id: the end of a row, what was taken already, what falls back.
    #[cold]
    fn rest(&self, code: u16, at: usize, rare: &mut &[(u32, char)], sink: &mut impl Sink) {
        match code {
            ROW => sink.row(),
            SKIP => {}
            _ => {
                let before = rare.iter().take_while(|(place, _)| (*place as usize) < at).count();
                *rare = &rare[before..];
                let found = rare.first().filter(|(place, _)| *place as usize == at);
                let Some((_, c)) = found else { return };
                match fallback(*c) {
                    Fallback::Sign => return sink.token(self.tags.sign, at),
                    Fallback::Symbol => return sink.token(self.tags.symbol, at),
                    Fallback::Bytes => {}
                }
                let mut buffer = [0; 4];
                for (i, byte) in c.encode_utf8(&mut buffer).bytes().enumerate() {
                    let id = self.tags.bytes[usize::from(byte)];
                    if i == 0 {
                        sink.token(id, at);
                    } else {
                        sink.more(id);
                    }
                }
            }
        }
    }

    /// What begins with `<`, where not every tag counts.
    fn tag(&self, codes: &[u16], place: usize) -> Result<(usize, u32), Refused> {
        let counts = |id: u32| match self.special {
            Special::Parse | Special::Error => true,
            Special::Text => !self.controls.contains(&id),
            Special::Only(ids) => !self.controls.contains(&id) || ids.contains(&id),
        };
        let (length, id) = self.trie.longest(codes, counts).unwrap_or((1, NONE));
        if *self.special == Special::Error && self.controls.contains(&id) {
            return Err(Refused { id, place });
        }
        Ok((length, id))
    }

    /// The same as `run`, with places that drop their best candidate.
    pub fn run_dropping(
        &self,
        dropout: Dropout,
        codes: &[u16],
        mut rare: &[(u32, char)],
        sink: &mut impl Sink,
    ) -> Result<(), Refused> {
        let Some(last) = codes.len().checked_sub(1) else { return Ok(()) };
        let (mut at, mut candidates) = (0, Vec::new());
        while at < last {
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
                    candidates.sort_by_key(|(length, id)| (*id, usize::MAX - length));
                }
                let drops = candidates.len() > 1
                    && chance(dropout.seed, dropout.start + at as u64) < dropout.rate;
                candidates.get(usize::from(drops)).copied().unwrap_or((1, NONE))
            };
            if id == NONE {
                self.rest(codes[at], at, &mut rare, sink);
            } else {
                sink.token(id, at);
            }
            at += length;
        }
        Ok(())
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
