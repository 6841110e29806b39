//! An amount and its unit, with what is said of the tax: `1億2,345万円(税込)`, `¥1,200+税`.
//!
//! An amount holds a number: digits, grouped by threes or not, or a numeral that says 十, 百 or 千,
//! or counts in 万, 億 or 兆. A `$` needs two digits or more, for `$1` is a name in many languages.

use super::super::Tag;
use super::super::kinds::{
    DO, EXCLUDED, INCLUDED, MONEY, MYRIAD, NINE, OKU, TAX, TEN, THOUSAND, YEN, YU, ZERO,
};
use super::super::page::Page;
use super::super::price::unit;
use super::is_digit;

pub(super) fn find(page: &mut Page) {
    find_units(page);
    find_signs(page);
}

/// Amounts before their unit.
fn find_units(page: &mut Page) {
    let mut at = 0;
    while let Some(step) = memchr::memchr3(YEN, DO, YU, &page.kinds[at..]) {
        let money = at + step;
        at = money + 1;
        let Some(end) = unit(page, money) else { continue };
        let Some(start) = amount_before(page, money) else { continue };
        let sign = matches!(page.at(start.wrapping_sub(1)), MONEY | b'$');
        at = tax(page, end);
        page.take(start - usize::from(sign), at, Tag::Price);
    }
}

/// Amounts behind the sign of their unit.
fn find_signs(page: &mut Page) {
    let mut at = 0;
    while let Some(step) = memchr::memchr2(MONEY, b'$', &page.kinds[at..]) {
        let sign = at + step;
        at = sign + 1;
        if let Some(end) = amount_behind(page, sign) {
            at = tax(page, end);
            page.take(sign, at, Tag::Price);
        }
    }
}

/// Where the amount begins that ends at a place.
fn amount_before(page: &Page, end: usize) -> Option<usize> {
    let (mut start, mut digits, mut numerals, mut small, mut large) = (end, false, 0, false, false);
    loop {
        match page.at(start.wrapping_sub(1)) {
            ZERO..=NINE => numerals += 1,
            TEN | THOUSAND => small = true,
            MYRIAD | OKU => large = true,
            kind if is_digit(kind) => {
                digits = true;
                start = number_before(page, start);
                continue;
            }
            _ => break,
        }
        start -= 1;
    }
    (digits || small || numerals > 1 || numerals == 1 && large).then_some(start)
}

/// Where the number begins whose last digit is before a place.
fn number_before(page: &Page, end: usize) -> usize {
    let (mut start, mut stop) = (page.back(end, is_digit), end);
    if page.at(start.wrapping_sub(1)) == b'.' {
        let whole = page.back(start - 1, is_digit);
        if whole == start - 1 || page.at(whole.wrapping_sub(1)) == b'.' {
            return start; // no fraction, but the end of a sentence or a version
        }
        (start, stop) = (whole, start - 1);
    }
    while stop - start == 3 && page.at(start.wrapping_sub(1)) == b',' {
        let head = page.back(start - 1, is_digit);
        if !(1..=3).contains(&(start - 1 - head)) {
            break;
        }
        (start, stop) = (head, start - 1);
    }
    start
}

/// The end of the amount whose sign is at a place.
fn amount_behind(page: &Page, sign: usize) -> Option<usize> {
    let start = sign + 1;
    let mut end = page.run(start, is_digit);
    if end == start || page.at(start) == b'0' && end > start + 1 {
        return None;
    }
    let is_group =
        |comma: usize| page.at(comma) == b',' && page.run(comma + 1, is_digit) == comma + 4;
    if end <= start + 3 {
        while is_group(end) {
            end += 4;
        }
    }
    if page.at(end) == b'.' && is_digit(page.at(end + 1)) {
        end = page.run(end + 1, is_digit);
    }
    if page.at(sign) == b'$' && end == start + 1 {
        return None;
    }
    end = page.run(end, |k| matches!(k, THOUSAND | MYRIAD | OKU));
    let behind = page.at(end);
    let is_code =
        behind.is_ascii_alphanumeric() || behind == MONEY || b"$^_{}=\\".contains(&behind);
    (!is_code).then_some(end)
}

/// The end of what is said of the tax.
fn tax(page: &Page, mut place: usize) -> usize {
    let is_said = |at: usize| page.at(at) == TAX && matches!(page.at(at + 1), INCLUDED | EXCLUDED);
    loop {
        place += match page.at(place) {
            TAX if is_said(place) => 2,
            b'(' if is_said(place + 1) && page.at(place + 3) == b')' => 4,
            b'+' if page.at(place + 1) == TAX => 2,
            b'+' if page.starts(place, b"+tax") => 4,
            _ => return place,
        }
    }
}
