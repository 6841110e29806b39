//! A text as codes, a chunk at a time.
//!
//! Spaces, ends of lines and dashes have the codes of what they become, so this is all that the
//! first step of the reference does. Chunks end where nothing but a surface goes on; the codes in
//! reach of one are held over for the next chunk.

use super::clean::OTHER;
use super::codes::{self, BROKEN, CALLS, Char, Codes, MARK, RECORD, ROW, TRIGGER, rewritten};
use crate::text::{NoCharacter, Text};

/// Characters after which a chunk ends as soon as it may.
pub const CHUNK: usize = 16 << 10;

/// Characters that are read at a time, so that what is written stays in the nearest cache.
const BLOCK: usize = 2 << 10;

/// Where a chunk may end is looked for among so many characters of each block.
const LOOK: usize = 64;

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
    /// The places of the codes that were held over, from the first one's on.
    held: Vec<u32>,
    /// So many more characters these stand for.
    gap: u32,
}

impl Chunk {
    pub fn clear(&mut self) {
        self.held.clear();
        self.gap = 0;
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

    /// The place of a code among the characters, the first one's being 0.
    pub fn place(&self, at: usize) -> u32 {
        self.held.get(at).copied().unwrap_or(at as u32 + self.gap)
    }

    /// Whether places are not just the numbers of codes.
    pub fn has_gap(&self) -> bool {
        self.gap != 0
    }

    /// Hold over the codes from `at` on, but for the last [`ROW`]; the place of the first. `origin`
    /// has the places of codes where marks joined others.
    pub fn hold(&mut self, at: usize, origin: &[u32], cleans: bool) -> usize {
        let end = self.codes.len() - 1;
        let place = |at: usize| origin.get(at).copied().unwrap_or_else(|| self.place(at));
        let first = place(at);
        let held: Vec<u32> = (at..end).map(|at| place(at) - first).collect();
        self.gap = place(end) - first - held.len() as u32;
        self.held = held;
        self.codes.truncate(end);
        self.codes.drain(..at);
        self.kinds.clear();
        self.kinds.resize(if cleans { end - at } else { 0 }, OTHER);
        self.triggers.clear();
        self.marks.clear();
        self.rare.retain_mut(|(place, _)| {
            let stays = *place as usize >= at;
            *place = place.wrapping_sub(at as u32);
            stays
        });
        first as usize
    }

    /// The end of a text.
    pub fn end_row(&mut self, cleans: bool) {
        self.codes.push(ROW);
        if cleans {
            self.kinds.push(OTHER);
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
            + self.held.capacity() * size_of::<u32>()
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
    /// A chunk ends as soon as it may behind so many characters.
    pub chunk: usize,
}

impl Reading<'_> {
    /// Append the next part of a text to a chunk; the cursor is behind it then.
    pub fn fill(&self, text: Text, at: &mut Cursor, chunk: &mut Chunk) -> Result<(), NoCharacter> {
        let block = BLOCK.min(self.chunk);
        let enough = chunk.codes.len() + self.chunk;
        let mut ends = false;
        match text {
            Text::Utf8(text) => {
                while !ends && at.units < text.len() {
                    let rest = &text[at.units..];
                    let mut end = block.min(rest.len());
                    while !rest.is_char_boundary(end) {
                        end += 1;
                    }
                    if chunk.codes.len() + end >= enough {
                        let number = |(at, c): (usize, char)| (at + c.len_utf8(), u32::from(c));
                        let chars = rest[..end].char_indices().rev().map(number);
                        let seam = self.seam(rest[end..].chars().next().map(u32::from), chars);
                        (end, ends) = seam.map_or((end, false), |seam| (seam, true));
                    }
                    self.push(rest[..end].chars().map(u32::from), end, at, chunk)?;
                    at.units += end;
                }
                Ok(())
            }
            Text::Ucs1(units) => self.fill_units(units, block, enough, at, chunk),
            Text::Ucs2(units) => self.fill_units(units, block, enough, at, chunk),
            Text::Ucs4(units) => self.fill_units(units, block, enough, at, chunk),
        }
    }

    fn fill_units<U: Copy + Into<u32>>(
        &self,
        units: &[U],
        block: usize,
        enough: usize,
        at: &mut Cursor,
        chunk: &mut Chunk,
    ) -> Result<(), NoCharacter> {
        let mut ends = false;
        while !ends && at.units < units.len() {
            let rest = &units[at.units..];
            let mut end = block.min(rest.len());
            if chunk.codes.len() + end >= enough {
                let number = |(at, unit): (usize, &U)| (at + 1, (*unit).into());
                let chars = rest[..end].iter().enumerate().rev().map(number);
                let seam = self.seam(rest.get(end).map(|unit| (*unit).into()), chars);
                (end, ends) = seam.map_or((end, false), |seam| (seam, true));
            }
            self.push(rest[..end].iter().map(|unit| (*unit).into()), end, at, chunk)?;
            at.units += end;
        }
        Ok(())
    }

    /// Where a chunk may end, looked for from the end of a block on back: `next` is the character
    /// behind it, `chars` are its characters and where each ends.
    fn seam(&self, next: Option<u32>, chars: impl Iterator<Item = (usize, u32)>) -> Option<usize> {
        let mut right = next?;
        for (end, left) in chars.take(LOOK) {
            if self.codes.is_seam(left, right) {
                return Some(end);
            }
            right = left;
        }
        None
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
