//! `[A-Za-z0-9\._+]*@[\-_0-9A-Za-z]+(\.[A-Za-z]+)*`

use super::Tag;
use super::page::Page;

pub(super) fn reference(page: &mut Page) {
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'@', &page.kinds[at..]) {
        let sign = at + step;
        at = sign + 1;
        let mut end = page.run(at, |k| k.is_ascii_alphanumeric() || k == b'-' || k == b'_');
        if end == at {
            continue;
        }
        while page.at(end) == b'.' && page.at(end + 1).is_ascii_alphabetic() {
            end = page.run(end + 1, |k| k.is_ascii_alphabetic());
        }
        let start = page.back(sign, |k| k.is_ascii_alphanumeric() || b"._+".contains(&k));
        page.take(start, end, Tag::Email);
        at = end;
    }
}
