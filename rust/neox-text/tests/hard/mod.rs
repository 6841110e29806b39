//! Texts and vocabularies that are hard, and the slow way from a text to its ids.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)] // a test file uses some of them

use std::collections::HashMap;
use std::fmt::Write as _;

use neox_text::bpe::train::{Counter, Split, TrainOptions, train};
use neox_text::bpe::{Edition, Normalizer, Special, Tokenizer, pieces};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::reference::{Added, Gpt2, bpe, byte_chars, cut_added, nfc};

/// White space of one to three bytes.
pub const WHITE: [&str; 12] = [
    "\n", "\t", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{1680}", "\u{2003}", "\u{2028}",
    "\u{202f}", "\u{3000}",
];

/// What is not white space, though it looks so to some definitions.
pub const NOT_WHITE: [&str; 5] = ["\u{1c}", "\u{200b}", "\u{180e}", "\u{feff}", "\0"];

pub const CONTRACTIONS: [&str; 14] =
    ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "'r", "'v", "'l", "''", "\u{2019}s"];

/// Characters that NFC changes, moves or joins, and such to which it joins them.
pub const MARKS: [&str; 20] = [
    "\u{301}",
    "\u{308}",
    "\u{323}",
    "\u{327}",
    "\u{331}",
    "\u{338}",
    "\u{334}",
    "\u{344}",
    "\u{340}",
    "\u{5b0}",
    "\u{93c}",
    "\u{3099}",
    "\u{309a}",
    "\u{1161}",
    "\u{11a8}",
    "\u{897}",
    "\u{1ab0}",
    "\u{20d0}",
    "\u{1d165}",
    "\u{fb1d}",
];

pub const WORDS: [&str; 24] = [
    "a",
    "e",
    "the",
    "Hello",
    "ing",
    "na\u{ef}ve",
    "\u{17c}",
    "\u{212b}",
    "\u{2126}",
    "\u{958}",
    "\u{3b1}",
    "\u{440}\u{443}\u{441}",
    "\u{5e9}\u{5dc}",
    "\u{e44}\u{e17}",
    "\u{304b}",
    "\u{30cf}",
    "\u{65e5}\u{672c}",
    "\u{d55c}",
    "\u{1112}",
    "\u{915}",
    "\u{10400}",
    "\u{20000}",
    "\u{1d400}",
    "\u{1e900}",
];

pub const NUMBERS: [&str; 9] =
    ["0", "42", "2024", "\u{663}", "\u{bd}", "\u{2167}", "\u{1d7d9}", "\u{96b}", "\u{3007}"];

pub const OTHERS: [&str; 16] = [
    "!",
    "...",
    "--",
    "<",
    "<|",
    "|>",
    "#!/",
    "();",
    "\u{3001}",
    "\u{a9}",
    "\u{1f600}",
    "\u{2764}\u{fe0f}",
    "\u{1f468}\u{200d}\u{1f469}",
    "\u{10ffff}",
    "\u{e000}",
    "\u{fffd}",
];

fn one_of(items: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(items).prop_map(str::to_owned).boxed()
}

/// Short parts of texts, each hard in its way.
pub fn part() -> BoxedStrategy<String> {
    prop_oneof![
        3 => Just(" ".to_owned()),
        3 => (1..=80usize).prop_map(|n| " ".repeat(n)),
        3 => one_of(&WHITE),
        1 => one_of(&NOT_WHITE),
        3 => one_of(&CONTRACTIONS),
        3 => one_of(&MARKS),
        4 => one_of(&WORDS),
        2 => one_of(&NUMBERS),
        2 => one_of(&OTHERS),
        1 => (prop::sample::select(&WORDS[..]), 1..70usize).prop_map(|(word, n)| word.repeat(n)),
        1 => any::<char>().prop_map(String::from),
    ]
    .boxed()
}

/// Texts of hard parts, from a few bytes to some hundred.
pub fn text() -> BoxedStrategy<String> {
    prop::collection::vec(part(), 0..14).prop_map(|parts| parts.concat()).boxed()
}

/// Texts of hard parts and of these, which come often.
pub fn text_with(often: &'static [&'static str]) -> BoxedStrategy<String> {
    let parts = prop_oneof![2 => one_of(often), 3 => part()];
    prop::collection::vec(parts, 0..14).prop_map(|parts| parts.concat()).boxed()
}

/// A tokenizer, the file it was read from, and the tables of the slow way.
pub struct Made {
    pub tok: Tokenizer,
    pub json: String,
    nfc: bool,
    add_prefix_space: bool,
    byte_ids: Vec<Option<u32>>,
    bytes: HashMap<u32, Vec<u8>>,
    ranks: HashMap<(u32, u32), (u32, u32)>,
    raw: Vec<Added>,
    normalized: Vec<Added>,
}

impl Made {
    /// Read a tokenizer.json twice: by the library, and here.
    pub fn read(file: &Value) -> Self {
        let json = file.to_string();
        let tok = Tokenizer::from_json(&json, Edition::Unicode9).expect("the test's own file");
        let vocab: HashMap<String, u32> = serde_json::from_value(file["model"]["vocab"].clone())
            .expect("the test's own vocabulary");
        let letters = byte_chars();
        let byte_of: HashMap<char, u8> = (0..=255).map(|b| (letters[b as usize], b)).collect();
        let bytes = vocab
            .iter()
            .filter_map(|(entry, id)| {
                Some((*id, entry.chars().map(|c| byte_of.get(&c).copied()).collect::<Option<_>>()?))
            })
            .collect();
        let merges = file["model"]["merges"].as_array().expect("the test's own merges");
        let ranks = merges.iter().enumerate().map(|(rank, merge)| {
            let (left, right) = merge.as_str().unwrap().split_once(' ').unwrap();
            let product = vocab[&format!("{left}{right}")];
            ((vocab[left], vocab[right]), (rank as u32, product))
        });
        let composes = !file["normalizer"].is_null();
        let (mut raw, mut normalized) = (Vec::new(), Vec::new());
        for token in file["added_tokens"].as_array().into_iter().flatten() {
            let flag = |name: &str| token[name].as_bool().unwrap();
            let mut made = Added {
                id: token["id"].as_u64().unwrap() as u32,
                content: token["content"].as_str().unwrap().to_owned(),
                lstrip: flag("lstrip"),
                rstrip: flag("rstrip"),
                single_word: flag("single_word"),
            };
            if flag("normalized") {
                if composes {
                    made.content = nfc(&made.content);
                }
                normalized.push(made);
            } else {
                raw.push(made);
            }
        }
        Self {
            tok,
            nfc: composes,
            add_prefix_space: file["pre_tokenizer"]["add_prefix_space"].as_bool().unwrap(),
            byte_ids: letters.iter().map(|c| vocab.get(&c.to_string()).copied()).collect(),
            bytes,
            ranks: ranks.collect(),
            raw,
            normalized,
            json,
        }
    }

    pub fn ids(&self, text: &str) -> Vec<u32> {
        self.ids_as(text, &Special::Parse)
    }

    pub fn ids_as(&self, text: &str, special: &Special) -> Vec<u32> {
        self.tok.with_scratch(|scratch| {
            let mut ids = Vec::new();
            self.tok.encode_ids(text, special, scratch, &mut ids).unwrap();
            ids
        })
    }

    /// Merges bytes as if they were one piece.
    pub fn slow_piece(&self, piece: &[u8]) -> Vec<u32> {
        bpe(piece.iter().map(|b| self.byte_ids[usize::from(*b)].unwrap()).collect(), &self.ranks)
    }

    /// The bytes of an entry of the vocabulary.
    pub fn bytes(&self, id: u32) -> &[u8] {
        &self.bytes[&id]
    }

    /// The ids of a text by the definition, stage after stage.
    pub fn slow(&self, split: &mut Gpt2, text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        for (token, range) in cut_added(text, &self.raw) {
            if let Some(id) = token {
                ids.push(id);
                continue;
            }
            let piece = if self.nfc { nfc(&text[range]) } else { text[range].to_owned() };
            for (token, range) in cut_added(&piece, &self.normalized) {
                if let Some(id) = token {
                    ids.push(id);
                    continue;
                }
                let mut section = piece[range].to_owned();
                if self.add_prefix_space && !section.starts_with(' ') {
                    section.insert(0, ' ');
                }
                for range in split.split(&section) {
                    ids.extend(self.slow_piece(&section.as_bytes()[range]));
                }
            }
        }
        ids
    }
}

/// A tokenizer.json of a vocabulary in order of id, merges as strings, and added tokens.
pub fn file(entries: &[(String, u32)], merges: &[String], added: &[Value]) -> Value {
    let vocab: serde_json::Map<String, Value> =
        entries.iter().map(|(entry, id)| (entry.clone(), json!(id))).collect();
    let byte_level = json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
    });
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": {"type": "NFC"}, "pre_tokenizer": byte_level, "post_processor": byte_level,
        "decoder": byte_level, "model": {"type": "BPE", "vocab": vocab, "merges": merges},
    })
}

pub fn added(id: u32, content: &str, flags: &str) -> Value {
    let flag = |name| flags.split(' ').any(|f| f == name);
    json!({
        "id": id, "content": content, "single_word": flag("single_word"),
        "lstrip": flag("lstrip"), "rstrip": flag("rstrip"), "normalized": flag("normalized"),
        "special": flag("special"),
    })
}

/// What the trained vocabularies of the tests have seen.
pub fn corpus() -> String {
    let mut text = String::new();
    for i in 0..400u32 {
        let pick = |list: &[&'static str], by: u32| list[(i * by % list.len() as u32) as usize];
        let (a, b, c) = (pick(&WORDS, 7), pick(&WORDS, 11), pick(&WORDS, 5));
        let (n, o, s) = (pick(&NUMBERS, 3), pick(&OTHERS, 5), pick(&CONTRACTIONS, 3));
        writeln!(text, "{a}{s} {b} {n}{o} {c}{c} {}{a}{b}", " ".repeat(i as usize % 9)).unwrap();
    }
    text + &"aaaa aaab abab baba cccc ".repeat(40) + &"\u{304b}\u{304d}\u{304b} ".repeat(60)
}

/// A trained vocabulary, with the runs of 2 to `runs` spaces and two special tokens.
pub fn trained(runs: usize, size: usize) -> Value {
    let normalizer = Normalizer::Nfc(Edition::Unicode9);
    let split: &Split<'_> = &|text, each| pieces(text, normalizer, each);
    let mut counter = Counter::new(runs);
    counter.add_texts(&[corpus()], split, 1);
    let options = TrainOptions {
        vocab_size: size + runs.saturating_sub(1),
        special_tokens: vec!["<|endoftext|>".to_owned(), "<|padding|>".to_owned()],
        min_frequency: 0,
        space_runs: runs,
        nfc: true,
    };
    let trained =
        train(counter, &options, &mut |_, _, _| std::ops::ControlFlow::Continue(())).unwrap();
    serde_json::from_str(&trained.to_json().unwrap()).unwrap()
}

/// A vocabulary drawn blindly: parts may come after what they make, products may be reached twice
/// or never, ids follow no order.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub merges: Vec<(usize, usize)>,
    pub late: Vec<usize>,
    pub order: u64,
}

pub fn drawn() -> impl Strategy<Value = Drawn> {
    let merges = prop::collection::vec((0..400usize, 0..400usize), 0..90);
    (merges, prop::collection::vec(0..90usize, 0..6), any::<u64>())
        .prop_map(|(merges, late, order)| Drawn { merges, late, order })
}

impl Drawn {
    pub fn file(&self) -> Value {
        let letters = byte_chars();
        let spell = |text: &str| text.bytes().map(|b| letters[usize::from(b)]).collect::<String>();
        // Letters, the space, the bytes of kana and of an emoji.
        let mut parts: Vec<String> = ["a", "b", "c", " "].map(spell).to_vec();
        for c in ["\u{304b}", "\u{304d}", "\u{1f600}"] {
            for part in spell(c).chars().map(String::from) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
        let mut merges: Vec<String> = Vec::new();
        for (left, right) in &self.merges {
            let left = parts[left % parts.len()].clone();
            let right = parts[right % parts.len()].clone();
            let (merge, product) = (format!("{left} {right}"), format!("{left}{right}"));
            if product.chars().count() > 16 || merges.contains(&merge) {
                continue;
            }
            merges.push(merge);
            if !parts.contains(&product) {
                parts.push(product);
            }
        }
        for from in &self.late {
            if merges.len() > 1 {
                let merge = merges.remove(from % merges.len());
                merges.push(merge);
            }
        }
        let mut entries: Vec<String> = letters.iter().map(char::to_string).collect();
        entries.extend(parts.into_iter().filter(|part| part.chars().count() > 1));
        entries.extend(["abab".repeat(4), "cc".repeat(9), spell("\u{304b}") + "a"]);
        let mut seen = std::collections::HashSet::new();
        entries.retain(|entry| seen.insert(entry.clone()));
        let mut state = self.order | 1;
        for last in (1..entries.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            entries.swap(last, (state >> 33) as usize % (last + 1));
        }
        let entries: Vec<(String, u32)> =
            entries.into_iter().enumerate().map(|(i, entry)| (entry, i as u32)).collect();
        file(&entries, &merges, &[])
    }
}

/// Words without end of what drawn vocabularies merge, one piece or a few.
pub fn long_word(longest: usize) -> BoxedStrategy<String> {
    let units = prop::sample::select(
        &["a", "b", "c", "ab", "aab", "\u{304b}", "\u{304d}", "\u{304b}a", "\u{1f600}", "\u{65e5}"]
            [..],
    );
    let mixed = prop::collection::vec(units.clone(), 1..40).prop_map(|parts| parts.concat());
    (prop_oneof![mixed, units.prop_map(str::to_owned)], 1..longest, any::<bool>())
        .prop_map(|(unit, length, space)| {
            let mut word = if space { " ".to_owned() } else { String::new() };
            while word.len() < length {
                word += &unit;
            }
            word
        })
        .boxed()
}
