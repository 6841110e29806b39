//! Which characters act alike: in every surface one may stand for the other, with the same id.

use super::codes::{BYTES, FIRST};
use super::fallback::{Fallback, fallback};
use super::options::{Match, Options};
use super::vocab::{NONE, Surface, TagIds, is_reachable};
use crate::{Error, Result};
use std::collections::HashMap;

/// Up to three characters in one number, in the order of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Short(u64);

impl Short {
    const BITS: u32 = 21;

    fn new(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        let mut packed = 0;
        for _ in 0..3 {
            packed = packed << Self::BITS | chars.next().map_or(0, |c| u64::from(u32::from(c) + 1));
        }
        chars.next().is_none().then_some(Self(packed))
    }

    pub fn char(self, at: usize) -> Option<char> {
        let number = self.0 >> (2 - at as u32) * Self::BITS & (1 << Self::BITS) - 1;
        char::from_u32((number as u32).checked_sub(1)?)
    }

    fn chars(self) -> impl Iterator<Item = char> {
        (0..3).map_while(move |at| self.char(at))
    }

    /// The first of its characters alone.
    fn start(self, length: u32) -> Self {
        let rest = (3 - length) * Self::BITS;
        Self(self.0 >> rest << rest)
    }

    /// Itself without the character at a place.
    fn hole(self, at: usize) -> u64 {
        self.0 & !(((1 << Self::BITS) - 1) << (2 - at as u32) * Self::BITS)
    }
}

/// What is looked for in texts.
pub struct Sought {
    /// In order.
    pub short: Vec<(Short, u32)>,
    pub long: Vec<(Vec<char>, u32)>,
}

impl Sought {
    /// The surfaces that can win at a place, and what is rewritten to tags.
    pub fn new(surfaces: &[Surface], options: &Options, tags: &TagIds) -> Self {
        let (mut short, mut long) = (Vec::with_capacity(surfaces.len()), Vec::new());
        for surface in surfaces.iter().filter(|surface| is_reachable(surface.text, options)) {
            match Short::new(surface.text) {
                Some(packed) => short.push((packed, surface.id)),
                None => long.push((surface.text.chars().collect(), surface.id)),
            }
        }
        let rewrites = [
            (" ", tags.space),
            ("\n", tags.newline),
            ("\r", tags.newline),
            ("\r\n", tags.newline),
            ("\t", tags.tab),
        ];
        short.extend(rewrites.into_iter().filter_map(|(text, id)| Some((Short::new(text)?, id))));
        short.sort_unstable();
        // The smallest id wins: what a shorter one beats is never found, and the longest of the
        // rest is the one. With dropout also what is beaten has its turn, but for what begins
        // with `<`, where nothing is dropped.
        if options.matching == Match::Smallest {
            let drops = options.dropout > 0.0;
            let mut before = [(Short(0), NONE); 2];
            short.retain(|(surface, id)| {
                let is_special = surface.char(0) == Some('<') && surface.char(2).is_some();
                let beaten = before.iter().zip(1..).any(|((start, other), length)| {
                    *start == surface.start(length) && start != surface && other < id
                });
                if surface.char(1).is_none() {
                    before[0] = (*surface, *id);
                } else if surface.char(2).is_none() {
                    before[1] = (*surface, *id);
                }
                is_special || !beaten || drops && surface.char(0) != Some('<')
            });
        }
        Self { short, long }
    }
}

/// What makes a hash of a number.
pub type Mix = fn(u64) -> u64;

/// The codes of characters that have their own, alone or with others.
pub struct Own {
    chars: Vec<char>,
    codes: Vec<u16>,
    pub last: u16,
}

impl Own {
    pub fn iter(&self) -> impl Iterator<Item = (char, u16)> + '_ {
        self.chars.iter().copied().zip(self.codes.iter().copied())
    }

    fn get(&self, c: char) -> u16 {
        self.chars.binary_search(&c).map_or(BYTES, |at| self.codes[at])
    }
}

/// Spread the bits of a number over all of it, by the finalizer of `SplitMix64`.
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// The code of each character that something looked for holds, or that must have its own. Those
/// share one that `mix` says are alike; without it none do.
pub fn classes(sought: &Sought, emoji: &[(char, bool)], mix: Option<Mix>) -> Result<Own> {
    let mut chars: Vec<char> = sought.short.iter().flat_map(|(short, _)| short.chars()).collect();
    let apart = sought.long.iter().flat_map(|(long, _)| long.iter().copied());
    let mut apart: Vec<char> = apart.chain(emoji.iter().map(|(c, _)| *c)).collect();
    apart.sort_unstable();
    apart.dedup();
    chars.extend_from_slice(&apart);
    chars.sort_unstable();
    chars.dedup();
    // Characters are alike if putting one for the other anywhere gives surfaces with the same id.
    let mut alike = vec![[0u64; 2]; chars.len()];
    for (short, id) in sought.short.iter().filter(|_| mix.is_some()) {
        let mix = mix.unwrap_or(self::mix);
        for (hole, c) in short.chars().enumerate() {
            let Ok(at) = chars.binary_search(&c) else { continue };
            let rest = mix(short.hole(hole) ^ mix(u64::from(*id) << 2 | hole as u64));
            alike[at][0] = alike[at][0].wrapping_add(rest);
            alike[at][1] = alike[at][1].wrapping_add(mix(rest));
        }
    }
    let mut known: HashMap<(Fallback, [u64; 2]), u16> = HashMap::new();
    let mut codes = Vec::with_capacity(chars.len());
    let mut next = u32::from(FIRST);
    for (c, alike) in chars.iter().zip(alike) {
        let mut new = || {
            next += 1;
            (next - 1) as u16
        };
        codes.push(if c.is_ascii() {
            *c as u16
        } else if mix.is_none() || apart.binary_search(c).is_ok() {
            new()
        } else {
            *known.entry((fallback(*c), alike)).or_insert_with(new)
        });
    }
    if next > u32::from(u16::MAX) {
        let message = "more than 65,000 different characters: too many for one vocabulary";
        return Err(Error::format("", message));
    }
    Ok(Own { chars, codes, last: (next - 1) as u16 })
}

/// Up to three codes in one number, with how many there are below.
pub fn pack(codes: &[u16]) -> u64 {
    let mut packed = 0;
    for at in 0..3 {
        packed = packed << 16 | u64::from(codes.get(at).copied().unwrap_or(0));
    }
    packed << 16 | codes.len() as u64
}

pub fn unpack(packed: u64) -> Vec<u16> {
    let codes = [48, 32, 16].map(|shift| (packed >> shift) as u16);
    codes[..(packed as u16).into()].to_vec()
}

/// Short ones packed, in order, and others.
type Sequences = (Vec<(u64, u32)>, Vec<(Vec<u16>, u32)>);

/// What is looked for as codes; `None` where characters share a code that are not alike, which two
/// equal sums of hashes might have hidden.
pub fn sequences(sought: &Sought, own: &Own) -> Option<Sequences> {
    let mut members = vec![0u64; usize::from(u16::MAX) + 1];
    for code in &own.codes {
        members[usize::from(*code)] += 1;
    }
    let mut short = Vec::with_capacity(sought.short.len());
    for (surface, id) in &sought.short {
        let (mut codes, mut length) = ([0; 3], 0);
        for c in surface.chars() {
            codes[length] = own.get(c);
            length += 1;
        }
        short.push((pack(&codes[..length]), *id));
    }
    short.sort_unstable();
    let mut kept: Vec<(u64, u32)> = Vec::new();
    for same in short.chunk_by(|a, b| a.0 == b.0) {
        let asked: u64 = unpack(same[0].0).iter().map(|code| members[usize::from(*code)]).product();
        if same.len() as u64 != asked || same.iter().any(|found| found.1 != same[0].1) {
            return None;
        }
        kept.push(same[0]);
    }
    let long =
        sought.long.iter().map(|(chars, id)| (chars.iter().map(|c| own.get(*c)).collect(), *id));
    Some((kept, long.collect()))
}
