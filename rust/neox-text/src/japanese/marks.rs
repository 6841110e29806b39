//! Marks that join the character before them: voicing marks and variation selectors.

use super::options::Options;
use std::ops::RangeInclusive;

/// Voicing marks, combining, spacing and half-width.
const VOICING: &str = "\u{3099}\u{309a}゛゜ﾞﾟ";

const SELECTORS: [RangeInclusive<char>; 2] = ['\u{fe00}'..='\u{fe0f}', '\u{e0100}'..='\u{e01ef}'];

/// The marks that the options let join.
pub fn all(options: &Options) -> impl Iterator<Item = char> {
    let voicing = VOICING.chars().filter(|_| options.compose);
    voicing.chain(SELECTORS.into_iter().flatten().filter(|_| options.strip_ivs))
}

/// What a mark makes of the character before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// Another character.
    Composed(char),
    /// The same one; the mark goes.
    Same,
}

/// Whether a mark joins the character before it.
pub fn join(before: char, mark: char, options: &Options) -> Option<Joined> {
    if VOICING.contains(mark) {
        let voiced = matches!(mark, '\u{3099}' | '゛' | 'ﾞ');
        let mark = if voiced { '\u{3099}' } else { '\u{309a}' };
        return options.compose.then(|| compose(before, mark).map(Joined::Composed))?;
    }
    (options.strip_ivs && is_ideograph(before)).then_some(Joined::Same)
}

fn compose(before: char, mark: char) -> Option<char> {
    const HALF: &str = "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎﾜｦ";
    const FULL: &str = "ウカキクケコサシスセソタチツテトハヒフヘホワヲ";
    let half = HALF.chars().position(|half| half == before);
    let full = half.and_then(|at| FULL.chars().nth(at)).unwrap_or(before);
    unicode_normalization::char::compose(full, mark)
}

/// Whether a variation selector may follow.
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c),
        0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}
