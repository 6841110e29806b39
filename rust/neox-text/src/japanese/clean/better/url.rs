//! `http`, `https` or `ftp`, in letters of either case and as a whole word, `://`, and what RFC 3986
//! allows but for brackets, from a letter or digit on. An address ends before a `)` that closes no
//! `(` in it, before an apostrophe with no letter or digit behind it, and before the punctuation of
//! the sentence.

use super::super::Tag;
use super::super::page::Page;
use super::super::url::{in_url, next_colon};

pub(super) fn find(page: &mut Page) {
    let mut at = 0;
    while let Some(colon) = next_colon(page, at) {
        at = colon + 1;
        let host = colon + 3;
        if !page.starts(colon, b"://") || !page.at(host).is_ascii_alphanumeric() {
            continue;
        }
        let start = page.back(colon, |k| k.is_ascii_alphanumeric());
        let scheme = &page.kinds[start..colon];
        if [&b"http"[..], b"https", b"ftp"].iter().any(|word| scheme.eq_ignore_ascii_case(word)) {
            at = end(page, host);
            page.take(start, at, Tag::Url);
        }
    }
}

fn end(page: &Page, host: usize) -> usize {
    let (mut place, mut open) = (host, 0);
    loop {
        match page.at(place) {
            b'(' => open += 1,
            b')' if open == 0 => break,
            b')' => open -= 1,
            b'\'' if !page.at(place + 1).is_ascii_alphanumeric() => break,
            kind if !in_url(kind) => break,
            _ => {}
        }
        place += 1;
    }
    page.back(place, |k| b".,;:!?*(".contains(&k))
}
