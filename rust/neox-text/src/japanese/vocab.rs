//! `vocab.txt`: a token a line, its surfaces between commas, the canonical one first.
//!
//! The number of a line, from 0, is the id. The format has no escapes, so a surface never holds a
//! comma; the line that is one comma is the comma's own where option `comma` says so.

use super::fallback::{Fallback, fallback};
use super::heterographs;
use super::options::Options;
use crate::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// No id.
pub const NONE: u32 = u32::MAX;

/// The greatest number of lines.
const MAX_LINES: usize = 1 << 20;
/// The longest surface, in bytes.
const MAX_SURFACE: usize = 64 << 10;
/// The longest surface that is looked for in a text, in characters, but for those that begin with
/// `<`.
const MAX_CHARS: usize = 64;

/// The tags without which no text can be encoded, beside those of bytes.
const TAGS: [&str; 11] = [
    "<SP>",
    "<BR>",
    "<TAB>",
    "<KIGOU>",
    "<U2000U2BFF>",
    "<URL>",
    "<EMAIL>",
    "<TEL>",
    "<DATE>",
    "<PRICE>",
    "<BLOCK>",
];

/// The lines of a `vocab.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocab {
    lines: Vec<String>,
    /// Whether the last line ends in a newline.
    ended: bool,
}

/// A surface and the id that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface<'v> {
    pub text: &'v str,
    pub id: u32,
}

/// Whether a surface is a tag, which a text cannot otherwise hold: `<SP>`, `<|byte0|>`.
pub fn is_tag(surface: &str) -> bool {
    surface.len() > 2 && surface.starts_with('<') && surface.ends_with('>')
}

/// The tag of a byte.
pub fn byte_tag(byte: u8) -> String {
    format!("<|byte{byte}|>")
}

fn byte_of(tag: &str) -> Option<u8> {
    let digits = tag.strip_prefix("<|byte")?.strip_suffix("|>")?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn line_error(line: usize, message: impl Into<String>) -> Error {
    Error::format(format!("line {line}"), message)
}

impl Vocab {
    /// Read the bytes of a `vocab.txt`; line ends may be LF, CR or CRLF, and a last one adds no
    /// entry.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            line_error(line, "invalid UTF-8: convert the file to UTF-8 first")
        })?;
        if text.starts_with('\u{feff}') {
            return Err(line_error(1, "begins with a byte-order mark: save it without one"));
        }
        if text.starts_with("version https://git-lfs") {
            let message = "is a Git-LFS pointer, not the file itself: fetch it with `git lfs pull`";
            return Err(Error::format("", message));
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let ended = text.ends_with('\n');
        let whole = text.strip_suffix('\n').unwrap_or(&text);
        if whole.is_empty() {
            return Err(Error::format("", "is empty: a token a line is needed"));
        }
        let lines: Vec<String> = whole.split('\n').map(str::to_owned).collect();
        if lines.len() > MAX_LINES {
            let message = format!("{} lines; the limit is {MAX_LINES}", lines.len());
            return Err(Error::format("", message));
        }
        let vocab = Self { lines, ended };
        vocab.check()?;
        Ok(vocab)
    }

    fn check(&self) -> Result<()> {
        let mut tags = HashSet::new();
        for (number, line) in (1..).zip(&self.lines) {
            for surface in line.split(',') {
                if surface.len() > MAX_SURFACE {
                    let message =
                        format!("a surface of {} bytes; the limit is 64 KiB", surface.len());
                    return Err(line_error(number, message));
                }
                let wrong = |what: &str| {
                    let shown: String = surface.chars().take(40).collect();
                    line_error(number, format!("the surface {shown:?} {what}"))
                };
                let Some(inside) = surface.get(1..).filter(|_| surface.starts_with('<')) else {
                    // Where tags begin must be known before the text is cut into tokens.
                    if surface.contains('<') {
                        return Err(wrong("holds \"<\", which only begins a surface"));
                    }
                    continue;
                };
                if inside.contains('<') {
                    return Err(wrong("holds \"<\" twice"));
                }
                if surface.chars().count() > 2 {
                    if inside.find('>').is_some_and(|at| at + 1 < inside.len()) {
                        return Err(wrong("goes on after \">\", which ends a tag"));
                    }
                    tags.insert(surface);
                }
            }
        }
        let bytes = (0..255).map(byte_tag);
        for tag in TAGS.into_iter().map(str::to_owned).chain(bytes) {
            if !tags.contains(tag.as_str()) {
                let message = format!("no line is {tag}: this is no vocabulary of BPEEncoder V2");
                return Err(Error::format("", message));
            }
        }
        Ok(())
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether a line is just this.
    pub fn has_line(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line == text)
    }

    /// How many of the lines differ, which transformers takes for the size.
    pub fn distinct(&self) -> usize {
        self.lines.iter().collect::<HashSet<_>>().len()
    }

    /// The surfaces of a line, empty ones among them.
    fn surfaces_of(&self, index: usize, comma: bool) -> impl Iterator<Item = &str> {
        let line = self.lines[index].as_str();
        // The reference compares the line with its newline still on; the last may have none.
        let is_comma = line == "," && (comma || index + 1 == self.lines.len() && !self.ended);
        let parts = (!is_comma).then(|| line.split(','));
        is_comma.then_some(",").into_iter().chain(parts.into_iter().flatten())
    }

    /// What decoding prints for an id.
    pub fn canonical(&self, id: u32, comma: bool) -> Option<&str> {
        let index = id as usize;
        (index < self.lines.len()).then(|| self.surfaces_of(index, comma).next())?
    }

    /// All surfaces that count, each once, in the order of their texts.
    pub fn surfaces(&self, options: &Options) -> Vec<Surface<'_>> {
        // Canonical forms go before alternates where layers decide what counts.
        let mut all: Vec<(u64, &str, bool, u32)> = Vec::with_capacity(self.lines.len() * 6);
        for id in 0..self.lines.len() as u32 {
            let mut first = None;
            for text in self.surfaces_of(id as usize, options.comma) {
                let canonical = first.is_none();
                let first = *first.get_or_insert(text);
                if text.is_empty() || options.layers && !canonical && !is_same(text, first) {
                    continue;
                }
                all.push((order(text), text, options.layers && canonical, id));
            }
        }
        all.sort_unstable();
        // Of surfaces on several lines the last one counts.
        let last = all.chunk_by(|a, b| a.1 == b.1).filter_map(|same| same.last());
        last.map(|(_, text, _, id)| Surface { text, id: *id }).collect()
    }
}

/// Whether a layer knows an alternate; of signs and symbols that would be one tag else, any.
fn is_same(alternate: &str, canonical: &str) -> bool {
    let is_sign = alternate.chars().all(|c| fallback(c) != Fallback::Bytes);
    heterographs::same_surface(alternate, canonical)
        || is_sign && heterographs::same(alternate, canonical)
}

/// The first bytes of a text as a number that orders like them.
fn order(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

/// Whether a surface can be found in a text at all.
pub fn is_reachable(surface: &str, options: &Options) -> bool {
    // Spaces, ends of lines and dashes are rewritten before anything is looked up.
    if surface.chars().any(|c| matches!(c, ' ' | '\u{3000}' | '\r' | '\n' | '\t' | '—' | '−')) {
        return false;
    }
    let limit = match options.matching {
        // No surface holds a second `<`, so looking for all of them is still linear in the text.
        _ if surface.starts_with('<') => return true,
        super::options::Match::Longest => MAX_CHARS,
        super::options::Match::Smallest => 3,
    };
    surface.chars().nth(limit).is_none()
}

/// What ids are as text.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The UTF-8 of all ids, one behind the other.
    bytes: Vec<u8>,
    /// Where each begins, and the last ends.
    starts: Vec<u32>,
    /// The byte of each byte token.
    byte: HashMap<u32, u8>,
    lossless: bool,
}

impl Decoded {
    /// `displays` shows the tags of emoji.
    pub fn new(vocab: &Vocab, options: &Options, displays: &[(String, String)]) -> Self {
        let mut made = Self { lossless: options.lossless, ..Self::default() };
        made.starts.push(0);
        let displays: HashMap<&str, &str> =
            displays.iter().map(|(tag, text)| (tag.as_str(), text.as_str())).collect();
        for id in 0..vocab.len() as u32 {
            let surface = vocab.canonical(id, options.comma).unwrap_or_default();
            let text = match surface {
                "<SP>" => " ",
                "<BR>" => "\n",
                "<TAB>" => "\t",
                "<BLOCK>" => "▀",
                "<KIGOU>" => "ǀ",
                "<U2000U2BFF>" => "‖",
                other => displays.get(other).copied().unwrap_or(other),
            };
            match byte_of(surface) {
                Some(byte) => {
                    made.byte.insert(id, byte);
                    made.bytes.push(byte);
                }
                None => made.bytes.extend_from_slice(text.as_bytes()),
            }
            made.starts.push(made.bytes.len() as u32);
        }
        made
    }

    /// The bytes that an id stands for.
    pub fn raw(&self, id: u32) -> Option<&[u8]> {
        let (start, end) = (self.starts.get(id as usize)?, self.starts.get(id as usize + 1)?);
        Some(&self.bytes[*start as usize..*end as usize])
    }

    /// Whether an id is that of a byte token.
    pub fn is_byte(&self, id: u32) -> bool {
        self.byte.contains_key(&id)
    }

    /// What an id adds to a text: as the reference decodes, a part of a character alone is none.
    pub fn text(&self, id: u32) -> Option<&[u8]> {
        let raw = self.raw(id)?;
        let broken = !self.lossless && self.byte.get(&id).is_some_and(|byte| *byte >= 0x80);
        Some(if broken { "\u{fffd}".as_bytes() } else { raw })
    }
}

/// The ids of tags that the engine writes by itself.
#[derive(Clone, Debug)]
pub struct TagIds {
    pub bytes: [u32; 256],
    pub space: u32,
    pub newline: u32,
    pub tab: u32,
    /// Signs of U+00A1 to U+0362 that have no line.
    pub sign: u32,
    /// Symbols of U+2000 to U+2BFF that have no line.
    pub symbol: u32,
}

impl TagIds {
    /// `id` looks up a surface.
    pub fn new(id: &dyn Fn(&str) -> Option<u32>) -> Self {
        let of = |tag: &str| id(tag).unwrap_or(NONE);
        let mut bytes = [NONE; 256];
        let mut tag = String::new();
        for (byte, found) in bytes.iter_mut().enumerate() {
            tag.clear();
            let _ = write!(tag, "<|byte{byte}|>");
            *found = of(&tag);
        }
        Self {
            bytes,
            space: of("<SP>"),
            newline: of("<BR>"),
            tab: of("<TAB>"),
            sign: of("<KIGOU>"),
            symbol: of("<U2000U2BFF>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tags that every vocabulary needs, behind the lines given.
    fn with_tags(lines: &str) -> String {
        let bytes: Vec<String> = (0..255).map(byte_tag).collect();
        format!("{lines}\n{}\n{}", TAGS.join("\n"), bytes.join("\n"))
    }

    fn read(lines: &str) -> Vocab {
        Vocab::from_bytes(with_tags(lines).as_bytes()).unwrap()
    }

    fn id(vocab: &Vocab, options: &Options, text: &str) -> Option<u32> {
        vocab.surfaces(options).iter().find(|surface| surface.text == text).map(|found| found.id)
    }

    #[test]
    fn the_later_line_wins() {
        let vocab = read("あ,ア\nい\nい\nあ");
        assert_eq!(id(&vocab, &Options::default(), "あ"), Some(3));
        assert_eq!(id(&vocab, &Options::default(), "ア"), Some(0));
        assert_eq!(vocab.canonical(0, false), Some("あ"));
        assert_eq!(vocab.distinct(), vocab.len() - 1);
    }

    #[test]
    fn the_line_of_the_comma() {
        let vocab = read("あ\n,");
        assert_eq!(id(&vocab, &Options::default(), ","), None);
        assert_eq!(vocab.canonical(1, false), Some(""));
        let comma = Options { comma: true, ..Options::default() };
        assert_eq!(id(&vocab, &comma, ","), Some(1));
        let last = format!("{}\n,", with_tags("あ"));
        let last = Vocab::from_bytes(last.as_bytes()).unwrap();
        assert_eq!(id(&last, &Options::default(), ","), Some(last.len() as u32 - 1));
    }

    #[test]
    fn line_ends_do_not_matter() {
        let text = with_tags("あ\nい");
        let vocab = Vocab::from_bytes(text.as_bytes()).unwrap();
        let crlf = Vocab::from_bytes(text.replace('\n', "\r\n").as_bytes()).unwrap();
        assert_eq!(crlf, vocab);
        let more = Vocab::from_bytes(format!("{text}\n").as_bytes()).unwrap();
        assert_eq!(more.lines, vocab.lines);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let told = |bytes: &[u8]| Vocab::from_bytes(bytes).unwrap_err().to_string();
        assert!(told(b"").contains("empty"));
        assert!(told(b"a\nb\n\xff").starts_with("line 3: "));
        assert!(told("\u{feff}a".as_bytes()).starts_with("line 1: "));
        assert!(told("a".repeat(70_000).as_bytes()).starts_with("line 1: "));
        assert!(told(b"404: Not Found").contains("<SP>"));
        assert!(told(with_tags("a<").as_bytes()).starts_with("line 1: "));
        assert!(told(with_tags("a\n<SP>a").as_bytes()).starts_with("line 2: "));
        let less = with_tags("a").replace("<|byte200|>\n", "");
        assert!(told(less.as_bytes()).contains("<|byte200|>"));
    }
}
