//! Any text with one small vocabulary: the slow ids, a partition, and all of it back.
#![no_main]

mod japanese_twins;
use japanese_twins::made::{Drawn, Made};
use libfuzzer_sys::fuzz_target;
use neox_text::encode::{Encode, Input, Special};
use neox_text::japanese::{Options, Profile};
use neox_text::text::Text;
use std::sync::LazyLock;

static MADE: LazyLock<Vec<Made>> = LazyLock::new(|| {
    let lines = [
        "カード",
        "てい",
        "ている",
        "慶応,慶應",
        "弁,弁\u{e0100}",
        "カ,ｶ",
        "が",
        "葛",
        "円",
        "1",
        "a",
        "ab",
        "<",
        ">",
    ];
    let line = |line: &str| line.split(',').map(str::to_owned).collect();
    let keys = ["👋", "👋🏻", "❤\u{fe0f}", "❤", "🐯", "(^_^)"];
    let drawn = Drawn {
        lines: lines.into_iter().map(line).collect(),
        before: 6,
        emoji: keys.into_iter().zip(1..).map(|(key, class)| (key.to_owned(), class)).collect(),
    };
    let of = |profile, clean| drawn.made(&Options { clean, ..Options::of(profile) });
    [Profile::Hf, Profile::Original, Profile::Modern]
        .into_iter()
        .flat_map(|profile| [of(profile, false), of(profile, true)])
        .collect()
});

fuzz_target!(|text: &str| {
    for made in MADE.iter() {
        let due = made.twin.tokens(text, &Special::Parse).ok();
        let ids = made.ids(Text::Utf8(text), &Special::Parse).ok();
        assert_eq!(ids, due.as_ref().map(|tokens| tokens.iter().map(|token| token.0).collect()));
        for special in [Special::Parse, Special::Text] {
            let Ok(found) = made.tok.encode_details(Input::Text(text), None, true, &special, None)
            else {
                panic!("refused");
            };
            let mut at = 0;
            for &(start, end) in &found.byte_spans {
                assert!(start == at && start <= end && text.is_char_boundary(end as usize));
                at = end;
            }
            assert_eq!(at as usize, text.len());
            for id in &found.ids {
                assert!(made.tok.token_bytes(*id).is_ok());
            }
        }
        assert!(made.tok.explain(text).is_ok());
        // Hangul has no line and no other form: it comes back from its bytes.
        if made.tok.options().lossless {
            let kept: String = text.chars().filter(|c| ('가'..='힣').contains(c)).collect();
            let ids = made.ids(Text::Utf8(&kept), &Special::Parse).unwrap_or_default();
            let bytes = ids.iter().filter_map(|id| made.tok.raw_bytes(*id).ok()).flatten();
            assert_eq!(bytes.copied().collect::<Vec<u8>>(), kept.as_bytes());
        }
    }
});
