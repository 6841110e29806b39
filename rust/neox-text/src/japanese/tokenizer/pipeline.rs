//! Text to ids: codes, emoji, marks, cleaning, segmentation, a chunk at a time.

use super::Tokenizer;
use crate::batch::Rows;
use crate::encode::{Encode, Id, Special};
use crate::error::MAX_TEXT;
use crate::japanese::added::{Part, refused};
use crate::japanese::clean::{self, OTHER};
use crate::japanese::codes::{self, CLEAN, CLEANED, EMOJI, SKIP};
use crate::japanese::emoji::{EmojiFound, EmojiScratch, Matching};
use crate::japanese::marks::{self, Joined};
use crate::japanese::normalize::{Chunk, Cursor, Reading};
use crate::japanese::options::Match;
use crate::japanese::segment::{Dropout, Ids, RowIds, Segmenter, Sink};
use crate::pool::Room;
use crate::text::{NoCharacter, Text};
use crate::{Error, Result};

/// What a text with a lone surrogate is refused with.
pub const SURROGATE: &str = "the text holds a lone surrogate";

/// Texts up to so many units share a chunk with others.
const SHORT: usize = 8 << 10;

/// What one thread needs while it encodes; bounded in size, and worth keeping between calls.
#[derive(Default)]
pub struct Scratch {
    chunk: Chunk,
    /// The places of the codes in the chunk as it was read, where marks joined others.
    origin: Vec<u32>,
    emoji: EmojiScratch,
    emoji_found: Vec<EmojiFound>,
    clean_found: Vec<clean::Found>,
    text: String,
}

impl Scratch {
    fn bytes(&self) -> usize {
        self.chunk.bytes()
            + self.origin.capacity() * size_of::<u32>()
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
        let reading = self.reading();
        let alone = !self.added.is_empty() || self.options.dropout > 0.0;
        let mut from = 0;
        scratch.chunk.clear();
        for (index, text) in texts.iter().enumerate() {
            let long = alone || text.len() > SHORT;
            if long || scratch.chunk.is_full() {
                self.flush(&texts[from..index], first.map(|at| at + from), special, scratch, rows)?;
                from = index;
            }
            if long {
                let done = self.encode_ids(*text, special, scratch, &mut rows.flat);
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
        let mut sink = RowIds { ids: &mut rows.flat, ends: &mut rows.offsets };
        let done = self.finish(0, special, scratch, &mut sink);
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

    fn reading(&self) -> Reading<'_> {
        Reading {
            codes: &self.compiled.codes,
            cleans: self.options.clean,
            // A kaomoji may hold spaces, and so may what our own rules find.
            cuts_at_spaces: self.options.emoji == Matching::Rank && !self.options.better_cleaning,
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
                        sink.begin(chars, &[]);
                        sink.token(id, 0);
                        chars += text[range].chars().count();
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
        let reading = self.reading();
        let mut at = Cursor::default();
        let units = match text {
            Text::Utf8(text) => text.len(),
            Text::Ucs1(units) => units.len(),
            Text::Ucs2(units) => units.len(),
            Text::Ucs4(units) => units.len(),
        };
        while at.units < units {
            let start = at.chars;
            scratch.chunk.clear();
            reading
                .fill(text, &mut at, &mut scratch.chunk)
                .map_err(|none| surrogate(NoCharacter(base + none.0)))?;
            self.finish(base + start, special, scratch, sink)?;
        }
        Ok(at.chars)
    }

    /// Emoji, marks, cleaning and segmentation of a chunk whose first character is the `base`th.
    fn finish(
        &self,
        base: usize,
        special: &Special,
        scratch: &mut Scratch,
        sink: &mut impl Sink,
    ) -> Result<()> {
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
        let segmenter = Segmenter {
            trie: &self.compiled.trie,
            tags: &self.tags,
            controls: &self.tags_found,
            special,
        };
        sink.begin(base, origin);
        let done = if self.options.dropout > 0.0 {
            let dropout = Dropout {
                rate: self.options.dropout,
                seed: self.options.seed,
                start: base as u64,
                longest: self.options.matching == Match::Longest,
            };
            segmenter.run_dropping(dropout, &chunk.codes, &chunk.rare, sink)
        } else {
            segmenter.run(&chunk.codes, &chunk.rare, sink)
        };
        done.map_err(|found| {
            let place = origin.get(found.place).map_or(found.place, |at| *at as usize);
            let token = self.id_to_token(found.id).unwrap_or_default();
            refused(format!("character {}", base + place), token)
        })
    }

    /// Let marks join the characters before them, and close the gaps that they leave.
    fn join_marks(&self, scratch: &mut Scratch) {
        let Scratch { chunk, origin, .. } = scratch;
        let codes = &self.compiled.codes;
        // Places in order, with the character that now stands there if it may become bytes.
        let mut changes: Vec<(u32, Option<char>)> = Vec::new();
        // The last mark, and whether it was a selector that went.
        let mut last = (u32::MAX, false);
        for (place, before, mark) in std::mem::take(&mut chunk.marks) {
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
                    let char = codes.get(u32::from(c));
                    chunk.codes[at - 1] = codes::code(char);
                    if self.options.clean {
                        chunk.kinds[at - 1] = codes::kind(char);
                    }
                    let rare = (char & codes::RECORD != 0).then_some(c);
                    changes.push((place - 1, rare));
                }
                // Several selectors may follow each other.
                Some(Joined::Same) if follows || behind_selector => last.1 = true,
                _ => continue,
            }
            chunk.codes[at] = SKIP;
            changes.push((place, None));
        }
        if changes.is_empty() {
            return;
        }
        let (codes, kinds) = (&mut chunk.codes, &mut chunk.kinds);
        let mut rare = std::mem::take(&mut chunk.rare).into_iter().peekable();
        let mut changes = changes.into_iter().peekable();
        let mut kept = 0;
        for at in 0..codes.len() {
            let own = rare.next_if(|(place, _)| *place as usize == at).map(|(_, c)| c);
            let changed = changes.next_if(|(place, _)| *place as usize == at);
            if codes[at] == SKIP {
                continue;
            }
            if let Some(c) = changed.map_or(own, |(_, c)| c) {
                chunk.rare.push((kept as u32, c));
            }
            codes[kept] = codes[at];
            if !kinds.is_empty() {
                kinds[kept] = kinds[at];
            }
            origin.push(at as u32);
            kept += 1;
        }
        codes.truncate(kept);
        kinds.truncate(kept);
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
