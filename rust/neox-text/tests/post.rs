//! `PostProcessor`: what it reads and refuses, and what it makes of encodings.
#![allow(clippy::unwrap_used)]

use std::borrow::Cow;

use neox_text::ErrorKind;
use neox_text::bpe::post::PostProcessor;
use neox_text::encoding::{Direction, Encoding};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::Index;
use serde_json::{Value, json};

/// The vocabulary of these tests: byte-level strings by id.
const WORDS: [&str; 8] = ["a", "Ġb", "ĠĠ", "c Ġ", "Ġ", "\n", "ĠĠdĠ", ""];

fn text_of(id: u32) -> Cow<'static, str> {
    Cow::Borrowed(WORDS[id as usize % WORDS.len()])
}

/// Ids of `WORDS` as tokens of one text; each has the length of its word.
fn encoding(ids: &[u32], type_id: u32) -> Encoding {
    let mut made = Encoding::default();
    let mut at = 0;
    for (word, id) in (0..).zip(ids) {
        let span = (at, at + text_of(*id).chars().count() as u32);
        at = span.1;
        made.ids.push(*id);
        made.type_ids.push(type_id);
        made.offsets.push(span);
        made.spans.push(span);
        made.byte_spans.push((span.0 * 2, span.1 * 2));
        made.word_ids.push(Some(word));
        made.special_tokens_mask.push(0);
        made.attention_mask.push(1);
    }
    made
}

fn read(value: &Value) -> PostProcessor {
    PostProcessor::from_json(value, "post_processor").unwrap()
}

fn process(value: &Value, a: Encoding, b: Option<Encoding>, special: bool) -> Encoding {
    read(value).process(a, b, special, &text_of)
}

fn byte_level(add_prefix_space: bool, trim_offsets: bool) -> Value {
    json!({
        "type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": trim_offsets,
        "use_regex": true,
    })
}

fn sequence(id: &str, type_id: u32) -> Value {
    json!({"Sequence": {"id": id, "type_id": type_id}})
}

fn special(id: &str, type_id: u32) -> Value {
    json!({"SpecialToken": {"id": id, "type_id": type_id}})
}

/// `[CLS] A [SEP]` and `[CLS] A [SEP] B:1 [SEP]:1`, where `[SEP]` is two tokens.
fn template() -> Value {
    let (cls, sep) = (special("[CLS]", 0), special("[SEP]", 0));
    json!({
        "type": "TemplateProcessing",
        "single": [cls, sequence("A", 0), sep],
        "pair": [cls, sequence("A", 0), sep, sequence("B", 1), special("[SEP]", 1)],
        "special_tokens": {
            "[CLS]": {"id": "[CLS]", "ids": [90], "tokens": ["[CLS]"]},
            "[SEP]": {"id": "sep", "ids": [91, 92], "tokens": ["[SEP", "]"]},
        },
    })
}

/// A template without special tokens that puts the texts of a pair in this order.
fn ordered(first: &str, second: &str) -> Value {
    json!({
        "type": "TemplateProcessing", "single": [sequence("A", 0)],
        "pair": [sequence(first, 0), sequence(second, 1)], "special_tokens": {},
    })
}

fn chain(processors: &[Value]) -> Value {
    json!({"type": "Sequence", "processors": processors})
}

#[test]
fn without_a_processor_texts_are_joined() {
    let (a, b) = (encoding(&[0, 1], 0), encoding(&[4], 1));
    assert_eq!(process(&Value::Null, a.clone(), None, true), a);
    let made = process(&Value::Null, a, Some(b), true);
    assert_eq!(made.ids, [0, 1, 4]);
    assert_eq!(made.type_ids, [0, 0, 1]);
    assert_eq!(made.sequence_ids(), [Some(0), Some(0), Some(1)]);
    assert_eq!(made.offsets, [(0, 1), (1, 3), (0, 1)]);
    assert_eq!(made.special_tokens_mask, [0, 0, 0]);
}

#[test]
fn a_template_frames_a_text() {
    let made = process(&template(), encoding(&[0, 1], 0), None, true);
    assert_eq!(made.ids, [90, 0, 1, 91, 92]);
    assert_eq!(made.type_ids, [0; 5]);
    assert_eq!(made.offsets, [(0, 0), (0, 1), (1, 3), (0, 0), (0, 0)]);
    assert_eq!(made.spans, [(0, 0), (0, 1), (1, 3), (3, 3), (3, 3)]);
    assert_eq!(made.byte_spans, [(0, 0), (0, 2), (2, 6), (6, 6), (6, 6)]);
    assert_eq!(made.word_ids, [None, Some(0), Some(1), None, None]);
    assert_eq!(made.special_tokens_mask, [1, 0, 0, 1, 1]);
    assert_eq!(made.attention_mask, [1; 5]);
    assert_eq!(made.sequence_ids(), [None, Some(0), Some(0), None, None]);
    let surfaces: Vec<_> = (0..5).map(|token| made.surface(token)).collect();
    assert_eq!(surfaces, [Some("[CLS]"), None, None, Some("[SEP"), Some("]")]);
    assert_eq!((made.token_to_chars(0), made.char_to_token(1, 0)), (None, Some(2)));
}

#[test]
fn a_template_frames_a_pair() {
    let (a, b) = (encoding(&[0], 0), encoding(&[1, 0], 1));
    let made = process(&template(), a.clone(), Some(b.clone()), true);
    assert_eq!(made.ids, [90, 0, 91, 92, 1, 0, 91, 92]);
    assert_eq!(made.type_ids, [0, 0, 0, 0, 1, 1, 1, 1]);
    assert_eq!(made.spans[..5], [(0, 0), (0, 1), (1, 1), (1, 1), (0, 2)]);
    assert_eq!(made.spans[5..], [(2, 3), (3, 3), (3, 3)]);
    let (a_id, b_id) = (Some(0), Some(1));
    assert_eq!(made.sequence_ids(), [None, a_id, None, None, b_id, b_id, None, None]);

    let plain = process(&template(), a, Some(b), false);
    assert_eq!(plain.ids, [0, 1, 0]);
    assert_eq!(plain.type_ids, [0, 1, 1]);
    assert_eq!(plain.sequence_ids(), [a_id, b_id, b_id]);
}

#[test]
fn overflowing_parts_are_framed_too() {
    let mut a = encoding(&[0, 1, 0, 1, 0], 0);
    a.truncate(2, 0, Direction::Right).unwrap();
    let made = process(&template(), a.clone(), None, true);
    let ids: Vec<_> = made.overflowing.iter().map(|part| part.ids.clone()).collect();
    assert_eq!(ids, [vec![90, 0, 1, 91, 92], vec![90, 0, 91, 92]]);
    assert_eq!(made.overflowing[1].spans, [(6, 6), (6, 7), (7, 7), (7, 7)]);
    assert_eq!(made.overflowing[1].sequence_ids(), [None, Some(0), None, None]);

    // Every part with every part; the template's type ids reach the first of each text alone.
    let mut b = encoding(&[4, 5], 1);
    b.truncate(1, 0, Direction::Right).unwrap();
    let retyped = json!({
        "type": "TemplateProcessing", "single": [],
        "pair": [sequence("A", 5), sequence("B", 6)], "special_tokens": {},
    });
    let made = process(&retyped, a, Some(b), true);
    let parts: Vec<_> =
        made.overflowing.iter().map(|part| (&part.ids[..], &part.type_ids[..])).collect();
    let due: [(&[u32], &[u32]); 5] = [
        (&[0, 1, 4], &[0, 0, 6]),
        (&[0, 1, 5], &[0, 0, 1]),
        (&[0, 4], &[0, 6]),
        (&[0, 5], &[0, 1]),
        (&[0, 1, 5], &[5, 5, 1]),
    ];
    assert_eq!(parts, due);
}

#[test]
fn templates_may_repeat_or_leave_out_a_text() {
    let odd = json!({
        "type": "TemplateProcessing",
        "single": [sequence("A", 3), sequence("A", 4)],
        "pair": [sequence("B", 2)],
        "special_tokens": {},
    });
    let (a, b) = (encoding(&[0], 0), encoding(&[1], 1));
    let made = process(&odd, a.clone(), None, true);
    assert_eq!((made.ids, made.type_ids), (vec![0, 0], vec![3, 4]));
    let made = process(&odd, a.clone(), Some(b), true);
    assert_eq!((made.ids, made.type_ids), (vec![1], vec![2]));
    let none = json!({
        "type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}
    });
    assert_eq!(process(&none, a, None, true), Encoding::default());
}

#[test]
fn white_space_is_trimmed_off_offsets() {
    // Words:        a       Ġb      ĠĠ      c Ġ     Ġ       \n      ĠĠdĠ
    let ids = [0, 1, 2, 3, 4, 5, 6];
    let untrimmed = [(0, 1), (1, 3), (3, 5), (5, 8), (8, 9), (9, 10), (10, 14)];
    let trimmed = [(0, 1), (2, 3), (5, 5), (5, 6), (9, 9), (10, 10), (12, 13)];
    for prefix in [false, true] {
        let made = process(&byte_level(prefix, true), encoding(&ids, 0), None, true);
        assert_eq!(made.offsets, trimmed);
        assert_eq!(made.spans, untrimmed);
        assert_eq!(made.sequence_ids(), [Some(0); 7]);
        let made = process(&byte_level(prefix, false), encoding(&ids, 0), None, true);
        assert_eq!(made.offsets, untrimmed);
        let pair = Some(encoding(&ids, 7));
        let made = process(&byte_level(prefix, true), encoding(&ids, 7), pair, true);
        assert_eq!(made.offsets, [trimmed, trimmed].concat());
        assert_eq!(made.type_ids, [[0; 7], [1; 7]].concat());
    }
}

#[test]
fn a_space_put_in_front_is_not_trimmed() {
    let first = |ids: &[u32], prefix| {
        process(&byte_level(prefix, true), encoding(ids, 0), None, true).offsets[0]
    };
    assert_eq!((first(&[1], true), first(&[1], false)), ((0, 2), (1, 2)));
    assert_eq!((first(&[2], true), first(&[6], true)), ((2, 2), (2, 3)));
    // It counts as first where it is the first token of a part, or begins at 0.
    let mut a = encoding(&[0, 1, 7, 4], 0);
    a.offsets[2..].fill((0, 1));
    a.truncate(1, 0, Direction::Right).unwrap();
    let made = process(&byte_level(true, true), a, None, true);
    let offsets: Vec<_> = made.overflowing.iter().map(|part| part.offsets[0]).collect();
    assert_eq!(offsets, [(1, 3), (0, 1), (0, 0)]);
    let mut words = encoding(&[0, 1], 0);
    words.offsets[1] = (0, 2);
    let made = process(&byte_level(true, true), words, None, true);
    assert_eq!(made.offsets, [(0, 1), (0, 2)]);
}

#[test]
fn a_token_of_its_own_string_is_trimmed_by_that() {
    let mut a = encoding(&[0, 0], 0);
    a.offsets[1] = (1, 6);
    a.surfaces.push((1, "  <x> ".into()));
    let made = process(&byte_level(false, true), a, None, true);
    assert_eq!(made.offsets, [(0, 1), (3, 5)]);
    // Offsets shorter than the string, as an NFD text has them, stay within themselves.
    let mut b = encoding(&[0, 2, 6], 0);
    b.offsets = vec![(0, 1), (1, 2), (2, 3)];
    let made = process(&byte_level(false, true), b, None, true);
    assert_eq!(made.offsets, [(0, 1), (2, 2), (3, 3)]);
}

#[test]
fn processors_work_in_turn() {
    let (a, b) = (encoding(&[1], 0), encoding(&[1], 1));
    let trim_and_frame = chain(&[byte_level(false, true), template()]);
    let made = process(&trim_and_frame, a.clone(), Some(b.clone()), true);
    assert_eq!(made.ids, [90, 1, 91, 92, 1, 91, 92]);
    assert_eq!((made.offsets[1], made.offsets[4]), ((1, 2), (1, 2)));
    // ByteLevel numbers the pieces that it is handed as sequences.
    let frame_and_trim = chain(&[template(), byte_level(false, true)]);
    let made = process(&frame_and_trim, a.clone(), None, true);
    assert_eq!(made.offsets[1], (1, 2));
    assert_eq!((made.n_sequences(), made.sequence_ids()[1]), (3, Some(1)));
    // So does a second template, and the last record of a sequence holds.
    let twice = chain(&[ordered("B", "A"), ordered("A", "B")]);
    let made = process(&twice, a.clone(), Some(b.clone()), true);
    assert_eq!(made.sequences.into_iter().collect::<Vec<_>>(), [(0, 1..2), (1, 1..2)]);

    let (empty, nested) = (chain(&[]), chain(&[chain(&[template()])]));
    assert_eq!(process(&empty, a.clone(), Some(b.clone()), true).ids, [1, 1]);
    assert_eq!(process(&nested, a.clone(), None, true), process(&template(), a, None, true));
}

#[test]
fn added_tokens_are_counted() {
    let count = |value| [false, true].map(|is_pair| read(&value).added_tokens(is_pair));
    assert_eq!(count(Value::Null), [0, 0]);
    assert_eq!(count(byte_level(true, true)), [0, 0]);
    assert_eq!(count(template()), [3, 5]);
    assert_eq!(count(chain(&[template(), byte_level(true, true)])), [3, 5]);
    let due = [("[CLS]", 90), ("[SEP]", 91), ("[SEP]", 92)];
    assert_eq!(read(&chain(&[template()])).special_ids(), due);
}

#[test]
fn what_is_read_is_written() {
    let plain = json!({
        "type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}
    });
    let values = [
        Value::Null,
        byte_level(true, false),
        template(),
        chain(&[]),
        chain(&[byte_level(false, true), chain(&[template()]), byte_level(true, true)]),
        plain,
    ];
    for value in values {
        assert_eq!(read(&value).to_json(), value);
    }
    let mut short = byte_level(true, true);
    short.as_object_mut().unwrap().remove("use_regex");
    assert_eq!(read(&short).to_json(), byte_level(true, true));
    assert_eq!(PostProcessor::byte_level(true, false), read(&byte_level(true, false)));
}

/// `value` with what is at the pointer replaced, or taken out where there is no replacement.
fn changed(mut value: Value, pointer: &str, to: Option<Value>) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match (value.pointer_mut(parent).unwrap(), to) {
        (Value::Array(values), Some(to)) => values[key.parse::<usize>().unwrap()] = to,
        (Value::Object(map), Some(to)) => drop(map.insert(key.to_owned(), to)),
        (Value::Object(map), None) => drop(map.remove(key)),
        (other, to) => panic!("{pointer} leads into {other} for {to:?}"),
    }
    value
}

#[test]
fn what_is_not_honoured_is_refused_by_name() {
    let of_level = |at, to| changed(byte_level(true, true), at, to);
    let of_template = |at, to| changed(template(), at, to);
    let in_chain = |value| chain(&[byte_level(true, true), value]);
    let roberta = json!({"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]});
    let cases: Vec<(Value, &str, &str)> = vec![
        (json!(7), "", "7"),
        (json!("ByteLevel"), "", "an object"),
        (json!([]), "", "an array"),
        (json!({}), ".type", "missing"),
        (json!({"type": 1}), ".type", "string"),
        (roberta.clone(), ".type", "RobertaProcessing"),
        (json!({"type": "x".repeat(9999)}), ".type", "xxx"),
        (in_chain(roberta), ".processors[1].type", "RobertaProcessing"),
        (in_chain(Value::Null), ".processors[1]", "null"),
        (json!({"type": "Sequence"}), ".processors", "missing"),
        (json!({"type": "Sequence", "processors": {}}), ".processors", "an object"),
        (of_level("/surprise", Some(json!(1))), "", "surprise"),
        (of_level("/trim_offsets", None), ".trim_offsets", "missing"),
        (of_level("/add_prefix_space", Some(json!("yes"))), ".add_prefix_space", "yes"),
        (of_level("/use_regex", Some(Value::Null)), ".use_regex", "null"),
        (of_template("/surprise", Some(json!(1))), "", "surprise"),
        (of_template("/pair", None), ".pair", "missing"),
        (of_template("/single", Some(json!("$A"))), ".single", "$A"),
        (of_template("/single/1", Some(json!({}))), ".single[1]", "Sequence"),
        (of_template("/single/1", Some(sequence("B", 0))), ".single[1]", "\"B\""),
        (of_template("/pair/1", Some(sequence("a", 0))), ".pair[1].Sequence.id", "\"a\""),
        (of_template("/pair/0", Some(special("<s>", 0))), ".pair[0].SpecialToken.id", "<s>"),
        (of_template("/pair/0", Some(json!({"Other": {}}))), ".pair[0]", "Other"),
        (
            of_template("/pair/0/SpecialToken/type_id", Some(json!(-1))),
            ".pair[0].SpecialToken.type_id",
            "-1",
        ),
        (of_template("/pair/1/Sequence/x", Some(json!(1))), ".pair[1].Sequence", "\"x\""),
        (of_template("/special_tokens", Some(json!([]))), ".special_tokens", "an array"),
        (of_template("/special_tokens/[CLS]", None), ".single[0].SpecialToken.id", "[CLS]"),
        (
            of_template("/special_tokens/[SEP]/ids", Some(json!([91]))),
            ".special_tokens[\"[SEP]\"]",
            "pairs",
        ),
        (
            of_template("/special_tokens/[CLS]/ids", Some(json!([1_u64 << 33]))),
            ".special_tokens[\"[CLS]\"].ids[0]",
            "whole number",
        ),
        (
            of_template("/special_tokens/[CLS]/ids", Some(json!([1.0]))),
            ".special_tokens[\"[CLS]\"].ids[0]",
            "whole number",
        ),
        (
            of_template("/special_tokens/[CLS]/tokens", Some(json!([1]))),
            ".special_tokens[\"[CLS]\"].tokens[0]",
            "string",
        ),
        (of_template("/special_tokens/[CLS]/id", None), ".special_tokens[\"[CLS]\"].id", "missing"),
        (chain(&[template(), template()]), ".processors[1]", "3 pieces"),
    ];
    for (value, place, word) in cases {
        let error = PostProcessor::from_json(&value, "post_processor").unwrap_err();
        assert_eq!(error.place(), Some(&*format!("post_processor{place}")), "{error}");
        assert!(error.to_string().contains(word), "{word}: {error}");
        assert!(error.to_string().len() < 300, "{error}");
        assert_eq!(error.kind(), ErrorKind::Format);
    }
}

/// Every place in a value, as a pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut visit = |key: &str, value| {
        let place = format!("{at}/{key}");
        places(value, &place, found);
        found.push(place);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| visit(key, value)),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(i, value)| visit(&i.to_string(), value));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn ids_alone_are_those_of_the_encoding(
        a in vec(0..8u32, 0..9), b in vec(0..8u32, 0..9), is_pair in any::<bool>(),
        special in any::<bool>(), number in 0..4usize,
    ) {
        let framed = chain(&[byte_level(true, true), template()]);
        let value = [Value::Null, byte_level(false, true), template(), framed][number].clone();
        let pair = is_pair.then(|| encoding(&b, 1));
        let made = process(&value, encoding(&a, 0), pair, special);
        let mut ids = vec![77];
        read(&value).process_ids(&a, is_pair.then_some(&b), special, &mut ids);
        prop_assert_eq!(&ids[1..], &made.ids);
        let added = if special { read(&value).added_tokens(is_pair) } else { 0 };
        let texts = a.len() + if is_pair { b.len() } else { 0 };
        prop_assert_eq!(made.len(), texts + added);
        let mask: usize = made.special_tokens_mask.iter().map(|mask| usize::from(*mask)).sum();
        prop_assert_eq!(mask, added);
        let single = made.spans.windows(2).all(|pair| pair[0].1 == pair[1].0);
        prop_assert!(is_pair || single, "{:?}", made.spans);
    }

    #[test]
    fn broken_values_are_refused_or_work(
        spots in vec((any::<Index>(), 0..12usize), 1..4), a in vec(0..8u32, 0..5),
    ) {
        let odd = [
            Value::Null, json!(true), json!(-1), json!(0), json!(1.5), json!(1_u64 << 40), json!(""),
            json!("A"), json!("B"), json!([]), json!({}), json!([[]]),
        ];
        let mut value = chain(&[byte_level(true, true), template()]);
        for (spot, to) in spots {
            let mut found = Vec::new();
            places(&value, "", &mut found);
            let holder = value.pointer_mut(&found[spot.index(found.len())]).unwrap();
            *holder = odd[to].clone();
            if found.len() < 2 {
                break;
            }
        }
        match PostProcessor::from_json(&value, "post_processor") {
            Err(error) => prop_assert!(error.place().unwrap().starts_with("post_processor")),
            Ok(post) => {
                prop_assert_eq!(&read(&post.to_json()), &post);
                for special in [false, true] {
                    for pair in [None, Some(encoding(&a, 1))] {
                        post.process(encoding(&a, 0), pair, special, &text_of);
                    }
                }
            }
        }
    }
}
