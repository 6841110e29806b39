//! Offsets, words and spans: the same ids as the fast way, and spans that are a partition.
#![no_main]

mod twins;
use libfuzzer_sys::fuzz_target;
use neox_text::bpe::{Input, Special};
use std::sync::LazyLock;
use twins::hard::{Made, trained};

static MADE: LazyLock<Made> = LazyLock::new(|| Made::read(&trained(24, 500)));

fuzz_target!(|text: &str| {
    for special in [Special::Parse, Special::Text] {
        let Ok(encoding) = MADE.tok.encode_details(Input::Text(text), None, true, &special, None)
        else {
            panic!("refused");
        };
        assert_eq!(encoding.ids, MADE.ids_as(text, &special));
        let mut at = 0;
        for &(start, end) in &encoding.byte_spans {
            assert!(start == at && start <= end && text.is_char_boundary(end as usize));
            at = end;
        }
        assert!(encoding.ids.is_empty() || at as usize == text.len());
        let chars = text.chars().count() as u32;
        assert!(encoding.offsets.iter().all(|&(start, end)| start <= end && end <= chars));
    }
});
