//! Japanese ids, places and text against the slow way, for vocabularies and options of every kind.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in what the tests share

#[path = "japanese/made.rs"]
mod made;
#[path = "japanese/patterns.rs"]
mod patterns;
#[path = "japanese/twin.rs"]
mod twin;

use made::{Drawn, Made, drawn_with_texts, options};
use neox_text::batch::{Rows, map_ranges};
use neox_text::encode::{AddedToken, Encode, Input, Special};
use neox_text::encoding::Encoding;
use neox_text::japanese::{Match, Options, Profile, SURROGATE, Scratch};
use neox_text::spans::Lengths;
use neox_text::text::Text;
use proptest::prelude::*;

fn cases(count: u32) -> ProptestConfig {
    // PROPTEST_CASES asks for more, never for fewer.
    let asked = ProptestConfig::default().cases;
    let cases = if asked > 256 { asked } else { count };
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

fn details(made: &Made, text: &str, special: &Special) -> Result<Encoding, String> {
    made.tok
        .encode_details(Input::Text(text), None, true, special, None)
        .map_err(|error| error.to_string())
}

/// Ids and places are the twin's; what is refused is what it refuses.
fn same(made: &Made, text: &str, special: &Special) -> Result<(), TestCaseError> {
    let due = made.twin.tokens(text, special);
    let ids = made.ids(Text::Utf8(text), special);
    let encoding = details(made, text, special);
    match due {
        Ok(tokens) => {
            let (due, places): (Vec<_>, Vec<_>) =
                tokens.iter().map(|(id, start, end)| (*id, (*start as u32, *end as u32))).unzip();
            prop_assert_eq!(ids, Ok(due.clone()), "{:?}", text);
            let encoding = encoding.map_err(TestCaseError::fail)?;
            prop_assert_eq!(&encoding.ids, &due, "{:?}", text);
            prop_assert_eq!(&encoding.spans, &places, "{:?}", text);
            whole(text, &encoding)?;
        }
        Err((tag, place)) => {
            for told in [ids.err(), encoding.err()] {
                let told = told.ok_or_else(|| TestCaseError::fail(format!("{text:?}: taken")))?;
                prop_assert!(told.starts_with(&format!("character {place}: ")), "{told}");
                prop_assert!(told.contains(&format!("{tag:?}")), "{told}");
            }
        }
    }
    Ok(())
}

/// Spans are a partition in characters and in bytes, and offsets the sources.
fn whole(text: &str, encoding: &Encoding) -> Result<(), TestCaseError> {
    let starts: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).collect();
    let byte_of = |at: u32| starts.get(at as usize).copied().unwrap_or(text.len() as u32);
    let (mut at, mut source) = (0, (0, 0));
    for (place, span) in encoding.spans.iter().enumerate() {
        prop_assert_eq!(span.0, at);
        at = span.1;
        prop_assert_eq!(encoding.byte_spans[place], (byte_of(span.0), byte_of(span.1)));
        source = if span.0 < span.1 { *span } else { source };
        prop_assert_eq!(encoding.offsets[place], source);
    }
    prop_assert_eq!(at as usize, starts.len());
    Ok(())
}

/// The text of ids, as a stream of bytes gives it before anything is stripped.
fn decoded(made: &Made, ids: &[u32]) -> String {
    let bytes = ids.iter().map(|id| made.tok.token_bytes(*id).unwrap());
    String::from_utf8_lossy(&bytes.flatten().copied().collect::<Vec<u8>>()).into_owned()
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn as_the_slow_way((drawn, texts) in drawn_with_texts(6), options in options()) {
        let made = drawn.made(&options);
        for text in &texts {
            same(&made, text, &Special::Parse)?;
        }
    }
}

/// What a text must not hold, told in several ways.
fn special(made: &Made, which: usize) -> Special {
    let some = made.twin.controls();
    let mut some: Vec<u32> = some.into_iter().collect();
    some.sort_unstable();
    // `<BLOCK>` also joins the blocks around it where it counts: that is tested by itself.
    some.retain(|id| Some(id) != made.twin.ids.get("<BLOCK>"));
    match which {
        0 => Special::Parse,
        1 => Special::Text,
        2 => Special::Error,
        _ => Special::Only(some.into_iter().step_by(which - 1).collect()),
    }
}

/// The units of a text as Python keeps them, in all widths that hold it.
fn widths(text: &str, test: &mut dyn FnMut(Text)) {
    let four: Vec<u32> = text.chars().map(u32::from).collect();
    let most = four.iter().copied().max().unwrap_or(0);
    test(Text::Utf8(text));
    test(Text::Ucs4(&four));
    if most <= 0xFFFF {
        test(Text::Ucs2(&four.iter().map(|unit| *unit as u16).collect::<Vec<_>>()));
    }
    if most <= 0xFF {
        test(Text::Ucs1(&four.iter().map(|unit| *unit as u8).collect::<Vec<_>>()));
    }
}

/// The ids of many texts, some at a time.
fn rows(made: &Made, texts: &[Text], at_once: usize) -> Vec<Vec<u32>> {
    made.tok.with_scratch(|scratch| {
        let mut out = Vec::new();
        for some in texts.chunks(at_once) {
            let mut rows = Rows::default();
            made.tok.encode_rows(some, Some(0), &Special::Parse, scratch, &mut rows).unwrap();
            let ends = rows.offsets.windows(2);
            out.extend(ends.map(|ends| rows.flat[ends[0] as usize..ends[1] as usize].to_vec()));
        }
        out
    })
}

const FLAGS: [(&str, &str); 9] = [
    ("猫", ""),
    ("a", "single_word"),
    ("ab", "special"),
    ("か", "lstrip"),
    (" か", "rstrip"),
    ("<x>", "special lstrip rstrip"),
    ("葛\u{e0100}", "single_word special"),
    ("\r", ""),
    ("12", "rstrip single_word"),
];

fn added(choice: &[usize]) -> Vec<AddedToken> {
    let mut chosen: Vec<usize> = choice.to_vec();
    chosen.sort_unstable();
    chosen.dedup();
    let token = |(content, flags): (&str, &str)| {
        let has = |flag| flags.split(' ').any(|one| one == flag);
        AddedToken {
            single_word: has("single_word"),
            lstrip: has("lstrip"),
            rstrip: has("rstrip"),
            ..AddedToken::new(content, has("special"))
        }
    };
    chosen.into_iter().map(|which| token(FLAGS[which])).collect()
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn tags_of_the_text((drawn, texts) in drawn_with_texts(6), options in options(), which in 1..6usize) {
        let made = drawn.made(&options);
        let special = special(&made, which);
        for text in &texts {
            same(&made, text, &special)?;
        }
    }

    #[test]
    fn added_tokens(
        (drawn, texts) in drawn_with_texts(6),
        options in options(),
        choice in prop::collection::vec(0..FLAGS.len(), 1..5),
        which in 0..5usize,
    ) {
        let options = Options { distinct_ids: true, ..options };
        let made = drawn.made(&options).with_added(&added(&choice));
        let special = special(&made, which);
        for text in &texts {
            same(&made, &format!("{text}ab か\r\n猫12  <x> {text}"), &special)?;
            same(&made, text, &special)?;
        }
    }

    #[test]
    fn every_width_and_any_rows((drawn, texts) in drawn_with_texts(12), options in options(), at_once in 1..13usize) {
        let made = drawn.made(&options);
        let due: Vec<Vec<u32>> =
            texts.iter().map(|text| made.ids(Text::Utf8(text), &Special::Parse).unwrap()).collect();
        for (text, due) in texts.iter().zip(&due) {
            let mut wrong = None;
            widths(text, &mut |units| {
                let ids = made.ids(units, &Special::Parse);
                if ids.as_ref() != Ok(due) {
                    wrong = Some(format!("{units:?}: {ids:?}, due {due:?}"));
                }
            });
            prop_assert_eq!(wrong, None);
        }
        let all: Vec<Text> = texts.iter().map(|text| Text::Utf8(text)).collect();
        prop_assert_eq!(rows(&made, &all, at_once), due);
    }

    #[test]
    fn text_of_ids((drawn, texts) in drawn_with_texts(4), options in options(), ids in prop::collection::vec(any::<prop::sample::Index>(), 0..30)) {
        let made = drawn.made(&options);
        let count = made.twin.rows.len();
        let ids: Vec<u32> = ids.iter().map(|id| id.index(count) as u32).collect();
        prop_assert_eq!(decoded(&made, &ids), made.twin.decode(&ids));
        prop_assert_eq!(made.tok.strips(), options.strip);
        for text in &texts {
            let ids = made.ids(Text::Utf8(text), &Special::Parse).unwrap();
            prop_assert_eq!(decoded(&made, &ids), made.twin.decode(&ids), "{:?}", text);
        }
        prop_assert!(made.tok.token_bytes(count as u32).is_err());
    }

    #[test]
    fn surrogates_have_a_place((drawn, texts) in drawn_with_texts(3), options in options(), at in any::<prop::sample::Index>()) {
        let made = drawn.made(&options);
        let units: Vec<Vec<u32>> =
            texts.iter().map(|text| text.chars().map(u32::from).collect()).collect();
        let mut broken = units[0].clone();
        let at = at.index(broken.len() + 1);
        broken.insert(at, 0xD83D);
        let told = made.ids(Text::Ucs4(&broken), &Special::Parse).unwrap_err();
        prop_assert_eq!(&told, &format!("character {at}: {SURROGATE}"));
        // Among others it is told with the number of its text; what follows an error is not spoilt.
        let mut all: Vec<Text> = units.iter().map(|units| Text::Ucs4(units)).collect();
        all.push(Text::Ucs4(&broken));
        let told = made.tok.with_scratch(|scratch| {
            made.tok.encode_rows::<u32>(&all, Some(0), &Special::Parse, scratch, &mut Rows::default())
        });
        let due = format!("text {}, character {at}: {SURROGATE}", units.len());
        prop_assert_eq!(told.unwrap_err().to_string(), due);
        same(&made, &texts[0], &Special::Parse)?;
    }
}

/// Places that drop their best candidate: all of them, none, or some.
/// Ids and spans of a text that is read in chunks of about so many characters, or why it is
/// refused.
type Spans = Result<(Vec<u32>, Vec<(u32, u32)>), String>;
fn in_chunks(made: &Made, text: Text, special: &Special, characters: usize) -> Spans {
    let mut scratch = Scratch::with_chunks_of(characters);
    let mut rows = Rows::default();
    let done = made.tok.encode_rows(&[text], None, special, &mut scratch, &mut rows);
    done.map_err(|error| error.to_string())?;
    let stretches = &rows.stretches;
    let lengths = Lengths { least: made.tok.least_lengths().unwrap(), stretches };
    let mut spans = Vec::new();
    lengths.spans(&rows.flat, 0..rows.flat.len(), |start, end| spans.push((start, end)));
    Ok((rows.flat, spans))
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn chunks_of_any_size(
        (drawn, texts) in drawn_with_texts(8),
        options in options(),
        characters in prop::collection::vec(1..60usize, 1..4),
        (which, dropout) in (0..6usize, prop_oneof![4 => Just(0.0), 1 => 0.1..0.9]),
        pieces in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let options = Options { dropout, ..options };
        let made = drawn.made(&options);
        let tags = special(&made, which);
        // What is found in a text often goes on where another one begins.
        let text = texts.concat();
        let mut cut: Vec<String> = texts.clone();
        for piece in &pieces {
            let from = piece.index(text.chars().count() + 1);
            cut.push(text.chars().skip(from).take(9).collect());
        }
        for text in [&text, &cut.concat()] {
            let whole = in_chunks(&made, Text::Utf8(text), &tags, usize::MAX / 2);
            for &characters in &characters {
                let mut failed = Ok(());
                widths(text, &mut |units| {
                    let parts = in_chunks(&made, units, &tags, characters);
                    if parts != whole && failed.is_ok() {
                        failed = Err(TestCaseError::fail(format!(
                            "{text:?} by {characters}: {parts:?} is not {whole:?}"
                        )));
                    }
                });
                failed?;
            }
        }
    }
}

fn dropping(drawn: &Drawn, options: &Options, rate: f64, seed: u64) -> Made {
    drawn.made(&Options { dropout: rate, seed, ..options.clone() })
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn dropout((drawn, texts) in drawn_with_texts(6), options in options(), seed in any::<u64>()) {
        let plain = drawn.made(&options);
        let [never, always, some] =
            [1e-12, 1.0, 0.4].map(|rate| dropping(&drawn, &options, rate, seed));
        let mut twin = dropping(&drawn, &options, 1.0, seed).twin;
        twin.drops = true;
        let again = dropping(&drawn, &options, 0.4, seed);
        for text in &texts {
            let ids = |made: &Made| made.ids(Text::Utf8(text), &Special::Parse);
            prop_assert_eq!(ids(&never), ids(&plain), "{:?}", text);
            prop_assert_eq!(ids(&always).unwrap(), twin.ids(text, &Special::Parse).unwrap(), "{:?}", text);
            prop_assert_eq!(ids(&some), ids(&again));
            let encoding = details(&some, text, &Special::Parse).map_err(TestCaseError::fail)?;
            prop_assert_eq!(&encoding.ids, &ids(&some).unwrap());
            whole(text, &encoding)?;
        }
        let all: Vec<Text> = texts.iter().map(|text| Text::Utf8(text)).collect();
        prop_assert_eq!(rows(&some, &all, texts.len()), rows(&again, &all, 1));
    }
}

/// A rate is the share of places that drop their best.
#[test]
fn a_rate_is_a_share() {
    let lines = ["ああ", "あ"].map(|surface| vec![surface.to_owned()]).to_vec();
    let drawn = Drawn { lines, before: 2, emoji: Vec::new() };
    let text = "あ".repeat(100_000);
    for matching in [Match::Smallest, Match::Longest] {
        for rate in [0.05, 0.3, 0.5, 0.9] {
            let options = Options { matching, ..Options::default() };
            let made = dropping(&drawn, &options, rate, 7);
            let ids = made.ids(Text::Utf8(&text), &Special::Parse).unwrap();
            let single = ids.iter().filter(|id| **id == 1).count();
            let share = f64::from(single as u32) / f64::from(ids.len() as u32);
            assert!((share - rate).abs() < 0.01, "{rate}: {share}");
        }
    }
    for rate in [-0.1, 1.5, f64::NAN] {
        let options = Options { dropout: rate, ..Options::default() };
        assert!(neox_text::japanese::Tokenizer::new(drawn.files(), options).is_err(), "{rate}");
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// A text is read in parts of some thousand characters, which nothing shows.
    #[test]
    fn borders_of_parts(
        (drawn, texts) in drawn_with_texts(6),
        options in options(),
        filler in prop::sample::select(vec!["あ", "a", "か葛", "\n", " ", "\r\n", "한", "あ\n", "1 ", "ｶﾞ"]),
        near in prop::sample::select(vec![8_192usize, 16_384, 32_768]),
        short in 0..24usize,
    ) {
        let made = drawn.made(&options);
        let count = (near - short) / filler.chars().count();
        let border = texts.concat();
        for text in [
            format!("{}{border}{filler}{border}", filler.repeat(count)),
            format!("{}{border}\r\n{border}", filler.repeat(count)),
        ] {
            same(&made, &text, &Special::Parse)?;
            let due = made.ids(Text::Utf8(&text), &Special::Parse);
            let mut wrong = false;
            widths(&text, &mut |units| wrong |= made.ids(units, &Special::Parse) != due);
            prop_assert!(!wrong);
            let around = [Text::Utf8("あ"), Text::Utf8(&text), Text::Utf8("葛")];
            let due = [rows(&made, &around[..1], 1), vec![due.unwrap()], rows(&made, &around[2..], 1)];
            prop_assert_eq!(rows(&made, &around, 3), due.concat());
        }
    }

    /// Many short texts share a part.
    #[test]
    fn many_rows_over_threads((drawn, texts) in drawn_with_texts(12), options in options()) {
        let made = drawn.made(&options);
        let many: Vec<&str> = texts.iter().map(String::as_str).cycle().take(20_000).collect();
        let one: Vec<Vec<u32>> =
            texts.iter().map(|text| made.ids(Text::Utf8(text), &Special::Parse).unwrap()).collect();
        for threads in [1, 2, 5] {
            let found = map_ranges(
                &many,
                Some(threads),
                |text| text.len(),
                Scratch::default,
                |scratch, range, rows| {
                    let texts: Vec<Text> = many[range].iter().map(|text| Text::Utf8(text)).collect();
                    made.tok.encode_rows::<u16>(&texts, None, &Special::Parse, scratch, rows)
                },
            )
            .unwrap();
            prop_assert_eq!(found.offsets.len(), many.len() + 1);
            for (at, ends) in found.offsets.windows(2).enumerate() {
                let row = found.flat[ends[0] as usize..ends[1] as usize].iter();
                prop_assert!(row.copied().map(u32::from).eq(one[at % texts.len()].iter().copied()));
            }
        }
    }
}

/// No clock is read here: in quadratic time each of these would take hours.
#[test]
fn megabytes_of_what_is_hard() {
    const SIZE: usize = 1 << 20;
    let surface = |text: &str| vec![text.to_owned()];
    let lines =
        ["ガ", "葛,葛\u{e0100}", "<a", "<abcdefgh>", "か", "カ,ｶ", "ﾞ", "千千千", "aaaaa", "ab"];
    let emoji = ["👨\u{200d}👩", "👋", "👋🏻", "(^_^)", "(^", "(^(^(^_^)^)^)", "🐯🐯🐯", "🐯"];
    let drawn = Drawn {
        lines: lines.iter().map(|line| surface(line)).collect(),
        before: 5,
        emoji: emoji.iter().zip(1..).map(|(key, class)| ((*key).to_owned(), class)).collect(),
    };
    for profile in [Profile::Hf, Profile::Original, Profile::Modern] {
        let made = drawn.made(&Options { clean: true, ..Options::of(profile) });
        for unit in [
            "億a<",
            "1千",
            "1999年",
            "111111億",
            "1,111",
            "12:34",
            "👨\u{200d}👩\u{200d}👧",
            "👋🏻",
            "(^",
            "<|byte",
            "a@",
            "http://",
            "─ ",
            "葛\u{e0100}",
            "ｶﾞ",
            "か\u{3099}",
            "葛\u{fe00}\u{fe01}",
            "\u{3099}",
            "<a",
            "<abcdefg",
            "🐯",
            "한",
            "é",
            "\u{e0100}",
            "a",
            "\r\n",
            "<BLOCK>",
            "aaaab",
            "ﾞ゛",
            "한\u{3099}",
        ] {
            let text = unit.repeat(SIZE / unit.chars().count());
            let ids = made.ids(Text::Utf8(&text), &Special::Parse).unwrap();
            assert!(!ids.is_empty());
            let text = unit.repeat(300);
            same(&made, &text, &Special::Parse).unwrap();
        }
    }
}
