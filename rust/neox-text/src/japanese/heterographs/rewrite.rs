//! A text written anew by some layers.

use super::Layer;
use super::table::{Table, table};
use unicode_normalization::char::compose;

/// The most pairs that lead from one character to another; the table has fewer.
const CHAIN: usize = 8;

/// Writes by a set of layers.
#[derive(Clone, Copy)]
pub(super) struct Rewriter {
    table: &'static Table,
    layers: u8,
    surface: bool,
}

/// What is written so far, and what the next character may join.
struct Written<'a> {
    out: &'a mut String,
    /// The character written last, and the one that led to it.
    last: Option<(char, char)>,
}

impl Rewriter {
    /// By all pairs of these layers.
    pub fn new(layers: &[Layer]) -> Self {
        let layers = layers.iter().fold(0, |set, layer| set | 1 << *layer as u8);
        Self { table: table(), layers, surface: false }
    }

    /// By those pairs of these layers that are surfaces of one word.
    pub fn surface(layers: &[Layer]) -> Self {
        Self { surface: true, ..Self::new(layers) }
    }

    fn has(self, layer: Layer) -> bool {
        self.layers & 1 << layer as u8 != 0
    }

    /// What the first layer that knows a character writes for it.
    #[inline]
    fn step(self, c: char) -> Option<&'static str> {
        let mut known = self.table.pairs(c);
        let found = known.find(|pair| self.has(pair.layer) && !(self.surface && pair.text_only));
        found.map(|pair| pair.canonical)
    }

    /// The one character that is written for this one; itself where it is none or more than one.
    pub fn fold(self, c: char) -> char {
        let mut folded = c;
        for _ in 0..CHAIN {
            let Some(next) = self.step(folded) else { break };
            let mut characters = next.chars();
            match (characters.next(), characters.next()) {
                (Some(one), None) => folded = one,
                _ => return c,
            }
        }
        folded
    }

    /// Appends the text as the layers write it.
    pub fn write(self, text: &str, out: &mut String) {
        let mut written = Written { out, last: None };
        let mut done = 0;
        for (at, c) in text.char_indices() {
            if c.is_ascii() || self.step(c).is_none() && !is_joining(c) {
                written.last = Some((c, c));
                continue;
            }
            written.out.push_str(&text[done..at]);
            done = at + c.len_utf8();
            self.put(c, c, CHAIN, &mut written);
        }
        written.out.push_str(&text[done..]);
    }

    /// Writes what is written for `c`, to which `source` was led.
    fn put(self, c: char, source: char, chain: usize, written: &mut Written) {
        match self.step(c) {
            Some(next) if chain > 0 => {
                let parts = next.chars().count();
                for part in next.chars() {
                    let source = if parts == 1 { source } else { part };
                    self.put(part, source, chain - 1, written);
                }
            }
            _ => self.join(c, source, written),
        }
    }

    /// Writes a character that no layer knows alone, joined to the last one where a layer says so.
    fn join(self, c: char, source: char, written: &mut Written) {
        if let Some((last, behind)) = written.last {
            if is_selector(c) && self.drops(last, behind, c) {
                return;
            }
            if let (true, Some(mark)) = (self.has(Layer::Width), voicing(c))
                && let Some(voiced) = compose(last, mark).filter(|_| is_kana(last))
            {
                written.out.pop();
                written.push(voiced, voiced);
                return;
            }
        }
        written.push(c, source);
    }

    /// Whether a selector goes: after an ideograph, or after a form on the way to the last character.
    fn drops(self, last: char, behind: char, selector: char) -> bool {
        if self.has(Layer::Ivs) && is_ideograph(last) {
            return true;
        }
        let mut form = Some(behind).filter(|_| self.has(Layer::Canonical));
        for _ in 0..CHAIN {
            let Some(base) = form else { break };
            if self.table.is_sequence(base, selector) {
                return true;
            }
            form = self.step(base).and_then(|next| next.chars().next());
        }
        false
    }

    /// Whether two texts are written alike.
    pub fn same(self, a: &str, b: &str) -> bool {
        let (mut left, mut right) = (a.chars(), b.chars());
        let mut alike = true;
        loop {
            // Where every character is written as one and joins none, each is compared alone.
            match (left.next(), right.next()) {
                (None, None) => return alike,
                (Some(one), Some(other)) if one == other && !is_joining(one) => {}
                (Some(one), Some(other)) => match (self.alone(one), self.alone(other)) {
                    (Some(one), Some(other)) => alike &= one == other,
                    _ => break,
                },
                (Some(rest), None) | (None, Some(rest)) => match self.alone(rest) {
                    Some(_) => alike = false,
                    None => break,
                },
            }
        }
        let (mut one, mut other) = (String::new(), String::new());
        self.write(a, &mut one);
        self.write(b, &mut other);
        one == other
    }

    /// What a character is written as, if it is one that joins none before it.
    fn alone(self, c: char) -> Option<char> {
        let folded = self.fold(c);
        let is_one = folded != c || self.step(c).is_none();
        (is_one && !is_joining(folded)).then_some(folded)
    }
}

impl Written<'_> {
    fn push(&mut self, c: char, source: char) {
        self.out.push(c);
        self.last = Some((c, source));
    }
}

/// Whether a character may join the one before it.
fn is_joining(c: char) -> bool {
    is_selector(c) || voicing(c).is_some()
}

/// Whether a character chooses a form of the one before it.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Unified and compatibility ideographs, with 々, 〆 and 〇.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FE}')
}

/// The combining mark of a voicing mark that stands alone or combines.
fn voicing(c: char) -> Option<char> {
    match c {
        '\u{3099}' | '\u{309B}' => Some('\u{3099}'),
        '\u{309A}' | '\u{309C}' => Some('\u{309A}'),
        _ => None,
    }
}
