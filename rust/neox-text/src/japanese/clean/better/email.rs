//! A local part of letters, digits and `._%+-`, `@`, and a domain of two labels or more, the last of
//! letters alone.

use super::super::Tag;
use super::super::page::Page;

pub(super) fn find(page: &mut Page) {
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'@', &page.kinds[at..]) {
        let sign = at + step;
        at = sign + 1;
        let start = page.back(sign, |k| k.is_ascii_alphanumeric() || b"._%+-".contains(&k));
        let start = page.run(start, |k| b".%+-".contains(&k));
        if start >= sign || page.at(sign - 1) == b'.' {
            continue;
        }
        if let Some(end) = domain(page, at) {
            page.take(start, end, Tag::Email);
            at = end;
        }
    }
}

/// The end of the domain that begins at a place.
fn domain(page: &Page, start: usize) -> Option<usize> {
    let (mut place, mut end) = (start, None);
    loop {
        let next = page.run(place, |k| k.is_ascii_alphanumeric() || k == b'-');
        let stop = place.max(page.back(next, |k| k == b'-'));
        let label = &page.kinds[place..stop];
        if label.first().is_none_or(|&k| k == b'-') {
            return end;
        }
        if place > start && label.len() > 1 && label.iter().all(u8::is_ascii_alphabetic) {
            end = Some(stop);
        }
        if stop < next || page.at(next) != b'.' {
            return end;
        }
        place = next + 1;
    }
}
