//! Cleaning of a text by the patterns of the reference, one after the other.
//!
//! An engine without backtracking reads them alike: in both the first alternative that fits is
//! taken. The newest prices take each repetition once and for all, so these are loops.

use neox_text::japanese::clean::Price;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// `\d` of Python 3.11.
const DIGIT: &str = r"[\p{Nd}&&\p{age=14.0}]";
const UNITS: &str =
    "千円|万円|千万円|円|千ドル|万ドル|千万ドル|ドル|千ユーロ|万ユーロ|千万ユーロ|ユーロ";
const TAX: &str = r"(?:\(税込\)|\(税抜\)|\+tax)*";
const NUMBER: &str = r"(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)*";

fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\d", DIGIT)).unwrap()
}

static PATTERNS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let tail = r"(?:\d{1,2}|:|\d{1,2}時|\d{1,2}分|\([日月火水木金土]\)|[㈪-㈰])*";
    let date = r"(?:[12]\d{3}[/年-])*(?:0?[1-9]|1[0-2])[/月-](?:(?:0?[1-9]|[12][0-9]|3[01])日?)*";
    vec![
        ("<URL>", regex(r"(?:https?|ftp)://[-_.!~*'()a-zA-Z0-9;/?:@&=+$,%#]+")),
        ("<EMAIL>", regex(r"[A-Za-z0-9._+]*@[-_0-9A-Za-z]+(?:\.[A-Za-z]+)*")),
        ("<TEL>", regex(r"\(?[0-9]{2,4}[)(-]?[0-9]{2,4}[)-]?[0-9]{3,4}")),
        ("<DATE>", regex(&format!("{date}{tail}"))),
    ]
});

static PRICES: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let parts = ["億", "万", "千"].map(|sign| format!("(?:{NUMBER}{sign})*")).concat();
    [
        regex(&format!("{parts}{NUMBER}(?:{UNITS})+{TAX}")),
        regex(&format!(r"(?:\d,\d{{3}}|[\d億万千])*(?:{UNITS})+{TAX}")),
    ]
});

static PIECES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    ["億", "万", "千"].map(|sign| regex(&format!(r"^(?:\d,\d{{3}}|[\d{sign}])*")))
});

static UNITS_HERE: LazyLock<Regex> = LazyLock::new(|| regex(&format!("^(?:{UNITS})+{TAX}")));

fn prices_hf(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        let mut front = at;
        for piece in &*PIECES {
            front += piece.find(&text[front..]).map_or(0, |found| found.end());
        }
        match UNITS_HERE.find(&text[front..]) {
            Some(units) => {
                found.push(at..front + units.end());
                at = front + units.end();
            }
            None => at += c.len_utf8(),
        }
    }
    found
}

type Find = Box<dyn Fn(&str) -> Vec<Range<usize>>>;

/// What finds the places of a tag, in bytes.
pub fn rules(price: Price) -> Vec<(Find, &'static str)> {
    let all = |pattern: &'static Regex| -> Find {
        Box::new(move |text| pattern.find_iter(text).map(|found| found.range()).collect())
    };
    let mut rules: Vec<(Find, &'static str)> =
        PATTERNS.iter().map(|(tag, pattern)| (all(pattern), *tag)).collect();
    rules.push((
        match price {
            Price::Hf => Box::new(prices_hf),
            Price::HfPy310 => all(&PRICES[1]),
            Price::Original => all(&PRICES[0]),
        },
        "<PRICE>",
    ));
    rules
}

/// Ranges of bytes as ranges of characters.
pub fn in_chars(text: &str, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let count = |at: usize| starts.partition_point(|start| *start < at);
    ranges.iter().map(|range| count(range.start)..count(range.end)).collect()
}
