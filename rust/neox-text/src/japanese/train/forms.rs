//! The script of a character, and the form that stands for its other forms.

use crate::japanese::heterographs::{Layer, fold_in};
use std::collections::HashMap;
use unicode_normalization::char::decompose_canonical;

/// Entries of several characters stay within one script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Script {
    Hiragana,
    /// With the long vowel.
    Katakana,
    /// With 々, 〆, ヶ and 〇, which are read with them.
    Kanji,
    Latin,
    WideLatin,
    Digit,
    WideDigit,
    /// Punctuation of ASCII and of Japanese.
    Symbol,
    /// What is always a token by itself: spaces, other alphabets, and what the file or the tags
    /// give a meaning (`,`, `<`, `>`).
    Other,
}

impl Script {
    pub(super) fn of(c: char) -> Self {
        match c {
            '\u{3041}'..='\u{3096}' | 'ゝ' | 'ゞ' => Self::Hiragana,
            'ヶ' | '々' | '〆' | '〇' => Self::Kanji,
            '\u{30a1}'..='\u{30fa}' | 'ー' | 'ヽ' | 'ヾ' => Self::Katakana,
            'a'..='z' | 'A'..='Z' => Self::Latin,
            'ａ'..='ｚ' | 'Ａ'..='Ｚ' => Self::WideLatin,
            '0'..='9' => Self::Digit,
            '０'..='９' => Self::WideDigit,
            ',' | '<' | '>' => Self::Other,
            '!'..='~'
            | '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{205e}'
            | '\u{3001}'..='\u{3020}'
            | '・'
            | '\u{ff01}'..='\u{ff5e}' => Self::Symbol,
            _ if is_ideograph(c) => Self::Kanji,
            _ => Self::Other,
        }
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c),
        0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

/// Other forms of kanji, and half-width kana: which form stands for them.
///
/// All else keeps its own entry, so that it comes back from decoding as it was written.
pub(super) struct Forms {
    of: HashMap<char, char>,
    others: HashMap<char, Vec<char>>,
}

impl Forms {
    pub(super) fn new(layers: &[Layer]) -> Self {
        let radicals = '\u{2e80}'..='\u{2fdf}';
        let half_width = '\u{ff61}'..='\u{ff9f}';
        let ideographs = ('\u{3400}'..='\u{faff}').chain('\u{20000}'..='\u{323af}');
        let mut made = Self { of: HashMap::new(), others: HashMap::new() };
        for c in radicals.chain(ideographs.filter(|c| is_ideograph(*c))).chain(half_width) {
            let form = fold_in(c, layers);
            if form != c {
                made.of.insert(c, form);
                made.others.entry(form).or_default().push(c);
            }
        }
        made
    }

    /// The form that stands for a character, mostly itself.
    pub(super) fn of(&self, c: char) -> char {
        self.of.get(&c).copied().unwrap_or(c)
    }

    /// The characters that a form stands for, without itself, in order.
    pub(super) fn others(&self, form: char) -> &[char] {
        self.others.get(&form).map_or(&[], Vec::as_slice)
    }

    /// Half-width kana with the mark that voices it, where a character is voiced.
    pub(super) fn half_voiced(&self, c: char) -> Option<String> {
        let (mut base, mut mark) = (None, None);
        decompose_canonical(c, |part| match part {
            '\u{3099}' => mark = Some('ﾞ'),
            '\u{309a}' => mark = Some('ﾟ'),
            part => base = Some(part),
        });
        let half = self.others(base?).iter().find(|other| **other >= '\u{ff61}')?;
        Some([*half, mark?].iter().collect())
    }
}
