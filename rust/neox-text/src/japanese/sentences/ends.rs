//! Whether a mark closes a sentence.
//!
//! `. ! ? ．` have other uses: `3.14`, `e.g.`, `Mr. X`, `Yahoo!ニュース`, `a != b`, `/find?q=1`. They
//! close only where none of these can be meant.

use super::marks::{Mark, char_at, emoji, latin, mark, space};

/// Shortened words that a name or a number follows.
const SHORT: [&str; 31] = [
    "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Mt", "No", "Nos", "Fig", "Figs", "Eq", "Sec", "Vol",
    "vol", "Ch", "Jr", "Sr", "Inc", "Co", "Ltd", "Corp", "Bros", "vs", "cf", "pp", "ed", "eds",
    "etc", "al", "ca",
];

/// The name with a mark that Japanese texts are full of.
const NAME: &str = "Yahoo";

/// Whether the mark `c` at `at` closes a sentence, and where it ends, with those of its kind that
/// follow.
pub(super) fn ends(text: &str, at: usize, c: char) -> (bool, usize) {
    let kind: fn(char) -> bool = match c {
        '.' | '．' => dot,
        '!' | '?' => |c| matches!(c, '!' | '?'),
        _ => return (true, at + c.len_utf8()),
    };
    let (before, rest) = (&text[..at], text[at..].trim_start_matches(kind));
    let stop = text.len() - rest.len();
    let closes = if dot(c) {
        stop == at + c.len_utf8() && stops(before, c, rest)
    } else {
        calls(before, rest)
    };
    (closes, stop)
}

fn dot(c: char) -> bool {
    matches!(c, '.' | '．')
}

/// Whether ASCII `!` and `?` between these close.
fn calls(before: &str, rest: &str) -> bool {
    let Some(last) = before.chars().next_back() else { return false };
    if latin(last) || last.is_numeric() {
        return free(rest) && last_word(before) != NAME;
    }
    behind(last) && !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '=')
}

/// Whether the one dot `c` between these closes.
fn stops(before: &str, c: char, rest: &str) -> bool {
    let Some(last) = before.chars().next_back() else { return false };
    let next = char_at(rest, 0).unwrap_or(' ');
    let joined = latin(next) || next.is_numeric();
    if !latin(last) {
        return behind(last) && !last.is_numeric() && !joined;
    }
    let word = last_word(before);
    if word.chars().nth(1).is_none() || SHORT.iter().any(|short| short.chars().eq(narrow(word))) {
        return false;
    }
    if c == '．' {
        return !joined;
    }
    let after = rest.trim_start_matches(closing);
    let next = char_at(after, space(after)).unwrap_or(' ');
    free(rest) && !next.is_lowercase()
}

/// The letters at the end of a text.
fn last_word(text: &str) -> &str {
    &text[text.trim_end_matches(latin).len()..]
}

fn narrow(word: &str) -> impl Iterator<Item = char> {
    word.chars().map(|c| match c {
        'Ａ'..='ｚ' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    })
}

/// Whether a mark behind this character can close something: it is no symbol of code.
fn behind(last: char) -> bool {
    match mark(last) {
        Mark::Other => !last.is_ascii_graphic() || last.is_ascii_alphanumeric() || last == '%',
        Mark::Open(_) | Mark::Space | Mark::Line => false,
        _ => true,
    }
}

/// Whether white space, the end, another end or an emoji follows, after closing brackets or not.
fn free(rest: &str) -> bool {
    let rest = rest.trim_start_matches(closing);
    char_at(rest, 0).is_none_or(|c| c.is_whitespace() || mark(c) == Mark::End)
        || emoji(rest).is_some()
}

fn closing(c: char) -> bool {
    matches!(mark(c), Mark::Close(_) | Mark::Quote(_))
}
