//! The three patterns of prices, with U for the twelve units 円, ドル, ユーロ alone or behind 千, 万,
//! 千万, and T for `\(税込\)|\(税抜\)|\+tax`:
//!
//! ```text
//! Hf        (?:\d,\d{3}|[\d億])*+(?:\d,\d{3}|[\d万])*+(?:\d,\d{3}|[\d千])*+U+T*
//! HfPy310   (?:\d,\d{3}|[\d億万千])*U+T*
//! Original  (N*億)*(N*万)*(N*千)*N*U+T*        N = 0|[1-9]\d*|[1-9]\d{0,2}(,\d{3})+
//! ```
//!
//! What stands before the unit is digits, commas, 億, 万 and 千, so a price lies between the nearest
//! other character and its unit, and where it begins does not change where it ends. Each pattern
//! is an automaton, run from the unit leftwards: of each place, the set of parts of the pattern
//! from which the unit can be reached. The leftmost place where its first part can is the start.

use super::kinds::{
    BAR, DO, EXCLUDED, INCLUDED, MYRIAD, OKU, RO, RU, TAX, THOUSAND, YEN, YU, is_digit,
};
use super::page::Page;
use super::{Price, Tag};

/// The sets of parts at the five places behind this one.
type Behind = [u16; 5];
/// The set of parts where `rest` begins, the text up to the unit; a unit may begin there too.
type Step = fn(rest: &[u8], behind: &Behind, is_unit: bool) -> u16;

pub(super) fn reference(page: &mut Page, price: Price) {
    let (step, first): (Step, u16) = match price {
        Price::Hf => (hf, 4),
        Price::HfPy310 => (hf_py310, 1),
        Price::Original => (original, 0xF),
    };
    let mut at = 0;
    while let Some(skipped) = memchr::memchr3(YEN, DO, YU, &page.kinds[at..]) {
        let money = at + skipped;
        at = money + 1;
        let Some(mut end) = unit(page, money) else { continue };
        let start = leftmost(page, money, step, first);
        while let Some(more) = scaled_unit(page, end) {
            end = more;
        }
        while let Some(more) = tax(page, end) {
            end = more;
        }
        page.take(start, end, Tag::Price);
        at = end;
    }
}

/// The end of the unit that begins at a place.
pub(super) fn unit(page: &Page, place: usize) -> Option<usize> {
    let words: [&[u8]; 3] = [&[YEN], &[DO, RU], &[YU, BAR, RO]];
    words.into_iter().find(|word| page.starts(place, word)).map(|word| place + word.len())
}

/// The same, where 千, 万 or 千万 may be before it.
fn scaled_unit(page: &Page, place: usize) -> Option<usize> {
    let place = place + usize::from(page.at(place) == THOUSAND);
    unit(page, place + usize::from(page.at(place) == MYRIAD))
}

fn tax(page: &Page, place: usize) -> Option<usize> {
    let words: [&[u8]; 3] = [&[b'(', TAX, INCLUDED, b')'], &[b'(', TAX, EXCLUDED, b')'], b"+tax"];
    words.into_iter().find(|word| page.starts(place, word)).map(|word| place + word.len())
}

/// The leftmost place from which `first` reaches the unit at `money`.
fn leftmost(page: &Page, money: usize, step: Step, first: u16) -> usize {
    let in_price = |k: u8| is_digit(k) || matches!(k, b',' | OKU | MYRIAD | THOUSAND);
    let mut behind = Behind::default();
    let mut start = money;
    for place in (page.back(money, in_price)..=money).rev() {
        let rest = &page.kinds[place..money];
        let is_unit = matches!(rest, [] | [THOUSAND | MYRIAD] | [THOUSAND, MYRIAD]);
        let parts = step(rest, &behind, is_unit);
        if parts & first != 0 {
            start = place;
        }
        behind = [parts, behind[0], behind[1], behind[2], behind[3]];
    }
    start
}

/// Whether `\d,\d{3}` begins here.
fn is_group(rest: &[u8]) -> bool {
    matches!(rest, &[a, b',', b, c, d, ..] if [a, b, c, d].into_iter().all(is_digit))
}

/// 4, 2, 1: from the loop of 億, of 万, of 千. Each takes what it can, then it is the next one's turn.
fn hf(rest: &[u8], behind: &Behind, is_unit: bool) -> u16 {
    let near = behind[0];
    let last = u16::from(is_unit);
    match rest {
        _ if is_group(rest) => behind[4],
        [kind, ..] if is_digit(*kind) => near,
        [OKU, ..] => near & 4,
        [MYRIAD, ..] => (near & 2) * 3 | last,
        [THOUSAND, ..] => (near & 1) * 7,
        _ => last * 7,
    }
}

fn hf_py310(rest: &[u8], behind: &Behind, is_unit: bool) -> u16 {
    match rest {
        _ if is_group(rest) => behind[0] | behind[4],
        [b',', ..] => 0,
        [_, ..] => behind[0],
        [] => u16::from(is_unit),
    }
}

/// 1, 2, 4, 8: N* before the unit, and within the loops of 千, 万 and 億. These four also shifted by
/// `RUN`, of all places from here to the end of the digits; shifted by `GROUPS`, of all places that
/// `(,\d{3})+` can reach from here.
fn original(rest: &[u8], behind: &Behind, is_unit: bool) -> u16 {
    const RUN: u16 = 4;
    const GROUPS: u16 = 8;
    let near = behind[0] & 0xF;
    let parts = match rest {
        [b'0', ..] => near,
        [b'1'..=b'9', ..] => {
            let comma = (0..3).find(|&i| rest.get(i + 1) == Some(&b','));
            let comma = comma.filter(|&i| rest[1..=i].iter().all(|&k| is_digit(k)));
            behind[0] >> RUN & 0xF | comma.map_or(0, |i| behind[i] >> GROUPS)
        }
        [THOUSAND, ..] if near & 3 != 0 => 2,
        [MYRIAD, ..] if near & 7 != 0 => 4,
        [OKU, ..] if near != 0 => 8,
        [b',', a, b, c, ..] if [*a, *b, *c].into_iter().all(is_digit) => {
            return (behind[3] & 0xF | behind[3] >> GROUPS) << GROUPS;
        }
        _ => 0,
    } | u16::from(is_unit);
    let runs_on = rest.first().is_some_and(|&k| is_digit(k));
    parts | parts << RUN | if runs_on { behind[0] & 0xF << RUN } else { 0 }
}
