//! The scanner against the slow twin: where pieces begin.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in what the tests share

mod hard;
mod reference;

use neox_text::bpe::{Edition, Normalizer, pieces};
use proptest::prelude::*;
use reference::Gpt2;
use std::cell::RefCell;

thread_local! {
    static TWIN: RefCell<Gpt2> = RefCell::new(Gpt2::new());
}

fn fast(text: &str, normalizer: Normalizer) -> Vec<String> {
    let mut found = Vec::new();
    pieces(text, normalizer, &mut |piece| {
        found.push(String::from_utf8(piece.to_vec()).expect("a piece is whole characters"));
    });
    found
}

fn slow(text: &str) -> Vec<String> {
    TWIN.with_borrow_mut(|twin| twin.split(text).into_iter().map(|r| text[r].to_owned()).collect())
}

fn same(text: &str) {
    assert_eq!(fast(text, Normalizer::None), slow(text), "{text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 6000.max(ProptestConfig::default().cases),
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn hard_texts(text in hard::text()) {
        prop_assert_eq!(fast(&text, Normalizer::None), slow(&text));
    }

    #[test]
    fn hard_texts_composed(text in hard::text()) {
        let due = slow(&reference::nfc(&text));
        prop_assert_eq!(fast(&text, Normalizer::Nfc(Edition::Unicode9)), due);
    }

    #[test]
    fn any_text(text in "\\PC{0,40}|[\\s\\p{N}'stlvredm]{0,200}") {
        prop_assert_eq!(fast(&text, Normalizer::None), slow(&text));
    }
}

/// Runs of white space of every length, beginning at every place of two blocks.
#[test]
fn white_runs_at_every_alignment() {
    for white in [" ", "\n", "\u{a0}", "\u{3000}"] {
        for head in 0..66usize {
            for length in 1..=80usize {
                let run = white.repeat(length);
                for tail in ["", "x", "\n", " \u{e9}"] {
                    same(&format!("{}{run}{tail}", "a".repeat(head)));
                }
            }
        }
    }
}

/// What reaches over the edge of a block, at every place around the first two edges.
#[test]
fn edges_of_blocks() {
    let hard: Vec<&str> = hard::CONTRACTIONS
        .iter()
        .chain(&hard::WHITE)
        .chain(&hard::NUMBERS)
        .chain(&hard::WORDS)
        .chain(&hard::OTHERS)
        .copied()
        .chain(["'ll x", " 's", "  '", "'ve\u{e9}", "a's't're", " \n ", "\u{3000} x", "1\u{2167}a"])
        .collect();
    for pad in ["a", " ", "1", ".", "\u{3042}", "\u{1f600}", "a ", "'"] {
        for at in 0..=130usize {
            let mut head = pad.repeat(at / pad.len() + 1);
            while head.len() > at {
                head.pop();
            }
            while head.len() < at {
                head.push('z');
            }
            for piece in &hard {
                for tail in ["", "s", " z", "  "] {
                    same(&format!("{head}{piece}{tail}"));
                }
            }
        }
    }
}

/// Two characters after another, of every pair of classes, one of them any character there is.
#[test]
fn every_character_between_others() {
    for c in '\0'..=char::MAX {
        let text = format!("a{c}b 1{c}{c} {c}'s .{c}");
        same(&text);
    }
}

/// More pieces than a batch holds, and pieces longer than one.
#[test]
fn batches() {
    for length in [1, 63, 64, 65, 255, 511, 512, 513, 1024, 1025, 5000] {
        same(&"a ".repeat(length));
        same(&"a1".repeat(length));
        same(&"a".repeat(length));
        same(&format!("{} x", "\u{3042}".repeat(length)));
        same(&" ".repeat(length));
        same(&format!("{}'ll", "\n".repeat(length)));
    }
}
