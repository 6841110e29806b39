//! Cut points: where a long piece falls into segments that are encoded on their own.
//!
//! Byte-level BPE only ever makes tokens that occur at that place of the text. If no token that a
//! merge makes has an occurrence that covers both sides of a place, nothing crosses it, and the
//! two sides are encoded as if alone. Here the places are those between characters, and the test
//! is exact for one pair of characters: is there a token with a split such that what it has on the
//! left is the end of the one (or ends with all of it), and what it has on the right is the
//! beginning of the other (or begins with all of it)?
//!
//! Most characters behave alike, so they fall into classes, left ones and right ones, and a bit
//! matrix tells which classes join. In most scripts most segments are one character, whose ids the
//! table holds.

use super::merge::{Merges, SHORT};
use super::unicode::decode;
use std::collections::HashMap;
use std::ops::Range;

/// Class 0 joins with everything: characters beyond U+FFFF, which have no entry.
const OPEN: u16 = 0;
const COUNT_SHIFT: u32 = 25;

#[derive(Clone, Copy)]
struct Char {
    /// The ids of the character alone, at most three; their number above the first.
    ids: [u32; 3],
    /// Its class on the left and on the right of a place.
    left: u16,
    right: u16,
}

const BEYOND: Char = Char { ids: [0; 3], left: OPEN, right: OPEN };

pub(super) struct Segments {
    chars: Vec<Char>,
    /// Bit `left * stride + right`: a token may lie across.
    joins: Vec<u64>,
    stride: usize,
}

/// A part of a character at the edge of a token: its last or first bytes, and how many.
type Part = (u32, u8);

/// One side of a place: a whole character, or the part of it that the token holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Whole(u32),
    Part(Part),
}

/// The sides of all tokens, numbered, and which of the other kind each was seen with.
#[derive(Default)]
struct Sides {
    lefts: HashMap<Side, usize>,
    rights: HashMap<Side, usize>,
    pairs: Vec<(usize, usize)>,
}

impl Sides {
    /// Note the places between the characters of a token, but those between two of ASCII.
    fn note(&mut self, token: &[u8]) {
        let mut at = 0;
        let mut before: Option<Side> = None;
        let head = token.iter().take_while(|byte| (0x80..0xC0).contains(*byte)).count();
        if head > 3 {
            return; // never in UTF-8
        }
        if head > 0 {
            before = Some(Side::Part((tail_bits(&token[..head]), head as u8)));
            at = head;
        }
        let mut found = Vec::new();
        while at < token.len() {
            let need = match token[at] {
                0..0x80 => 1,
                0xC0..0xE0 => 2,
                0xE0..0xF0 => 3,
                0xF0.. => 4,
                _ => return, // never in UTF-8
            };
            let have = token[at + 1..]
                .iter()
                .take(need - 1)
                .take_while(|byte| (0x80..0xC0).contains(*byte))
                .count();
            let side = if have == need - 1 {
                Side::Whole(decode(token, at).0)
            } else if at + 1 + have == token.len() {
                Side::Part((head_bits(&token[at..]), 1 + have as u8))
            } else {
                return; // never in UTF-8
            };
            if let Some(before) = before {
                let ascii = |side| matches!(side, Side::Whole(0..0x80));
                if !(ascii(before) && ascii(side)) {
                    found.push((before, side));
                }
            }
            before = Some(side);
            at += need;
        }
        for (left, right) in found {
            let n = self.lefts.len();
            let left = *self.lefts.entry(left).or_insert(n);
            let n = self.rights.len();
            let right = *self.rights.entry(right).or_insert(n);
            self.pairs.push((left, right));
        }
    }
}

/// Continuation bytes as the low bits of a code point.
fn tail_bits(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |bits, byte| bits << 6 | u32::from(byte & 0x3F))
}

/// The first bytes of a character as a number.
fn head_bits(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte))
}

/// Which numbered sides a character answers to, made into classes.
struct Classes {
    numbers: HashMap<[usize; 3], u16>,
    members: Vec<[usize; 3]>,
}

const NO_SIDE: usize = usize::MAX;

impl Classes {
    fn new() -> Self {
        // Class 0 is `OPEN`, class 1 answers to nothing.
        let nothing = [NO_SIDE; 3];
        Self { numbers: HashMap::from([(nothing, 1)]), members: vec![nothing; 2] }
    }

    fn of(&mut self, sides: [usize; 3]) -> u16 {
        if sides == [NO_SIDE; 3] {
            return 1;
        }
        let n = self.members.len();
        if n > usize::from(u16::MAX) {
            return OPEN; // a vocabulary without end: fewer cuts, same ids
        }
        *self.numbers.entry(sides).or_insert_with(|| {
            self.members.push(sides);
            n as u16
        })
    }
}

impl Segments {
    pub(super) fn new(merges: &Merges) -> Self {
        let mut sides = Sides::default();
        for token in merges.products().filter(|token| !token.is_ascii()) {
            sides.note(token);
        }
        let mut chars = vec![BEYOND; 1 << 16];
        let (mut lefts, mut rights) = (Classes::new(), Classes::new());
        let side = |map: &HashMap<Side, usize>, side| map.get(&side).copied().unwrap_or(NO_SIDE);
        let mut utf8 = [0; 4];
        // The parts repeat: those of the last character asked for.
        let (mut ends, mut heads) = (HashMap::new(), HashMap::new());
        for code in (0..0x1_0000).filter(|code| !(0xD800..0xE000).contains(code)) {
            let Some(c) = char::from_u32(code) else { continue };
            let encoded = c.encode_utf8(&mut utf8).as_bytes();
            let entry = &mut chars[code as usize];
            let mut ids = [0; SHORT];
            let n = merges.merge_short(encoded, &mut ids);
            entry.ids.copy_from_slice(&ids[..3]);
            entry.ids[0] |= (n as u32) << COUNT_SHIFT;

            let len = encoded.len();
            let end = *ends.entry((code & 0xFFF, len)).or_insert_with(|| {
                let part = |k: usize| {
                    if k >= len {
                        return NO_SIDE;
                    }
                    side(&sides.lefts, Side::Part((tail_bits(&encoded[len - k..]), k as u8)))
                };
                (part(1), part(2))
            });
            let head = *heads.entry((code >> 6, len)).or_insert_with(|| {
                let part = |k: usize| {
                    if k >= len {
                        return NO_SIDE;
                    }
                    side(&sides.rights, Side::Part((head_bits(&encoded[..k]), k as u8)))
                };
                (part(1), part(2))
            });
            entry.left = lefts.of([side(&sides.lefts, Side::Whole(code)), end.0, end.1]);
            entry.right = rights.of([side(&sides.rights, Side::Whole(code)), head.0, head.1]);
        }
        let stride = rights.members.len();
        let mut joins = vec![0u64; (lefts.members.len() * stride).div_ceil(64)];
        let mut seen_with = vec![Vec::new(); sides.lefts.len()];
        for &(left, right) in &sides.pairs {
            seen_with[left].push(right);
        }
        let mut classes_of = vec![Vec::new(); sides.rights.len()];
        for (class, members) in rights.members.iter().enumerate() {
            for &side in members.iter().filter(|side| **side != NO_SIDE) {
                classes_of[side].push(class);
            }
        }
        let mut join = |left: usize, right: usize| {
            let bit = left * stride + right;
            joins[bit / 64] |= 1 << (bit % 64);
        };
        for (class, members) in lefts.members.iter().enumerate() {
            join(class, usize::from(OPEN));
            for &side in members.iter().filter(|side| **side != NO_SIDE) {
                for &right in &seen_with[side] {
                    for &other in &classes_of[right] {
                        join(class, other);
                    }
                }
            }
        }
        for class in 0..stride {
            join(usize::from(OPEN), class);
        }
        Self { chars, joins, stride }
    }

    /// Give each segment of a piece: its range, and its ids where it is one character.
    #[inline]
    pub(super) fn cut(&self, piece: &[u8], mut segment: impl FnMut(Range<usize>, &[u32])) {
        let char_at = |at: usize| {
            let (code, len) = decode(piece, at);
            (self.chars.get(code as usize).unwrap_or(&BEYOND), code, len)
        };
        let (mut before, mut code, mut len) = char_at(0);
        let (mut start, mut at, mut single) = (0, len, true);
        loop {
            let next = (at < piece.len()).then(|| char_at(at));
            let cut = next.is_none_or(|(entry, next_code, _)| {
                let bit = usize::from(before.left) * self.stride + usize::from(entry.right);
                (code | next_code) >= 0x80 && self.joins[bit / 64] >> (bit % 64) & 1 == 0
            });
            if cut {
                let n = (before.ids[0] >> COUNT_SHIFT) as usize;
                if single && n > 0 {
                    let mut ids = before.ids;
                    ids[0] &= (1 << COUNT_SHIFT) - 1;
                    segment(start..at, &ids[..n]);
                } else {
                    segment(start..at, &[]);
                }
                start = at;
            }
            single = cut;
            let Some(next) = next else { return };
            (before, code, len) = next;
            at += len;
        }
    }
}
