//! Any bytes as a `vocab.txt`, alone and around the lines that every vocabulary needs.
#![no_main]

mod japanese_twins;
use japanese_twins::made::Drawn;
use libfuzzer_sys::fuzz_target;
use neox_text::encode::{Encode, Input, Special};
use neox_text::japanese::{Files, Options, Profile, Tokenizer};
use std::sync::{Arc, LazyLock};

static NEEDED: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let drawn = Drawn { lines: Vec::new(), before: 0, emoji: vec![("🐯".to_owned(), 4)] };
    (drawn.vocab().into_bytes(), drawn.emoji_json().into_bytes())
});

fuzz_target!(|case: (&[u8], &[u8])| {
    let (before, behind) = case;
    let (needed, emoji) = &*NEEDED;
    let _ = Files::new(before.to_vec(), emoji.clone(), None);
    let vocab = [before, b"\n", needed, b"\n", behind].concat();
    let Ok(files) = Files::new(vocab, emoji.clone(), None) else { return };
    let files = Arc::new(files);
    let text = String::from_utf8_lossy(behind);
    for profile in [Profile::Hf, Profile::Modern] {
        // Named tokens that are no entries may have no id left.
        let Ok(tok) = Tokenizer::new(files.clone(), Options::of(profile)) else { continue };
        let found = tok.encode_details(Input::Text(&text), None, true, &Special::Parse, None);
        assert!(found.is_ok());
        assert!(tok.vocab(true).all(|(surface, _)| tok.token_to_id(surface).is_some()));
    }
});
