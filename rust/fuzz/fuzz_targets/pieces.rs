//! Where pieces begin: the scanner against the slow twin.
#![no_main]

mod twins;
use libfuzzer_sys::fuzz_target;
use neox_text::bpe::{Edition, Normalizer, pieces};
use std::cell::RefCell;
use twins::reference;

thread_local! {
    static TWIN: RefCell<reference::Gpt2> = RefCell::new(reference::Gpt2::new());
}

fuzz_target!(|text: &str| {
    for normalizer in [Normalizer::None, Normalizer::Nfc(Edition::Unicode9)] {
        let normal = match normalizer {
            Normalizer::None => text.to_owned(),
            Normalizer::Nfc(_) => reference::nfc(text),
        };
        let due: Vec<_> = TWIN.with_borrow_mut(|twin| twin.split(&normal));
        let mut due = due.into_iter().map(|range| &normal.as_bytes()[range]);
        pieces(text, normalizer, &mut |piece| assert_eq!(Some(piece), due.next()));
        assert_eq!(due.next(), None);
    }
});
