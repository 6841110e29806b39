//! What a character is to a sentence.

/// What a character is to a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Closes a sentence.
    End,
    /// Closes a sentence where it can be nothing else.
    Weak,
    Line,
    Space,
    /// Brackets of one family belong together.
    Open(u8),
    Close(u8),
    /// A quote that opens and closes.
    Quote(u8),
    Other,
}

/// Families of brackets and quotes.
pub(super) const FAMILIES: usize = 18;
pub(super) const SINGLE: u8 = 1;

#[rustfmt::skip]
pub(super) fn mark(c: char) -> Mark {
    match c {
        '\u{3040}'..='\u{9fff}' => Mark::Other, // kana and kanji, the most of a text
        '。' | '！' | '？' | '｡' | '‼' | '⁇' | '⁈' | '⁉' | '‽' | '︒' | '︕' | '︖' | '﹖' | '﹗'
        | '❓' | '❔' | '❕' | '❗' => Mark::End,
        '.' | '!' | '?' | '．' => Mark::Weak,
        '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Mark::Line,
        ' ' | '\u{3000}' => Mark::Space,
        '「' | '｢' | '﹁' => Mark::Open(2),      '」' | '｣' | '﹂' => Mark::Close(2),
        '『' | '﹃' => Mark::Open(3),            '』' | '﹄' => Mark::Close(3),
        '（' | '(' | '︵' => Mark::Open(4),      '）' | ')' | '︶' => Mark::Close(4),
        '【' | '︻' => Mark::Open(5),            '】' | '︼' => Mark::Close(5),
        '〔' | '︹' => Mark::Open(6),            '〕' | '︺' => Mark::Close(6),
        '［' | '[' => Mark::Open(7),             '］' | ']' => Mark::Close(7),
        '｛' | '{' | '︷' => Mark::Open(8),      '｝' | '}' | '︸' => Mark::Close(8),
        '〈' | '︿' | '⟨' => Mark::Open(9),      '〉' | '﹀' | '⟩' => Mark::Close(9),
        '《' | '︽' | '≪' | '⟪' => Mark::Open(10), '》' | '︾' | '≫' | '⟫' => Mark::Close(10),
        '“' => Mark::Open(11),                   '”' => Mark::Close(11),
        '‘' => Mark::Open(SINGLE),               '’' => Mark::Close(SINGLE),
        '〝' => Mark::Open(12),                  '〞' | '〟' => Mark::Close(12),
        '〖' => Mark::Open(13),                  '〗' => Mark::Close(13),
        '〘' => Mark::Open(14),                  '〙' => Mark::Close(14),
        '〚' => Mark::Open(15),                  '〛' => Mark::Close(15),
        '｟' | '⦅' => Mark::Open(16),            '｠' | '⦆' => Mark::Close(16),
        '«' => Mark::Open(17),                   '»' => Mark::Close(17),
        '"' | '＂' => Mark::Quote(0),
        '\'' | '＇' => Mark::Quote(SINGLE),
        _ if c.is_whitespace() => Mark::Space,
        _ => Mark::Other,
    }
}

/// Where the first character at `at` or behind it stands that is not sure to be white space, but
/// no line end, or [`Mark::Other`].
pub(super) fn plain(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            0xe3 if bytes.get(at + 1) != Some(&0x80) => 3, // kana
            _ if stops(byte) => break,
            _ => 1,
        };
    }
    at
}

#[rustfmt::skip]
fn stops(byte: u8) -> bool {
    matches!(byte,
        b'\n'..=b'\r' | b'!' | b'"' | b'\'' | b'(' | b')' | b'.' | b'?' | b'[' | b']' | b'{' | b'}'
        | 0xc2 | 0xe2 | 0xe3 | 0xef)
}

pub(super) fn char_before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    text[at..].chars().next()
}

/// Bytes of white space that a text begins with, without line ends.
pub(super) fn space(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c| mark(c) == Mark::Space).len()
}

/// Letters of alphabets that have small ones: Latin, Greek, Cyrillic, Armenian.
pub(super) fn latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c, 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
        || (matches!(c, '\u{aa}'..='\u{58f}') && c.is_alphabetic())
}

/// Bytes of the emoji, or of the first character of one, that a text begins with.
///
/// Blocks rather than the exact list: new emoji come every year, and the other symbols there
/// decorate as emoji do. ✓, ☞, ★ and their like head items of lists.
pub(super) fn emoji(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    let (bare, colored) = match rest.strip_prefix('\u{fe0f}') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let found = match first {
        '0'..='9' | '#' | '*' => bare.starts_with('\u{20e3}'),
        // What ZWJ joins is one emoji, whatever it is alone.
        '\u{200d}' => {
            let joined = rest.chars().next().filter(|c| matches!(c, '\u{2190}'..='\u{2bff}'))?;
            return Some(first.len_utf8() + joined.len_utf8());
        }
        '©' | '®' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙' => colored,
        '\u{2190}'..='\u{2bff}' if colored => true,
        _ => matches!(first,
            '\u{2600}'..='\u{2604}' | '☇'..='☏' | '☓'..='☙' | '☝' | '☠'..='✒' | '✙'..='❧'
            | '➕'..='➗' | '➰' | '➿' | '⌚' | '⌛' | '⏩'..='⏳' | '⏸'..='⏺' | '◽' | '◾' | '⬛' | '⬜' | '⭐'
            | '⭕'
            | '\u{1f000}'..='\u{1faff}'),
    };
    found.then_some(first.len_utf8())
}

/// Characters that belong to the one before them.
pub(super) fn extends(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{e0020}'..='\u{e007f}'
        | '\u{e0100}'..='\u{e01ef}')
}
