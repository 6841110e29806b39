//! Our own rules: what a reader would call an address, a number, a date or a price, and no more.
//!
//! | tag | found | left alone |
//! |---|---|---|
//! | `<URL>` | `https://a.jp/b_(c)`, `HTTP://A.JP` | `.`, `,` or an unpaired `)` behind it; `sftp:` |
//! | `<EMAIL>` | `a.b+c@d.co.jp` | `@user`, `user@host`, `pkg@1.2.3` |
//! | `<TEL>` | `03-1234-5678`, `(03)1234-5678`, `09012345678`, `+81-3-1234-5678` | `12345678` |
//! | `<DATE>` | `2020年1月2日(月)12時34分`, `2020年1月`, `一月二日`, `平成元年` | `2020年`, `3月` |
//! | `<DATE>` | `2020/1/2`, `2020-01-02T12:34Z`, `1/2(月)` | `1/2`, `3-4`, `2020.1.2`, `a/2020/1/2` |
//! | `<PRICE>` | `1,234,567円(税込)`, `3千億円`, `五百円`, `¥1,200`, `$9.99` | `円周率`, `数万円`, `$1` |
//! | `<BLOCK>` | a run of U+2500 to U+259F, as in the references | |
//!
//! In telephone numbers, dates and prices a full-width form counts as the ASCII character it
//! shows, and ー and the dashes count as a hyphen. A space ends everything.

mod date;
mod email;
mod price;
mod tel;
mod url;

use super::kinds::{BAR, narrow};
use super::page::Page;

pub(super) fn find(page: &mut Page) {
    url::find(page);
    email::find(page);
    narrow(page.kinds);
    tel::find(page);
    date::find(page);
    price::find(page);
}

fn is_hyphen(kind: u8) -> bool {
    kind == b'-' || kind == BAR
}

fn is_digit(kind: u8) -> bool {
    kind.is_ascii_digit()
}
