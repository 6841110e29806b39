//! Ids of vocabularies drawn blindly against the slow way, in every profile.
#![no_main]

mod japanese_twins;
use arbitrary::Arbitrary;
use japanese_twins::made::Drawn;
use libfuzzer_sys::fuzz_target;
use neox_text::encode::Special;
use neox_text::japanese::{Options, Profile};
use neox_text::text::Text;

const UNITS: [&str; 32] = [
    "a",
    "b",
    "1",
    "2",
    "/",
    "<",
    ">",
    "|",
    "あ",
    "か",
    "カ",
    "ｶ",
    "ー",
    "—",
    "葛",
    "慶",
    "円",
    "千",
    "゛",
    "ﾞ",
    "\u{3099}",
    "\u{e0100}",
    "\u{fe0f}",
    "¡",
    "℃",
    "─",
    "𠮷",
    "🐯",
    " ",
    "\n",
    "\r",
    "<SP>",
];

#[derive(Arbitrary, Debug)]
struct Case {
    lines: Vec<Vec<Vec<u8>>>,
    before: u8,
    emoji: Vec<(Vec<u8>, u8)>,
    texts: Vec<Vec<u8>>,
    clean: bool,
    profile: u8,
}

fn text(letters: &[u8], most: usize) -> String {
    let unit = |n: &u8| UNITS[usize::from(*n) % UNITS.len()];
    letters.iter().take(most).map(unit).collect()
}

fuzz_target!(|case: Case| {
    let surface = |letters: &Vec<u8>| {
        let text = text(letters, 5);
        let begins = text.starts_with('<');
        let plain: String = text.chars().filter(|c| !"<>\n\r".contains(*c)).collect();
        if begins { format!("<{plain}") } else { plain }
    };
    let line = |line: &Vec<Vec<u8>>| line.iter().take(3).map(surface).collect();
    let mut emoji: Vec<(String, u8)> = Vec::new();
    for (letters, class) in case.emoji.iter().take(6) {
        let key: String = text(letters, 4).replace(['<', '>', '|', '1', '2', 'S'], "🐯");
        if !key.is_empty() && emoji.iter().all(|(other, _)| *other != key) {
            emoji.push((key, class % 12 + 1));
        }
    }
    let drawn = Drawn {
        lines: case.lines.iter().take(40).map(line).collect(),
        before: case.before.into(),
        emoji,
    };
    let profile = [Profile::Hf, Profile::Original, Profile::Modern][usize::from(case.profile % 3)];
    let options = Options { clean: case.clean, ..Options::of(profile) };
    let Some(made) = drawn.try_made(&options) else { return };
    for letters in case.texts.iter().take(4) {
        let text = text(letters, 200);
        let ids = made.ids(Text::Utf8(&text), &Special::Parse);
        assert_eq!(ids.ok(), made.twin.ids(&text, &Special::Parse).ok(), "{text:?}");
    }
});
