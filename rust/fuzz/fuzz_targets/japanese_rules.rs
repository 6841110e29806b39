//! What works on Japanese text without a tokenizer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neox_text::japanese::clean::{Price, Rules, find_in, replace};
use neox_text::japanese::emoji::emoji_classes;
use neox_text::japanese::heterographs::{LAYERS, normalize};
use neox_text::japanese::sentences::split_sentences;

fuzz_target!(|case: (u8, &str)| {
    let (which, text) = case;
    let chars = text.chars().count();
    let prices = [Price::Hf, Price::HfPy310, Price::Original].map(Rules::Reference);
    for rules in prices.into_iter().chain([Rules::Better]) {
        let Ok(found) = find_in(text, rules) else { panic!("refused") };
        let mut at = 0;
        for place in &found {
            assert!(at <= place.start && place.start < place.end);
            at = place.end;
        }
        assert!(at as usize <= chars);
        let _ = replace(text, &found);
    }
    let some: Vec<_> = LAYERS
        .into_iter()
        .enumerate()
        .filter(|(at, _)| which >> at & 1 == 1)
        .map(|(_, l)| l)
        .collect();
    for layers in [&LAYERS[..], &some] {
        let once = normalize(text, layers);
        assert_eq!(normalize(&once, layers), once);
    }
    let sentences = split_sentences(text);
    assert_eq!(sentences.concat(), text);
    assert!(sentences.iter().all(|sentence| !sentence.is_empty()));
    let mut at = 0;
    for (start, end, class) in emoji_classes(text) {
        assert!(at <= start && start < end && end <= chars && (1..=12).contains(&class));
        at = end;
    }
});
