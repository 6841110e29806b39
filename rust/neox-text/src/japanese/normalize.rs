//! A text as codes, a chunk at a time.
//!
//! Spaces, ends of lines and dashes have the codes of what they become, so this is all that the
//! first step of the reference does. Chunks end where nothing goes on: behind an end of line.

use super::codes::{self, BROKEN, CALLS, Char, Codes, MARK, RECORD, ROW, TRIGGER, rewritten};
use crate::text::{NoCharacter, Text};

/// Characters after which a chunk ends as soon as it may.
const CHUNK: usize = 16 << 10;

/// Characters that are read at a time, so that what is written stays in the nearest cache.
const BLOCK: usize = 2 << 10;

/// A part of a text, or many short texts with [`ROW`] behind each.
#[derive(Default)]
pub struct Chunk {
    /// One for each character, and a last [`ROW`].
    pub codes: Vec<u16>,
    /// As many, where texts are cleaned.
    pub kinds: Vec<u8>,
    /// Where a search for emoji begins.
    pub triggers: Vec<u32>,
    /// Characters that may become bytes, with their places.
    pub rare: Vec<(u32, char)>,
    /// Marks that may join the character before them, both with the place of the mark.
    pub marks: Vec<(u32, char, char)>,
}

impl Chunk {
    pub fn clear(&mut self) {
        self.codes.clear();
        self.kinds.clear();
        self.triggers.clear();
        self.rare.clear();
        self.marks.clear();
    }

    /// Whether more would make it too long for the caches of the machine.
    pub fn is_full(&self) -> bool {
        self.codes.len() >= CHUNK
    }

    /// The end of a text.
    pub fn end_row(&mut self, cleans: bool) {
        self.codes.push(ROW);
        if cleans {
            self.kinds.push(super::clean::OTHER);
        }
    }

    /// Keep what a character calls for; `before` is the last one that was no mark.
    #[cold]
    fn note(&mut self, char: Char, c: char, before: u32, place: usize) {
        let place = place as u32;
        if char & TRIGGER != 0 {
            self.triggers.push(place);
        }
        if char & RECORD != 0 {
            self.rare.push((place, rewritten(c)));
        }
        if char & MARK != 0 {
            self.marks.push((place, char::from_u32(before).unwrap_or_default(), c));
        }
    }

    /// The memory it holds.
    pub fn bytes(&self) -> usize {
        self.codes.capacity() * size_of::<u16>()
            + self.kinds.capacity()
            + self.triggers.capacity() * size_of::<u32>()
            + self.rare.capacity() * size_of::<(u32, char)>()
            + self.marks.capacity() * size_of::<(u32, char, char)>()
    }
}

/// Where a text was cut: units and characters read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub units: usize,
    pub chars: usize,
    /// The last character that was no mark.
    before: u32,
}

/// How a text is to be read.
#[derive(Clone, Copy)]
pub struct Reading<'c> {
    pub codes: &'c Codes,
    /// Whether kinds are asked for.
    pub cleans: bool,
    /// Whether nothing goes on behind a space.
    pub cuts_at_spaces: bool,
}

impl Reading<'_> {
    /// Append the next part of a text to a chunk; the cursor is behind it then.
    pub fn fill(&self, text: Text, at: &mut Cursor, chunk: &mut Chunk) -> Result<(), NoCharacter> {
        match text {
            Text::Utf8(text) => {
                let rest = &text[at.units..];
                let part = &rest[..self.cut(rest.as_bytes())];
                at.units += part.len();
                let mut part = part;
                while !part.is_empty() {
                    let mut end = BLOCK.min(part.len());
                    while !part.is_char_boundary(end) {
                        end += 1;
                    }
                    let (block, rest) = part.split_at(end);
                    self.push(block.chars().map(u32::from), end, at, chunk)?;
                    part = rest;
                }
                Ok(())
            }
            Text::Ucs1(units) => self.fill_units(units, at, chunk),
            Text::Ucs2(units) => self.fill_units(units, at, chunk),
            Text::Ucs4(units) => self.fill_units(units, at, chunk),
        }
    }

    fn fill_units<U: Copy + Into<u32>>(
        &self,
        units: &[U],
        at: &mut Cursor,
        chunk: &mut Chunk,
    ) -> Result<(), NoCharacter> {
        let rest = &units[at.units..];
        let part = &rest[..self.cut(rest)];
        at.units += part.len();
        part.chunks(BLOCK).try_for_each(|block| {
            self.push(block.iter().map(|unit| (*unit).into()), block.len(), at, chunk)
        })
    }

    /// The length of the next part.
    fn cut<U: Copy + Into<u32>>(&self, rest: &[U]) -> usize {
        let Some(late) = rest.get(CHUNK..) else { return rest.len() };
        let is_end = |unit: &U| {
            let unit = (*unit).into();
            unit == u32::from(b'\n') || self.cuts_at_spaces && unit == u32::from(b' ')
        };
        late.iter().position(is_end).map_or(rest.len(), |at| CHUNK + at + 1)
    }

    #[inline]
    fn push(
        &self,
        chars: impl Iterator<Item = u32>,
        most: usize,
        at: &mut Cursor,
        chunk: &mut Chunk,
    ) -> Result<(), NoCharacter> {
        if self.cleans {
            self.push_as::<true>(chars, most, at, chunk)
        } else {
            self.push_as::<false>(chars, most, at, chunk)
        }
    }

    #[inline]
    fn push_as<const CLEANS: bool>(
        &self,
        chars: impl Iterator<Item = u32>,
        most: usize,
        at: &mut Cursor,
        chunk: &mut Chunk,
    ) -> Result<(), NoCharacter> {
        let start = chunk.codes.len();
        chunk.codes.resize(start + most, 0);
        if CLEANS {
            chunk.kinds.resize(start + most, 0);
        }
        let (mut before, mut count) = (at.before, 0);
        for c in chars {
            let char = self.codes.get(c);
            chunk.codes[start + count] = codes::code(char);
            if CLEANS {
                chunk.kinds[start + count] = codes::kind(char);
            }
            if char & CALLS != 0 {
                let Some(c) = char::from_u32(c).filter(|_| char & BROKEN == 0) else {
                    return Err(NoCharacter(at.chars + count));
                };
                chunk.note(char, c, before, start + count);
            }
            // Several marks may follow one character.
            before = if char & MARK == 0 { c } else { before };
            count += 1;
        }
        chunk.codes.truncate(start + count);
        chunk.kinds.truncate(if CLEANS { start + count } else { 0 });
        at.chars += count;
        at.before = before;
        Ok(())
    }
}
