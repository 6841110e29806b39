//! Kaomoji: `(^_^)`, `(；´∀｀)`, `m(_ _)m`, `（笑）`, `^^;`.

use super::marks::{Mark, mark};

/// Characters between the brackets at most.
const WIDTH: usize = 12;
const CARETS: [char; 8] = ['^', '＾', '_', '＿', ';', '；', '-', '▽'];

/// Bytes of the kaomoji that a text begins with.
///
/// It is a pair of round brackets with eyes and a mouth: signs, single letters and half-width
/// kana, but no word, number, or mark that closes a sentence. Arms before and behind belong to
/// it. `(笑)` and its like count as kaomoji, and so do carets such as `^_^`.
pub(super) fn face(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if matches!(first, '^' | '＾') {
        let rest = text.trim_start_matches(CARETS);
        return (text[first.len_utf8()..].len() > rest.len()).then(|| text.len() - rest.len());
    }
    let inner = text.strip_prefix(left_arm).unwrap_or(text).strip_prefix(['(', '（'])?;
    let length = inner.char_indices().take(WIDTH + 1).find(|(_, c)| matches!(c, ')' | '）'))?.0;
    let (inside, rest) = (&inner[..length], &inner[length..]);
    if !laughs(inside) && !looks(inside) {
        return None;
    }
    let rest = rest.strip_prefix([')', '）'])?;
    Some(text.len() - right_arm(rest).len())
}

fn laughs(inside: &str) -> bool {
    !inside.is_empty() && inside.chars().all(|c| "笑泣汗怒爆涙苦驚照謎".contains(c))
}

fn looks(inside: &str) -> bool {
    let mut signs = 0;
    let mut letter = false;
    for c in inside.chars() {
        let sign = "^＾_＿;；´｀`∀ω￣ﾟ゜゛°≧≦><＞＜*＊・･ー-∇▽◇□◎○σεзДд￢¬ﾉ～~".contains(c);
        let part = sign || "ェエｪｴヮへゝゞヾメ人艸瓜井益皿".contains(c);
        let is_letter = c.is_ascii_alphabetic() || matches!(c, 'Ａ'..='Ｚ' | 'ａ'..='ｚ');
        let kana = matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
        let other = !matches!(mark(c), Mark::Other | Mark::Space | Mark::Quote(_));
        if (is_letter && letter) || (!part && (kana || other || c.is_numeric())) {
            return false;
        }
        signs += usize::from(sign);
        letter = is_letter;
    }
    signs > 0 && inside.chars().nth(1).is_some()
}

fn left_arm(c: char) -> bool {
    "mｍoｏdｄvｖpφσΣヽヾ＼\\／|｜┐╰⊂".contains(c)
}

/// The text without the arm that it begins with; the first letter of a word is none.
fn right_arm(text: &str) -> &str {
    let mut chars = text.chars();
    let arm = chars.next().unwrap_or(' ');
    let next = chars.next().unwrap_or(' ');
    let hand = match arm {
        'm' | 'ｍ' | 'o' | 'ｏ' | 'b' | 'ｂ' | 'v' | 'ｖ' | 'V' | 'd' | 'y' | 'q' => {
            !next.is_ascii_alphanumeric()
        }
        'ノ' | 'シ' => !matches!(next, '\u{30a1}'..='\u{30ff}'),
        _ => false,
    };
    let rest = if hand { &text[arm.len_utf8()..] } else { text };
    rest.trim_start_matches(|c| "ﾉ／/＼\\|｜┌┘╯彡♪☆-~～゛ゞ".contains(c))
}
