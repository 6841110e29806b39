//! Sentences: a table a rule.

use neox_text::japanese::sentences::split_sentences;

/// Each text with `|` where it is due to be split.
fn splits(table: &[&str]) {
    for marked in table {
        let text = marked.replace('|', "");
        assert_eq!(split_sentences(&text).join("|"), *marked);
    }
}

#[test]
fn marks_close_once() {
    splits(&[
        "",
        "終わらない文",
        "一。|二！|三？|四｡|五⁉|六",
        "え！？|本当？！！|うん。。。|はい",
        "すごい‼️|次❗️|最後",
        "。|文",
    ]);
}

#[test]
fn line_ends_close() {
    splits(&[
        "一行目\n|二行目\r\n|三行目\r|四行目\u{2028}|五行目\u{85}|六行目",
        "文。\n|次。\r\n|最後",
        "文。 \n\n \n|　次の段落",
        "\n\n一行目\n|二行目\n\n",
        "\n \r\n",
        "　",
    ]);
}

#[test]
fn white_space_goes_with_what_ended() {
    splits(&["え！？　|次。  |最後。 ", "　字下げ。|次", "一\n|　二"]);
}

#[test]
fn what_follows_an_end_belongs_to_it() {
    splits(&[
        "行く。」|と",
        "行く。』）”|と",
        "楽しい！😀|次の文。",
        "嬉しい。👨‍👩‍👧❤️|次。",
        "はい！👋🏻🇯🇵1️⃣🏳️‍🌈🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}🙂‍↔⭐♪|1次",
        "楽しい！ 😀 |次の文。",
        "楽しい！ 😀\n|次の文。",
        "終わり。　|🐯トラ",
        "文。|★見出し",
        "は！\u{301}|次",
        "見よ。|(注)は",
        "見よ。|(1)は",
        "行く。'|次。|'90s",
    ]);
}

#[test]
fn kaomoji_belong_to_what_they_follow() {
    splits(&[
        "嬉しい！(^_^)|次！（´∀｀）ノ|次！m(_ _)m|笑！（笑）|汗。^^;|次",
        "楽しい！ヽ(^o^)v|次！(＾＾)|ノート。(T_T)|a！(^_-)-☆|φ！σ(´∀｀)|見",
        "図。|(a)は。|(Aと)。|(^)。|（人名）。|(1-2)。|^は",
    ]);
}

#[test]
fn nothing_within_brackets_closes() {
    for pair in
        "「」 『』 （） () 【】 〔〕 ［］ [] ｛｝ {} 〈〉 《》 “” ‘’ ｢｣ 〝〟 （) \"\" ''".split(' ')
    {
        let (open, close) = (pair.chars().next().unwrap(), pair.chars().last().unwrap());
        splits(&[
            &format!("彼は{open}行く。帰る！？{close}と言った。|次。"),
            &format!("{open}行く。|次。"),
            &format!("行く。{close}|次。"),
        ]);
    }
    splits(&[
        "「行く。帰る。」と言った。|次。",
        "（注。重要）です。|次。",
        "『彼は「いい。」と。』と書く。|次。",
        "「（行く。」帰る。）|次。",
        "（「行く。）帰る。」|次。",
        "「一。\n二。\r\n三。」と。|次。",
    ]);
}

#[test]
fn brackets_without_partner_swallow_nothing() {
    splits(&[
        "「開いた。|次。",
        "「開いた。\n|「はい。」\n|次。",
        "悲しい :(\n|1) 一。|2) 二。",
        "‘90s の曲。\n|It’s 次。|次。",
        "It's 今。|The dogs' 家。|次。",
        "5\"の画面。|7\"の画面。",
        "don’t。|won’t。",
        "‘I don’t。いや。’と。|次",
    ]);
    let lines = |count: usize| split_sentences(&format!("「一{}二」", "\n".repeat(count))).len();
    assert_eq!((lines(16), lines(17)), (1, 2));
}

#[test]
fn two_who_speak() {
    splits(&[
        "「はい。」|「いいえ。」",
        "「はい！」😀|『いいえ。』 |（間。）|「次。」と。",
        "彼は「はい。」「いいえ。」と言う。|次。",
        "「はい」「いいえ」",
        "\"はい。\"|\"いいえ。\"",
        "「はい。」と「いいえ。」",
        "「はい。(^_^)」|「いいえ",
    ]);
}

#[test]
fn marks_with_other_uses() {
    splits(&[
        "円周率は3.14です。|次。",
        "e.g. 犬と i.e. 猫。|次。",
        "Mr. Smith と Ｄｒ．スミス。|Google Inc. は Inc.の",
        "これはペンです.|次は本です. |最後",
        "This is a pen. |That is too. |これも。",
        "see the list. of them",
        "(See above.) |「次」",
        "Yahoo! JAPANの株と Yahoo!ニュースと world!!という Yahoo!（笑）は？|次。",
        "本当!|次?|「はい」!? |終わり",
        "Really? |Yes! |はい",
        "https://x.jp/?q=1!a を見た。|a != b と b ? c も。|次",
        "そう...かも.. 次",
        "示した．|次に３．１４と示す．|図．２と Ｊ．Ｓ．バッハ",
        "1. 一\n|2. 二",
        ".NET と node.js。|次",
    ]);
}

/// Each would take hours if the work grew with the square of the length.
#[test]
fn a_megabyte_of_anything() {
    let units = "あ|。|「|」|「」|(|)|（\n|「『|\"|'|\"a|!|!a|a!|.|a.|Mr.|.)|a. | |\n|\r\n|\n　|。 |。　😀|😀|\u{200d}|^|\
                 。^|(^|。(|。(^_^)|「。」|「。」😀|「あ。\n|。\"|’|‘a’a|1️⃣|！(;|";
    for unit in units.split('|').filter(|unit| !unit.is_empty()) {
        let text = unit.repeat((1 << 20) / unit.len());
        let found = split_sentences(&text);
        assert_eq!(found.iter().map(|sentence| sentence.len()).sum::<usize>(), text.len());
        let nested = format!("{}{text}{}", "「\n(".repeat(1 << 16), "」\")".repeat(1 << 16));
        assert_eq!(split_sentences(&nested).concat(), nested);
    }
}
