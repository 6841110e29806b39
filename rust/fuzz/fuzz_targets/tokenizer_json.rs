//! Any bytes as a tokenizer.json: an error with a place, or a tokenizer that works.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neox_text::bpe::{Edition, Input, Special, Tokenizer};

fuzz_target!(|bytes: &[u8]| {
    match Tokenizer::from_bytes(bytes, Edition::Unicode9) {
        Err(error) => assert!(error.place().is_some()),
        Ok(tok) => {
            let text = Input::Text("abc <|endoftext|>  e\u{301} \u{304b}'ll");
            let Ok(made) = tok.encode_details(text, None, true, &Special::Parse, None) else {
                panic!("refused");
            };
            let mut bytes = Vec::new();
            assert!(tok.decode_bytes(&made.ids, false, &mut bytes).is_ok());
        }
    }
});
