//! What happens to encodings last: offsets are trimmed, special tokens join by template.
//!
//! Reads and writes `post_processor` of a `tokenizer.json`, and does to ids, masks, sequences and
//! overflowing parts what `tokenizers` 0.23 does. What that would panic on is refused on reading.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::vocab::MAX_ID;
use crate::encoding::Encoding;
use crate::{Error, Result};

/// What templates call the two texts.
const SEQUENCES: [&str; 2] = ["A", "B"];

/// `post_processor` of a `tokenizer.json`, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostProcessor {
    kind: Option<Kind>,
    /// What the ids of a result are made of, by [`config`].
    outlines: [Vec<Part>; 4],
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    ByteLevel { add_prefix_space: bool, trim_offsets: bool, use_regex: bool },
    Template(Template),
    Sequence(Vec<Kind>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Template {
    single: Vec<Piece>,
    pair: Vec<Piece>,
    /// Sorted by name.
    specials: Vec<Special>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// One of the encodings: 0 is `A`, 1 is `B`.
    Sequence { index: usize, type_id: u32 },
    /// One of the template's special tokens.
    Special { index: usize, type_id: u32 },
}

/// A name of a template and the tokens it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Special {
    name: String,
    id: String,
    ids: Arc<[u32]>,
    tokens: Vec<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// The ids of the text, or of the second text of a pair.
    Text(usize),
    Special(Arc<[u32]>),
}

/// Index of the four cases: one text or two, without or with special tokens.
fn config(is_pair: bool, add_special_tokens: bool) -> usize {
    usize::from(is_pair) * 2 + usize::from(add_special_tokens)
}

impl PostProcessor {
    /// The processor that only deals with offsets; `use_regex` says nothing here.
    pub fn byte_level(add_prefix_space: bool, trim_offsets: bool) -> Self {
        let kind = Kind::ByteLevel { add_prefix_space, trim_offsets, use_regex: true };
        Self { kind: Some(kind), outlines: plain_outlines() }
    }

    /// Reads null or an object of kind `ByteLevel`, `TemplateProcessing` or `Sequence`. Errors are
    /// of `Format` and name the place, which begins with `place`.
    pub fn from_json(value: &Value, place: &str) -> Result<Self> {
        let kind = if value.is_null() { None } else { Some(Kind::from_json(value, place)?) };
        let mut outlines = plain_outlines();
        if let Some(kind) = &kind {
            for (number, outline) in outlines.iter_mut().enumerate() {
                *outline = kind.outline(std::mem::take(outline), number % 2 == 1, place)?;
            }
        }
        Ok(Self { kind, outlines })
    }

    /// What [`PostProcessor::from_json`] reads.
    pub fn to_json(&self) -> Value {
        self.kind.as_ref().map_or(Value::Null, Kind::to_json)
    }

    /// How many tokens truncation has to leave room for.
    pub fn added_tokens(&self, is_pair: bool) -> usize {
        self.kind.as_ref().map_or(0, |kind| kind.added_tokens(is_pair))
    }

    /// Name and id of every special token that a template holds, used or not.
    pub fn special_ids(&self) -> Vec<(&str, u32)> {
        self.kind.as_ref().map_or_else(Vec::new, Kind::special_ids)
    }

    /// What of this decides ids, in a form to be hashed.
    pub fn ids_key(&self) -> String {
        format!("{:?}", self.outlines)
    }

    /// Whether a text alone keeps just its own ids.
    pub fn is_plain(&self, add_special_tokens: bool) -> bool {
        self.outlines[config(false, add_special_tokens)] == [Part::Text(0)]
    }

    /// Appends the ids that [`PostProcessor::process`] gives: the same without the details.
    pub fn process_ids(
        &self,
        ids: &[u32],
        pair: Option<&[u32]>,
        add_special_tokens: bool,
        out: &mut Vec<u32>,
    ) {
        for part in &self.outlines[config(pair.is_some(), add_special_tokens)] {
            out.extend_from_slice(match part {
                Part::Text(0) => ids,
                Part::Text(_) => pair.unwrap_or_default(),
                Part::Special(ids) => ids,
            });
        }
    }

    /// Makes one encoding of a text, or of a pair, that is truncated already.
    ///
    /// `text_of` gives the vocabulary's string of an id (byte-level characters, or the content of
    /// an added token). The type ids of a pair's second text are 1 when it comes in.
    pub fn process<'v>(
        &self,
        encoding: Encoding,
        pair: Option<Encoding>,
        add_special_tokens: bool,
        text_of: &dyn Fn(u32) -> Cow<'v, str>,
    ) -> Encoding {
        let mut encodings = vec![encoding];
        encodings.extend(pair);
        let Some(kind) = &self.kind else {
            // One text alone stays without a recorded sequence, and so do overflowing parts.
            if encodings.len() > 1 {
                number_sequences(&mut encodings);
            }
            return Encoding::merge(encodings, false);
        };
        number_sequences(&mut encodings);
        for (number, encoding) in encodings.iter_mut().enumerate() {
            encoding.overflowing.iter_mut().for_each(|part| part.set_sequence_id(number));
            encoding.type_ids.fill(number as u32);
        }
        let mut made = Encoding::merge(kind.process(encodings, add_special_tokens, text_of), false);
        made.place_specials();
        made
    }
}

fn plain_outlines() -> [Vec<Part>; 4] {
    let (one, two) = (vec![Part::Text(0)], vec![Part::Text(0), Part::Text(1)]);
    [one.clone(), one, two.clone(), two]
}

fn number_sequences(encodings: &mut [Encoding]) {
    for (number, encoding) in encodings.iter_mut().enumerate() {
        encoding.set_sequence_id(number);
    }
}

impl Kind {
    fn added_tokens(&self, is_pair: bool) -> usize {
        match self {
            Self::ByteLevel { .. } => 0,
            Self::Template(template) => template.added_tokens(is_pair),
            Self::Sequence(kinds) => kinds.iter().map(|kind| kind.added_tokens(is_pair)).sum(),
        }
    }

    fn special_ids(&self) -> Vec<(&str, u32)> {
        match self {
            Self::ByteLevel { .. } => Vec::new(),
            Self::Template(Template { specials, .. }) => specials
                .iter()
                .flat_map(|Special { name, ids, .. }| {
                    ids.iter().map(move |id| (name.as_str(), *id))
                })
                .collect(),
            Self::Sequence(kinds) => kinds.iter().flat_map(Self::special_ids).collect(),
        }
    }

    fn process<'v>(
        &self,
        mut encodings: Vec<Encoding>,
        add_special_tokens: bool,
        text_of: &dyn Fn(u32) -> Cow<'v, str>,
    ) -> Vec<Encoding> {
        match self {
            Self::ByteLevel { add_prefix_space, trim_offsets, .. } => {
                if *trim_offsets {
                    for encoding in &mut encodings {
                        trim(encoding, *add_prefix_space, text_of);
                        for part in &mut encoding.overflowing {
                            trim(part, *add_prefix_space, text_of);
                        }
                    }
                }
                number_sequences(&mut encodings);
                encodings
            }
            Self::Template(template) => template.process(encodings, add_special_tokens),
            Self::Sequence(kinds) => kinds.iter().fold(encodings, |encodings, kind| {
                kind.process(encodings, add_special_tokens, text_of)
            }),
        }
    }

    /// The parts of the result, given the parts that come in; an error where a template of a
    /// sequence is handed what it has no form for.
    fn outline(&self, parts: Vec<Part>, add_special: bool, place: &str) -> Result<Vec<Part>> {
        match self {
            Self::ByteLevel { .. } => Ok(parts),
            Self::Template(template) => {
                let pieces = template.pieces(parts.len()).ok_or_else(|| {
                    Error::format(
                        place,
                        format!(
                            "this template is handed {} pieces by the processors before it, and a \
                             template can take 1 or 2; keep one template in the Sequence",
                            parts.len()
                        ),
                    )
                })?;
                let specials = &template.specials;
                Ok(pieces
                    .iter()
                    .filter_map(|piece| match piece {
                        Piece::Sequence { index, .. } => parts.get(*index).cloned(),
                        Piece::Special { index, .. } => {
                            add_special.then(|| Part::Special(specials[*index].ids.clone()))
                        }
                    })
                    .collect())
            }
            Self::Sequence(kinds) => {
                kinds.iter().enumerate().try_fold(parts, |parts, (number, kind)| {
                    kind.outline(parts, add_special, &format!("{place}.processors[{number}]"))
                })
            }
        }
    }
}

/// Takes the white space at both ends of a token's string off its offsets.
fn trim<'v>(
    encoding: &mut Encoding,
    add_prefix_space: bool,
    text_of: &dyn Fn(u32) -> Cow<'v, str>,
) {
    let is_space = |c: &char| *c == 'Ġ' || c.is_whitespace();
    let mut surfaces = encoding.surfaces.iter().peekable();
    for (token, (id, offsets)) in encoding.ids.iter().zip(&mut encoding.offsets).enumerate() {
        let text = match surfaces.next_if(|(at, _)| *at as usize == token) {
            Some((_, surface)) => Cow::Borrowed(&**surface),
            None => text_of(*id),
        };
        let (start, end) = *offsets;
        let leading = text.chars().take_while(is_space).count() as u32;
        let trailing = text.chars().rev().take_while(is_space).count() as u32;
        // The one space of a first token is the one that was put in front: no character of the text.
        let put_in_front = leading == 1 && add_prefix_space && (token == 0 || start == 0);
        if !put_in_front {
            offsets.0 = start.saturating_add(leading).min(end);
        }
        if trailing <= end {
            offsets.1 = (end - trailing).max(offsets.0);
        }
    }
}

impl Template {
    /// The form for so many encodings.
    fn pieces(&self, encodings: usize) -> Option<&[Piece]> {
        match encodings {
            1 => Some(&self.single),
            2 => Some(&self.pair),
            _ => None,
        }
    }

    fn added_tokens(&self, is_pair: bool) -> usize {
        let pieces = if is_pair { &self.pair } else { &self.single };
        let added = |piece: &Piece| match piece {
            Piece::Sequence { .. } => 0,
            Piece::Special { index, .. } => self.specials[*index].ids.len(),
        };
        pieces.iter().map(added).sum()
    }

    fn process(&self, mut encodings: Vec<Encoding>, add_special_tokens: bool) -> Vec<Encoding> {
        let pieces = self.pieces(encodings.len()).unwrap_or_default();
        let made = pieces.iter().filter_map(|piece| match *piece {
            Piece::Sequence { index, type_id } => {
                let encoding = encodings.get_mut(index)?;
                encoding.type_ids.fill(type_id);
                encoding.set_sequence_id(index);
                Some(encoding.clone())
            }
            Piece::Special { index, type_id } => {
                add_special_tokens.then(|| self.specials[index].encoding(type_id))
            }
        });
        made.collect()
    }
}

impl Special {
    fn encoding(&self, type_id: u32) -> Encoding {
        let length = self.ids.len();
        Encoding {
            ids: self.ids.to_vec(),
            type_ids: vec![type_id; length],
            offsets: vec![(0, 0); length],
            spans: vec![(0, 0); length],
            byte_spans: vec![(0, 0); length],
            word_ids: vec![None; length],
            special_tokens_mask: vec![1; length],
            attention_mask: vec![1; length],
            surfaces: (0..).zip(self.tokens.iter().cloned()).collect(),
            ..Encoding::default()
        }
    }
}

/// Reading and writing.
impl Kind {
    fn from_json(value: &Value, place: &str) -> Result<Self> {
        let object = Object::of(value, place)?;
        match object.str("type")? {
            "ByteLevel" => {
                object.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"])?;
                Ok(Self::ByteLevel {
                    add_prefix_space: object.bool("add_prefix_space")?,
                    trim_offsets: object.bool("trim_offsets")?,
                    use_regex: !object.has("use_regex") || object.bool("use_regex")?,
                })
            }
            "TemplateProcessing" => {
                object.only(&["type", "single", "pair", "special_tokens"])?;
                Template::from_json(&object).map(Self::Template)
            }
            "Sequence" => {
                object.only(&["type", "processors"])?;
                let processors = object.array("processors")?;
                let each = processors.iter().map(|(value, place)| Self::from_json(value, place));
                each.collect::<Result<_>>().map(Self::Sequence)
            }
            kind => Err(Error::format(
                format!("{place}.type"),
                format!(
                    "the kind {} is not supported; a post-processor is null, ByteLevel, \
                     TemplateProcessing, or a Sequence of these",
                    quoted(kind)
                ),
            )),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::ByteLevel { add_prefix_space, trim_offsets, use_regex } => json!({
                "type": "ByteLevel",
                "add_prefix_space": add_prefix_space,
                "trim_offsets": trim_offsets,
                "use_regex": use_regex,
            }),
            Self::Template(template) => template.to_json(),
            Self::Sequence(kinds) => json!({
                "type": "Sequence",
                "processors": kinds.iter().map(Self::to_json).collect::<Vec<_>>(),
            }),
        }
    }
}

impl Template {
    fn from_json(object: &Object) -> Result<Self> {
        let mut specials = Vec::new();
        let tokens = object.object("special_tokens")?;
        for (name, value) in tokens.map {
            let place = format!("{}[{}]", tokens.place, quoted(name));
            specials.push(Special::from_json(name, &Object::of(value, &place)?)?);
        }
        specials.sort_by(|a, b| a.name.cmp(&b.name));
        let pieces = |key: &str| {
            let values = object.array(key)?;
            let pieces = values.iter().map(|(value, place)| {
                let piece = Piece::from_json(value, place, &specials)?;
                if key == "single" && matches!(piece, Piece::Sequence { index: 1, .. }) {
                    let message = "the template of a single text has Sequence \"B\"; only \"pair\" \
                                   can have it";
                    return Err(Error::format(place.as_str(), message));
                }
                Ok(piece)
            });
            pieces.collect::<Result<Vec<_>>>()
        };
        Ok(Self { single: pieces("single")?, pair: pieces("pair")?, specials })
    }

    fn to_json(&self) -> Value {
        let piece = |piece: &Piece| match piece {
            Piece::Sequence { index, type_id } => {
                json!({"Sequence": {"id": SEQUENCES[*index], "type_id": type_id}})
            }
            Piece::Special { index, type_id } => {
                json!({"SpecialToken": {"id": self.specials[*index].name, "type_id": type_id}})
            }
        };
        let special = |special: &Special| {
            let tokens: Vec<&str> = special.tokens.iter().map(|token| &**token).collect();
            let value = json!({"id": special.id, "ids": &*special.ids, "tokens": tokens});
            (special.name.clone(), value)
        };
        json!({
            "type": "TemplateProcessing",
            "single": self.single.iter().map(piece).collect::<Vec<_>>(),
            "pair": self.pair.iter().map(piece).collect::<Vec<_>>(),
            "special_tokens": self.specials.iter().map(special).collect::<Map<_, _>>(),
        })
    }
}

impl Piece {
    fn from_json(value: &Value, place: &str, specials: &[Special]) -> Result<Self> {
        let object = Object::of(value, place)?;
        object.only(&["Sequence", "SpecialToken"])?;
        if object.map.len() != 1 {
            let message = "a piece of a template is {\"Sequence\": ...} or {\"SpecialToken\": ...}";
            return Err(Error::format(place, message));
        }
        let is_sequence = object.has("Sequence");
        let content = object.object(if is_sequence { "Sequence" } else { "SpecialToken" })?;
        content.only(&["id", "type_id"])?;
        let id = content.str("id")?;
        let type_id = content.u32("type_id")?;
        if is_sequence {
            let index = SEQUENCES.iter().position(|name| *name == id).ok_or_else(|| {
                content
                    .wrong("id", format!("the sequence {} is neither \"A\" nor \"B\"", quoted(id)))
            })?;
            Ok(Self::Sequence { index, type_id })
        } else {
            let index = specials.binary_search_by(|special| special.name.as_str().cmp(id));
            let index = index.map_err(|_| {
                let name = quoted(id);
                let message = format!("the special token {name} is missing in \"special_tokens\"");
                content.wrong("id", message)
            })?;
            Ok(Self::Special { index, type_id })
        }
    }
}

impl Special {
    fn from_json(name: &str, object: &Object) -> Result<Self> {
        object.only(&["id", "ids", "tokens"])?;
        let ids = object.array("ids")?.into_iter().map(|(value, place)| {
            let id = value.as_u64().filter(|id| *id <= u64::from(MAX_ID));
            id.map(|id| id as u32).ok_or_else(|| {
                Error::format(place, format!("an id is a whole number from 0 to {MAX_ID}"))
            })
        });
        let tokens = object.array("tokens")?.into_iter().map(|(value, place)| {
            value.as_str().map(Arc::from).ok_or_else(|| Error::format(place, "a token is a string"))
        });
        let (ids, tokens) = (ids.collect::<Result<Vec<_>>>()?, tokens.collect::<Result<Vec<_>>>()?);
        if ids.len() != tokens.len() {
            let message = format!(
                "\"ids\" has {} entries and \"tokens\" has {}; they go in pairs",
                ids.len(),
                tokens.len()
            );
            return Err(Error::format(object.place.clone(), message));
        }
        let id = object.str("id")?.to_owned();
        Ok(Self { name: name.to_owned(), id, ids: ids.into(), tokens })
    }
}

/// A JSON object and where it is, so that what is wrong in it can be named.
struct Object<'v> {
    map: &'v Map<String, Value>,
    place: String,
}

impl<'v> Object<'v> {
    fn of(value: &'v Value, place: &str) -> Result<Self> {
        let place = place.to_owned();
        match value {
            Value::Object(map) => Ok(Self { map, place }),
            other => {
                Err(Error::format(place, format!("{} where an object is due", kind_of(other))))
            }
        }
    }

    fn wrong(&self, key: &str, message: impl Into<String>) -> Error {
        Error::format(format!("{}.{key}", self.place), message)
    }

    fn only(&self, known: &[&str]) -> Result<()> {
        match self.map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let message = format!("unknown key {}; known are {known:?}", quoted(key));
                Err(Error::format(self.place.clone(), message))
            }
        }
    }

    fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    fn get<T>(&self, key: &str, due: &str, read: impl Fn(&'v Value) -> Option<T>) -> Result<T> {
        let value =
            self.map.get(key).ok_or_else(|| self.wrong(key, format!("missing; {due} is due")))?;
        read(value).ok_or_else(|| self.wrong(key, format!("{} where {due} is due", kind_of(value))))
    }

    fn str(&self, key: &str) -> Result<&'v str> {
        self.get(key, "a string", Value::as_str)
    }

    fn bool(&self, key: &str) -> Result<bool> {
        self.get(key, "true or false", Value::as_bool)
    }

    fn u32(&self, key: &str) -> Result<u32> {
        let read = |value: &Value| value.as_u64().and_then(|number| number.try_into().ok());
        self.get(key, "a whole number from 0 to 4294967295", read)
    }

    fn object(&self, key: &str) -> Result<Self> {
        let map = self.get(key, "an object", Value::as_object)?;
        Ok(Self { map, place: format!("{}.{key}", self.place) })
    }

    /// The entries and their places.
    fn array(&self, key: &str) -> Result<Vec<(&'v Value, String)>> {
        let values = self.get(key, "an array", Value::as_array)?.iter().enumerate();
        Ok(values.map(|(i, value)| (value, format!("{}.{key}[{i}]", self.place))).collect())
    }
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => format!("the string {}", quoted(value)),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// The text in quotes, cut where it is long: files may hold anything.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}...", &text[..end]),
    }
}
