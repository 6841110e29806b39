//! The entries of a vocabulary: id ↔ string ↔ bytes.
//!
//! In a byte-level vocabulary every byte is written as one character (`bytes_to_unicode` of
//! GPT-2): the 188 printable ones as themselves, the other 68 as U+0100 and up, in order.

use crate::error::{Error, Result};

/// No entry, no rank.
pub(super) const NONE: u32 = u32::MAX;
/// The greatest id that is accepted.
pub(super) const MAX_ID: u32 = 1 << 24;
/// The longest entry that is accepted, in bytes.
pub(super) const MAX_TOKEN: usize = 64 << 10;

/// The character that stands for a byte.
pub fn byte_char(byte: u8) -> char {
    let printable = |b: u8| matches!(b, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if printable(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|b| !printable(*b)).count() as u32;
    char::from_u32(0x100 + before).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character stands for.
pub fn char_byte(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ (0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF) => Some(code as u8),
        code @ 0x100..=0x120 => Some((code - 0x100) as u8),
        code @ 0x121..=0x142 => Some((code - 0x121 + 0x7F) as u8),
        0x143 => Some(0xAD),
        _ => None,
    }
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
    /// Open addressing over strings: half of the hash above, place + 1 below.
    slots: Vec<u64>,
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

impl Vocab {
    pub(super) fn with_capacity(entries: usize) -> Self {
        Self {
            strings: String::with_capacity(entries * 8),
            ends: Vec::with_capacity(entries),
            bytes: Arena {
                bytes: Vec::with_capacity(entries * 8),
                ends: Vec::with_capacity(entries),
            },
            ids: Vec::with_capacity(entries),
            places: Vec::new(),
            slots: vec![0; (entries * 2).next_power_of_two().max(16)],
        }
    }

    /// Add an entry; `place` names it in errors.
    pub(super) fn insert(
        &mut self,
        string: &str,
        id: u32,
        place: &dyn Fn() -> String,
    ) -> Result<()> {
        if id > MAX_ID {
            return Err(Error::format(place(), format!("id {id} is over the limit of {MAX_ID}")));
        }
        if string.len() > MAX_TOKEN {
            let message = format!("an entry of {} bytes; the limit is {MAX_TOKEN}", string.len());
            return Err(Error::format(place(), message));
        }
        if (self.ids.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let hash = hash(string.as_bytes());
        let Err(slot) = self.find(string, hash) else {
            return Err(Error::format(place(), "this entry occurs twice"));
        };
        if self.places.len() <= id as usize {
            self.places.resize(id as usize + 1, NONE);
        }
        if self.places[id as usize] != NONE {
            let other = self.string(id).unwrap_or_default();
            return Err(Error::format(place(), format!("id {id} is also the id of {other:?}")));
        }
        let index = self.ids.len() as u32;
        self.slots[slot] = hash & !0xFFFF_FFFF | u64::from(index + 1);
        self.places[id as usize] = index;
        self.ids.push(id);
        self.strings.push_str(string);
        self.ends.push(self.strings.len() as u32);
        let start = self.bytes.bytes.len();
        for c in string.chars() {
            if let Some(byte) = char_byte(c) {
                self.bytes.bytes.push(byte);
            } else {
                // Not byte-level: the entry stands for itself.
                self.bytes.bytes.truncate(start);
                self.bytes.bytes.extend_from_slice(string.as_bytes());
                break;
            }
        }
        self.bytes.ends.push(self.bytes.bytes.len() as u32);
        Ok(())
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let mut slots = vec![0; mask + 1];
        for index in 0..self.ids.len() as u32 {
            let hash = hash(self.at(index).as_bytes());
            let mut slot = hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = hash & !0xFFFF_FFFF | u64::from(index + 1);
        }
        self.slots = slots;
    }

    /// The string at a place of the file order.
    fn at(&self, index: u32) -> &str {
        let index = index as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.strings[start..self.ends[index] as usize]
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
            let index = found as u32;
            if found >> 32 == hash >> 32 && self.at(index - 1) == string {
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
        let mut vocab = Vocab::with_capacity(0);
        let place = || "vocab".to_owned();
        for (i, word) in ["a", "Ġb", "日本", ""].iter().enumerate() {
            vocab.insert(word, i as u32 * 7, &place).unwrap();
        }
        assert_eq!((vocab.id("Ġb"), vocab.id("b")), (Some(7), None));
        assert_eq!(vocab.bytes(7), Some(&b" b"[..]));
        assert_eq!(vocab.bytes(14), Some("日本".as_bytes()));
        assert_eq!(vocab.string(1), None);
        assert!(vocab.insert("a", 99, &place).is_err());
        assert!(vocab.insert("z", 7, &place).is_err());
        for i in 100..400 {
            vocab.insert(&format!("w{i}"), i, &place).unwrap();
        }
        assert!((100..400).all(|i| vocab.id(&format!("w{i}")) == Some(i)));
    }
}
