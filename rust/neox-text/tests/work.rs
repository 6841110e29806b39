//! Long single words, each a family that is hard for some way of merging.
//!
//! No clock is read here: the benchmarks time these families and say how time grows. What is shown
//! is that megabytes of one piece are encoded at all, exactly; merging in quadratic time would need
//! some 10^13 steps for each of them, which is days.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in what the tests share

mod hard;
mod reference;

use std::collections::{BTreeSet, HashMap};

use hard::{Drawn, Made, trained};
use neox_text::bpe::{Input, Special};

const SIZE: usize = 3 << 20;

/// Letters without a pattern, from a fixed seed.
fn random(letters: &[char], size: usize) -> String {
    let mut state = 1u64;
    let mut word = String::with_capacity(size);
    while word.len() < size {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word.push(letters[(state >> 33) as usize % letters.len()]);
    }
    word
}

fn families(size: usize) -> Vec<(&'static str, String)> {
    let of = |unit: &str| unit.repeat(size / unit.len());
    let latin: Vec<char> = ('a'..='z').collect();
    vec![
        ("a", of("a")),
        ("ab", of("ab")),
        ("aab", of("aab")),
        ("a, then another letter", of("a") + "b"),
        ("letters", random(&latin, size)),
        ("two letters", random(&['a', 'b'], size)),
        ("digits", random(&['0', '1', '2', '9'], size)),
        ("dots", of(".")),
        ("spaces", of(" ")),
        ("lines", of("\n")),
        ("kana", of("\u{304b}\u{304d}\u{304b}")),
        ("ideographs", random(&['\u{65e5}', '\u{672c}', '\u{4e2d}', '\u{304b}'], size)),
        ("characters of four bytes", of("\u{1f600}")),
        ("letters of four bytes", of("\u{10400}")),
        ("marks", of("\u{301}")),
        ("marks out of order", format!("a{}", of("\u{301}\u{323}"))),
        ("apostrophes", of("'")),
        ("contractions", of("'s")),
        ("zeros", of("\0")),
    ]
}

/// Whether ids are those of the bytes they stand for.
///
/// Merging is local: ids are the encoding of one piece exactly when every two neighbours are the
/// encoding of their own bytes. Pieces are those of the text, so only neighbours inside one count.
fn exact(made: &Made, name: &str, ids: &[u32]) {
    let mut known: HashMap<(u32, u32), bool> = HashMap::new();
    for pair in ids.windows(2) {
        let good = *known.entry((pair[0], pair[1])).or_insert_with(|| {
            let bytes = [made.bytes(pair[0]), made.bytes(pair[1])].concat();
            made.slow_piece(&bytes) == pair
        });
        assert!(good, "{name}: {pair:?}");
    }
    assert!(ids.is_empty() || !known.is_empty(), "{name}");
}

fn decoded(made: &Made, ids: &[u32]) -> String {
    let mut bytes = Vec::new();
    made.tok.decode_bytes(ids, false, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn end(made: &Made, size: usize) {
    // Families whose pieces are short, so that neighbours may be of two pieces.
    let short = BTreeSet::from(["contractions", "spaces"]);
    for (name, text) in families(size) {
        let ids = made.ids(&text);
        assert!(decoded(made, &ids) == reference::nfc(&text), "{name} comes back otherwise");
        if !short.contains(name) {
            exact(made, name, &ids);
        }
    }
}

#[test]
fn a_trained_vocabulary() {
    end(&Made::read(&trained(24, 700)), SIZE);
}

/// Its merges go on for ever: aa, aaaa, aaaaaaaa... up to 4096 letters, and ab likewise.
#[test]
fn a_vocabulary_of_long_tokens() {
    let mut entries: Vec<(String, u32)> = reference::byte_chars()
        .iter()
        .enumerate()
        .map(|(i, c)| (c.to_string(), i as u32))
        .collect();
    let mut merges = vec!["a b".to_owned()];
    entries.push(("ab".to_owned(), 256));
    for unit in ["a", "ab", "."] {
        let mut word = unit.to_owned();
        while word.len() < 4096 {
            merges.push(format!("{word} {word}"));
            word += &word.clone();
            entries.push((word.clone(), entries.len() as u32));
        }
    }
    end(&Made::read(&hard::file(&entries, &merges, &[])), SIZE);
}

/// Parts come after what they make: the way that needs no order among the merges.
#[test]
fn a_vocabulary_without_order() {
    let drawn = Drawn {
        merges: (0..80).map(|i| (i * 7 + i * i % 5, i * 3 + 1)).collect(),
        late: vec![0, 3, 1, 0, 2, 0],
        order: 7,
    };
    end(&Made::read(&drawn.file()), SIZE / 2);
}

/// Offsets, words and spans take the same ways.
#[test]
fn details_of_long_words() {
    let made = Made::read(&trained(24, 700));
    for (name, text) in families(1 << 18) {
        let encoding =
            made.tok.encode_details(Input::Text(&text), None, true, &Special::Parse, None).unwrap();
        assert!(encoding.ids == made.ids(&text), "{name}");
        assert_eq!(encoding.byte_spans.last().map(|span| span.1 as usize), Some(text.len()));
    }
}

/// White space that is a token, swallows its own kind, and must not be gone over again and again.
#[test]
fn tokens_that_swallow_white_space() {
    for flags in ["rstrip", "lstrip", "lstrip rstrip", "single_word rstrip"] {
        let mut file = trained(0, 300);
        let next = file["model"]["vocab"].as_object().unwrap().len() as u32;
        let list = file["added_tokens"].as_array_mut().unwrap();
        list.push(hard::added(next, "\t", flags));
        list.push(hard::added(next + 1, "<x>", flags));
        let made = Made::read(&file);
        let mut split = reference::Gpt2::new();
        for unit in ["\t", " \t", "\t ", "<x>\t", "\t\t<x> ", "x\t"] {
            let text = unit.repeat(SIZE / unit.len());
            assert!(!made.ids(&text).is_empty());
            let text = unit.repeat(300);
            assert_eq!(made.ids(&text), made.slow(&mut split, &text), "{unit:?} {flags}");
        }
    }
}
