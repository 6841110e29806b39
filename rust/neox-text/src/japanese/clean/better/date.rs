//! Dates with a year and a month, with a month and a day, or with the year of an era; a day of the
//! week and a time right behind them are taken along (`time`). Numbers are digits or, with 年, 月 and
//! 日, numerals.
//!
//! ```text
//! era year 年 (month 月 (day 日)?)?     era: 令和 ㋿ …; year: 1 or 2 digits, 元
//! year 年 month 月 (day 日)?            year: 3 or 4 digits, or R2 and the like
//! year 年 month 月 day 日               year: 1 or 2 digits
//! month 月 day 日
//! year/month/day, year-month-day       year: 4 digits
//! era year.month.day                   with / and - too
//! month/day(weekday)
//! ```

mod time;

use super::super::Tag;
use super::super::kinds::{
    DAY, ERA_SIGN, ERAS, FIRST, MONTH, NINE, SPAN, TEN, THOUSAND, YEAR, ZERO,
};
use super::super::page::Page;
use super::{is_digit, is_hyphen};

pub(super) fn find(page: &mut Page) {
    find_kanji(page);
    find_signs(page);
}

fn find_kanji(page: &mut Page) {
    let mut at = 0;
    while let Some(step) = memchr::memchr2(YEAR, MONTH, &page.kinds[at..]) {
        let sign = at + step;
        at = sign + 1;
        let date = if page.at(sign) == YEAR { from_year(page, sign) } else { month(page, sign) };
        if let Some((start, end)) = date {
            at = time::behind(page, end);
            page.take(start, at, Tag::Date);
        }
    }
}

/// The date whose year ends at 年.
fn from_year(page: &Page, sign: usize) -> Option<(usize, usize)> {
    let day = day_of(page, sign + 1);
    let month = day.or_else(|| unit(page, sign + 1, 12, MONTH));
    if let Some(start) = era(page, sign) {
        let stretch = month.is_none() && page.at(sign + 1) == SPAN;
        return (!stretch).then_some((start, month.unwrap_or(sign + 1)));
    }
    let start = sign - count_before(page, sign, 4);
    let year = &page.kinds[start..sign];
    if value(year).is_none() {
        let is_year =
            year.len() > 2 && year.iter().all(|&k| is_digit(k) || matches!(k, ZERO..=NINE));
        return is_year.then_some((start, month?));
    }
    if is_letter_era(page, start.wrapping_sub(1)) {
        return Some((start - 1, month?));
    }
    Some((start, day?))
}

/// The date whose month ends at 月, and has no year.
fn month(page: &Page, sign: usize) -> Option<(usize, usize)> {
    let start = sign - count_before(page, sign, 2);
    Some((start, day_of(page, start)?))
}

/// The end of `month 月 day 日`, unless the days are counted: 3日間.
fn day_of(page: &Page, place: usize) -> Option<usize> {
    unit(page, unit(page, place, 12, MONTH)?, 31, DAY).filter(|&end| page.at(end) != SPAN)
}

/// The end of a number from 1 to `most` and the sign behind it.
fn unit(page: &Page, place: usize, most: u8, sign: u8) -> Option<usize> {
    let end = small(page, place, 1, most)?;
    (page.at(end) == sign).then_some(end + 1)
}

/// The end of a number from `least` to `most`, in one or two digits or in numerals.
fn small(page: &Page, place: usize, least: u8, most: u8) -> Option<usize> {
    let end = place + (0..4).take_while(|i| is_number(page.at(place + i))).count();
    let value = value(page.kinds.get(place..end)?)?;
    (least..=most).contains(&value).then_some(end)
}

fn is_number(kind: u8) -> bool {
    is_digit(kind) || matches!(kind, ZERO..=TEN | THOUSAND)
}

/// What one or two digits say, or numerals up to 九十九.
fn value(number: &[u8]) -> Option<u8> {
    let unit = |kind: u8| (ZERO + 1..=NINE).contains(&kind).then(|| kind - ZERO);
    Some(match *number {
        [a] if is_digit(a) => a - b'0',
        [a, b] if is_digit(a) && is_digit(b) => (a - b'0') * 10 + (b - b'0'),
        [TEN] => 10,
        [a] => unit(a)?,
        [TEN, b] => 10 + unit(b)?,
        [a, ZERO | TEN] => unit(a)? * 10,
        [a, b] | [a, TEN, b] => unit(a)? * 10 + unit(b)?,
        _ => return None,
    })
}

/// The digits or numerals right before a place; 0 where there are more than `most`.
fn count_before(page: &Page, place: usize, most: usize) -> usize {
    let before = page.kinds[..place].iter().rev().take(most + 1);
    let count = before.take_while(|&&k| is_number(k)).count();
    if count > most { 0 } else { count }
}

/// Where the era and the year of it begin that end at a place.
fn era(page: &Page, end: usize) -> Option<usize> {
    let first = page.at(end.wrapping_sub(1)) == FIRST;
    let year = end - if first { 1 } else { count_before(page, end, 3) };
    let before = &page.kinds[..year];
    match before {
        _ if !first && value(&page.kinds[year..end]).is_none() => None,
        [.., ERA_SIGN] => Some(year - 1),
        _ => ERAS.iter().any(|name| before.ends_with(name)).then(|| year - 2),
    }
}

/// Whether the letter of an era stands alone at a place: M, T, S, H, R.
fn is_letter_era(page: &Page, place: usize) -> bool {
    b"MTSHR".contains(&page.at(place)) && !page.at(place.wrapping_sub(1)).is_ascii_alphanumeric()
}

fn find_signs(page: &mut Page) {
    let is_head = |k: u8, next: u8| {
        (k.is_ascii_digit() | (k == FIRST))
            & ((next == b'/') | (next == b'.') | (next == b'-') | (next == super::BAR))
    };
    let mut at = 0;
    while let Some(digit) = page.next_pair(at, is_head) {
        at = digit + 2;
        if let Some((start, end)) = with_signs(page, digit + 1) {
            at = end;
            page.take(start, end, Tag::Date);
        }
    }
}

/// The date whose first sign is at a place.
fn with_signs(page: &Page, sign: usize) -> Option<(usize, usize)> {
    let second = small(page, sign + 1, 1, 31)?;
    if let Some(end) = small(page, sign + 1, 1, 12)
        .filter(|_| page.at(second) == page.at(sign))
        .and_then(|_| small(page, second + 1, 1, 31))
    {
        let start = era(page, sign).or_else(|| year(page, sign))?;
        let end = time::behind_signs(page, end);
        return (begins(page, start, sign) && ends(page, end, sign)).then_some((start, end));
    }
    // A day of the week makes a date of what may be a fraction.
    let start = sign - count_before(page, sign, 2);
    small(page, start, 1, 12).filter(|&end| end == sign && page.at(sign) == b'/')?;
    let end = time::weekday(page, second)?;
    begins(page, start, sign).then(|| (start, time::behind(page, end)))
}

/// Where the four digits of a year begin before `/` or a hyphen.
fn year(page: &Page, sign: usize) -> Option<usize> {
    let start = sign - count_before(page, sign, 4);
    let is_year = sign - start == 4 && matches!(page.at(start), b'1' | b'2');
    (is_year && page.at(sign) != b'.').then_some(start)
}

/// Whether nothing before it makes it a part of a path, a version or a longer number.
fn begins(page: &Page, start: usize, sign: usize) -> bool {
    let before = page.at(start.wrapping_sub(1));
    let joins = is_same(before, page.at(sign))
        && (before == b'/' || is_digit(page.at(start.wrapping_sub(2))));
    !(joins || before.is_ascii_alphanumeric() || before == b'.')
}

/// The same of what is behind it.
fn ends(page: &Page, end: usize, sign: usize) -> bool {
    let behind = page.at(end);
    let joins = is_same(behind, page.at(sign)) && (behind == b'/' || is_digit(page.at(end + 1)));
    !(joins || behind.is_ascii_alphanumeric() || behind == b'.' && is_digit(page.at(end + 1)))
}

fn is_same(one: u8, other: u8) -> bool {
    one == other || is_hyphen(one) && is_hyphen(other)
}
