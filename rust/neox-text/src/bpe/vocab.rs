//! The entries of a vocabulary: id ↔ string ↔ bytes.
//!
//! In a byte-level vocabulary every byte is written as one character (`bytes_to_unicode` of
//! GPT-2): the 188 printable ones as themselves, the other 68 as U+0100 and up, in order.

use crate::error::{Error, Result};
use crate::simd::prefetch;
use std::ops::Range;

/// No entry, no rank.
pub(super) const NONE: u32 = u32::MAX;
/// The greatest id that is accepted.
pub(super) const MAX_ID: u32 = 1 << 24;
/// The longest entry that is accepted, in bytes.
pub(super) const MAX_TOKEN: usize = 64 << 10;

const fn printable(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// The character that stands for a byte.
pub fn byte_char(byte: u8) -> char {
    if printable(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|b| !printable(*b)).count() as u32;
    char::from_u32(0x100 + before).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// By code point: the byte that it stands for, or one more than any.
const BYTES: [u16; 0x144] = {
    let mut table = [0x100; 0x144];
    let (mut byte, mut other) = (0, 0x100);
    while byte < 0x100 {
        if printable(byte as u8) {
            table[byte] = byte as u16;
        } else {
            table[other] = byte as u16;
            other += 1;
        }
        byte += 1;
    }
    table
};

/// The byte that a character stands for.
#[inline]
pub fn char_byte(c: char) -> Option<u8> {
    BYTES.get(c as usize).and_then(|byte| u8::try_from(*byte).ok())
}

/// Many short byte strings, end to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arena {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Arena {
    #[inline]
    pub(super) fn get(&self, index: u32) -> &[u8] {
        let index = index as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.bytes[start..self.ends[index] as usize]
    }
}

/// The entries of a model, without added tokens.
#[derive(Clone, Debug)]
pub(super) struct Vocab {
    /// Strings of the entries in file order, end to end, and where each ends.
    strings: String,
    ends: Vec<u32>,
    bytes: Arena,
    /// Ids in file order, and the place in it of each id (`NONE`: no entry has this id).
    ids: Vec<u32>,
    places: Vec<u32>,
    /// Open addressing over strings: place + 1 in the bits of `place_mask`, above it bits of the
    /// hash.
    slots: Vec<u32>,
    place_mask: u32,
}

/// A vocabulary that is being read.
pub(super) struct VocabBuilder {
    vocab: Vocab,
    hashes: Vec<u64>,
    /// What it is called in errors.
    name: &'static str,
}

fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15 ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    let mut mix = |word: u64| {
        let product =
            u128::from(state ^ word).wrapping_mul(0xA076_1D64_78BD_642F_E703_7ED1_A0B4_28DB);
        state = (product >> 64) as u64 ^ product as u64;
    };
    for chunk in &mut chunks {
        mix(u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(u64::from_le_bytes(last));
    state ^ state >> 29
}

impl VocabBuilder {
    pub(super) fn new(name: &'static str) -> Self {
        const ENTRIES: usize = 1 << 16;
        let arena =
            Arena { bytes: Vec::with_capacity(ENTRIES * 8), ends: Vec::with_capacity(ENTRIES) };
        let vocab = Vocab {
            strings: String::with_capacity(ENTRIES * 8),
            ends: Vec::with_capacity(ENTRIES),
            bytes: arena,
            ids: Vec::with_capacity(ENTRIES),
            places: Vec::with_capacity(ENTRIES),
            slots: Vec::new(),
            place_mask: 0,
        };
        Self { vocab, hashes: Vec::with_capacity(ENTRIES), name }
    }

    /// An error that names the entry.
    pub(super) fn wrong(&self, entry: &str, message: &str) -> Error {
        let shown: String = entry.chars().take(60).collect();
        Error::format(format!("{}[{shown:?}]", self.name), message)
    }

    /// Add an entry.
    pub(super) fn insert(&mut self, string: &str, id: u32) -> Result<()> {
        if id > MAX_ID {
            return Err(self.wrong(string, &format!("id {id} is over the limit of {MAX_ID}")));
        }
        if string.len() > MAX_TOKEN {
            let message = format!("an entry of {} bytes; the limit is {MAX_TOKEN}", string.len());
            return Err(self.wrong(string, &message));
        }
        let vocab = &mut self.vocab;
        if vocab.places.len() <= id as usize {
            vocab.places.resize(id as usize + 1, NONE);
        }
        if vocab.places[id as usize] != NONE {
            let other = vocab.string(id).unwrap_or_default();
            let message = format!("id {id} is also the id of {other:?}");
            return Err(self.wrong(string, &message));
        }
        vocab.places[id as usize] = vocab.ids.len() as u32;
        vocab.ids.push(id);
        vocab.strings.push_str(string);
        vocab.ends.push(vocab.strings.len() as u32);
        let start = vocab.bytes.bytes.len();
        for c in string.chars() {
            if let Some(byte) = char_byte(c) {
                vocab.bytes.bytes.push(byte);
            } else {
                // Not byte-level: the entry stands for itself.
                vocab.bytes.bytes.truncate(start);
                vocab.bytes.bytes.extend_from_slice(string.as_bytes());
                break;
            }
        }
        vocab.bytes.ends.push(vocab.bytes.bytes.len() as u32);
        self.hashes.push(hash(string.as_bytes()));
        Ok(())
    }

    /// The whole vocabulary; an entry that occurs twice is an error.
    pub(super) fn build(mut self) -> Result<Vocab> {
        const AHEAD: usize = 16;
        let count = self.vocab.ids.len();
        let size = (count * 2).next_power_of_two().max(16);
        self.vocab.slots = vec![0; size];
        self.vocab.place_mask = (count as u32 + 1).next_power_of_two() - 1;
        for (place, &hash) in (1..).zip(&self.hashes) {
            if let Some(next) = self.hashes.get(place as usize + AHEAD) {
                prefetch(&self.vocab.slots, *next as usize & (size - 1));
            }
            let string = self.vocab.at(place - 1);
            let Err(slot) = self.vocab.find(string, hash) else {
                return Err(self.wrong(string, "this entry occurs twice"));
            };
            self.vocab.slots[slot] = (hash >> 32) as u32 & !self.vocab.place_mask | place;
        }
        Ok(self.vocab)
    }
}

impl Vocab {
    fn range(&self, index: u32) -> Range<usize> {
        let index = index as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        start..self.ends[index] as usize
    }

    /// The string at a place of the file order.
    fn at(&self, index: u32) -> &str {
        &self.strings[self.range(index)]
    }

    /// Its bytes, as they stand in the file.
    #[inline]
    fn slice(&self, index: u32) -> &[u8] {
        &self.strings.as_bytes()[self.range(index)]
    }

    /// The index of an entry, or the free slot where it would go.
    fn find(&self, string: &str, hash: u64) -> std::result::Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == 0 {
                return Err(slot);
            }
            let (index, other) = (found & self.place_mask, found ^ (hash >> 32) as u32);
            if other & !self.place_mask == 0 && self.slice(index - 1) == string.as_bytes() {
                return Ok(index - 1);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[inline]
    pub(super) fn id(&self, string: &str) -> Option<u32> {
        self.find(string, hash(string.as_bytes())).ok().map(|index| self.ids[index as usize])
    }

    fn index(&self, id: u32) -> Option<u32> {
        self.places.get(id as usize).copied().filter(|index| *index != NONE)
    }

    pub(super) fn string(&self, id: u32) -> Option<&str> {
        self.index(id).map(|index| self.at(index))
    }

    /// Whether an id is that of two strings joined.
    pub(super) fn is_joined(&self, id: u32, left: &str, right: &str) -> bool {
        self.index(id).is_some_and(|index| {
            let string = self.slice(index);
            string.len() == left.len() + right.len()
                && string.starts_with(left.as_bytes())
                && string.ends_with(right.as_bytes())
        })
    }

    pub(super) fn bytes(&self, id: u32) -> Option<&[u8]> {
        self.index(id).map(|index| self.bytes.get(index))
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// One more than the greatest id.
    pub(super) fn id_bound(&self) -> u32 {
        self.places.len() as u32
    }

    /// The bytes of entries with their ids, in file order.
    pub(super) fn iter_bytes(&self) -> impl Iterator<Item = (&[u8], u32)> {
        (0..self.ids.len() as u32).map(|index| (self.bytes.get(index), self.ids[index as usize]))
    }

    /// Entries with their ids, in file order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        (0..self.ids.len() as u32).map(|index| (self.at(index), self.ids[index as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_characters_are_one_to_one() {
        let chars: Vec<char> = (0..=255).map(byte_char).collect();
        assert!((0..=255u8).all(|byte| char_byte(chars[byte as usize]) == Some(byte)));
        let back: Vec<char> = ('\0'..='\u{200}').filter(|c| char_byte(*c).is_some()).collect();
        assert_eq!(back.len(), 256);
        assert_eq!((byte_char(b' '), byte_char(b'\n'), byte_char(b'a')), ('Ġ', 'Ċ', 'a'));
    }

    #[test]
    fn entries_are_found_and_duplicates_refused() {
        let mut builder = VocabBuilder::new("vocab");
        for (i, word) in ["a", "Ġb", "日本", ""].iter().enumerate() {
            builder.insert(word, i as u32 * 7).unwrap();
        }
        assert!(builder.insert("z", 7).is_err());
        for i in 100..400 {
            builder.insert(&format!("w{i}"), i).unwrap();
        }
        let vocab = builder.build().unwrap();
        assert_eq!((vocab.id("Ġb"), vocab.id("b")), (Some(7), None));
        assert_eq!(vocab.bytes(7), Some(&b" b"[..]));
        assert_eq!(vocab.bytes(14), Some("日本".as_bytes()));
        assert_eq!(vocab.string(1), None);
        assert!((100..400).all(|i| vocab.id(&format!("w{i}")) == Some(i)));

        let mut builder = VocabBuilder::new("vocab");
        builder.insert("a", 0).unwrap();
        builder.insert("a", 1).unwrap();
        assert!(builder.build().unwrap_err().to_string().contains("vocab[\"a\"]"));
    }
}
