//! Cleaning as the references do it: one pattern after the other over the whole text.
//!
//! The patterns are theirs, so that an engine without backtracking reads them alike: of two
//! alternatives the first that fits is taken, in both. Two things are said in another way. `\d` is
//! what it is in Python 3.11, and the possessive loops of the newest prices are loops.

use neox_text::japanese::clean::{Price, Tag};
use regex::{NoExpand, Regex};
use std::sync::LazyLock;

pub const DIGIT: &str = r"[\p{Nd}&&\p{age=14.0}]";
const UNITS: &str = "(千円|万円|千万円|円|千ドル|万ドル|千万ドル|ドル|千ユーロ|万ユーロ|千万ユーロ|ユーロ)+\
                     (\\(税込\\)|\\(税抜\\)|\\+tax)*";
const TAIL: &str = r"(\d{1,2}|:|\d{1,2}時|\d{1,2}分|\(日\)|\(月\)|\(火\)|\(水\)|\(木\)|\(金\)|\(土\)|㈰|㈪|㈫|㈬|㈭|㈮|㈯)*";
const NUMBER: &str = r"(0|[1-9]\d*|[1-9]\d{0,2}(,\d{3})+)*";

fn pattern(text: &str) -> Regex {
    Regex::new(&text.replace(r"\d", DIGIT)).unwrap()
}

static RULES: LazyLock<Vec<(Regex, Tag)>> = LazyLock::new(|| {
    let day = "(0?[1-9]|[12][0-9]|3[01])日";
    [
        (r"(https?|ftp)(:\/\/[-_\.!~*\'()a-zA-Z0-9;\/?:\@&=\+$,%#]+)".to_owned(), Tag::Url),
        (r"[A-Za-z0-9\._+]*@[\-_0-9A-Za-z]+(\.[A-Za-z]+)*".to_owned(), Tag::Email),
        (r"[\(]{0,1}[0-9]{2,4}[\)\-\(]{0,1}[0-9]{2,4}[\)\-]{0,1}[0-9]{3,4}".to_owned(), Tag::Tel),
        (format!(r"([12]\d{{3}}[/\-年])*(0?[1-9]|1[0-2])[/\-月]({day}?)*{TAIL}"), Tag::Date),
        (
            format!(
                r"(明治|大正|昭和|平成|令和|㍾|㍽|㍼|㍻|㋿)\d{{1,2}}年(0?[1-9]|1[0-2])月{day}{TAIL}"
            ),
            Tag::Date,
        ),
    ]
    .into_iter()
    .map(|(text, tag)| (pattern(&text), tag))
    .collect()
});

static PRICE_ORIGINAL: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("({NUMBER}億)*({NUMBER}万)*({NUMBER}千)*{NUMBER}{UNITS}")));
static PRICE_PY310: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?:\d,\d{{3}}|[\d億万千])*{UNITS}")));
static UNITS_HERE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("^{UNITS}")));
static PIECES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    ["億", "万", "千"].map(|sign| pattern(&format!(r"^(?:\d,\d{{3}}|[\d{sign}])")))
});
static BLOCKS: LazyLock<Regex> = LazyLock::new(|| pattern("(?:[\u{2500}-\u{259f}]|<BLOCK>)+"));

/// The end of the newest price that begins at the front of `rest`.
fn price_hf(rest: &str) -> Option<usize> {
    let mut at = 0;
    for piece in &*PIECES {
        while let Some(found) = piece.find(&rest[at..]) {
            at += found.end();
        }
    }
    UNITS_HERE.find(&rest[at..]).map(|found| at + found.end())
}

fn prices_hf(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(end) = price_hf(rest) {
            out += Tag::Price.name();
            rest = &rest[end..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

pub fn clean(text: &str, price: Price) -> String {
    let mut text = text.to_owned();
    for (rule, tag) in &*RULES {
        text = rule.replace_all(&text, NoExpand(tag.name())).into_owned();
    }
    text = match price {
        Price::Hf => prices_hf(&text),
        Price::HfPy310 => PRICE_PY310.replace_all(&text, NoExpand("<PRICE>")).into_owned(),
        Price::Original => PRICE_ORIGINAL.replace_all(&text, NoExpand("<PRICE>")).into_owned(),
    };
    BLOCKS.replace_all(&text, NoExpand("<BLOCK>")).into_owned()
}
