//! Text to ids: codes, emoji, marks, cleaning, segmentation, a chunk at a time.

use super::Tokenizer;
use crate::batch::Rows;
use crate::encode::{Encode, Id, Special};
use crate::error::MAX_TEXT;
use crate::japanese::added::{Part, refused};
use crate::japanese::clean::{self, OTHER};
use crate::japanese::codes::{self, CLEAN, CLEANED, EMOJI, SKIP};
use crate::japanese::emoji::{EmojiFound, EmojiScratch};
use crate::japanese::marks::{self, Joined};
use crate::japanese::normalize::{CHUNK, Chunk, Cursor, Reading};
use crate::japanese::options::Match;
use crate::japanese::segment::{Coded, Dropout, Ids, RowIds, Segmenter, Sink};
use crate::pool::Room;
use crate::text::{NoCharacter, Text};
use crate::{Error, Result};

/// What a text with a lone surrogate is refused with.
pub const SURROGATE: &str = "the text holds a lone surrogate";

/// What one thread needs while it encodes; bounded in size, and worth keeping between calls.
#[derive(Default)]
pub struct Scratch {
    chunk: Chunk,
    /// The places of the codes in the chunk as it was read, where marks joined others.
    origin: Vec<u32>,
    rare_before: Vec<(u32, char)>,
    emoji: EmojiScratch,
    emoji_found: Vec<EmojiFound>,
    clean_found: Vec<clean::Found>,
    text: String,
    /// A chunk ends as soon as it may behind so many characters; 0 for the usual.
    cut: usize,
}

impl Scratch {
    /// One that cuts texts into chunks of another size: tests see more ends of them so.
    pub fn with_chunks_of(characters: usize) -> Self {
        Self { cut: characters, ..Self::default() }
    }

    fn bytes(&self) -> usize {
        self.chunk.bytes()
            + self.origin.capacity() * size_of::<u32>()
            + self.rare_before.capacity() * size_of::<(u32, char)>()
            + self.emoji_found.capacity() * size_of::<EmojiFound>()
            + self.clean_found.capacity() * size_of::<clean::Found>()
            + self.text.capacity()
    }
}

impl Room for Scratch {
    fn trim(&mut self) {
        const KEPT: usize = 4 << 20;
        if self.bytes() > KEPT {
            *self = Self::default();
        }
    }

    fn is_large(&self) -> bool {
        const MOST: usize = 256 << 20;
        (4 << 20..MOST).contains(&self.bytes())
    }
}

impl Tokenizer {
    /// Append the ids of a text.
    pub fn encode_ids<I: Id>(
        &self,
        text: Text,
        special: &Special,
        scratch: &mut Scratch,
        out: &mut Vec<I>,
    ) -> Result<()> {
        self.check_width::<I>()?;
        self.run(text, special, scratch, &mut Ids(out)).map(drop)
    }

    /// Append the rows of many texts. An error names the text, counted from `first`; with `None`
    /// it does not.
    pub fn encode_rows<I: Id>(
        &self,
        texts: &[Text],
        first: Option<usize>,
        special: &Special,
        scratch: &mut Scratch,
        rows: &mut Rows<I>,
    ) -> Result<()> {
        self.check_width::<I>()?;
        let reading = self.reading(scratch);
        let alone = !self.added.is_empty() || self.options.dropout > 0.0;
        let mut from = 0;
        scratch.chunk.clear();
        for (index, text) in texts.iter().enumerate() {
            let long = alone || text.len() > reading.chunk / 2;
            if long || scratch.chunk.is_full() {
                self.flush(&texts[from..index], first.map(|at| at + from), special, scratch, rows)?;
                from = index;
            }
            if long {
                let done = self.run(*text, special, scratch, &mut RowIds(rows));
                done.map_err(|error| in_text(first.map(|at| at + index), error))?;
                rows.end_row();
                scratch.chunk.clear();
                from = index + 1;
                continue;
            }
            let filled = reading.fill(*text, &mut Cursor::default(), &mut scratch.chunk);
            filled.map_err(|none| in_text(first.map(|at| at + index), surrogate(none)))?;
            scratch.chunk.end_row(self.options.clean);
        }
        self.flush(&texts[from..], first.map(|at| at + from), special, scratch, rows)
    }

    /// Give the rows of the texts in the chunk, and empty it.
    fn flush<I: Id>(
        &self,
        texts: &[Text],
        first: Option<usize>,
        special: &Special,
        scratch: &mut Scratch,
        rows: &mut Rows<I>,
    ) -> Result<()> {
        if texts.is_empty() {
            return Ok(());
        }
        let done = self.finish(0, true, special, scratch, &mut RowIds(rows));
        scratch.chunk.clear();
        if let Err(error) = done {
            // One of these texts is refused: look for it, text by text.
            for (index, text) in texts.iter().enumerate() {
                let alone = self.encode_ids(*text, special, scratch, &mut Vec::<u32>::new());
                alone.map_err(|error| in_text(first.map(|at| at + index), error))?;
            }
            return Err(error);
        }
        Ok(())
    }

    fn check_width<I: Id>(&self) -> Result<()> {
        if I::MAX != u32::MAX && !self.is_narrow() {
            return Err(Error::argument("the ids of this tokenizer need 32 bits"));
        }
        Ok(())
    }

    fn reading(&self, scratch: &Scratch) -> Reading<'_> {
        // What is held over for the next chunk must not be most of it.
        let usual = CHUNK.max(self.compiled.longest * 4);
        Reading {
            codes: &self.compiled.codes,
            cleans: self.options.clean,
            chunk: if scratch.cut == 0 { usual } else { scratch.cut },
        }
    }

    /// Give the tokens of a text to a sink; its characters are counted.
    pub(super) fn run(
        &self,
        text: Text,
        special: &Special,
        scratch: &mut Scratch,
        sink: &mut impl Sink,
    ) -> Result<usize> {
        if text.len() > MAX_TEXT {
            let message = format!(
                "a text of {} bytes; the limit is {MAX_TEXT}: cut it into documents",
                text.len()
            );
            return Err(Error::argument(message));
        }
        if self.added.is_empty() {
            return self.run_plain(text, 0, special, scratch, sink);
        }
        let mut buffer = std::mem::take(&mut scratch.text);
        let mut chars = 0;
        let done = text.read(&mut buffer).map_err(surrogate).and_then(|text| {
            self.added.split(text, special, &mut |part| {
                match part {
                    Part::Text(range) => {
                        let part = Text::Utf8(&text[range]);
                        chars += self.run_plain(part, chars, special, scratch, sink)?;
                    }
                    Part::Token(id, range) => {
                        let length = text[range].chars().count();
                        self.segmenter(special).give(id, length, sink);
                        chars += length;
                    }
                }
                Ok(())
            })
        });
        scratch.text = buffer;
        done.map(|()| chars)
    }

    /// The same for a part without added tokens, whose first character is the `base`th.
    fn run_plain(
        &self,
        text: Text,
        base: usize,
        special: &Special,
        scratch: &mut Scratch,
        sink: &mut impl Sink,
    ) -> Result<usize> {
        let reading = self.reading(scratch);
        let (mut at, mut first) = (Cursor::default(), base);
        let units = match text {
            Text::Utf8(text) => text.len(),
            Text::Ucs1(units) => units.len(),
            Text::Ucs2(units) => units.len(),
            Text::Ucs4(units) => units.len(),
        };
        scratch.chunk.clear();
        while at.units < units {
            reading
                .fill(text, &mut at, &mut scratch.chunk)
                .map_err(|none| surrogate(NoCharacter(base + none.0)))?;
            first += self.finish(first, at.units == units, special, scratch, sink)?;
        }
        Ok(at.chars)
    }

    fn segmenter<'t>(&'t self, special: &'t Special) -> Segmenter<'t> {
        Segmenter {
            trie: &self.compiled.trie,
            least: &self.least,
            tags: &self.tags,
            controls: &self.tags_found,
            special,
        }
    }

    /// Emoji, marks, cleaning and segmentation of a chunk whose first character is the `base`th;
    /// if it is not the `last` one the chunk has what is held over then, from so many characters
    /// on.
    fn finish(
        &self,
        base: usize,
        last: bool,
        special: &Special,
        scratch: &mut Scratch,
        sink: &mut impl Sink,
    ) -> Result<usize> {
        let cleans = self.options.clean;
        scratch.origin.clear();
        if !scratch.chunk.triggers.is_empty() {
            let Scratch { chunk, emoji, emoji_found, .. } = scratch;
            emoji_found.clear();
            self.emoji.find(&chunk.codes, &chunk.triggers, emoji, emoji_found);
            for found in emoji_found.iter() {
                let (start, end) = (found.start as usize, found.end as usize);
                chunk.codes[start] = EMOJI + u16::from(found.class) - 1;
                chunk.codes[start + 1..end].fill(SKIP);
                if cleans {
                    chunk.kinds[start..end].fill(OTHER);
                }
            }
        }
        if !scratch.chunk.marks.is_empty() {
            self.join_marks(scratch);
        }
        let Scratch { chunk, origin, clean_found, .. } = scratch;
        if origin.is_empty() && chunk.has_gap() {
            origin.extend((0..=chunk.codes.len()).map(|at| chunk.place(at)));
        }
        if cleans {
            clean_found.clear();
            let literal = *special == Special::Parse;
            clean::find(self.options.rules(), &mut chunk.kinds, literal, clean_found);
            for found in clean_found.iter() {
                let (start, end) = (found.start as usize, found.end as usize);
                let code = CLEANED.iter().position(|tag| *tag == found.tag).unwrap_or_default();
                chunk.codes[start] = CLEAN + code as u16;
                chunk.codes[start + 1..end].fill(SKIP);
            }
        }
        chunk.end_row(false);
        let kept = if last { 0 } else { self.compiled.longest - 1 };
        let stop = (chunk.codes.len() - 1).saturating_sub(kept);
        let (segmenter, codes) = (self.segmenter(special), &chunk.codes);
        let coded = Coded { codes, rare: &chunk.rare, origin, stop };
        let done = if self.options.dropout > 0.0 {
            let dropout = Dropout {
                rate: self.options.dropout,
                seed: self.options.seed,
                start: base as u64,
                longest: self.options.matching == Match::Longest,
            };
            segmenter.run_dropping(dropout, coded, sink)
        } else {
            segmenter.run(coded, sink)
        };
        let end = done.map_err(|found| {
            let token = self.id_to_token(found.id).unwrap_or_default();
            refused(format!("character {}", base + coded.place(found.place)), token)
        })?;
        Ok(if last { 0 } else { chunk.hold(end, origin, cleans) })
    }

    /// Let marks join the characters before them, and close the gaps that they leave.
    fn join_marks(&self, scratch: &mut Scratch) {
        let Scratch { chunk, origin, rare_before, .. } = scratch;
        let codes = &self.compiled.codes;
        std::mem::swap(&mut chunk.rare, rare_before);
        chunk.rare.clear();
        let mut closing = Closing { read: 0, kept: 0, rare: rare_before };
        let marks = std::mem::take(&mut chunk.marks);
        // The last mark, and whether it was a selector that went.
        let mut last = (u32::MAX, false);
        for &(place, before, mark) in &marks {
            let at = place as usize;
            let behind_mark = last.0.wrapping_add(1) == place;
            let behind_selector = behind_mark && last.1;
            last = (place, false);
            if at == 0 || chunk.codes[at] != codes.code(mark) {
                continue;
            }
            let follows = !behind_mark && chunk.codes[at - 1] == codes.code(before);
            match marks::join(before, mark, &self.options) {
                Some(Joined::Composed(c)) if follows => {
                    closing.keep(at, chunk, origin);
                    closing.replace_last(c, codes.get(u32::from(c)), chunk);
                }
                // Several selectors may follow each other.
                Some(Joined::Same) if follows || behind_selector => {
                    closing.keep(at, chunk, origin);
                    last.1 = true;
                }
                _ => continue,
            }
            closing.drop_one();
        }
        chunk.marks = marks;
        chunk.marks.clear();
        let end = chunk.codes.len();
        closing.keep(end, chunk, origin);
        if closing.kept == end {
            origin.clear();
            return;
        }
        origin.push(chunk.place(end));
        chunk.codes.truncate(closing.kept);
        chunk.kinds.truncate(closing.kept);
    }
}

/// Codes are moved down over others that are gone.
struct Closing<'r> {
    /// The next code, and where it goes.
    read: usize,
    kept: usize,
    /// Characters that may become bytes from there on.
    rare: &'r [(u32, char)],
}

impl Closing<'_> {
    /// Keep the codes before `end`. What stands at its place in `codes` until then stays there, for
    /// what is kept never overtakes what is read.
    fn keep(&mut self, end: usize, chunk: &mut Chunk, origin: &mut Vec<u32>) {
        while let Some((&(place, c), rest)) = self.rare.split_first() {
            if place as usize >= end {
                break;
            }
            chunk.rare.push((place - (self.read - self.kept) as u32, c));
            self.rare = rest;
        }
        for at in self.read..end {
            chunk.codes[self.kept] = chunk.codes[at];
            if let Some(kind) = chunk.kinds.get(at).copied() {
                chunk.kinds[self.kept] = kind;
            }
            origin.push(chunk.place(at));
            self.kept += 1;
        }
        self.read = end;
    }

    /// Put another character into the place of the last one that was kept.
    fn replace_last(&mut self, c: char, char: codes::Char, chunk: &mut Chunk) {
        let at = self.kept - 1;
        chunk.codes[at] = codes::code(char);
        if let Some(kind) = chunk.kinds.get_mut(at) {
            *kind = codes::kind(char);
        }
        if chunk.rare.last().is_some_and(|(place, _)| *place as usize == at) {
            chunk.rare.pop();
        }
        if char & codes::RECORD != 0 {
            chunk.rare.push((at as u32, c));
        }
    }

    /// Let the next code go.
    fn drop_one(&mut self) {
        if self.rare.first().is_some_and(|(place, _)| *place as usize == self.read) {
            self.rare = &self.rare[1..];
        }
        self.read += 1;
    }
}

fn surrogate(none: NoCharacter) -> Error {
    Error::argument_at(format!("character {}", none.0), SURROGATE)
}

/// The error of one text of many.
fn in_text(index: Option<usize>, error: Error) -> Error {
    let (Some(index), Some(place)) = (index, error.place()) else { return error };
    let words = error.to_string();
    let words = words.strip_prefix(&format!("{place}: ")).unwrap_or(&words).to_owned();
    Error::argument_at(format!("text {index}, {place}"), words)
}
