//! A compiled file with any content and a right checksum.
#![no_main]

mod twins;
use libfuzzer_sys::fuzz_target;
use neox_text::bpe::{Input, Special, Tokenizer};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use twins::hard::{Made, trained};

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| Made::read(&trained(3, 262)).tok.compile(""));

fuzz_target!(|changes: Vec<(u16, u8, bool)>| {
    let mut bytes = WHOLE.clone();
    for (at, value, removed) in changes {
        let at = 48 + usize::from(at) % (bytes.len() - 48).max(1);
        if removed && bytes.len() > 64 {
            bytes.remove(at);
        } else if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
    }
    let digest = Sha256::digest(&bytes[48..]);
    bytes[16..48].copy_from_slice(&digest);
    if let Ok((tok, _)) = Tokenizer::from_compiled(&bytes) {
        let text = Input::Text("abc <|endoftext|>   e\u{301} \u{304b}'ll q");
        let Ok(made) = tok.encode_details(text, None, true, &Special::Parse, None) else {
            panic!("refused");
        };
        let mut bytes = Vec::new();
        assert!(tok.decode_bytes(&made.ids, false, &mut bytes).is_ok());
    }
});
