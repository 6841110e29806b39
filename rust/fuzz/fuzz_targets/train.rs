//! Training against the slow trainer.
#![no_main]

mod twins;
use libfuzzer_sys::fuzz_target;
use neox_text::bpe::train::{Counter, TrainOptions, train};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use twins::reference;

fuzz_target!(|case: (Vec<(Vec<u8>, u8)>, u8, u8)| {
    let (words, more, least) = case;
    let mut pieces: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for (word, times) in words.into_iter().take(20) {
        let word: Vec<u8> =
            word.iter().take(24).map(|byte| b"abc d"[usize::from(byte % 5)]).collect();
        if !word.is_empty() {
            *pieces.entry(word).or_default() += u64::from(times % 8) + 1;
        }
    }
    let size = 257 + usize::from(more % 40);
    let least = u64::from(least % 4);
    let mut counter = Counter::new(0);
    for (piece, times) in &pieces {
        counter.add_piece(piece, *times);
    }
    let options = TrainOptions {
        vocab_size: size,
        special_tokens: vec!["<s>".to_owned()],
        min_frequency: least,
        space_runs: 0,
        nfc: false,
    };
    let made = train(counter, &options, &mut |_, _, _| ControlFlow::Continue(()));
    let due = reference::train(&pieces, &["<s>"], size, least);
    let made = made.map(|made| (made.vocab, made.merges));
    assert_eq!(made.ok(), Some(due));
});
