//! Small vocabularies and emoji tables drawn blindly, texts that are hard for them, and options.

use super::twin::{Twin, is_tag};
use neox_text::encode::{AddedToken, Special};
use neox_text::japanese::clean::Price;
use neox_text::japanese::emoji::{EmojiTable, Matching};
use neox_text::japanese::{Files, Match, Options, Profile, Tokenizer};
use neox_text::text::Text;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;

/// Characters of surfaces; some are rare, some are two units of UTF-16, some act alike.
const LETTERS: [&str; 40] = [
    "a",
    "b",
    "1",
    "2",
    ">",
    "|",
    "-",
    "(",
    ")",
    "あ",
    "い",
    "か",
    "が",
    "カ",
    "ガ",
    "ｶ",
    "ー",
    "月",
    "円",
    "千",
    "葛",
    "慶",
    "応",
    "應",
    "弁",
    "辨",
    "\u{3099}",
    "゛",
    "ﾞ",
    "\u{e0100}",
    "\u{fe0f}",
    "¡",
    "℃",
    "─",
    "𠮷",
    "🐯",
    "\u{0}",
    "\u{80}",
    "\u{ffff}",
    "\u{10ffff}",
];

/// What texts hold beside letters and surfaces.
const PIECES: [&str; 62] = [
    " ",
    "\u{3000}",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "—",
    "−",
    "–",
    "―",
    "<",
    "<S",
    "<SP>",
    "<BR>",
    "<URL>",
    "<BLOCK>",
    "<|byte65|>",
    "<|byte227|>",
    "<|emoji4|>",
    "<|endoftext|>",
    "<|startoftext|>",
    "|>",
    "_",
    "한",
    "é",
    "\u{301}",
    "\u{362}",
    "\u{363}",
    "\u{1fff}",
    "\u{2000}",
    "\u{2bff}",
    "\u{2c00}",
    "\u{a0}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{feff}",
    "\u{7f}",
    "\u{1f}",
    "\u{309a}",
    "゜",
    "ﾟ",
    "は",
    "ﾊ",
    "\u{e0101}",
    "\u{fe00}",
    "ｶﾞ",
    "か\u{3099}",
    "葛\u{e0100}",
    "👨\u{200d}👩",
    "🏻",
    "❤\u{fe0f}",
    "(^_^)",
    "m(_ _)m",
    "https://a.jp/x",
    "a@b.jp",
    "03-1234-5678",
    "2020年1月2日(月)12:34",
    "令和2年3月4日",
    "1,234,567円",
    "５００円(税込)",
    "3千億ドル",
    "1/2",
];

const TAGS: [&str; 11] = [
    "<SP>",
    "<BR>",
    "<TAB>",
    "<KIGOU>",
    "<U2000U2BFF>",
    "<URL>",
    "<EMAIL>",
    "<TEL>",
    "<DATE>",
    "<PRICE>",
    "<BLOCK>",
];

/// The lines of a vocabulary: those drawn, some of them behind the tags.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub lines: Vec<Vec<String>>,
    /// How many come before the tags.
    pub before: usize,
    /// Keys of emoji and their classes.
    pub emoji: Vec<(String, u8)>,
}

impl Drawn {
    pub fn vocab(&self) -> String {
        let before = self.before.min(self.lines.len());
        let own = |lines: &[Vec<String>]| -> Vec<String> {
            lines
                .iter()
                .map(|line| if line.is_empty() { ",".into() } else { line.join(",") })
                .collect()
        };
        let mut lines = own(&self.lines[..before]);
        lines.extend(TAGS.map(str::to_owned));
        lines.extend((1..=12).map(|class| format!("<|emoji{class}|>")));
        lines.extend((0..255).map(|byte| format!("<|byte{byte}|>")));
        lines.extend(["<|startoftext|>", "<|endoftext|>"].map(str::to_owned));
        lines.extend(own(&self.lines[before..]));
        lines.join("\n")
    }

    /// As an `emoji.json`, in order.
    pub fn emoji_json(&self) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let key = |(key, class): &(String, u8)| format!("{}: \"<|emoji{class}|>\"", quoted(key));
        let keys: Vec<String> = self.emoji.iter().map(key).collect();
        let shown = ["😀", "🤕", "⚽", "🐯", "🇯🇵", "🍙", "🥁", "🤚", "❤", "🟥", "🌏", "(^_^)"];
        let shown = shown.iter().enumerate();
        let shown: Vec<String> =
            shown.map(|(at, text)| format!("\"<|emoji{}|>\": \"{text}\"", at + 1)).collect();
        format!("{{\"emoji\": {{{}}}, \"emoji_inv\": {{{}}}}}", keys.join(", "), shown.join(", "))
    }

    pub fn files(&self) -> Arc<Files> {
        let (vocab, emoji) = (self.vocab().into_bytes(), self.emoji_json().into_bytes());
        Arc::new(Files::new(vocab, emoji, None).unwrap())
    }

    /// Both, or nothing where the files are refused.
    pub fn try_made(&self, options: &Options) -> Option<Made> {
        let (vocab, emoji) = (self.vocab(), self.emoji_json());
        let table = EmojiTable::from_json(&emoji).ok()?;
        let files = Files::new(vocab.clone().into_bytes(), emoji.into_bytes(), None).ok()?;
        Some(Made {
            tok: Tokenizer::new(Arc::new(files), options.clone()).ok()?,
            twin: Twin::new(&vocab, table, options.clone()),
        })
    }

    pub fn made(&self, options: &Options) -> Made {
        self.try_made(options).unwrap()
    }
}

/// A tokenizer and its slow twin.
pub struct Made {
    pub tok: Tokenizer,
    pub twin: Twin,
}

impl Made {
    pub fn with_added(self, tokens: &[AddedToken]) -> Self {
        let tok = self.tok.with_added_tokens(tokens).unwrap();
        Self { tok, twin: self.twin.with_added(tokens) }
    }

    /// The ids of a text, or what it was refused with.
    pub fn ids(&self, text: Text, special: &Special) -> Result<Vec<u32>, String> {
        self.tok.with_scratch(|scratch| {
            let mut ids = Vec::new();
            let done = self.tok.encode_ids(text, special, scratch, &mut ids);
            done.map(|()| ids).map_err(|error| error.to_string())
        })
    }
}

fn letter() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => select(&LETTERS[..26]).prop_map(str::to_owned),
        2 => select(&LETTERS[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_filter("in no line", |c| !",\n\r<\u{feff}".contains(*c)).prop_map(String::from),
    ]
}

fn surface() -> impl Strategy<Value = String> {
    let size = prop_oneof![4 => 1..3usize, 3 => 3..4usize, 1 => 4..6usize];
    let letters = size.prop_flat_map(|size| prop::collection::vec(letter(), size));
    (letters, prop::bool::weighted(0.1), prop::bool::weighted(0.3)).prop_map(
        |(letters, begins, tag)| {
            let plain = letters.concat();
            match (begins, tag) {
                (false, _) => plain,
                (true, tag) => {
                    let inside: String = plain.chars().filter(|c| !"<>".contains(*c)).collect();
                    format!("<{inside}{}", if tag && !inside.is_empty() { ">" } else { "" })
                }
            }
        },
    )
}

/// One is the comma's line, where it is empty.
fn line() -> impl Strategy<Value = Vec<String>> {
    let tags_stand_alone = |mut line: Vec<String>| {
        if line.iter().any(|surface| is_tag(surface)) {
            line.truncate(1);
        }
        line
    };
    prop_oneof![
        30 => prop::collection::vec(surface(), 1..4).prop_map(tags_stand_alone),
        1 => Just(Vec::new()),
    ]
}

fn emoji_key() -> impl Strategy<Value = String> {
    const OWN: [&str; 11] =
        ["🐯", "🐯🐯", "❤", "❤\u{fe0f}", "👨", "👨\u{200d}👩", "🏻", "(^_^)", "m(_ _)m", "(^", "¡"];
    const PARTS: [&str; 7] = ["a", "あ", "か", "🐯", "ー", "葛", "("];
    let drawn = prop::collection::vec(select(&PARTS[..]), 1..4).prop_map(|parts| parts.concat());
    prop_oneof![4 => select(&OWN[..]).prop_map(str::to_owned), 1 => drawn]
}

pub fn drawn() -> impl Strategy<Value = Drawn> {
    let emoji = prop::collection::vec((emoji_key(), 1..13u8), 0..8).prop_map(|mut keys| {
        let mut seen = Vec::new();
        keys.retain(|(key, _)| {
            !seen.contains(key) && {
                seen.push(key.clone());
                true
            }
        });
        keys
    });
    (prop::collection::vec(line(), 1..50), 0..50usize, emoji)
        .prop_map(|(lines, before, emoji)| Drawn { lines, before, emoji })
}

/// Texts of letters, pieces and the surfaces of the vocabulary.
pub fn text(drawn: &Drawn) -> BoxedStrategy<String> {
    let mut own: Vec<String> = drawn.lines.iter().flatten().cloned().collect();
    own.extend(drawn.emoji.iter().map(|(key, _)| key.clone()));
    own.push("あ".to_owned());
    let part = prop_oneof![
        4 => letter(),
        3 => select(&PIECES[..]).prop_map(str::to_owned),
        4 => select(own),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat()).boxed()
}

/// A vocabulary with a few texts for it.
pub fn drawn_with_texts(most: usize) -> impl Strategy<Value = (Drawn, Vec<String>)> {
    drawn().prop_flat_map(move |drawn| {
        let texts = prop::collection::vec(text(&drawn), 1..=most);
        (Just(drawn), texts)
    })
}

/// The three profiles, and mixtures of their options.
pub fn options() -> impl Strategy<Value = Options> {
    let price = select(vec![Price::Hf, Price::HfPy310, Price::Original]);
    let flags = prop::array::uniform10(any::<bool>());
    (0..6usize, flags, price).prop_map(|(profile, flags, price)| {
        let made = |profile| Options { clean: flags[0], ..Options::of(profile) };
        match profile {
            0 => made(Profile::Hf),
            1 => made(Profile::Original),
            2 => made(Profile::Modern),
            _ => Options {
                price,
                comma: flags[1],
                lossless: flags[2],
                strip: flags[3],
                distinct_ids: flags[4],
                emoji: if flags[5] { Matching::Grapheme } else { Matching::Rank },
                matching: if flags[6] { Match::Longest } else { Match::Smallest },
                better_cleaning: flags[7],
                compose: flags[8],
                strip_ivs: flags[9],
                layers: flags[1] && flags[6],
                ..made(Profile::Hf)
            },
        }
    })
}
