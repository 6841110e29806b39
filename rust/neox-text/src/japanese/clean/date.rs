//! The pattern of dates, with `D` for `[0-9]`:
//!
//! ```text
//! ([12]\d{3}[/\-年])*(0?[1-9]|1[0-2])[/\-月]((0?[1-9]|[12]D|3[01])日?)*
//! (\d{1,2}|:|\d{1,2}時|\d{1,2}分|\(日\)|…|\(土\)|㈰|…|㈯)*
//! ```
//!
//! Nothing behind the month can fail, so of the days and of the tail the first alternative that
//! fits is taken: a day is never two digits but for `0?[1-9]`, and 時 and 分 are never taken along.
//! The references' pattern of era dates comes later and can find nothing: what it could match holds
//! a match of this one.

use super::Tag;
use super::kinds::{DAY, MONTH, WEEKDAY, WEEKDAY_SIGN, YEAR, is_digit};
use super::page::Page;

pub(super) fn reference(page: &mut Page) {
    let mut at = 0;
    // A chain of years that no month follows: whatever year it is entered by, it fails.
    let mut dead = 0;
    let is_head =
        |k: u8, next: u8| k.is_ascii_digit() & ((next == b'-') | (next == b'/') | (next == MONTH));
    while let Some(digit) = page.next_pair(at, is_head) {
        let sign = digit + 1;
        at = sign + 1;
        let mut head = None;
        if sign >= dead && year(page, sign.wrapping_sub(4)) {
            let months = chain(page, at);
            head = month(page, months).map(|end| (sign - 4, end));
            dead = months;
        }
        let head = head.or_else(|| Some((month_before(page, sign)?, at)));
        let Some((mut start, end)) = head else { continue };
        while year(page, start.wrapping_sub(5)) {
            start -= 5;
        }
        let end = tail(page, days(page, end));
        page.take(start, end, Tag::Date);
        at = end;
    }
}

/// Whether `[12]\d{3}[/\-年]` is at a place.
fn year(page: &Page, place: usize) -> bool {
    matches!(page.at(place), b'1' | b'2')
        && (1..4).all(|i| is_digit(page.at(place + i)))
        && matches!(page.at(place + 4), b'/' | b'-' | YEAR)
}

/// Where the years end that begin at a place.
fn chain(page: &Page, mut place: usize) -> usize {
    while year(page, place) {
        place += 5;
    }
    place
}

/// The end of the month and its sign that begin at a place.
fn month(page: &Page, place: usize) -> Option<usize> {
    (place + 1..place + 3)
        .find(|&sign| matches!(page.at(sign), b'/' | b'-' | MONTH))
        .filter(|&sign| month_before(page, sign) == Some(place))
        .map(|sign| sign + 1)
}

/// The start of the month before its sign.
fn month_before(page: &Page, sign: usize) -> Option<usize> {
    match (page.at(sign.wrapping_sub(2)), page.at(sign.wrapping_sub(1))) {
        (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2') => Some(sign - 2),
        (_, b'1'..=b'9') => Some(sign - 1),
        _ => None,
    }
}

fn days(page: &Page, mut place: usize) -> usize {
    loop {
        place += match (page.at(place), page.at(place + 1)) {
            (b'0', b'1'..=b'9') => 2,
            (b'1'..=b'9', _) => 1,
            _ => return place,
        };
        place += usize::from(page.at(place) == DAY);
    }
}

fn tail(page: &Page, mut place: usize) -> usize {
    loop {
        place += match page.at(place) {
            b'(' if matches!(page.at(place + 1), DAY | MONTH | WEEKDAY)
                && page.at(place + 2) == b')' =>
            {
                3
            }
            b':' | WEEKDAY_SIGN => 1,
            kind if is_digit(kind) => 1,
            _ => return place,
        };
    }
}
