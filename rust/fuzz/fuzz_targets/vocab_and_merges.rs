//! Any texts as a vocab.json and a merges.txt.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neox_text::bpe::{FromFiles, Normalizer, Tokenizer, byte_char};

fuzz_target!(|files: (&str, &str)| {
    let options = FromFiles {
        normalizer: Normalizer::None,
        special_tokens: vec!["<s>".to_owned()],
        add_prefix_space: true,
        trim_offsets: true,
    };
    let alphabet: serde_json::Map<String, serde_json::Value> =
        (0..=255u8).map(|byte| (byte_char(byte).to_string(), u32::from(byte).into())).collect();
    let mut known = alphabet;
    known.insert("ab".to_owned(), 256.into());
    known.insert("abc".to_owned(), 257.into());
    let known = serde_json::Value::Object(known).to_string();
    for vocab in [files.0, &known] {
        if let Err(error) = Tokenizer::from_vocab_and_merges(vocab, files.1, &options) {
            assert!(error.place().is_some());
        }
    }
});
