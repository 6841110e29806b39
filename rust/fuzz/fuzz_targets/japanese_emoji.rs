//! Any bytes as an `emoji.json`, and any keys as a table that means what the slow way makes of it.
#![no_main]

mod japanese_twins;
use japanese_twins::made::Drawn;
use libfuzzer_sys::fuzz_target;
use neox_text::encode::Special;
use neox_text::japanese::Options;
use neox_text::japanese::emoji::EmojiTable;
use neox_text::text::Text;

fuzz_target!(|case: (&[u8], Vec<(String, u8)>, &str)| {
    let (bytes, keys, text) = case;
    let _ = EmojiTable::from_bytes(bytes);
    let mut emoji: Vec<(String, u8)> = Vec::new();
    for (key, class) in keys.into_iter().take(8) {
        if emoji.iter().all(|(other, _)| *other != key) {
            emoji.push((key, class % 12 + 1));
        }
    }
    let lines = ["あ", "a", "<", ">", "|", "ー"].map(|surface| vec![surface.to_owned()]).to_vec();
    let whole: String = emoji.iter().map(|(key, _)| key.as_str()).chain([text]).collect();
    let drawn = Drawn { lines, before: 3, emoji };
    let Some(made) = drawn.try_made(&Options::default()) else { return };
    for text in [text, &whole] {
        let ids = made.ids(Text::Utf8(text), &Special::Parse);
        assert_eq!(ids.ok(), made.twin.ids(text, &Special::Parse).ok(), "{text:?}");
    }
});
