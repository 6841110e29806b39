//! `(https?|ftp)(:\/\/[-_\.!~*\'()a-zA-Z0-9;\/?:\@&=\+$,%#]+)`

use super::Tag;
use super::page::Page;

pub(super) fn reference(page: &mut Page) {
    let mut at = 0;
    while let Some(colon) = next_colon(page, at) {
        at = colon + 1;
        let (Some(start), true) = (scheme(page, colon), page.starts(colon, b"://")) else {
            continue;
        };
        let end = page.run(colon + 3, in_url);
        if end > colon + 3 {
            page.take(start, end, Tag::Url);
            at = end;
        }
    }
}

pub(super) fn next_colon(page: &Page, from: usize) -> Option<usize> {
    memchr::memchr(b':', &page.kinds[from..]).map(|step| from + step)
}

/// Where the scheme before a colon begins.
fn scheme(page: &Page, colon: usize) -> Option<usize> {
    let before = &page.kinds[..colon];
    let word = [&b"https"[..], b"http", b"ftp"].into_iter().find(|word| before.ends_with(word))?;
    Some(colon - word.len())
}

pub(super) fn in_url(kind: u8) -> bool {
    kind.is_ascii_alphanumeric() || b"-_.!~*'();/?:@&=+$,%#".contains(&kind)
}
