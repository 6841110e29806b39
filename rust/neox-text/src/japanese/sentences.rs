//! Sentences of Japanese text.
//!
//! What closes a sentence:
//!
//! * `。 ！ ？` and their like, `．`, and ASCII `. ! ?` where they can be nothing else (`ends`). With
//!   them go the marks, closing brackets and quotes, emoji and kaomoji that follow (`marks`,
//!   `face`), and white space, up to the last line end in it if it has one: what is left indents
//!   the next line.
//! * A line end, unless there is nothing but white space before it.
//!
//! Nothing between a bracket or quote and its partner closes a sentence (`brackets`). But where a
//! bracket holds a whole sentence, end and all, and another bracket opens behind it, two persons
//! speak: `「はい。」「いいえ。」` are two sentences.

mod brackets;
mod ends;
mod face;
mod marks;
#[cfg(test)]
mod tests;

use brackets::{Pair, pairs};
use ends::ends;
use face::face;
use marks::{Mark, char_at, emoji, extends, mark, plain, space};

/// The sentences of a text; joined they give the text, and none is empty.
///
/// Time is linear in the text. White space alone is one sentence.
///
/// ```
/// # use neox_text::japanese::sentences::split_sentences;
/// let text = "「行く。帰る。」と言った。楽しい！😀次の文。";
/// assert_eq!(split_sentences(text), ["「行く。帰る。」と言った。", "楽しい！😀", "次の文。"]);
/// ```
pub fn split_sentences(text: &str) -> Vec<&str> {
    let mut walk = Walk { text, pairs: pairs(text), next: 0 };
    let (mut found, mut start) = (Vec::new(), 0);
    while start < text.len() {
        let end = walk.sentence(start);
        found.push(&text[start..end]);
        start = end;
    }
    found
}

struct Walk<'a> {
    text: &'a str,
    pairs: Vec<Pair>,
    /// The first pair that begins at the present place or behind it.
    next: usize,
}

impl Walk<'_> {
    /// The end of the sentence that begins at `start`.
    fn sentence(&mut self, start: usize) -> usize {
        let (mut at, mut blank) = (start, true);
        loop {
            if !blank {
                at = plain(self.text, at);
            }
            let Some(c) = char_at(self.text, at) else { return at };
            if let Some(pair) = self.pair_at(at) {
                at = pair.end;
                if blank && pair.ended {
                    let end = self.behind(at);
                    if self.opens(end) {
                        return end;
                    }
                }
                blank = false;
                continue;
            }
            match mark(c) {
                Mark::Line if !blank => return self.margin(at),
                Mark::Line | Mark::Space => {}
                Mark::End | Mark::Weak => {
                    let (closes, stop) = ends(self.text, at, c);
                    if closes {
                        return self.behind(stop);
                    }
                    blank = false;
                    at = stop;
                    continue;
                }
                _ => blank = false,
            }
            at += c.len_utf8();
        }
    }

    /// The pair that begins at `at`, which must not lie before the last place asked for.
    fn pair_at(&mut self, at: usize) -> Option<Pair> {
        while self.pairs.get(self.next).is_some_and(|pair| pair.start < at) {
            self.next += 1;
        }
        self.pairs.get(self.next).filter(|pair| pair.start == at).copied()
    }

    fn opens(&mut self, at: usize) -> bool {
        let opens = |c| matches!(mark(c), Mark::Open(_));
        self.pair_at(at).is_some() || char_at(self.text, at).is_some_and(opens)
    }

    /// The end of a sentence whose closing mark ends at `at`.
    fn behind(&mut self, mut at: usize) -> usize {
        loop {
            at = self.belongs(at);
            // Emoji apart belong to it too, if nothing follows them directly.
            let apart = at + space(&self.text[at..]);
            let end = decorations(self.text, apart);
            let free = || char_at(self.text, end).is_none_or(char::is_whitespace);
            if apart == at || end == apart || !free() {
                return self.margin(at);
            }
            at = end;
        }
    }

    /// Where the marks, closing brackets and quotes, emoji and kaomoji that begin at `at` end.
    fn belongs(&mut self, mut at: usize) -> usize {
        loop {
            at = decorations(self.text, at);
            let Some(c) = char_at(self.text, at) else { return at };
            let next = at + c.len_utf8();
            at = match mark(c) {
                Mark::Close(_) => next,
                Mark::Quote(_) if self.pair_at(at).is_none() && !word(self.text, next) => next,
                Mark::End | Mark::Weak => match ends(self.text, at, c) {
                    (true, stop) => stop,
                    (false, _) => return at,
                },
                _ => return at,
            }
        }
    }

    /// Of the white space at `at`, the end of its last line end; without one, or where the text
    /// ends, the end of it all.
    fn margin(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let white = rest.trim_start();
        let all = rest.len() - white.len();
        if white.is_empty() {
            return self.text.len();
        }
        let line = rest[..all].char_indices().rfind(|&(_, c)| mark(c) == Mark::Line);
        at + line.map_or(all, |(place, c)| place + c.len_utf8())
    }
}

/// Where the emoji and kaomoji that begin at `at` end.
fn decorations(text: &str, mut at: usize) -> usize {
    while let Some(c) = char_at(text, at) {
        let rest = &text[at..];
        at += match emoji(rest).or_else(|| face(rest)) {
            Some(length) => length,
            None if extends(c) => c.len_utf8(),
            None => break,
        };
    }
    at
}

/// Whether a word of ASCII begins at `at`: then a straight quote before it opens one.
fn word(text: &str, at: usize) -> bool {
    char_at(text, at).is_some_and(|c| c.is_ascii_alphanumeric())
}
