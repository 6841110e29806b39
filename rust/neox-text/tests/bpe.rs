//! Ids against the slow way from a text to its ids, for vocabularies of every kind.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in what the tests share

mod hard;
mod reference;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::LazyLock;

use hard::{Made, added, drawn, file, long_word, text, text_with, trained};
use neox_text::batch::map_rows;
use neox_text::bpe::{AddedToken, Input, Special, Tokenizer};
use neox_text::encoding::Encoding;
use proptest::prelude::*;
use reference::Gpt2;
use serde_json::{Value, json};

thread_local! {
    static SPLIT: RefCell<Gpt2> = RefCell::new(Gpt2::new());
}

fn slow(made: &Made, text: &str) -> Vec<u32> {
    SPLIT.with_borrow_mut(|split| made.slow(split, text))
}

fn cases(count: u32) -> ProptestConfig {
    // PROPTEST_CASES asks for more, never for fewer.
    let asked = ProptestConfig::default().cases;
    let cases = if asked > 256 { asked } else { count };
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

fn details(tok: &Tokenizer, text: &str, special: &Special) -> Encoding {
    tok.encode_details(Input::Text(text), None, true, special, None).unwrap()
}

/// The runs of 2 to 24 spaces: the scanner cuts them out itself.
static NEOX: LazyLock<Made> = LazyLock::new(|| Made::read(&trained(24, 700)));

/// Added tokens with every flag: the general path.
static FLAGS: LazyLock<Vec<Made>> = LazyLock::new(|| {
    let tokens = [
        ("<l>", "lstrip"),
        ("<r>", "rstrip normalized"),
        ("<lr>", "lstrip rstrip special"),
        ("foo", "single_word normalized"),
        ("foobar", ""),
        ("caf\u{e9}", "normalized"),
        ("cafe\u{301}s", ""),
        (" x ", "normalized"),
        ("\n\n", "lstrip"),
        ("\u{65e5}\u{672c}", "single_word rstrip"),
        ("\u{301}", ""),
    ];
    let mut base = trained(0, 600);
    let first = base["model"]["vocab"].as_object().unwrap().len();
    let list = base["added_tokens"].as_array_mut().unwrap();
    for (i, (content, flags)) in tokens.iter().enumerate() {
        list.push(added((first + i) as u32, content, flags));
    }
    let mut prefixed = base.clone();
    prefixed["pre_tokenizer"]["add_prefix_space"] = json!(true);
    let mut plain = base.clone();
    plain["normalizer"] = Value::Null;
    [base, prefixed, plain].iter().map(Made::read).collect()
});

const TOKENS: [&str; 14] = [
    "<l>",
    "<r>",
    "<lr>",
    "foo",
    "foobar",
    "foo_",
    "caf\u{e9}",
    "cafe\u{301}",
    "cafe\u{301}s",
    " x ",
    "\n\n",
    "\u{65e5}\u{672c}",
    "<|endoftext|>",
    "<|padding|>",
];

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn trained_with_space_runs(text in text_with(&["<|endoftext|>", "<|padding|>", "  ", "the"])) {
        prop_assert_eq!(NEOX.ids(&text), slow(&NEOX, &text));
    }

    #[test]
    fn added_tokens_of_all_flags(text in text_with(&TOKENS), which in 0..3usize) {
        let made = &FLAGS[which];
        prop_assert_eq!(made.ids(&text), slow(made, &text));
    }

    #[test]
    fn details_have_the_same_ids(text in text_with(&TOKENS), which in 0..4usize, mode in 0..3) {
        let made = FLAGS.get(which).unwrap_or(&NEOX);
        let special = match mode {
            0 => Special::Parse,
            1 => Special::Text,
            _ => Special::Only(HashSet::from([1])),
        };
        let encoding = details(&made.tok, &text, &special);
        prop_assert_eq!(&encoding.ids, &made.ids_as(&text, &special));
        let n = encoding.ids.len();
        for length in [
            encoding.type_ids.len(), encoding.offsets.len(), encoding.spans.len(),
            encoding.byte_spans.len(), encoding.word_ids.len(), encoding.special_tokens_mask.len(),
            encoding.attention_mask.len(),
        ] {
            prop_assert_eq!(length, n);
        }
        let starts: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).collect();
        let byte_of = |c: u32| starts.get(c as usize).copied().unwrap_or(text.len() as u32);
        let (mut chars, mut bytes) = (0, 0);
        for (span, byte_span) in encoding.spans.iter().zip(&encoding.byte_spans) {
            prop_assert_eq!((span.0, byte_span.0), (chars, bytes));
            prop_assert!(span.1 >= span.0 && byte_span.1 >= byte_span.0);
            prop_assert_eq!((byte_of(span.0), byte_of(span.1)), *byte_span);
            (chars, bytes) = (span.1, byte_span.1);
        }
        if n > 0 {
            prop_assert_eq!((chars as usize, bytes as usize), (starts.len(), text.len()));
        }
        for (start, end) in &encoding.offsets {
            prop_assert!(start <= end && *end as usize <= starts.len());
        }
        let words: Vec<u32> = encoding.word_ids.iter().map(|word| word.unwrap()).collect();
        prop_assert!(words.is_sorted());
    }

    #[test]
    fn special_tokens_as_text(text in text_with(&["<|endoftext|>", "<|padding|>", "<lr>", " "])) {
        // As text they stand for no id; with their names broken up nothing else changes.
        let made = &FLAGS[0];
        let ids = made.ids_as(&text, &Special::Text);
        let special = [0, 1, made.tok.token_to_id("<lr>").unwrap()];
        prop_assert!(ids.iter().all(|id| !special.contains(id)));
        let only = made.ids_as(&text, &Special::Only(HashSet::from([1])));
        prop_assert!(only.iter().all(|id| *id == 1 || !special.contains(id)));
        prop_assert_eq!(only.iter().filter(|id| **id == 1).count(), text.matches("<|padding|>").count());
        let mut all: Vec<u32> = Vec::new();
        let refused = made.tok.with_scratch(|scratch| {
            made.tok.encode_ids(&text, &Special::Error, scratch, &mut all)
        });
        let names = ["<|endoftext|>", "<|padding|>", "<lr>"];
        prop_assert_eq!(refused.is_err(), names.iter().any(|name| text.contains(name)));
    }
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn drawn_vocabularies(
        vocabulary in drawn(),
        words in prop::collection::vec(long_word(90), 1..6),
        texts in prop::collection::vec(text(), 1..3),
    ) {
        let made = Made::read(&vocabulary.file());
        for text in words.iter().chain(&texts) {
            prop_assert_eq!(&made.ids(text), &slow(&made, text), "{}", text);
            prop_assert_eq!(&details(&made.tok, text, &Special::Parse).ids, &made.ids(text));
        }
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn drawn_vocabularies_and_long_words(vocabulary in drawn(), word in long_word(700)) {
        let made = Made::read(&vocabulary.file());
        prop_assert_eq!(made.ids(&word), slow(&made, &word));
    }

    #[test]
    fn trained_and_long_words(word in long_word(700)) {
        prop_assert_eq!(NEOX.ids(&word), slow(&NEOX, &word));
    }
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn words_of_thousands_of_bytes(vocabulary in drawn(), word in long_word(5000)) {
        for made in [&Made::read(&vocabulary.file()), &*NEOX] {
            prop_assert_eq!(made.ids(&word), slow(made, &word));
        }
    }
}

/// The runs of 2 to n spaces cut out by the scanner, by the general path, and by the slow way.
#[test]
fn space_runs_three_ways() {
    for longest in [2, 3, 4, 8, 13, 23, 24, 62, 63, 64, 65, 100] {
        let fused = Made::read(&trained(longest, 300));
        let mut other: Value = serde_json::from_str(&fused.json).unwrap();
        let id = other["model"]["vocab"].as_object().unwrap().len() + longest - 1;
        let list = other["added_tokens"].as_array_mut().unwrap();
        list.push(added(id as u32, "\u{e000}never", "normalized"));
        let general = Made::read(&other);
        for length in 0..=210usize {
            for (head, tail) in [
                ("", ""),
                ("a", "b"),
                ("a", "'s"),
                ("\u{e9}", "\n"),
                ("\n", "\u{3000}x"),
                ("e", "\u{301}"),
            ] {
                let text = format!("{head}{}{tail}", " ".repeat(length));
                let ids = fused.ids(&text);
                assert_eq!(ids, general.ids(&text), "{longest}: {text:?}");
                assert_eq!(ids, slow(&fused, &text), "{longest}: {text:?}");
            }
        }
        // Every alignment against the edges of blocks.
        for head in 0..=130usize {
            for length in [1, 2, 3, longest - 1, longest, longest + 1, 2 * longest + 1, 66, 129] {
                let text = format!("{}{}'ll", ".".repeat(head), " ".repeat(length));
                let ids = fused.ids(&text);
                assert_eq!(ids, general.ids(&text), "{longest}: {head} and {length}");
                assert_eq!(ids, slow(&fused, &text), "{longest}: {head} and {length}");
            }
        }
    }
}

/// Vocabularies made by hand, each irregular in its own way.
#[test]
fn vocabularies_by_hand() {
    let letters: Vec<String> = reference::byte_chars().iter().map(char::to_string).collect();
    let kinds: [(&str, &[&str], &[&str]); 9] = [
        ("a part that is made later", &["ab c", "a b"], &["ab", "abc"]),
        ("a product reached twice", &["a b", "b c", "a bc", "ab c"], &["ab", "bc", "abc"]),
        ("a product made of itself", &["a a", "aa a", "a aa", "aa aa"], &["aa", "aaa", "aaaa"]),
        ("an entry that no merge makes", &["a b"], &["ab", "abab", "cab"]),
        ("an entry made of a part that never is", &["ab c", "b c", "a bc"], &["ab", "bc", "abc"]),
        ("a merge that comes too late", &["b c", "a b", "ab c"], &["ab", "bc", "abc"]),
        (
            "left before right",
            &["a b", "b a", "ab a", "b ab", "ab ab"],
            &["ab", "ba", "aba", "bab", "abab"],
        ),
        ("nothing merges", &[], &["ab", "ba"]),
        (
            "all in one",
            &["c a", "ab c", "a b", "ca b", "abc ab", "b c", "bc a"],
            &["ca", "ab", "abc", "cab", "abcab", "bc", "bca"],
        ),
    ];
    for (kind, merges, products) in kinds {
        for reversed in [false, true] {
            let mut entries: Vec<String> = letters.clone();
            entries.extend(products.iter().map(ToString::to_string));
            if reversed {
                entries.reverse();
            }
            let entries: Vec<(String, u32)> =
                entries.into_iter().enumerate().map(|(i, e)| (e, i as u32 * 3)).collect();
            let merges: Vec<String> = merges.iter().map(ToString::to_string).collect();
            let made = Made::read(&file(&entries, &merges, &[]));
            // Every word of up to eight letters, and longer ones made of them.
            for length in 1..=8u32 {
                for number in 0..3u32.pow(length) {
                    let word: String = (0..length)
                        .map(|i| ['a', 'b', 'c'][(number / 3u32.pow(i) % 3) as usize])
                        .collect();
                    assert_eq!(made.ids(&word), slow(&made, &word), "{kind}: {word}");
                    if number % 37 == 0 {
                        let word = word.repeat(9) + "cab" + &word;
                        assert_eq!(made.ids(&word), slow(&made, &word), "{kind}: {word}");
                    }
                }
            }
        }
    }
}

/// Entries as long as the tables allow, shorter and longer ones, with the greatest ids.
#[test]
fn lengths_of_keys_and_greatest_ids() {
    let letters: String = ('a'..='z').chain('A'..='Z').collect();
    for greatest in [600, u32::from(u16::MAX), u32::from(u16::MAX) + 1, 1 << 24] {
        let mut entries: Vec<(String, u32)> = reference::byte_chars()
            .iter()
            .enumerate()
            .map(|(i, c)| (c.to_string(), i as u32))
            .collect();
        let mut merges = Vec::new();
        for length in 2..=letters.len() {
            let (left, right) = letters[..length].split_at(length - 1);
            merges.push(format!("{left} {right}"));
            entries.push((format!("{left}{right}"), greatest - 60 + length as u32));
        }
        entries.push(("zz".to_owned(), greatest));
        merges.push("z z".to_owned());
        let made = Made::read(&file(&entries, &merges, &[]));
        for length in 1..=letters.len() {
            for word in [letters[..length].to_owned(), letters[..length].repeat(2) + "zz"] {
                let ids = made.ids(&word);
                assert_eq!(ids, slow(&made, &word), "{word} with ids up to {greatest}");
                let mut bytes = Vec::new();
                made.tok.decode_bytes(&ids, false, &mut bytes).unwrap();
                assert_eq!(bytes, word.as_bytes());
            }
        }
        assert_eq!(made.ids("zz"), [greatest]);
        assert_eq!(made.ids(" zz?zzz")[1..], [greatest, 63, greatest, 122]);
    }
}

/// Bytes that are zero in keys of any length.
#[test]
fn zero_bytes() {
    let letters = reference::byte_chars();
    let zero = letters[0];
    let mut entries: Vec<(String, u32)> =
        letters.iter().enumerate().map(|(i, c)| (c.to_string(), i as u32)).collect();
    let pair = format!("{zero}{zero}");
    entries.push((pair.clone(), 256));
    entries.push((pair.clone() + &pair, 257));
    let merges = [format!("{zero} {zero}"), format!("{pair} {pair}")];
    let made = Made::read(&file(&entries, &merges, &[]));
    for length in 1..70 {
        let word = "\0".repeat(length);
        assert_eq!(made.ids(&word), slow(&made, &word), "{length} zero bytes");
        let word = word + "\u{1}" + &"\0".repeat(length);
        assert_eq!(made.ids(&word), slow(&made, &word), "{length} zero bytes twice");
    }
}

/// A kept scratch holds nothing of another text that shows.
#[test]
fn the_cache_answers_for_its_own_words() {
    let made = Made::read(&trained(24, 300));
    let words: Vec<String> =
        (0..60_000u32).map(|i| format!("w{:x}q", i.wrapping_mul(2_654_435_761))).collect();
    let first: Vec<Vec<u32>> = words.iter().map(|word| made.ids(word)).collect();
    for (word, due) in words.iter().zip(&first).rev() {
        assert_eq!(&made.ids(word), due);
    }
    for word in words.iter().step_by(97) {
        assert_eq!(made.ids(word), slow(&made, word), "{word}");
    }
}

#[test]
fn more_added_tokens_keep_ids() {
    let base = &*NEOX;
    let last = base.tok.vocab_size(true) as u32;
    let more = [
        AddedToken::new("<new>", false),
        AddedToken::new("the", false),
        AddedToken::new("<|padding|>", true),
    ];
    let grown = base.tok.with_added_tokens(&more).unwrap();
    assert_eq!(grown.token_to_id("<new>"), Some(last));
    assert_eq!(grown.token_to_id("the"), base.tok.token_to_id("the").or(Some(last + 1)));
    assert_eq!(grown.token_to_id("<|padding|>"), Some(1));
    let mut again: Value = serde_json::from_str(&grown.to_json(false).unwrap()).unwrap();
    for merge in again["model"]["merges"].as_array_mut().unwrap() {
        *merge = json!(format!("{} {}", merge[0].as_str().unwrap(), merge[1].as_str().unwrap()));
    }
    let again = Made::read(&again);
    for text in ["a <new>the  x", "the<|padding|>then", "<new><new>"] {
        assert_eq!(again.ids(text), slow(&again, text));
        let ids = grown.with_scratch(|scratch| {
            let mut ids: Vec<u32> = Vec::new();
            grown.encode_ids(text, &Special::Parse, scratch, &mut ids).map(|()| ids)
        });
        assert_eq!(ids.unwrap(), again.ids(text));
    }
    assert!(base.tok != grown && grown == again.tok);
}

#[test]
fn compiled_round_trip() {
    for made in FLAGS.iter().chain([&*NEOX, &Made::read(&trained(0, 300))]) {
        let (again, note) = Tokenizer::from_compiled(&made.tok.compile("a note\n")).unwrap();
        assert_eq!(note, "a note\n");
        assert!(again == made.tok);
        assert_eq!(again.fingerprint(), made.tok.fingerprint());
        assert_eq!(again.to_json(true).unwrap(), made.tok.to_json(true).unwrap());
        let text = hard::corpus();
        let ids = again.with_scratch(|scratch| {
            let mut ids: Vec<u32> = Vec::new();
            again.encode_ids(&text, &Special::Parse, scratch, &mut ids).map(|()| ids)
        });
        assert_eq!(ids.unwrap(), made.ids(&text));
    }
}

/// Every bit of a compiled file counts, and every byte of its length.
#[test]
fn compiled_files_that_are_broken() {
    let whole = Made::read(&trained(3, 262)).tok.compile("note");
    assert!(Tokenizer::from_compiled(&whole).is_ok());
    for at in 0..whole.len() {
        let mut broken = whole.clone();
        for bit in 0..8 {
            broken[at] = whole[at] ^ 1 << bit;
            let error = Tokenizer::from_compiled(&broken).err().expect("a flipped bit");
            assert!(error.place().is_some(), "{error}");
        }
        assert!(Tokenizer::from_compiled(&whole[..at]).is_err(), "{at} of {} bytes", whole.len());
    }
    assert!(Tokenizer::from_compiled(&[whole, vec![0]].concat()).is_err());
}

#[test]
fn batches_do_not_depend_on_threads() {
    let made = &*NEOX;
    let corpus = hard::corpus();
    let lines: Vec<String> = corpus.lines().map(|line| line.repeat(40)).collect();
    let due: Vec<Vec<u32>> = lines.iter().map(|line| made.ids(line)).collect();
    for threads in [Some(1), Some(2), Some(3), Some(8), Some(32), None] {
        let rows = map_rows(
            &lines,
            threads,
            String::len,
            || (),
            |(), _, line, out| {
                made.tok.with_scratch(|scratch| {
                    made.tok.encode_ids(line, &Special::Parse, scratch, out)
                })
            },
        );
        let rows = rows.unwrap();
        let found: Vec<&[u32]> = rows
            .offsets
            .windows(2)
            .map(|pair| &rows.flat[pair[0] as usize..pair[1] as usize])
            .collect();
        assert_eq!(found, due, "{threads:?}");
    }
}

/// Narrow ids are wide ids.
#[test]
fn ids_of_sixteen_bits() {
    let text = hard::corpus();
    let made = &*NEOX;
    assert!(made.tok.is_narrow());
    let narrow = made.tok.with_scratch(|scratch| {
        let mut ids: Vec<u16> = Vec::new();
        made.tok.encode_ids(&text, &Special::Parse, scratch, &mut ids).map(|()| ids)
    });
    let narrow: Vec<u32> = narrow.unwrap().into_iter().map(u32::from).collect();
    assert_eq!(narrow, made.ids(&text));
}
