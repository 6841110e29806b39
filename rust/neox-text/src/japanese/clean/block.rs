//! Box drawing and block elements, U+2500 to U+259F: a run of them is one.

use super::Tag;
use super::kinds::BOX;
use super::page::Page;

/// The tag as it may stand in the text, which joins the run where it counts.
const LITERAL: &[u8] = b"<BLOCK>";

pub(super) fn find(page: &mut Page, literal: bool) {
    let is_head = |k: u8, next: u8| (k == BOX) | literal & (k == LITERAL[0]) & (next == LITERAL[1]);
    let mut at = 0;
    while let Some(start) = page.next_pair(at, is_head) {
        let mut end = start;
        loop {
            end += match page.at(end) {
                BOX => 1,
                b'<' if literal && page.starts(end, LITERAL) => LITERAL.len(),
                _ => break,
            };
        }
        if end > start {
            page.take(start, end, Tag::Block);
        }
        at = end.max(start + 1);
    }
}
