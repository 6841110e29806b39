//! The slow twin: partners by looking back from each closing bracket, sentences by asking at each
//! place. It shares what single characters are, and when a mark closes; tables hold those.

use super::brackets::REACH;
use super::*;
use marks::{SINGLE, latin};
use proptest::prelude::*;

struct Twin<'a> {
    text: &'a str,
    /// Bytes of opening brackets, and of the ends of their partners, in the order of the latter.
    pairs: Vec<(usize, usize, bool)>,
}

struct Waiting {
    at: usize,
    family: u8,
    brief: bool,
}

impl<'a> Twin<'a> {
    fn new(text: &'a str) -> Self {
        let mut twin = Self { text, pairs: Vec::new() };
        let mut waiting: Vec<Waiting> = Vec::new();
        let (mut at, mut ended) = (0, false);
        while let Some(c) = char_at(text, at) {
            let mut stop = at + c.len_utf8();
            let last = text[..at].chars().next_back().unwrap_or(' ');
            let next = char_at(text, stop).unwrap_or(' ');
            let partner = |family| {
                let fits = |open: &Waiting| {
                    let lines = lines(&text[open.at..at]);
                    open.family == family && lines <= if open.brief { 0 } else { REACH }
                };
                waiting.iter().rposition(fits)
            };
            let brief = |family| partner(family).is_some_and(|found| waiting[found].brief);
            let mut closing = None;
            match mark(c) {
                _ if ended && face(&text[at..]).is_some() => {
                    stop = at + face(&text[at..]).unwrap();
                }
                Mark::End | Mark::Weak => (ended, stop) = ends(text, at, c),
                Mark::Open(family) => {
                    waiting.push(Waiting { at, family, brief: c.is_ascii() || family == SINGLE });
                    ended = false;
                }
                Mark::Close(_) if c == '’' && latin(last) && latin(next) => {}
                Mark::Close(family) => closing = partner(family),
                Mark::Quote(family) if brief(family) && !next.is_ascii_alphanumeric() => {
                    closing = partner(family);
                }
                Mark::Quote(family) if !last.is_ascii_alphanumeric() && !next.is_whitespace() => {
                    waiting.push(Waiting { at, family, brief: true });
                    ended = false;
                }
                Mark::Other => ended &= extends(c) || emoji(&text[at..]).is_some(),
                _ => {}
            }
            if let Some(found) = closing {
                twin.pairs.push((waiting[found].at, stop, ended));
                waiting.truncate(found);
            }
            at = stop;
        }
        twin
    }

    /// The outermost pair around the character at `at`, the brackets among it.
    fn pair(&self, at: usize) -> Option<(usize, usize, bool)> {
        let around = self.pairs.iter().filter(|pair| pair.0 <= at && at < pair.1);
        around.copied().min_by_key(|pair| pair.0)
    }

    fn sentences(&self) -> Vec<&'a str> {
        let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
        while let Some(c) = char_at(self.text, at) {
            let said = !self.text[start..at].trim().is_empty();
            let (mut end, mut stop) = (None, at + c.len_utf8());
            if let Some((_, close, ended)) = self.pair(at) {
                stop = close;
                end = (ended && !said).then(|| self.tail(stop)).filter(|&end| {
                    self.pair(end).is_some()
                        || char_at(self.text, end).is_some_and(|c| matches!(mark(c), Mark::Open(_)))
                });
            } else if mark(c) == Mark::Line && said {
                end = Some(margin(self.text, at));
            } else if matches!(mark(c), Mark::End | Mark::Weak) {
                let (closes, after) = ends(self.text, at, c);
                (end, stop) = (closes.then(|| self.tail(after)), after);
            }
            at = end.unwrap_or(stop);
            if end.is_some() || at == self.text.len() {
                found.push(&self.text[start..at]);
                start = at;
            }
        }
        found
    }

    /// As `Walk::behind`, a step a call.
    fn tail(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let Some(c) = char_at(rest, 0) else { return at };
        if let Some(length) = emoji(rest).or_else(|| face(rest)) {
            return self.tail(at + length);
        }
        let next = at + c.len_utf8();
        let quoting = || char_at(self.text, next).is_some_and(|c| c.is_ascii_alphanumeric());
        match mark(c) {
            Mark::Other if extends(c) => self.tail(next),
            Mark::Close(_) => self.tail(next),
            Mark::Quote(_) if self.pair(at).is_none() && !quoting() => self.tail(next),
            Mark::End | Mark::Weak => match ends(self.text, at, c) {
                (true, stop) => self.tail(stop),
                (false, _) => at,
            },
            Mark::Space => {
                let apart = at + space(rest);
                let end = decorations(self.text, apart);
                let free = char_at(self.text, end).is_none_or(char::is_whitespace);
                if end > apart && free { self.tail(end) } else { margin(self.text, at) }
            }
            Mark::Line => margin(self.text, at),
            _ => at,
        }
    }
}

/// Line ends of a text, CRLF as one.
fn lines(text: &str) -> usize {
    text.replace("\r\n", "\n").chars().filter(|&c| mark(c) == Mark::Line).count()
}

fn margin(text: &str, at: usize) -> usize {
    let white: String = text[at..].chars().take_while(|c| c.is_whitespace()).collect();
    let indent = white.chars().rev().take_while(|&c| mark(c) != Mark::Line);
    let indent: usize = indent.map(char::len_utf8).sum();
    let all = at + white.len();
    if all == text.len() || indent == white.len() { all } else { all - indent }
}

/// Texts of what sentences are made of; each string is a kind of trouble.
fn text() -> impl Strategy<Value = String> {
    let pieces = |text: &'static str| prop::sample::select(text.split('|').collect::<Vec<_>>());
    let piece = prop_oneof![
        6 => pieces("。|！|？|！？|. |.|!|?|...|．|。。|❗|3.14|e.g.|Mr. |OK!|a!=b|?q"),
        6 => pieces("「|」|『|』|（|）|(|)|[|]|“|”|‘|’|\"|'|｢|［|〝|〟"),
        4 => pieces("あ|漢字|ノ|a|word|Word| don’t|it's|1|ｱ|と|次の文"),
        3 => pieces(" |　|  |\t|\n|\r\n|\r|\n\n|\u{2028}|\u{b}|\u{85}|\n　"),
        3 => pieces("😀|❤️|👨‍👩‍👧|👋🏻|🇯🇵|🇯|1️⃣|♪|★|\u{200d}|\u{fe0f}|\u{301}|🏴‍☠️|🙂‍↔|🏻"),
        2 => pieces("(^_^)|（笑）|m(_ _)m|^^;|(注)|（＾＾）ノ|('ω')|(;_;|^"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8000.max(ProptestConfig::default().cases),
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn as_the_twin(text in text()) {
        prop_assert_eq!(split_sentences(&text), Twin::new(&text).sentences());
    }

    #[test]
    fn many_lines_as_the_twin(pieces in prop::collection::vec("[「」（(）)あ。\\n]{1,5}", 0..60)) {
        let text = pieces.join("\n");
        prop_assert_eq!(split_sentences(&text), Twin::new(&text).sentences());
    }

    #[test]
    fn joined_they_give_any_text(text in any::<String>()) {
        let found = split_sentences(&text);
        prop_assert!(!found.contains(&""));
        prop_assert_eq!(found.concat(), text);
    }
}
