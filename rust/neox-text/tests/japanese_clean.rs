//! Cleaning against its slow twin, and by example.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "japanese_clean/better.rs"]
mod better;
#[path = "japanese_clean/hard.rs"]
mod hard;
#[path = "japanese_clean/twin.rs"]
mod twin;

use neox_text::japanese::clean::{
    Found, OTHER, Price, Rules, Tag, clean_text, count, find, find_in, kind, replace,
};
use proptest::prelude::*;
use regex::Regex;

const PRICES: [Price; 3] = [Price::Hf, Price::HfPy310, Price::Original];
const HF: Rules = Rules::Reference(Price::Hf);

fn every_rule() -> impl Iterator<Item = Rules> {
    PRICES.into_iter().map(Rules::Reference).chain([Rules::Better])
}

fn kinds(text: &str, rules: Rules) -> Vec<u8> {
    text.chars().map(|c| kind(rules, c)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000.max(ProptestConfig::default().cases),
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn hard_texts(text in hard::text()) {
        for price in PRICES {
            let due = twin::clean(&text, price);
            prop_assert_eq!(clean_text(&text, Rules::Reference(price)).unwrap(), due, "{:?}", price);
        }
    }

    #[test]
    fn any_text(text in "\\PC{0,40}|[0-9/:@.年月日千円,-]{0,60}") {
        for price in PRICES {
            let due = twin::clean(&text, price);
            prop_assert_eq!(clean_text(&text, Rules::Reference(price)).unwrap(), due, "{:?}", price);
        }
    }

    #[test]
    fn finds_are_in_order_and_apart(text in hard::text()) {
        for rules in every_rule() {
            let found = find_in(&text, rules).unwrap();
            let mut end = 0;
            for place in &found {
                prop_assert!(end <= place.start && place.start < place.end, "{found:?}");
                end = place.end;
            }
            prop_assert!(end as usize <= text.chars().count(), "{found:?}");
        }
    }

    #[test]
    fn a_chunk_of_lines_is_its_lines(lines in prop::collection::vec(hard::text(), 0..6)) {
        for rules in every_rule() {
            let (mut chunk, mut due) = (Vec::new(), Vec::new());
            for line in &lines {
                let start = chunk.len() as u32;
                due.extend(find_in(line, rules).unwrap().into_iter().map(|place| Found {
                    start: start + place.start,
                    end: start + place.end,
                    tag: place.tag,
                }));
                chunk.extend(kinds(line, rules));
                chunk.push(OTHER);
            }
            let mut found = Vec::new();
            find(rules, &mut chunk, true, &mut found);
            prop_assert_eq!(found, due);
        }
    }
}

/// What a text becomes by the rules of transformers.
#[test]
fn known() {
    for (text, due) in [
        ("http://a.jp/x。https://b(c)。ftp://", "<URL>。<URL>。ftp://"),
        ("HTTP://a xhttp://a", "HTTP://a x<URL>"),
        ("a.b+c@d-e.jp。@user @ a@b.c1", "<EMAIL>。<EMAIL> @ <EMAIL>1"),
        ("03-1234-5678 (03)1234-5678 1234567 123456", "<TEL> <TEL> <TEL> 123456"),
        ("2020年1月2日(月)12:34に", "<DATE>に"),
        ("1999年12月10日 A1-B 3/4 13/5", "<DATE>日 A<DATE>B <DATE> 1<DATE>"),
        ("令和2年3月4日 1月2日3時", "令和2年<DATE> <DATE>時"),
        ("1999年2000年", "1999年2000年"),
        ("1,234円(税込)+tax 円周率 千円", "<PRICE> <PRICE>周率 <PRICE>"),
        ("1,234,567円 3千億円 千万千万円", "1,<PRICE> 3千<PRICE> 千<PRICE>"),
        ("100ドル 5ユーロ ５００円 5ユロ", "<PRICE> <PRICE> <PRICE> 5ユロ"),
        ("─━▟■<BLOCK>│", "<BLOCK>■<BLOCK>"),
        ("<BLOCK>", "<BLOCK>"),
        ("", ""),
    ] {
        assert_eq!(clean_text(text, HF).unwrap(), due, "{text}");
    }
}

/// The same price by each of the three patterns.
#[test]
fn known_prices() {
    for (text, due) in [
        ("1,234,567円", ["1,<PRICE>", "1,<PRICE>", "<PRICE>"]),
        ("1,234円", ["<PRICE>", "<PRICE>", "<PRICE>"]),
        ("５００円", ["<PRICE>", "<PRICE>", "５００<PRICE>"]),
        ("3千億円", ["3千<PRICE>", "<PRICE>", "3千<PRICE>"]),
        ("千億円", ["千<PRICE>", "<PRICE>", "千<PRICE>"]),
        ("千万千万円", ["千<PRICE>", "<PRICE>", "千<PRICE>"]),
        ("01円", ["<PRICE>", "<PRICE>", "<PRICE>"]),
    ] {
        for (price, due) in PRICES.into_iter().zip(due) {
            assert_eq!(clean_text(text, Rules::Reference(price)).unwrap(), due, "{price:?}");
        }
    }
}

#[test]
fn a_block_in_the_text_joins_a_run_only_where_it_counts() {
    let text = "─<BLOCK>─";
    for rules in every_rule() {
        for (literal, due) in [(true, &[(0, 9)][..]), (false, &[(0, 1), (8, 9)])] {
            let mut found = Vec::new();
            find(rules, &mut kinds(text, rules), literal, &mut found);
            let spans: Vec<_> = found.iter().map(|place| (place.start, place.end)).collect();
            assert_eq!(spans, due);
            assert!(found.iter().all(|place| place.tag == Tag::Block));
        }
    }
}

/// What was found before stays, and comes first.
#[test]
fn finds_are_appended() {
    let first = Found { start: 7, end: 9, tag: Tag::Block };
    let mut found = vec![first];
    find(HF, &mut kinds("1/2 a@b", HF), true, &mut found);
    let date = Found { start: 0, end: 3, tag: Tag::Date };
    assert_eq!(found, [first, date, Found { start: 4, end: 7, tag: Tag::Email }]);
    assert_eq!(replace("1/2 a@b", &found[1..]), "<DATE> <EMAIL>");
}

/// A long text is searched in parts.
#[test]
fn long_texts() {
    let hard = "1999年 2020/1/2 a@b.jp https://a.jp/x 03-1234-5678 ─<BLOCK>─ 1,234円。３千億円 1千";
    let parts: Vec<&str> = hard.split_inclusive(' ').collect();
    let mut text = String::new();
    for i in 0..20_000 {
        text += parts[i % parts.len()];
        text += ["", "あ", "1", "\n"][i * i % 11 % 4];
    }
    for rules in every_rule() {
        let mut due = Vec::new();
        find(rules, &mut kinds(&text, rules), true, &mut due);
        assert!(due.len() > 10_000, "{}", due.len());
        assert_eq!(find_in(&text, rules).unwrap(), due);
        let counts = count(&due);
        assert!(counts.iter().all(|&count| count > 100), "{counts:?}");
        assert_eq!(counts.iter().sum::<usize>(), due.len());
    }
}

/// Each character alone before 円: a digit is part of the price, all else is not.
#[test]
fn digits_are_those_of_unicode_14() {
    let digit = Regex::new(twin::DIGIT).unwrap();
    let mut digits = 0;
    for c in ('\0'..=char::MAX).filter(|c| !"億万千円".contains(*c)) {
        let text = format!("{c}円");
        let is_digit = digit.is_match(&text);
        let whole = [Found { start: 0, end: 2, tag: Tag::Price }] == *find_in(&text, HF).unwrap();
        assert_eq!(whole, is_digit, "{c:?}");
        digits += usize::from(is_digit);
    }
    assert_eq!(digits, 660);
}

/// No clock is read here: in quadratic time each of these would take hours.
#[test]
fn megabytes_of_what_is_hard() {
    const TIMES: usize = 1 << 20;
    for unit in hard::FAMILIES.split_ascii_whitespace() {
        for rules in every_rule() {
            for end in ["", "円", "月"] {
                let text = unit.repeat(TIMES) + end;
                let mut end = 0;
                for place in find_in(&text, rules).unwrap() {
                    assert!(place.start >= end, "{unit}");
                    end = place.end;
                }
            }
        }
    }
}
