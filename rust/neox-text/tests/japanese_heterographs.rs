//! The layers of heterographs against a twin that rewrites a list of characters until it stays.

#![allow(clippy::unwrap_used)] // a test that unwraps says where it failed

use neox_text::japanese::heterographs::{
    LAYERS, Layer, alternates, fold, fold_in, normalize, same, same_surface,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use unicode_normalization::char::compose;

const TABLE: &str = include_str!("../src/japanese/heterographs/table.tsv");

/// The table by layer and alternate; a standardized variation sequence is an alternate of two.
struct Twin {
    pairs: BTreeMap<(Layer, String), String>,
    text_only: BTreeSet<(Layer, String)>,
}

static TWIN: LazyLock<Twin> = LazyLock::new(|| {
    let (mut pairs, mut text_only) = (BTreeMap::new(), BTreeSet::new());
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let codes = columns[0].split("U+").map(str::trim).filter(|code| !code.is_empty());
        let char_of = |code| char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
        let alternate: String = if columns[0].starts_with("U+") {
            codes.map(char_of).collect()
        } else {
            columns[0].to_owned()
        };
        let layer = Layer::named(columns[2]).unwrap();
        let note = columns.get(4).copied().unwrap_or_default();
        if note == "text" {
            text_only.insert((layer, alternate.clone()));
        } else if !note.is_empty() {
            let sequence = format!("{}{}", columns[1], char_of(note));
            assert_eq!(pairs.insert((layer, sequence), columns[1].to_owned()), None, "{line}");
        }
        assert_eq!(pairs.insert((layer, alternate), columns[1].to_owned()), None, "{line}");
    }
    Twin { pairs, text_only }
});

fn is_selector(c: char) -> bool {
    ('\u{FE00}'..='\u{FE0F}').contains(&c) || ('\u{E0100}'..='\u{E01EF}').contains(&c)
}

fn is_ideograph(c: char) -> bool {
    let code = u32::from(c);
    [(0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD)]
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&code))
}

/// One change that some layer makes at the leftmost place that has one; sequences come first, so that
/// a selector goes with the character it was written for.
fn change(text: &[char], layers: &[Layer], surface: bool) -> Option<Vec<char>> {
    let twin = &*TWIN;
    let replaced = |at: usize, length: usize, by: &str| {
        [&text[..at], &by.chars().collect::<Vec<_>>(), &text[at + length..]].concat()
    };
    for at in 0..text.len() {
        let two: String = text[at..text.len().min(at + 2)].iter().collect();
        let second = text.get(at + 1).copied();
        if layers.contains(&Layer::Canonical)
            && second.is_some()
            && let Some(by) = twin.pairs.get(&(Layer::Canonical, two))
        {
            return Some(replaced(at, 2, by));
        }
        if let Some(second) = second
            && layers.contains(&Layer::Ivs)
            && is_selector(second)
            && is_ideograph(text[at])
        {
            return Some(replaced(at, 2, &text[at].to_string()));
        }
        for layer in LAYERS.into_iter().filter(|layer| layers.contains(layer)) {
            let key = (layer, text[at].to_string());
            if let Some(by) = twin.pairs.get(&key)
                && !(surface && twin.text_only.contains(&key))
            {
                return Some(replaced(at, 1, by));
            }
        }
        if layers.contains(&Layer::Width)
            && let Some(mark) = second.and_then(|mark| match mark {
                '゛' | '\u{3099}' | 'ﾞ' => Some('\u{3099}'),
                '゜' | '\u{309A}' | 'ﾟ' => Some('\u{309A}'),
                _ => None,
            })
            && let Some(voiced) = compose(text[at], mark)
            && ('\u{3041}'..='\u{30FE}').contains(&text[at])
        {
            return Some(replaced(at, 2, &voiced.to_string()));
        }
    }
    None
}

fn slow(text: &str, layers: &[Layer], surface: bool) -> String {
    let mut text: Vec<char> = text.chars().collect();
    while let Some(changed) = change(&text, layers, surface) {
        text = changed;
    }
    text.into_iter().collect()
}

/// Characters of the table, those that join, and others.
fn character() -> impl Strategy<Value = char> {
    static KNOWN: LazyLock<Vec<char>> = LazyLock::new(|| {
        let both = TWIN.pairs.iter().flat_map(|((_, a), c)| a.chars().chain(c.chars()));
        both.collect::<BTreeSet<_>>().into_iter().collect()
    });
    let joining: Vec<char> =
        "\u{FE00}\u{FE01}\u{FE02}\u{FE0F}\u{E0100}\u{E01EF}\u{3099}\u{309A}゛゜ﾞﾟ".chars().collect();
    let kana: Vec<char> = "かがはぱうゔわゝカガハパウヴヷワヰヽヿｶﾊｳﾜｦーｰ".chars().collect();
    prop_oneof![
        4 => select(&KNOWN[..]),
        3 => select(joining),
        2 => select(kana),
        1 => select("aA1 \n葛神辻龍猫、！〇々ヶ箇".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(character(), 0..12).prop_map(String::from_iter)
}

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    subsequence(LAYERS.to_vec(), 0..=LAYERS.len()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn equals_the_twin(text in text(), layers in layers()) {
        prop_assert_eq!(normalize(&text, &layers), slow(&text, &layers, false));
    }

    #[test]
    fn twice_changes_nothing(text in text(), layers in layers()) {
        let once = normalize(&text, &layers);
        prop_assert_eq!(normalize(&once, &layers), once);
    }

    #[test]
    fn same_is_equality_of_what_is_written(a in text(), b in text(), cut in 0..6_usize) {
        let rewritten = normalize(&a, &LAYERS[cut..]);
        for other in [&b, &rewritten, &format!("{rewritten}{b}"), &format!("{a}{b}")] {
            prop_assert_eq!(same(&a, other), slow(&a, &LAYERS, false) == slow(other, &LAYERS, false));
            prop_assert_eq!(same(other, &a), same(&a, other));
            let surface = |text: &str| slow(text, &LAYERS, true);
            let usual = a.chars().zip(other.chars()).any(|(one, other)| {
                one != other && surface(&other.to_string()) == one.to_string()
            });
            let surfaces = surface(&a) == surface(other) && !usual;
            prop_assert_eq!(same_surface(&a, other), surfaces);
        }
    }

    #[test]
    fn folds_one_character_to_one(c in character(), layers in layers()) {
        let written = slow(&c.to_string(), &layers, true);
        let one = if written.chars().count() == 1 { written.chars().next().unwrap() } else { c };
        prop_assert_eq!(fold_in(c, &layers), one);
        prop_assert_eq!(fold_in(c, &LAYERS), fold(c));
    }
}

#[test]
fn alternates_are_the_inverse_of_fold() {
    let mut asked: BTreeMap<char, Vec<char>> = BTreeMap::new();
    for c in ('\0'..=char::MAX).filter(|c| fold(*c) != *c) {
        asked.entry(fold(c)).or_default().push(c);
    }
    assert!(asked.len() > 1_000);
    for c in '\0'..=char::MAX {
        assert_eq!(alternates(c), asked.remove(&c).unwrap_or_default(), "{c}");
    }
}

#[test]
fn every_line_is_read() {
    let known = TABLE.lines().filter(|line| !line.starts_with('#')).count();
    let sequences = TWIN.pairs.keys().filter(|(_, a)| a.chars().nth(1).is_some_and(is_selector));
    let (sequences, pairs) = (sequences.count(), TWIN.pairs.len());
    assert_eq!(pairs - sequences + 16, known, "16 lines are sequences alone");
    for ((layer, alternate), canonical) in &TWIN.pairs {
        assert_ne!(alternate, canonical);
        let written = normalize(alternate, &[*layer]);
        assert_eq!(written, slow(canonical, &[*layer], false), "{alternate} in {}", layer.name());
    }
}

#[test]
fn half_width_kana_is_what_nfkc_makes_of_it() {
    use unicode_normalization::UnicodeNormalization;
    for first in '\u{FF65}'..='\u{FF9D}' {
        for mark in ["", "ﾞ", "ﾟ"] {
            let half = format!("{first}{mark}");
            let full: String = half.nfkc().collect();
            let full = full.replace('\u{3099}', "゛").replace('\u{309A}', "゜");
            assert_eq!(normalize(&half, &[Layer::Width]), full, "{half}");
        }
    }
}

/// Long runs of what joins and what expands are written as one of them is.
#[test]
fn long_runs() {
    for (unit, asked) in [
        ("葛\u{E0100}\u{FE00}", "葛"),
        ("神\u{FE00}\u{FE00}", "神"),
        ("か\u{3099}\u{3099}", "が\u{3099}"),
        ("ﾊﾟﾟ", "パ゜"),
        ("㍿", "株式会社"),
        ("\u{2F800}龍", "丽竜"),
    ] {
        assert_eq!(normalize(&unit.repeat(50_000), &LAYERS), asked.repeat(50_000), "{unit}");
    }
}

#[test]
fn known_words() {
    for word in "西瓜 壬生 戊戌 霞ヶ関 霞ケ関 一ヶ月 一箇月 弁護士 堺市 衣裳 二〇二六年 西爪 界市 王生 嶋田 花崗岩 \
                 鯰 鮎 鍼灸 印旛沼 徳川光圀 匈奴 嚥下 排泄 浚渫 箴言 糺の森 籠 藪の中 檜 堯舜 侘寂 諦める 禰宜 \
                 雲崗 山寨 籐椅子 葯 梔子 趙孟頫 翁同龢 汴京 无 你好 Ⅳ ² ½ ー 一 ゐ ゑ ヴ ゔ 々 〆 ・ 吾輩は猫である"
        .split_whitespace()
    {
        assert_eq!(normalize(word, &LAYERS), word);
    }
    for (written, canonical) in [
        ("慶應義塾", "慶応義塾"),
        ("國學院", "国学院"),
        ("渡邉と渡邊", "渡辺と渡辺"),
        ("髙島屋", "高島屋"),
        ("山﨑", "山崎"),
        ("𠮷野家", "𠮷野家"),
        ("濵田", "浜田"),
        ("齋藤と齊藤", "斎藤と斉藤"),
        ("森鷗外", "森鴎外"),
        ("葛\u{E0100}城", "葛城"),
        ("\u{FA19}社", "神社"),
        ("神\u{FE00}", "神"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("か\u{3099}は゜", "がぱ"),
        ("⾼い⻑い", "高い長い"),
        ("ＡＢＣ（１２３）", "ABC(123)"),
        ("１０～２０", "10〜20"),
        ("㍿㈱㎏㋿", "株式会社(株)kg令和"),
        ("①㊤", "1上"),
        ("辨辯瓣", "弁弁弁"),
        ("龍", "竜"),
    ] {
        assert_eq!(normalize(written, &LAYERS), canonical);
        assert!(same(written, canonical));
    }
}

#[test]
fn layers_apart() {
    for (layer, written, canonical) in [
        (Layer::Canonical, "\u{F900}", "豈"),
        (Layer::Ivs, "葛\u{E0100}", "葛"),
        (Layer::Width, "ｶﾞｷﾞ", "ガギ"),
        (Layer::Shinjitai, "慶應", "慶応"),
        (Layer::Koseki, "髙邉", "高辺"),
        (Layer::Unihan, "畧", "略"),
    ] {
        assert_eq!(normalize(written, &[layer]), canonical);
        let others: Vec<Layer> = LAYERS.into_iter().filter(|other| *other != layer).collect();
        assert_eq!(normalize(written, &others), written, "without {}", layer.name());
        assert_eq!(normalize(written, &[]), written);
    }
    assert_eq!(LAYERS.map(|layer| Layer::named(layer.name()).unwrap()), LAYERS);
    let error = Layer::named("no such layer").unwrap_err().to_string();
    assert!(error.contains("\"no such layer\"") && error.contains("shinjitai"), "{error}");
}

#[test]
fn surfaces_keep_what_a_reader_sees() {
    for (a, b) in [("慶應", "慶応"), ("ｶﾞ", "ガ"), ("葛\u{E0100}", "葛"), ("⾼", "高"), ("ｱ", "ア")]
    {
        assert!(same_surface(a, b) && !same_surface(a, "猫"), "{a} {b}");
    }
    // A vocabulary that prints 頰 for 頬, or 兔 for 兎, would erase the usual form.
    for (a, b) in [("頬張る", "頰張る"), ("兎", "兔"), ("兎應", "兔応")] {
        assert!(same(a, b) && !same_surface(a, b) && same_surface(b, &normalize(a, &LAYERS)));
    }
    for (a, b) in [("①", "1"), ("Ａ", "A"), ("龍", "竜"), ("㍿", "株式会社"), ("＜", "<")]
    {
        assert!(same(a, b) && !same_surface(a, b), "{a} {b}");
        assert_eq!(fold(a.chars().next().unwrap()), a.chars().next().unwrap());
    }
    assert_eq!(alternates('応'), ['應']);
    assert!(alternates('龍').contains(&'龒') && !alternates('竜').contains(&'龍'));
    assert_eq!(alternates('私'), []);
}
