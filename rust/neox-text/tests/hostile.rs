//! Files that are broken or meant to harm: an error with its place, never a panic.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in what the tests share

mod hard;
mod reference;

use std::sync::LazyLock;

use hard::trained;
use neox_text::bpe::{Edition, FromFiles, Input, Normalizer, Special, Tokenizer};
use neox_text::{ErrorKind, Result};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

static WHOLE: LazyLock<Value> = LazyLock::new(|| {
    let mut file = trained(3, 270);
    let pieces = json!([
        {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
    ]);
    file["post_processor"] = json!({
        "type": "TemplateProcessing", "single": pieces, "pair": pieces,
        "special_tokens": {
            "<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}
        },
    });
    file["post_processor"]["pair"]
        .as_array_mut()
        .unwrap()
        .push(json!({"Sequence": {"id": "B", "type_id": 1}}));
    file
});

static TEXT: LazyLock<String> = LazyLock::new(|| WHOLE.to_string());

/// Use what was loaded; nothing may panic.
fn used(loaded: Result<Tokenizer>) {
    match loaded {
        Ok(tok) => {
            let text = "aaaa abab 'll <|endoftext|>   e\u{301} \u{304b}\u{304d}\u{304b} \u{1f600}";
            for special in [Special::Parse, Special::Text] {
                let encoding = tok.encode_details(
                    Input::Text(text),
                    Some(Input::Text("b")),
                    true,
                    &special,
                    None,
                );
                let mut bytes = Vec::new();
                tok.decode_bytes(&encoding.unwrap().ids, true, &mut bytes).unwrap();
            }
            let again = Tokenizer::from_json(&tok.to_json(false).unwrap(), Edition::Unicode9);
            assert!(again.unwrap() == tok);
            assert!(Tokenizer::from_compiled(&tok.compile("")).unwrap().0 == tok);
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && said.len() < 1000, "{said}");
            assert_eq!(error.kind(), ErrorKind::Format, "{said}");
            assert!(error.place().is_some_and(|place| !place.is_empty()), "{said}");
        }
    }
}

/// A place in a JSON value, by numbers that are taken modulo what is there.
fn spot<'v>(value: &'v mut Value, path: &[usize]) -> &'v mut Value {
    let size = match value {
        Value::Array(list) => list.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    };
    let Some((step, rest)) = path.split_first().filter(|_| size > 0) else { return value };
    let inner = match value {
        Value::Array(list) => list.get_mut(step % size),
        Value::Object(map) => map.values_mut().nth(step % size),
        _ => None,
    };
    spot(inner.unwrap(), rest)
}

fn odd() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(7),
        json!(1.5),
        json!(1e308),
        json!(16_777_216),
        json!(16_777_217),
        json!(4_294_967_295u64),
        json!(u64::MAX),
        json!(""),
        json!("a"),
        json!("a b"),
        json!("a b c"),
        json!(" "),
        json!("\u{0}"),
        json!("\u{65e5}"),
        json!([]),
        json!([[]]),
        json!({}),
        json!(["a", "b"]),
        json!({"type": "NFC"}),
        json!({"type": "ByteLevel"}),
        json!({"type": "Sequence", "processors": []}),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000.max(ProptestConfig::default().cases),
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn values_changed(
        changes in prop::collection::vec(
            (prop::collection::vec(any::<prop::sample::Index>(), 1..6), odd(), 0..4), 1..4
        )
    ) {
        let mut file = WHOLE.clone();
        for (path, value, how) in changes {
            let path: Vec<usize> = path.iter().map(|index| index.index(1 << 20)).collect();
            let (last, path) = path.split_last().unwrap();
            match (how, spot(&mut file, path)) {
                (0, Value::Object(map)) => {
                    let key = map.keys().nth(last % map.len().max(1)).cloned();
                    key.map(|key| map.remove(&key));
                }
                (0, Value::Array(list)) if !list.is_empty() => {
                    list.remove(last % list.len());
                }
                (1, Value::Object(map)) => {
                    let name = value.as_str().unwrap_or("surprise").to_owned();
                    map.insert(name, json!(last % 300));
                }
                (1, Value::Array(list)) => list.push(value),
                (2, Value::Array(list)) if !list.is_empty() => {
                    let twice = list[last % list.len()].clone();
                    list.push(twice);
                }
                (_, place) => *spot(place, &[*last]) = value,
            }
        }
        used(Tokenizer::from_json(&file.to_string(), Edition::Unicode9));
    }

    #[test]
    fn bytes_changed(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..40usize, prop::sample::select(vec![
                &b""[..], b"{", b"}", b"[[", b"\"", b"\\", b"\\u", b"9", b"-", b"\xff", b"\xed\xa0\x80",
                b"null", b",", b":", b"1e999", b"\\ud800",
            ])), 1..4
        )
    ) {
        let mut bytes = TEXT.as_bytes().to_vec();
        for (at, cut, put) in changes {
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put.iter().copied());
        }
        used(Tokenizer::from_bytes(&bytes, Edition::Unicode9));
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        used(Tokenizer::from_bytes(&bytes, Edition::Unicode9));
    }

    #[test]
    fn any_vocab_and_merges(vocab in "\\PC{0,80}", merges in "(#version: .\n)?([ab\u{120} ]{0,6}\n){0,8}") {
        let options = FromFiles {
            normalizer: Normalizer::None,
            special_tokens: vec!["<s>".to_owned()],
            add_prefix_space: false,
            trim_offsets: true,
        };
        used(Tokenizer::from_vocab_and_merges(&vocab, &merges, &options));
        let known = WHOLE["model"]["vocab"].to_string();
        used(Tokenizer::from_vocab_and_merges(&known, &merges, &options));
    }

    /// A compiled file with a right checksum may still hold anything.
    #[test]
    fn compiled_and_signed_again(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4)
    ) {
        let mut bytes = COMPILED.clone();
        for (at, value, how) in changes {
            let at = HEAD + at.index(bytes.len() - HEAD);
            match how {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                _ => bytes.truncate(at.max(HEAD + 1)),
            }
        }
        let digest = Sha256::digest(&bytes[HEAD..]);
        bytes[16..HEAD].copy_from_slice(&digest);
        match Tokenizer::from_compiled(&bytes) {
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Format),
            Ok((tok, _)) => {
                for special in [Special::Parse, Special::Text] {
                    let text = Input::Text("aaaa abab 'll <|endoftext|>   e\u{301} \u{304b}\u{1f600}");
                    drop(tok.encode_details(text, None, true, &special, None));
                    drop(tok.encode_details(text, Some(text), false, &special, None));
                }
                let mut bytes = Vec::new();
                for id in 0..300 {
                    drop(tok.decode_bytes(&[id], true, &mut bytes));
                }
            }
        }
    }

    #[test]
    fn ids_that_are_none(ids in prop::collection::vec(prop_oneof![0..400u32, any::<u32>()], 0..20)) {
        let tok = &*TOK;
        let mut bytes = Vec::new();
        match tok.decode_bytes(&ids, false, &mut bytes) {
            Ok(()) => prop_assert!(ids.iter().all(|id| tok.id_to_token(*id).is_some())),
            Err(error) => {
                let wrong = ids.iter().find(|id| tok.id_to_token(**id).is_none()).unwrap();
                prop_assert!(error.to_string().contains(&wrong.to_string()), "{}", error);
            }
        }
    }
}

const HEAD: usize = 48;

static TOK: LazyLock<Tokenizer> =
    LazyLock::new(|| Tokenizer::from_json(&TEXT, Edition::Unicode9).unwrap());
static COMPILED: LazyLock<Vec<u8>> = LazyLock::new(|| TOK.compile("a note"));

/// The fields of a compiled file.
fn fields(mut payload: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((head, rest)) = payload.split_first_chunk::<8>() {
        let (field, rest) = rest.split_at(u64::from_le_bytes(*head) as usize);
        found.push(field.to_vec());
        payload = rest;
    }
    found
}

fn signed(fields: &[Vec<u8>]) -> Vec<u8> {
    let mut payload = Vec::new();
    for field in fields {
        payload.extend((field.len() as u64).to_le_bytes());
        payload.extend(field);
    }
    [&COMPILED[..16], &Sha256::digest(&payload)[..], &payload].concat()
}

/// What reading a tokenizer.json would refuse is refused in a compiled file too.
#[test]
fn compiled_parts_that_lie() {
    let whole = fields(&COMPILED[HEAD..]);
    assert_eq!(signed(&whole), *COMPILED);
    let parts: Value = serde_json::from_slice(&whole[0]).unwrap();
    let token = parts["added"][2].clone();
    let with = |key: &str, value: Value| {
        let mut changed = parts.clone();
        changed[key] = value;
        [vec![changed.to_string().into_bytes()], whole[1..].to_vec()].concat()
    };
    let added = |at: usize, value: Value| {
        let mut list = parts["added"].clone();
        list[2][at] = value;
        with("added", list)
    };
    let entries = |drop: &[u8]| {
        let (mut packed, mut rest) = (Vec::new(), &whole[2][..]);
        while !rest.is_empty() {
            let len = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
            let (entry, others) = rest.split_at(8 + len);
            rest = others;
            if &entry[8..] != drop {
                packed.extend(entry);
            }
        }
        [whole[..2].to_vec(), vec![packed, Vec::new()]].concat()
    };
    let merges = |more: [u32; 3]| {
        let mut changed = whole.clone();
        changed[3].extend(more.iter().flat_map(|id| id.to_le_bytes()));
        changed
    };
    let mut model = parts["model"].clone();
    model["surprise"] = json!(1);
    let lies = [
        ("an id of 2^32 - 1", added(0, json!(u32::MAX))),
        ("a gap", added(0, json!(5000))),
        ("the id of an entry", added(0, json!(5))),
        ("a token without text", added(1, json!(""))),
        ("a token that is an entry", added(1, json!("a"))),
        ("a token twice", with("added", json!([token, token]))),
        ("a kind that is not known", with("normalizer", json!({"type": "NFKC"}))),
        ("a normalizer that is none", with("normalizer", json!(null))),
        ("a prefix that is none", with("prefix", json!(true))),
        ("a decoder", with("decoder", json!(null))),
        ("a key of the model", with("model", model)),
        ("an edition", with("edition", json!(12))),
        ("a byte is missing", entries(b"q")),
        ("no entries", [whole[..2].to_vec(), vec![Vec::new(), Vec::new()]].concat()),
        ("a product of other parts", merges([70, 71, 5])),
        ("a part that is no entry", merges([70, 5000, 5])),
        ("half a merge", {
            let mut changed = whole.clone();
            changed[3].pop();
            changed
        }),
        ("more fields", [whole.clone(), vec![b"x".to_vec()]].concat()),
        ("fewer fields", whole[..3].to_vec()),
    ];
    for (lie, fields) in lies {
        let error = Tokenizer::from_compiled(&signed(&fields)).err().expect(lie);
        assert_eq!(error.kind(), ErrorKind::Format, "{lie}: {error}");
        assert!(error.place().is_some(), "{lie}: {error}");
    }
}

/// Nesting without end needs no stack.
#[test]
fn deep() {
    for unit in ["[", "{\"a\":", "{\"model\":", "{\"model\":{\"vocab\":", "[{\"a\":["] {
        for depth in [127, 128, 129, 100_000] {
            used(Tokenizer::from_json(&unit.repeat(depth), Edition::Unicode9));
        }
    }
    for key in ["normalizer", "pre_tokenizer", "post_processor", "decoder", "model", "added_tokens"]
    {
        for (open, close) in [("[", "]"), ("{\"type\":\"Sequence\",\"normalizers\":[", "]}")] {
            for depth in [20, 60, 200, 50_000] {
                let text = format!("{{\"{key}\": {}{}}}", open.repeat(depth), close.repeat(depth));
                used(Tokenizer::from_json(&text, Edition::Unicode9));
            }
        }
    }
}

/// Cut at every byte.
#[test]
fn truncated() {
    for at in 0..TEXT.len() {
        if TEXT.is_char_boundary(at) {
            let error =
                Tokenizer::from_json(&TEXT[..at], Edition::Unicode9).err().expect("half a file");
            assert!(error.place().is_some(), "{at}: {error}");
        }
    }
    used(Tokenizer::from_json(&TEXT, Edition::Unicode9));
}

/// Limits are limits: at them a file loads, over them it does not.
#[test]
fn limits() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut file = WHOLE.clone();
        // The runs of spaces are numbered on from the entries, of which there will be more.
        file["added_tokens"].as_array_mut().unwrap().truncate(2);
        change(&mut file);
        Tokenizer::from_json(&file.to_string(), Edition::Unicode9)
    };
    let entry = |name: String, id: u64| with(&|file| file["model"]["vocab"][&name] = json!(id));
    assert!(entry("new".to_owned(), 1 << 24).is_ok());
    let error = entry("new".to_owned(), (1 << 24) + 1).err().unwrap();
    assert!(error.place().unwrap().contains("model.vocab"), "{error}");
    assert!(entry("n".repeat(64 << 10), 999).is_ok());
    assert!(entry("n".repeat((64 << 10) + 1), 999).is_err());
    let token = |size: usize| {
        with(&|file| {
            let next = file["model"]["vocab"].as_object().unwrap().len();
            let first = file["added_tokens"][0].clone();
            let list = file["added_tokens"].as_array_mut().unwrap();
            list.push(first);
            let last = list.last_mut().unwrap();
            last["content"] = json!("n".repeat(size));
            last["id"] = json!(next);
        })
    };
    assert!(token(64 << 10).is_ok());
    let error = token((64 << 10) + 1).err().unwrap();
    assert!(error.place().unwrap().contains("added_tokens"), "{error}");
}
