//! `[\(]{0,1}[0-9]{2,4}[\)\-\(]{0,1}[0-9]{2,4}[\)\-]{0,1}[0-9]{3,4}`

use super::Tag;
use super::page::Page;

/// The characters of the shortest number.
const SHORTEST: usize = 7;

/// A number has at least seven characters and all are digits or signs, so every seventh place is
/// enough to see that one is near.
pub(super) fn reference(page: &mut Page) {
    let in_number = |kind: u8| kind.is_ascii_digit() || matches!(kind, b'(' | b')' | b'-');
    let mut at = SHORTEST - 1;
    while at < page.kinds.len() {
        if !in_number(page.kinds[at]) {
            at += SHORTEST;
            continue;
        }
        let end = page.run(at, in_number);
        let mut start = page.back(at, in_number);
        while start + SHORTEST <= end {
            if let Some(stop) = number(page, start) {
                page.take(start, stop, Tag::Tel);
                start = stop;
            } else {
                start += 1;
            }
        }
        at = end + SHORTEST;
    }
}

/// The end of the number that begins at a place. Each group takes as many digits as the ones
/// behind it leave.
fn number(page: &Page, start: usize) -> Option<usize> {
    let digits = |place: usize| (0..4).take_while(|i| page.at(place + i).is_ascii_digit()).count();
    let first = start + usize::from(page.at(start) == b'(');
    for a in (2..=digits(first)).rev() {
        let second = first + a;
        let second = second + usize::from(matches!(page.at(second), b'(' | b')' | b'-'));
        for b in (2..=digits(second)).rev() {
            let third = second + b;
            let third = third + usize::from(matches!(page.at(third), b')' | b'-'));
            let c = digits(third);
            if c >= 3 {
                return Some(third + c);
            }
        }
    }
    None
}
