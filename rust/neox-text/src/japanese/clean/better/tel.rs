//! Numbers as they are written in Japan, and international ones:
//!
//! * 10 or 11 digits from a 0 on, either in one run, or with hyphens or brackets behind the area code
//!   (2 to 5 digits) and a hyphen before the last 3 or 4: `03-1234-5678`, `(03)1234-5678`,
//!   `03(1234)5678`, `0120-123-456`, `0120-123456`, `090-1234-5678`;
//! * `+` and 10 to 15 digits, with hyphens or without, and `(0)` behind the country code (E.164).
//!
//! What is part of something longer, by a digit or a hyphen and a digit, is no number.

use super::super::Tag;
use super::super::page::Page;
use super::{is_digit, is_hyphen};

pub(super) fn find(page: &mut Page) {
    let is_head = |k: u8, next: u8| {
        ((k == b'0') | (k == b'+')) & next.is_ascii_digit() | (k == b'(') & (next == b'0')
    };
    let mut at = 0;
    while let Some(start) = page.next_pair(at, is_head) {
        at = start + 1;
        if joins(page.at(start.wrapping_sub(1)), page.at(start.wrapping_sub(2))) {
            continue;
        }
        let end = match page.at(start) {
            b'+' => international(page, start),
            _ => domestic(page, start),
        };
        if let Some(end) = end.filter(|&end| !joins(page.at(end), page.at(end + 1))) {
            page.take(start, end, Tag::Tel);
            at = end;
        }
    }
}

/// Whether a number goes on in what is next to it, and next to that.
fn joins(next: u8, beyond: u8) -> bool {
    is_digit(next) || (is_hyphen(next) || next == b'.') && is_digit(beyond)
}

fn digits(page: &Page, place: usize) -> usize {
    page.run(place, is_digit)
}

/// Past the hyphen that may be there.
fn past_hyphen(page: &Page, place: usize) -> usize {
    place + usize::from(is_hyphen(page.at(place)))
}

fn international(page: &Page, start: usize) -> Option<usize> {
    let mut end = digits(page, start + 1);
    let mut count = end - start - 1;
    let mut zero = count <= 3;
    loop {
        let mut next = past_hyphen(page, end);
        if zero && page.starts(next, b"(0)") {
            next = past_hyphen(page, next + 3);
        }
        zero = false;
        let stop = digits(page, next);
        if stop == next {
            return (10..=15).contains(&count).then_some(end);
        }
        count += stop - next;
        end = stop;
    }
}

fn domestic(page: &Page, start: usize) -> Option<usize> {
    let bracket = page.at(start) == b'(';
    let first = start + usize::from(bracket);
    let area = digits(page, first);
    let (rest, joint): (usize, fn(u8) -> bool) = match page.at(area) {
        b')' if bracket => (past_hyphen(page, area + 1), is_hyphen),
        b'(' if !bracket => (area + 1, |k| k == b')'),
        kind if is_hyphen(kind) && !bracket => (area + 1, is_hyphen),
        _ => return (!bracket && is_alone(page, start, area)).then_some(area),
    };
    let middle = digits(page, rest);
    let mut end = middle;
    let mut count = area - first + middle - rest;
    let fits = if joint(page.at(middle)) && is_digit(page.at(middle + 1)) {
        end = digits(page, middle + 1);
        count += end - middle - 1;
        (1..=4).contains(&(middle - rest)) && (3..=4).contains(&(end - middle - 1))
    } else {
        (5..=8).contains(&(middle - rest)) && page.at(area) != b'('
    };
    let is_area = (2..=5).contains(&(area - first)) && page.at(first + 1) != b'0';
    (fits && is_area && (10..=11).contains(&count)).then_some(end)
}

/// Whether a run of digits is a number, and no part of a code.
fn is_alone(page: &Page, start: usize, end: usize) -> bool {
    let is_code = |k: u8| k.is_ascii_alphabetic() || k == b'_';
    (10..=11).contains(&(end - start))
        && page.at(start + 1) != b'0'
        && !is_code(page.at(start.wrapping_sub(1)))
        && !is_code(page.at(end))
}
