//! The Japanese trainer against its slow twin, what every vocabulary holds, and what is refused.

#![allow(clippy::unwrap_used)]

#[path = "japanese_train/sources.rs"]
mod sources;
#[path = "japanese_train/twin.rs"]
mod twin;

use neox_text::Error;
use neox_text::encode::{Encode, Input, Special};
use neox_text::japanese::emoji::EmojiTable;
use neox_text::japanese::heterographs::{LAYERS, normalize};
use neox_text::japanese::train::{Counter, MaxLength, TrainOptions, Trained, train};
use neox_text::japanese::{Files, Match, Options, Profile, Tokenizer};
use proptest::prelude::*;
use proptest::{collection, sample};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

const EMOJI: &str = r#"{"emoji": {"😀": "<|emoji1|>", "(^_^)": "<|emoji12|>", "♀": "<|emoji10|>", "(　^)": "<|emoji12|>"},
    "emoji_inv": {"<|emoji1|>": "😀", "<|emoji10|>": "♀", "<|emoji12|>": "(^_^)"}}"#;

const TEXT: &str = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n\
    何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。\n\
    プログラムを作り、プログラムを動かす。2024年12月、RustでText処理。東京都庁。😀(^_^)ﾌﾟﾛｸﾞﾗﾑ\n";

fn table() -> EmojiTable {
    EmojiTable::from_bytes(EMOJI.as_bytes()).unwrap()
}

fn go_on(_: u64, _: u64, _: &'static str) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn counted<T: AsRef<str>>(texts: &[T], threads: usize) -> Counter {
    let mut counter = Counter::new(&table(), &LAYERS);
    counter.add_texts(texts, threads);
    counter
}

fn trained<T: AsRef<str>>(texts: &[T], options: &TrainOptions) -> Trained {
    train(counted(texts, 1), options, &mut go_on).unwrap()
}

fn tokenizer(trained: &Trained) -> Tokenizer {
    let files = Files::new(trained.vocab.clone().into_bytes(), EMOJI.into(), None).unwrap();
    Tokenizer::new(Arc::new(files), Options::of(Profile::Modern)).unwrap()
}

fn ids(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    tokenizer.encode_input(Input::Text(text), None, false, &Special::Parse).unwrap()
}

fn error_of(counter: Counter, options: &TrainOptions) -> Error {
    train(counter, options, &mut go_on).map(drop).unwrap_err()
}

/// The smallest size, as the error tells it.
fn least(counter: Counter) -> usize {
    let message = error_of(counter, &TrainOptions::new(0)).to_string();
    let words: Vec<&str> = message.split(' ').collect();
    words.iter().find_map(|word| word.parse().ok().filter(|size| *size > 0)).unwrap()
}

/// The canonical surfaces.
fn entries(trained: &Trained) -> Vec<&str> {
    let canonical = |line: &'_ str| line.find(',').filter(|at| *at > 0).unwrap_or(line.len());
    trained.vocab.lines().map(|line| &line[..canonical(line)]).collect()
}

/// Lines with few different characters, so that n-grams compete.
fn line() -> impl Strategy<Value = String> {
    let of = |characters: &'static str| {
        collection::vec(sample::select(characters.chars().collect::<Vec<_>>()), 1..40)
            .prop_map(|line| line.into_iter().collect())
    };
    prop_oneof![
        of("ああいう"),
        of("あいう漢字字ア"),
        of("アイーーウ"),
        of("漢字々鬱"),
        of("ab1２。」 <,"),
        of("𠮷漢あ")
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn equals_the_slow_twin(
        lines in collection::vec(line(), 0..14),
        more in 0usize..70,
        least_times in 1u64..4,
        limits in collection::vec(1usize..6, 6),
    ) {
        let max_length = MaxLength {
            hiragana: limits[0], katakana: limits[1], kanji: limits[2],
            latin: limits[3], digits: limits[4], symbols: limits[5],
        };
        let options = TrainOptions {
            max_length,
            min_frequency: least_times,
            threads: 1,
            ..TrainOptions::new(least(counted_plainly(&[])) + more)
        };
        let got = train(counted_plainly(&lines), &options, &mut go_on).unwrap();
        let entries = entries(&got);
        let (ngrams, rest) = entries.split_at(got.ngrams);
        let singles: Vec<char> = rest[..got.characters].iter().filter_map(|single| single.chars().next()).collect();
        // What n-grams leave free goes to more characters, after all is learnt.
        let known = &singles[..got.characters - (more - more / 2 - ngrams.len())];
        let due = twin::train(&lines, &limits, known, more - more / 2, least_times);
        prop_assert_eq!(ngrams, due.ngrams);
        prop_assert_eq!(got.text_tokens, due.tokens);
        let characters: usize = lines.iter().map(|line| line.chars().count()).sum();
        prop_assert_eq!(got.text_characters, characters as u64);
    }
}

fn counted_plainly(lines: &[String]) -> Counter {
    let mut counter = Counter::new(&EmojiTable::default(), &[]);
    counter.add_texts(lines, 1);
    counter
}

/// Texts of made-up sentences of `TEXT`'s words, about `bytes` long in all.
fn made_up(bytes: usize) -> Vec<String> {
    let words: Vec<&str> = TEXT.split(['。', '、', '\n']).filter(|word| !word.is_empty()).collect();
    let (mut state, mut texts, mut size) = (1u64, Vec::new(), 0);
    while size < bytes {
        let mut text = String::new();
        for _ in 0..40 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let word: Vec<char> =
                words[(state >> 40) as usize % words.len()].trim().chars().collect();
            let start = (state >> 50) as usize % word.len();
            text.extend(&word[start..]);
            text.push_str(["。", "\n", "、", "\r\n"][(state >> 60) as usize % 4]);
        }
        size += text.len();
        texts.push(text);
    }
    texts
}

#[test]
fn threads_order_and_grouping_change_nothing() {
    let texts = made_up(600_000);
    let options = TrainOptions { threads: 1, ..TrainOptions::new(2000) };
    let one = trained(&texts, &options);
    let report = one.report(&tokenizer(&one)).unwrap();
    assert!(one.ngrams > 100, "{}", one.ngrams);
    let mut lines: Vec<&str> = texts.iter().flat_map(|text| text.split(['\r', '\n'])).collect();
    lines.reverse();
    let whole = texts.join("\n");
    let mut pieces = Counter::new(&table(), &LAYERS);
    lines.chunks(777).for_each(|lines| pieces.add_texts(lines, 3));
    for (what, counter) in [
        ("2 threads", counted(&texts, 2)),
        ("7 threads", counted(&texts, 7)),
        ("lines", counted(&lines, 2)),
        ("pieces", pieces),
        ("one text", counted(&[whole], 4)),
    ] {
        let threads = if what == "2 threads" { 3 } else { 1 };
        let other = train(counter, &TrainOptions { threads, ..options }, &mut go_on).unwrap();
        assert_eq!(other.vocab, one.vocab, "{what}");
        assert_eq!(other.report(&tokenizer(&other)).unwrap(), report, "{what}");
    }
}

#[test]
fn no_id_is_dead_and_no_surface_has_two() {
    let texts =
        [TEXT.to_owned(), made_up(20_000).join("\n"), "か\u{3099}ｶﾞ゛ﾟ(^_^)♀😀—−!!^_^".repeat(9)];
    for size in [least(counted(&[""], 1)), 1500, 9000] {
        let got = trained(&texts, &TrainOptions::new(size));
        let tokenizer = tokenizer(&got);
        assert_eq!(got.report(&tokenizer).unwrap().dead_ids, [0u32; 0]);
        let mut surfaces = HashSet::new();
        for line in got.vocab.lines().filter(|line| *line != ",") {
            assert!(line.split(',').all(|surface| surfaces.insert(surface)), "{line}");
        }
        assert!(got.vocab.lines().count() <= size);
        assert_eq!(got.vocab.lines().count(), got.ngrams + got.characters + 283);
    }
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn the_report_counts_what_the_tokenizer_gives() {
    let texts = [
        TEXT.to_owned(),
        made_up(50_000).join("\n"),
        "か\u{3099}ｶﾞｯｺｳ゛か゛\u{3099}  葛\u{e0100}飾\u{fe00} —ー−\t한국 é 𠮷野家 ‑ \u{200b}😀😀x♀( ^)(\u{3000}^)(^)\r\n\r\n<SP>".repeat(3),
    ];
    for size in [1200, 3000] {
        let got = trained(&texts, &TrainOptions::new(size));
        let tokenizer = tokenizer(&got);
        let report = got.report(&tokenizer).unwrap();
        let lines = || {
            texts.iter().flat_map(|text| text.split(['\r', '\n'])).filter(|line| !line.is_empty())
        };
        assert_eq!(report.lines, lines().count() as u64);
        let characters: usize = lines().map(|line| line.chars().count()).sum();
        assert_eq!(report.characters, characters as u64);
        // A tag in a text is counted as it is written.
        let tag = (ids(&tokenizer, "<SP>").len(), ids(&tokenizer, "SP").len() + 2);
        let tokens: usize = lines().map(|line| ids(&tokenizer, line).len()).sum();
        assert_eq!(report.tokens as usize, tokens + 3 * (tag.1 - tag.0));
        let [characters, tokens] = [report.characters, report.tokens].map(|n| n as f64);
        assert!((report.chars_per_token - characters / tokens).abs() < 1e-12);
        assert!(report.round_trip_rate > 0.9 && report.round_trip_rate < 1.0, "{report:?}");
    }
    let none = trained(&[""], &TrainOptions::new(1000));
    let report = none.report(&tokenizer(&none)).unwrap();
    assert_eq!((report.chars_per_token, report.round_trip_rate, report.ngrams), (0.0, 1.0, 0));
    assert_eq!(none.vocab.lines().count(), 1000);
}

#[test]
fn the_smallest_id_is_the_longest_entry() {
    let texts = made_up(100_000);
    let got = trained(&texts, &TrainOptions::new(1500));
    let modern = tokenizer(&got);
    let smallest = Options { matching: Match::Smallest, ..modern.options().clone() };
    let smallest = Tokenizer::new(modern.files().clone(), smallest).unwrap();
    for text in &texts {
        assert_eq!(ids(&smallest, text), ids(&modern, text), "{text}");
    }
    let hf = Tokenizer::new(modern.files().clone(), Options::of(Profile::Hf)).unwrap();
    assert_eq!(ids(&hf, "ｶﾞｷﾞﾌﾟ").len(), 3);
}

#[test]
fn every_vocabulary_ends_in_the_tags() {
    let got = trained(&[TEXT], &TrainOptions::new(9000));
    let entries = entries(&got);
    let tags = &entries[entries.len() - 283..];
    assert_eq!(tags[..3], ["<BR>", "<SP>", "<TAB>"]);
    assert_eq!((tags[11], tags[22]), ("<|emoji1|>", "<|emoji12|>"));
    assert_eq!((tags[23], tags[278]), ("<|byte0|>", "<|byte255|>"));
    assert_eq!(tags[279..], ["<|startoftext|>", "<|separator|>", "<|nottoken|>", "<|endoftext|>"]);
    let held: HashSet<&str> = entries.iter().copied().collect();
    for c in ('ぁ'..='ゖ').chain('ァ'..='ヺ').chain('!'..='~').chain('！'..='～') {
        assert!(held.contains(c.to_string().as_str()), "{c}");
    }
    for c in "—− \u{3000}\u{3099}♀".chars() {
        assert!(!held.contains(c.to_string().as_str()), "{c}");
    }
    assert!("猫亜鬱鷆○①é‖’№".chars().all(|c| held.contains(c.to_string().as_str())));
}

#[test]
fn small_vocabularies_hold_the_frequent_kanji() {
    let least = least(counted(&[TEXT], 1));
    let texts = ["鬱鬱鬱鬱、黎黎黎。驫驫。亜".repeat(20)];
    let got =
        trained(&texts, &TrainOptions { min_frequency: 1000, ..TrainOptions::new(least + 4) });
    let singles: Vec<&str> = entries(&got)[..got.characters].to_vec();
    assert_eq!(singles[got.characters - 4..], ["鬱", "黎", "驫", "亜"]);
}

#[test]
fn entries_stay_within_their_script_and_length() {
    let texts = made_up(100_000);
    for max_length in [
        MaxLength::default(),
        MaxLength { hiragana: 5, katakana: 1, kanji: 3, latin: 2, digits: 4, symbols: 1 },
    ] {
        let got = trained(&texts, &TrainOptions { max_length, ..TrainOptions::new(6000) });
        let limit = |c: char| match c {
            'ぁ'..='ゖ' => (0, max_length.hiragana),
            'ァ'..='ヺ' | 'ー' => (1, max_length.katakana),
            '一'..='鿿' => (2, max_length.kanji),
            'a'..='z' | 'A'..='Z' => (3, max_length.latin),
            '0'..='9' => (4, max_length.digits),
            _ => (5, max_length.symbols),
        };
        let mut longest = [1; 6];
        for entry in &entries(&got)[..got.ngrams] {
            let chars: Vec<char> = entry.chars().collect();
            let (script, limit_of) = limit(chars[0]);
            assert!(chars.iter().all(|c| limit(*c).0 == script), "{entry} crosses scripts");
            assert!(chars.len() <= limit_of, "{entry}");
            longest[script] = longest[script].max(chars.len());
        }
        assert_eq!(longest[..3], [max_length.hiragana, max_length.katakana, max_length.kanji]);
    }
}

#[test]
fn other_forms_share_the_line_of_the_form_that_stands_for_them() {
    let texts = ["慶応と慶應。慶應だ。".repeat(5), "弁護士と辯護士。".repeat(3)];
    let got = trained(&texts, &TrainOptions::new(9000));
    let tokenizer = tokenizer(&got);
    for (form, other) in
        [("慶応", "慶應"), ("応", "應"), ("カナ", "ｶﾅ"), ("ガ", "ｶﾞ"), ("神", "\u{fa19}")]
    {
        assert_eq!(ids(&tokenizer, other), ids(&tokenizer, form), "{other}");
        assert_eq!(normalize(other, &LAYERS), form);
    }
    assert_eq!(ids(&tokenizer, "慶應").len(), 1);
    // Kanji in common use beside the form that a layer gives them keep their own line.
    for pair in [["龍", "竜"], ["嶋", "島"], ["Ａ", "A"], ["①", "1"]] {
        assert_ne!(ids(&tokenizer, pair[0]), ids(&tokenizer, pair[1]), "{pair:?}");
    }
    let plain = train(counted_plainly(&texts), &TrainOptions::new(9000), &mut go_on).unwrap();
    assert!(plain.vocab.lines().all(|line| line == "," || !line.contains(',')));
    let held: HashSet<&str> = plain.vocab.lines().collect();
    assert!(["慶應", "応", "應", "ｶ"].iter().all(|entry| held.contains(entry)));
}
