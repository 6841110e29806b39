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

use super::merge::Merges;
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

/// Which numbered sides a character answers to (whole, by one byte, by two), made into classes.
struct Classes {
    numbers: HashMap<[u32; 3], u16>,
    members: Vec<[u32; 3]>,
}

const NO_SIDE: u32 = u32::MAX;
/// Answers to nothing, so nothing joins it.
const ALONE: u16 = 1;

impl Classes {
    fn new() -> Self {
        // `OPEN` and `ALONE`.
        Self { numbers: HashMap::new(), members: vec![[NO_SIDE; 3]; 2] }
    }

    fn of(&mut self, sides: [u32; 3]) -> u16 {
        if sides == [NO_SIDE; 3] {
            return ALONE;
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

/// The class of every character up to U+FFFF on one side. `bytes` says of how many bytes its parts
/// are told and `part` names the part: most characters differ from others in these alone.
fn classify(
    sides: &HashMap<Side, usize>,
    classes: &mut Classes,
    part: impl Fn(u32, usize, usize) -> Part,
    group: impl Fn(u32, usize) -> usize,
    mut set: impl FnMut(usize, u16),
) {
    let mut whole = vec![NO_SIDE; 1 << 16];
    for (side, number) in sides {
        if let Side::Whole(code @ 0..0x1_0000) = side {
            whole[*code as usize] = *number as u32;
        }
    }
    let number = |side| sides.get(&side).map_or(NO_SIDE, |number| *number as u32);
    // By group of characters with the same parts: these, and the class of those that are no side
    // whole.
    let mut groups: Vec<Option<(u32, u32, u16)>> = vec![None; 3 << 12];
    for code in 0x80..0x1_0000 {
        let len = if code < 0x800 { 2 } else { 3 };
        let known = &mut groups[group(code, len) + (len - 2) * (1 << 12)];
        let &mut (one, two, class) = known.get_or_insert_with(|| {
            let one = number(Side::Part(part(code, len, 1)));
            let two = if len == 3 { number(Side::Part(part(code, len, 2))) } else { NO_SIDE };
            (one, two, classes.of([NO_SIDE, one, two]))
        });
        let own = whole[code as usize];
        set(code as usize, if own == NO_SIDE { class } else { classes.of([own, one, two]) });
    }
    for (code, own) in whole[..0x80].iter().enumerate() {
        set(code, classes.of([*own, NO_SIDE, NO_SIDE]));
    }
}

/// The bytes of a character of two or three bytes.
fn utf8(code: u32, len: usize) -> [u8; 3] {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
    if len == 2 {
        [0xC0 | (code >> 6) as u8, tail(0), 0]
    } else {
        [0xE0 | (code >> 12) as u8, tail(6), tail(0)]
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
        classify(
            &sides.lefts,
            &mut lefts,
            |code, len, k| (tail_bits(&utf8(code, len)[len - k..len]), k as u8),
            |code, _| code as usize & 0xFFF,
            |code, class| chars[code].left = class,
        );
        classify(
            &sides.rights,
            &mut rights,
            |code, len, k| (head_bits(&utf8(code, len)[..k]), k as u8),
            |code, _| (code >> 6) as usize,
            |code, class| chars[code].right = class,
        );
        for (code, entry) in (0u32..).zip(&mut chars) {
            let (ids, n) = match code {
                0..0x80 => ([merges.byte_id(code as u8), 0, 0], 1),
                0x80..0x800 => merges.merge_char([utf8(code, 2)[0], utf8(code, 2)[1]].as_slice()),
                _ => merges.merge_char(&utf8(code, 3)),
            };
            entry.ids = ids;
            entry.ids[0] |= n << COUNT_SHIFT;
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
                classes_of[side as usize].push(class);
            }
        }
        let mut join = |left: usize, right: usize| {
            let bit = left * stride + right;
            joins[bit / 64] |= 1 << (bit % 64);
        };
        for (class, members) in lefts.members.iter().enumerate() {
            join(class, usize::from(OPEN));
            for &side in members.iter().filter(|side| **side != NO_SIDE) {
                for &right in &seen_with[side as usize] {
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
