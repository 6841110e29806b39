//! The trainer against its slow twin, and what it refuses.

#![allow(clippy::unwrap_used)]

mod reference;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use neox_text::bpe::train::{Counter, Progress, Split, TrainOptions, Trained, train};
use neox_text::{Error, ErrorKind};
use proptest::prelude::*;
use proptest::{collection, sample};
use reference::{Added, Gpt2, cut_added, nfc};

type Pieces = BTreeMap<Vec<u8>, u64>;

fn options(vocab_size: usize) -> TrainOptions {
    TrainOptions {
        vocab_size,
        special_tokens: Vec::new(),
        min_frequency: 0,
        space_runs: 0,
        nfc: true,
    }
}

fn go_on(_: u64, _: u64, _: &'static str) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn trained_on(pieces: &Pieces, options: &TrainOptions) -> Trained {
    let mut counter = Counter::new(options.space_runs);
    for (piece, times) in pieces {
        counter.add_piece(piece, *times);
    }
    train(counter, options, &mut go_on).unwrap()
}

/// NFC and the pattern of GPT-2, by the slow twins.
fn split(text: &str, piece: &mut dyn FnMut(&[u8])) {
    let text = nfc(text);
    Gpt2::new().split(&text).into_iter().for_each(|range| piece(&text.as_bytes()[range]));
}

/// Words between spaces, fast enough for megabytes.
fn split_words(text: &str, piece: &mut dyn FnMut(&[u8])) {
    text.split(' ').filter(|word| !word.is_empty()).for_each(|word| piece(word.as_bytes()));
}

fn counted<T: AsRef<str> + Sync>(
    texts: &[T],
    split: &Split<'_>,
    runs: usize,
    threads: usize,
) -> Counter {
    let mut counter = Counter::new(runs);
    counter.add_texts(texts, split, threads);
    counter
}

/// Texts of made-up words, about `bytes` long in all.
fn made_up(bytes: usize) -> Vec<String> {
    let (mut state, mut texts, mut size) = (1u64, Vec::new(), 0);
    while size < bytes {
        let mut text = String::new();
        for _ in 0..50 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (start, length) = ((state >> 40) as usize % 60, (state >> 50) as usize % 7 + 1);
            text += &"thequickbrownfoxjumpsoverthelazydogandrunsalongtheriverbankuntilnight"
                [start..start + length.min(9)];
            text.push(' ');
        }
        size += text.len();
        texts.push(text);
    }
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn equals_the_slow_twin(
        pieces in collection::btree_map(
            prop_oneof![
                collection::vec(sample::select(b"ab".as_slice()), 1..60),
                collection::vec(sample::select(b"abc ".as_slice()), 1..40),
                collection::vec(sample::select(b"xyz\xe3\x81\x82'".as_slice()), 1..9),
            ],
            prop_oneof![1u64..4, Just(u64::from(u32::MAX) * 3)],
            0..14,
        ),
        special in sample::select(vec![
            vec![], vec!["<|endoftext|>"], vec!["ab", "a"], vec!["aba", "Ġ", "bb"],
        ]),
        size in 240usize..420,
        min_frequency in 0u64..4,
    ) {
        let options = TrainOptions {
            min_frequency,
            special_tokens: special.iter().map(ToString::to_string).collect(),
            ..options(size)
        };
        let got = trained_on(&pieces, &options);
        let due = reference::train(&pieces, &special, size, min_frequency);
        prop_assert_eq!((got.vocab, got.merges), due);
    }

    #[test]
    fn counts_what_the_encoder_will_see(
        texts in collection::vec("[ab\u{301}x1'\n]{0,6}( {1,9}[ae\u{301}s' \n]{0,4}){0,5}", 0..8),
        runs in 0usize..6,
        threads in 1usize..4,
    ) {
        let tokens = (2..=runs).map(|n| Added {
            id: 0, content: " ".repeat(n), lstrip: false, rstrip: false, single_word: false,
        });
        let tokens: Vec<Added> = tokens.collect();
        let (mut pieces, mut gpt2) = (Pieces::new(), Gpt2::new());
        for text in texts.iter().map(|text| nfc(text)) {
            for (_, part) in cut_added(&text, &tokens).into_iter().filter(|(id, _)| id.is_none()) {
                for piece in gpt2.split(&text[part.clone()]) {
                    *pieces.entry(text[part.clone()][piece].into()).or_default() += 1;
                }
            }
        }
        let options = TrainOptions { space_runs: runs, ..options(300) };
        let got = train(counted(&texts, &split, runs, threads), &options, &mut go_on).unwrap();
        let due = reference::train(&pieces, &[], 300 - runs.saturating_sub(1), 0);
        prop_assert_eq!((&got.vocab, &got.merges), (&due.0, &due.1));
        let added: Vec<(usize, usize)> =
            got.added.iter().map(|token| (token.id as usize, token.content.len())).collect();
        let due_added = (2..=runs).rev().enumerate().map(|(i, n)| (due.0.len() + i, n));
        prop_assert_eq!(added, due_added.collect::<Vec<_>>());
    }
}

#[test]
fn twin_splits_as_the_pattern() {
    let cases: [(&str, &[&str]); 6] = [
        ("Hello world's 42", &["Hello", " world", "'s", " 42"]),
        ("a  b \n c", &["a", " ", " b", " \n", " c"]),
        ("x!? ...\t", &["x", "!?", " ...", "\t"]),
        ("'they'll 'S", &["'t", "hey", "'ll", " '", "S"]),
        ("\u{3000}\u{3000}あ1½ ", &["\u{3000}", "\u{3000}", "あ", "1½", " "]),
        ("e\u{301}", &["e", "\u{301}"]),
    ];
    for (text, due) in cases {
        let got: Vec<&str> =
            Gpt2::new().split(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(got, due);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let texts = made_up(600_000);
    let trained = |threads| {
        train(counted(&texts, &split_words, 0, threads), &options(500), &mut go_on).unwrap()
    };
    let one = trained(1);
    assert_eq!(one.vocab.len(), 500);
    for threads in [2, 3, 7] {
        assert_eq!(trained(threads), one, "{threads} threads");
    }
}

#[test]
fn counts_do_not_wrap() {
    let often = Pieces::from([(b"ab".to_vec(), (1 << 32) + 1), (b"cd".to_vec(), 2)]);
    assert_eq!(trained_on(&often, &options(257)).vocab[256], "ab");
    let most = TrainOptions { min_frequency: 1 << 40, ..options(300) };
    let often = Pieces::from([(b"ab".to_vec(), 1 << 40), (b"cd".to_vec(), (1 << 40) - 1)]);
    assert_eq!(trained_on(&often, &most).vocab[256..], ["ab"]);
}

#[test]
fn a_vocabulary_smaller_than_the_bytes_has_them_all_the_same() {
    let pieces = Pieces::from([(b"ab".to_vec(), 9)]);
    let got =
        trained_on(&pieces, &TrainOptions { special_tokens: vec!["x y".into()], ..options(5) });
    assert_eq!((got.vocab.len(), got.merges.len(), got.vocab[0].as_str()), (257, 0, "x y"));
}

#[test]
fn files_are_read_line_by_line() {
    let folder = tempfile("lines");
    let mut text = "one  two\r\n\n three\n\n\n".to_owned();
    text += &"é long line without an end ".repeat(400_000);
    text += "\nlast e\u{301}";
    std::fs::write(folder.join("a.txt"), &text).unwrap();
    std::fs::write(folder.join("b.txt"), "\n").unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').chain(["\n"]).collect();
    let mut counter = Counter::new(0);
    let mut told = Vec::new();
    let mut progress = |done, total, stage| {
        told.push((done, total, stage));
        ControlFlow::Continue(())
    };
    let paths = [folder.join("a.txt"), folder.join("b.txt")];
    counter.add_files(&paths, &split_whole, 2, &mut progress).unwrap();
    let got = train(counter, &options(400), &mut progress).unwrap();
    let due = train(counted(&lines, &split_whole, 0, 1), &options(400), &mut go_on).unwrap();
    assert_eq!(got, due);
    assert!(told.contains(&(text.len() as u64 + 1, text.len() as u64 + 1, "count")), "{told:?}");
    for stage in ["count", "merge"] {
        let done: Vec<u64> = told.iter().filter(|t| t.2 == stage).map(|t| t.0).collect();
        assert!(!done.is_empty() && done.is_sorted(), "{stage}: {done:?}");
    }
    assert!(told.iter().all(|(done, total, _)| done <= total), "{told:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// The first bytes of a text are one piece.
fn split_whole(text: &str, piece: &mut dyn FnMut(&[u8])) {
    piece(&text.as_bytes()[..text.len().min(40)]);
}

fn tempfile(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("neox-text-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn error_of_file(path: &Path, progress: &mut Progress<'_>) -> Error {
    Counter::new(0).add_files(&[path], &split_words, 1, progress).unwrap_err()
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile("errors");
    let missing = folder.join("no such file.txt");
    let error = error_of_file(&missing, &mut go_on);
    assert_eq!(error.kind(), ErrorKind::Io(std::io::ErrorKind::NotFound));
    assert_eq!(error.path(), Some(missing.as_path()));
    assert!(matches!(error_of_file(&folder, &mut go_on).kind(), ErrorKind::Io(_)));

    let bad = folder.join("bad.txt");
    let mut bytes = "line\n".repeat(2_000_000).into_bytes();
    bytes.extend(b"caf\xe9\n");
    std::fs::write(&bad, &bytes).unwrap();
    let error = error_of_file(&bad, &mut go_on);
    assert_eq!(error.kind(), ErrorKind::Utf8);
    assert_eq!((error.place(), error.path()), (Some("byte 10000003"), Some(bad.as_path())));

    let mut calls = 0;
    let stop = &mut |_: u64, _: u64, _: &'static str| {
        calls += 1;
        ControlFlow::Break(())
    };
    assert!(error_of_file(&bad, stop).to_string().contains("stopped"));
    assert_eq!(calls, 1);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn options_out_of_range_are_refused() {
    let refused = |options: &TrainOptions| {
        let counter = Counter::new(options.space_runs);
        let error = train(counter, options, &mut go_on).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        error.to_string()
    };
    let special = |token: &str, space_runs| TrainOptions {
        special_tokens: vec!["<s>".to_owned(), token.to_owned()],
        space_runs,
        ..options(300)
    };
    assert!(refused(&options((1 << 24) + 1)).contains("16777217"));
    assert!(refused(&special("", 0)).contains("special_tokens[1]"));
    assert!(refused(&special("   ", 4)).contains("special_tokens[1]"));
    assert!(refused(&special("x", 1 << 20)).contains("space_runs"));
    assert_eq!(train(Counter::new(2), &special("   ", 2), &mut go_on).unwrap().added.len(), 3);
    let other_runs = train(Counter::new(3), &special("x", 2), &mut go_on);
    assert!(other_runs.unwrap_err().to_string().contains("runs of 3 spaces"));
    let stop = &mut |_: u64, _: u64, _: &'static str| ControlFlow::Break(());
    assert!(train(Counter::new(0), &options(300), stop).is_err());
}

#[test]
fn the_file_has_the_layout_of_gpt_neox() {
    let options = TrainOptions {
        special_tokens: vec!["<|endoftext|>".to_owned(), "<|endoftext|>".to_owned()],
        space_runs: 3,
        ..options(260)
    };
    let pieces = Pieces::from([("\"あ\"".into(), 2), ("あ".into(), 3)]);
    let text = trained_on(&pieces, &options).to_json().unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["normalizer"]["type"], "NFC");
    for stage in ["pre_tokenizer", "post_processor", "decoder"] {
        assert_eq!(file[stage]["type"], "ByteLevel");
        assert_eq!(file[stage]["add_prefix_space"], false);
    }
    let added = |i: usize, key: &str| file["added_tokens"][i][key].clone();
    assert_eq!((added(0, "content"), added(0, "id")), ("<|endoftext|>".into(), 0.into()));
    assert_eq!((added(0, "special"), added(0, "normalized")), (true.into(), false.into()));
    assert_eq!((added(1, "content"), added(1, "id")), ("   ".into(), 258.into()));
    assert_eq!((added(1, "special"), added(1, "normalized")), (false.into(), true.into()));
    assert_eq!((added(2, "content"), added(2, "id")), ("  ".into(), 259.into()));
    assert_eq!(file["added_tokens"].as_array().unwrap().len(), 3);
    assert_eq!(file["model"]["vocab"]["<|endoftext|>"], 0);
    assert_eq!(file["model"]["vocab"]["!"], 1);
    assert_eq!(file["model"]["vocab"]["ãģ"], 257);
    assert_eq!(file["model"]["merges"], serde_json::json!(["ã ģ"]));
}
