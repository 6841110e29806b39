//! Emoji tables and the two searches, each against a slow twin.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "japanese_emoji/twin.rs"]
mod twin;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use neox_text::ErrorKind;
use neox_text::japanese::emoji::{EmojiScratch, EmojiTable, Matching, emoji_classes};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use twin::{Graphemes, Search, Span, by_definition, classes, in_turn, with_tags};

fn json(keys: &[(&str, u8)]) -> String {
    let key = |text: &str| serde_json::to_string(text).unwrap();
    let keys: Vec<String> =
        keys.iter().map(|(text, class)| format!("{}: \"<|emoji{class}|>\"", key(text))).collect();
    let shown: Vec<String> = (1..=12).map(|i| format!("\"<|emoji{i}|>\": \"{i}\"")).collect();
    format!("{{\"emoji\": {{{}}},\n\"emoji_inv\": {{{}}}}}", keys.join(", "), shown.join(", "))
}

fn table(keys: &[(&str, u8)]) -> EmojiTable {
    EmojiTable::from_json(&json(keys)).unwrap()
}

/// The built-in table as the reference orders its own: what is whole behind its parts.
fn short_first() -> EmojiTable {
    let mut table = EmojiTable::built_in().clone();
    table.keys.sort_by_key(|(key, _)| key.chars().count());
    table
}

/// A file of the folder that is not part of the project.
fn shared(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("NEOX_TEXT_SHARED").map_or(beside, PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    let _ = writeln!(std::io::stderr(), "SKIPPED: {} is not there", path.display());
    None
}

fn published() -> Option<EmojiTable> {
    let path = shared("tokenizers/emoji.json")?;
    Some(EmojiTable::from_bytes(&std::fs::read(path).unwrap()).unwrap())
}

#[test]
fn broken_tables_are_refused_by_name() {
    let shown = r#""emoji_inv": {"<|emoji1|>": "x"}}"#;
    let with = |keys: &str| format!("{{\"emoji\": {{{keys}}}, {shown}");
    let long = "x".repeat(65);
    let cases = [
        (String::new(), "line 1", "empty"),
        ("{\n\"emoji\": {oops".to_owned(), "line 2", "key must be a string"),
        ("null".to_owned(), "line 1", "object with `emoji`"),
        ("[]".to_owned(), "line 1", "object with `emoji`"),
        ("3".to_owned(), "line 1", "object with `emoji`"),
        ("{}".to_owned(), "emoji", "is missing"),
        ("[".repeat(100_000), "line 1", "object"),
        ("{\"emoji\": ".to_owned() + &"[".repeat(100_000), "line 1", "object"),
        (with(&("\"x\": ".to_owned() + &"[".repeat(100_000))), "line 1", "recursion"),
        (r#"{"emoji": [], "emoji_inv": {}}"#.to_owned(), "line 1", "`emoji`"),
        (r#"{"emoji": {}, "emoji_inv": "x"}"#.to_owned(), "line 1", "`emoji_inv`"),
        (r#"{"emoji": {}}"#.to_owned(), "emoji_inv", "is missing"),
        (r#"{"emoji": {}, "emoji_inv": {}} x"#.to_owned(), "line 1", "trailing"),
        (r#"{"emoji": {}, "emoji_inv": {}, "more": 1}"#.to_owned(), "line 1", "\"more\""),
        (r#"{"emoji": {}, "emoji_inv": {}, "emoji": {}}"#.to_owned(), "line 1", "twice"),
        (with(r#""": "<|emoji1|>""#), "emoji", "empty"),
        (with(r#""☆彡": 3"#), "emoji", "\"☆彡\""),
        (with(r#""☆彡": null"#), "emoji", "\"☆彡\""),
        (with(r#""☆彡": "笑""#), "emoji", "笑"),
        (with(r#""☆彡": "<|emoji01|>""#), "emoji", "\"☆彡\""),
        (with(r#""☆彡": "<|emoji0|>""#), "emoji", "\"☆彡\""),
        (with(r#""☆彡": "<|emoji13|>""#), "emoji", "\"☆彡\""),
        (with(r#""☆彡": "<|emoji1|> ""#), "emoji", "\"☆彡\""),
        (with(r#""☆彡": "<|emoji2|>""#), "emoji_inv", "<|emoji2|>"),
        (with(r#""\ud83d": "<|emoji1|>""#), "line 1", "hex escape"),
        (with(&format!("\"{long}\": \"<|emoji1|>\"")), "emoji", "64 characters"),
        (r#"{"emoji": {}, "emoji_inv": {"<|x|>": "x"}}"#.to_owned(), "emoji_inv", "<|x|>"),
        (r#"{"emoji": {}, "emoji_inv": {"<|emoji1|>": 1}}"#.to_owned(), "emoji_inv", "<|emoji1|>"),
        ("version https://git-lfs.github.com/spec/v1".to_owned(), "line 1", "git lfs pull"),
        ("<!doctype html>".to_owned(), "line 1", "error"),
        ("\u{feff}{}".to_owned(), "line 1", "byte order mark"),
    ];
    for (text, place, words) in cases {
        let error = EmojiTable::from_json(&text).unwrap_err();
        let said = error.to_string();
        let begin: String = text.chars().take(60).collect();
        assert_eq!(error.kind(), ErrorKind::Format, "{begin}: {said}");
        assert!(error.place().is_some_and(|found| found.starts_with(place)), "{begin}: {said}");
        assert!(said.contains(words) && said.len() < 300, "{begin}: {said}");
    }
    let error = EmojiTable::from_bytes(b"{\"emoji\": {\"\xff\": 1}}").unwrap_err();
    assert_eq!((error.kind(), error.place()), (ErrorKind::Utf8, Some("byte 12")));
}

#[test]
fn many_sequences_are_read_and_too_many_refused() {
    let of = |count: u32| {
        let mut keys = String::new();
        for i in 0..count {
            write!(keys, "{}\"{i:x}x\": \"<|emoji3|>\"", if i == 0 { "" } else { "," }).unwrap();
        }
        format!("{{\"emoji_inv\": {{\"<|emoji3|>\": \"y\"}}, \"emoji\": {{{keys}}}}}")
    };
    let many = EmojiTable::from_json(&of(1 << 16)).unwrap();
    assert_eq!(many.keys.len(), 1 << 16);
    let said = EmojiTable::from_json(&of((1 << 16) + 1)).unwrap_err().to_string();
    assert!(said.contains("65537 sequences"), "{said}");
}

#[test]
fn a_key_that_comes_twice_has_its_first_place_and_its_last_value() {
    let made = table(&[("a", 1), ("b", 2), ("a", 3)]);
    assert_eq!(made.keys, [("a".to_owned(), 3), ("b".to_owned(), 2)]);
    let text =
        r#"{"emoji_inv": {"<|emoji2|>": "x", "<|emoji1|>": "y", "<|emoji2|>": "z"}, "emoji": {}}"#;
    let shown = EmojiTable::from_json(text).unwrap().displays;
    let asked = [("<|emoji2|>", "z"), ("<|emoji1|>", "y")];
    assert_eq!(shown, asked.map(|(tag, text)| (tag.to_owned(), text.to_owned())));
}

#[test]
fn tables_are_taken_or_refused_for_what_replacing_in_turn_would_do() {
    let honest: [&[(&str, u8)]; 13] = [
        &[],
        &[("甲", 1), ("乙甲", 2)],
        &[("aa", 1), ("a", 2), ("aaa", 3)],
        &[("bc", 1), ("ab", 2), ("c", 3)],
        &[("aba", 1)],
        &[("|*￣ー￣|", 12), ("(>_<)", 12)],
        &[("e", 1), ("z", 2)], // first, so that there is no tag yet that holds an e
        &[("<甲", 1), ("甲>", 2)],
        &[("\n", 1), (" <", 2)], // never there when its turn comes
        &[("ー", 1), ("—", 2)],
        &[("—", 1)],
        &[("s", 1), ("p", 2)],
        &[("a", 1), ("ab", 2), ("2", 3)], // ab is never found, so there is no tag with a 2
    ];
    for keys in honest {
        let made = table(keys);
        let search = Search::new(&made, Matching::Rank);
        let more =
            "甲乙甲 🐯あ—ー−aaaaabcab\r\n<|emoji2|>ababa\u{3000}|*￣—￣|(>_<)e z<甲>< sp<SP>";
        let keys = keys.iter().map(|(key, _)| *key);
        for text in keys.chain([more]) {
            let found = search.spans(text);
            assert_eq!(with_tags(text, &found), in_turn(&made, text), "{text:?} by {made:?}");
        }
    }
    let odd: [&[(&str, u8)]; 14] = [
        &[("🐯", 4), ("|>あ", 1)],
        &[(">", 1)],
        &[("<", 1)],
        &[("S", 1)],
        &[("<SP>", 1)],
        &[("あ<SP>あ", 1)],
        &[("あ<", 1)],
        &[("P>あ", 1)],
        &[("b", 2), ("emoji2", 3)],
        &[("b", 2), ("e", 3)],
        &[("b", 2), ("2", 3)],
        &[("b", 2), ("あ<|emoji2", 3)],
        &[("b", 2), ("ji2|>あ", 3)],
        &[("b", 2), ("あ<|emoji2|>あ", 3)],
    ];
    for keys in odd {
        let said = EmojiTable::from_json(&json(keys)).unwrap_err().to_string();
        let (key, _) = keys.last().unwrap();
        assert!(said.contains(&format!("{key:?}")) && said.starts_with("emoji: "), "{said}");
    }
}

fn strings(units: &'static [&'static str], longest: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(units), 1..=longest).prop_map(|units| units.concat())
}

fn tables(
    units: &'static [&'static str],
    longest: usize,
    most: usize,
) -> impl Strategy<Value = Vec<(String, u8)>> {
    prop::collection::vec((strings(units, longest), 1..=3u8), 1..=most)
}

const FEW: [&str; 3] = ["a", "b", "c"];
const ODD: [&str; 12] = ["a", "b", "甲", "<", "|", ">", "1", "e", "S", "P", " ", "ー"];
const TEXT: [&str; 18] = [
    "a",
    "b",
    "c",
    "甲",
    "<",
    "|",
    ">",
    "1",
    "e",
    "S",
    "P",
    " ",
    "ー",
    "—",
    "\r\n",
    "\t",
    "<SP>",
    "<|emoji1|>",
];

fn config(cases: u32) -> ProptestConfig {
    let cases = cases.max(ProptestConfig::default().cases / 4);
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

fn read(keys: &[(String, u8)]) -> neox_text::Result<EmojiTable> {
    let keys: Vec<(&str, u8)> = keys.iter().map(|(key, class)| (key.as_str(), *class)).collect();
    EmojiTable::from_json(&json(&keys))
}

/// Whether a sequence holds an earlier one, or one ends as one begins.
fn rivals(keys: &[(String, u8)]) -> bool {
    let texts: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
    let holds = |i: usize| texts[..i].iter().any(|earlier| texts[i].contains(earlier));
    let ends_as =
        |a: &str, b: &str| a.char_indices().skip(1).any(|(at, _)| b.starts_with(&a[at..]));
    (0..texts.len()).any(|i| holds(i) || texts.iter().any(|other| ends_as(texts[i], other)))
}

/// Texts in which a sequence may meet a tag, and all that is short.
fn witnesses(keys: &[(String, u8)]) -> Vec<String> {
    let mut parts: Vec<String> = [" ", "\n", "\t"].map(str::to_owned).to_vec();
    for (key, _) in keys {
        let cuts = key.char_indices().map(|(at, _)| at).chain([key.len()]);
        parts.extend(cuts.flat_map(|at| [key[..at].to_owned(), key[at..].to_owned()]));
    }
    parts.sort();
    parts.dedup();
    let pairs = parts.iter().flat_map(|a| parts.iter().map(move |b| format!("{a}{b}")));
    pairs.collect()
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn few_letters_by_rank(keys in tables(&FEW, 5, 8), texts in prop::collection::vec(strings(&FEW, 40), 1..8)) {
        let made = read(&keys).unwrap();
        let search = Search::new(&made, Matching::Rank);
        let mut scratch = EmojiScratch::default();
        for text in texts {
            let found = search.spans_with(&text, &mut scratch);
            prop_assert_eq!(&found, &by_definition(&made, &text));
            prop_assert_eq!(with_tags(&text, &found), in_turn(&made, &text));
        }
    }

    #[test]
    fn odd_letters_by_rank(keys in tables(&ODD, 4, 6), texts in prop::collection::vec(strings(&TEXT, 30), 1..20)) {
        match read(&keys) {
            Ok(made) => {
                let search = Search::new(&made, Matching::Rank);
                for text in texts.into_iter().chain(witnesses(&keys)) {
                    let found = search.spans(&text);
                    prop_assert_eq!(with_tags(&text, &found), in_turn(&made, &text), "{:?}", text);
                }
            }
            Err(error) => {
                // There is a text on which a search would not do, unless sequences keep each other
                // away.
                prop_assert!(error.place() == Some("emoji"));
                let made = EmojiTable { keys: keys.clone(), displays: Vec::new() };
                let differs = |text: &String| {
                    with_tags(text, &by_definition(&made, text)) != in_turn(&made, text)
                };
                prop_assert!(
                    rivals(&keys) || witnesses(&keys).iter().any(differs), "{:?}: {}", keys, error
                );
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        cuts in prop::collection::vec((any::<Index>(), 0..40usize, prop::collection::vec(any::<u8>(), 0..4)), 1..4),
    ) {
        let mut bytes = json(&[("(^_^)", 12), ("👨\u{200d}👩", 8), ("\"\\", 1)]).into_bytes();
        for (at, size, new) in cuts {
            let at = at.index(bytes.len() + 1);
            let end = bytes.len().min(at + size);
            bytes.splice(at..end, new);
        }
        if let Err(error) = EmojiTable::from_bytes(&bytes) {
            prop_assert!(error.place().is_some_and(|place| !place.is_empty()));
        }
    }
}

/// Texts of the sequences of a table, of what they are made of, and of what is around them.
fn emoji_texts(table: &EmojiTable) -> impl Strategy<Value = String> + use<> {
    let keys: Vec<String> = table.keys.iter().map(|(key, _)| key.clone()).collect();
    let face: Vec<String> =
        "(^_^;)-*´ω`ノ( )>< <SP>\u{3000}—ー・∀￣[|".chars().map(String::from).collect();
    let parts: Vec<String> = concat!(
        "👩👨❤👁🗨🔥🐯☺♂⚕🏴🦰🏻🏿1#*\u{20e3}©™あ \u{fe0f}\u{fe0e}\u{200d}\u{200d}\u{200d}",
        "🇯🇵🇺\u{e0067}\u{e0062}\u{e007f}\u{1fae9}"
    )
    .chars()
    .map(String::from)
    .collect();
    let piece = prop_oneof![select(keys), select(face), select(parts)];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn check_by_rank(table: &EmojiTable, cases: u32) {
    let search = Search::new(table, Matching::Rank);
    for (key, _) in &table.keys {
        let text = format!("あ{key}{key}い");
        let found = search.spans(&text);
        assert_eq!(found, by_definition(table, &text), "{text:?}");
    }
    let mut runner = proptest::test_runner::TestRunner::new(config(cases));
    runner
        .run(&emoji_texts(table), |text| {
            let found = search.spans(&text);
            prop_assert_eq!(with_tags(&text, &found), in_turn(table, &text));
            Ok(())
        })
        .unwrap();
}

#[test]
fn tables_of_emoji_by_rank() {
    check_by_rank(EmojiTable::built_in(), 300);
    check_by_rank(&short_first(), 300);
}

#[test]
fn published_table_by_rank() {
    let Some(table) = published() else { return };
    assert_eq!(table.keys.len(), 4314);
    check_by_rank(&table, 2_000);
    // A character with a class of its own is found wherever it stands.
    let search = Search::new(&table, Matching::Rank);
    assert_eq!(search.spans("👋🏻©"), [(0, 1, 8), (2, 3, 10)]);
}

fn check_graphemes(table: &EmojiTable, cases: u32) {
    let (search, slow) = (Search::new(table, Matching::Grapheme), Graphemes::new(table));
    let mut scratch = EmojiScratch::default();
    let mut runner = proptest::test_runner::TestRunner::new(config(cases));
    let mut check = |text: &str| {
        let found = search.spans_with(text, &mut scratch);
        assert_eq!(found, slow.spans(text), "{text:?}");
    };
    for (key, _) in &table.keys {
        check(&format!("あ{key}{key}い"));
    }
    let check = std::cell::RefCell::new(check);
    runner
        .run(&emoji_texts(table), |text| {
            (check.borrow_mut())(&text);
            Ok(())
        })
        .unwrap();
}

#[test]
fn tables_of_emoji_by_grapheme() {
    check_graphemes(EmojiTable::built_in(), 1_500);
}

#[test]
fn published_table_by_grapheme() {
    let Some(table) = published() else { return };
    check_graphemes(&table, 1_500);
    let search = Search::new(&table, Matching::Grapheme);
    // The table has those of Emoji 13; the classes of later ones are ours.
    for (key, class) in EmojiTable::built_in().keys.iter().filter(|(_, class)| *class != 12) {
        let size = key.chars().count();
        assert_eq!(search.spans(key), [(0, size, *class)], "{key:?}");
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn tables_of_ones_own_by_grapheme(
        keys in tables(&["a", "b", "❤", "\u{fe0f}", "👩", "\u{200d}", "🏻", "©", "4", "🇯", " ", "—"], 4, 6),
        texts in prop::collection::vec(
            strings(&["a", "b", "❤", "\u{fe0f}", "👩", "\u{200d}", "🏻", "©", "4", "🇯", " ", "ー", "\u{3000}", "🦰"], 16),
            1..30,
        ),
    ) {
        let made = read(&keys).unwrap();
        let (search, slow) = (Search::new(&made, Matching::Grapheme), Graphemes::new(&made));
        for text in texts {
            prop_assert_eq!(search.spans(&text), slow.spans(&text), "{:?}", text);
        }
    }
}

#[test]
fn each_emoji_of_the_table_is_one_class() {
    let table = EmojiTable::built_in();
    assert!(table.keys.len() > 5_000, "{}", table.keys.len());
    let by_rank = Search::new(table, Matching::Rank);
    for (key, class) in &table.keys {
        let asked = [(0, key.chars().count(), *class)];
        assert_eq!(emoji_classes(key), asked, "{key:?}");
        if !key.contains([' ', '\u{3000}']) {
            assert_eq!(by_rank.spans(key), asked, "{key:?} by rank");
        }
    }
    let shown: Vec<&str> = table.displays.iter().map(|(tag, _)| tag.as_str()).collect();
    let tags: Vec<String> = (1..=12).map(|i| format!("<|emoji{i}|>")).collect();
    assert_eq!(shown, tags);
    for (i, (_, display)) in table.displays.iter().enumerate() {
        assert_eq!(classes(display), [i as u8 + 1], "{display}");
    }
}

#[test]
fn graphemes_of_texts() {
    let none: [&str; 16] = [
        "",
        "猫と(犬)、1#2 <|emoji4|>",
        "1 # * © ® ™",
        "1\u{fe0f}2",
        "1\u{fe0e}\u{20e3}",
        "\u{200d}",
        "\u{fe0f}\u{200d}\u{fe0f}",
        "🏻🏿",
        "🦰",
        "🇯",
        "\u{e0067}\u{e007f}",
        "©\u{200d}",
        "©\u{fe0e}",
        "葛\u{e0100}",
        "(株)(^",
        "^_^",
    ];
    for text in none {
        assert_eq!(emoji_classes(text), [], "{text:?}");
    }
    let some: [(&str, &[Span]); 22] = [
        ("👋🏻", &[(0, 2, 8)]),
        ("👋🏻🏻", &[(0, 2, 8)]), // the second tone is left over
        ("❤", &[(0, 1, 9)]),
        ("❤\u{fe0f}", &[(0, 2, 9)]),
        ("❤\u{fe0e}", &[(0, 2, 9)]),
        ("©\u{fe0f}", &[(0, 2, 10)]),
        ("☝\u{fe0f}🏽", &[(0, 3, 8)]),
        ("☺", &[(0, 1, 9)]),
        ("1\u{fe0f}\u{20e3}#\u{20e3}", &[(0, 3, 10), (3, 5, 10)]),
        ("🇯🇵🇺🇸", &[(0, 2, 5), (2, 4, 5)]),
        ("🇯🇵🇺", &[(0, 2, 5)]),
        ("🇦🇦", &[(0, 2, 5)]), // no country's
        ("👨\u{200d}👩\u{200d}👧\u{200d}👦", &[(0, 7, 8)]),
        ("👨🏻\u{200d}👩🏿\u{200d}👧🏽", &[(0, 8, 8)]), // no table has it
        ("👩\u{200d}", &[(0, 1, 8)]),
        ("👩\u{200d}あ", &[(0, 1, 8)]),
        ("👩\u{200d}\u{200d}👩", &[(0, 1, 8), (3, 4, 8)]),
        ("👨\u{200d}🦰", &[(0, 3, 8)]),
        ("👁\u{fe0f}\u{200d}🗨\u{fe0f}", &[(0, 5, 9)]),
        (
            "🏴\u{e0067}\u{e0062}🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            &[(0, 1, 5), (3, 10, 5)],
        ),
        ("m(_\u{3000}_)m(^_^)/(^_^;)", &[(0, 7, 12), (7, 13, 12), (13, 19, 12)]),
        ("👩\u{200d}❤\u{200d}(^_^)", &[(0, 3, 8), (4, 9, 12)]),
    ];
    for (text, asked) in some {
        assert_eq!(emoji_classes(text), asked, "{text:?}");
    }
    let line = format!("{}🐯\n", "あ".repeat(9_999));
    let asked: Vec<_> = (1..=5).map(|i| (10_001 * i - 2, 10_001 * i - 1, 4)).collect();
    assert_eq!(emoji_classes(&line.repeat(5)), asked, "places behind a cut");
}

/// Hard units, and how long a text is that repeats them; searching in quadratic time would take hours.
#[test]
fn long_texts_of_one_unit() {
    let table = EmojiTable::built_in();
    let searches =
        [Search::new(table, Matching::Grapheme), Search::new(&short_first(), Matching::Rank)];
    let units = [
        "👨\u{200d}👩\u{200d}👧",
        "👩\u{200d}",
        "👋🏻",
        "(^",
        "(",
        "(^_^",
        "^",
        "_",
        "🏴\u{e0067}",
        "🇯",
        "1\u{fe0f}",
        "\u{200d}",
        "(^_^)",
    ];
    for unit in units {
        let size = unit.chars().count();
        let text = unit.repeat(1_000_000 / size);
        let once = unit.repeat(1_000);
        for search in &searches {
            let (long, short) = (search.spans(&text), search.spans(&once));
            let middle = short.len().saturating_sub(2);
            let inner = |spans: &Vec<Span>| spans[..middle].to_vec();
            if long.len() > 1 {
                assert_eq!(inner(&long), inner(&short), "{unit:?}");
            }
            assert_eq!(long.is_empty(), short.is_empty(), "{unit:?}");
        }
    }
}
