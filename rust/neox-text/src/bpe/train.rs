//! Training: pieces are counted over threads, then the commonest pair of neighbours is merged until
//! the vocabulary is full. Merges and ids are those of `BpeTrainer` of `tokenizers` 0.23.3.

mod count;
mod merge;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

pub use count::{Counter, Split};

use super::vocab::MAX_ID;
pub use crate::corpus::Progress;
use crate::{Error, Result};

/// The largest vocabulary, as for every tokenizer read from a file.
const MOST_IDS: usize = MAX_ID as usize;
/// The longest run of spaces that is a token.
const LONGEST_RUN: usize = 1 << 16;

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Entries in all: special tokens, the 256 bytes, merges and runs of spaces.
    pub vocab_size: usize,
    /// They have the first ids, in this order.
    pub special_tokens: Vec<String>,
    /// A pair seen less often is not merged.
    pub min_frequency: u64,
    /// The longest run of spaces that is an added token; 0 for none.
    pub space_runs: usize,
    /// Whether the tokenizer normalizes to NFC; pieces must have been counted accordingly.
    pub nfc: bool,
}

/// A token of the vocabulary that is cut out of the text before anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainedToken {
    /// Its text.
    pub content: String,
    /// Its id.
    pub id: u32,
    /// Special tokens match in the raw text, runs of spaces in the normalized.
    pub special: bool,
}

/// What was trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trained {
    /// Entries in order of id: special tokens as they are, all others in the byte-level alphabet.
    pub vocab: Vec<String>,
    /// Pairs of ids in order of rank.
    pub merges: Vec<(u32, u32)>,
    /// Special tokens, then the runs of spaces, which follow the vocabulary, longest first.
    pub added: Vec<TrainedToken>,
    /// Whether the text is normalized to NFC.
    pub nfc: bool,
}

/// Learns the merges from what was counted.
///
/// Errors: an option out of its range, more than 4 GiB of distinct pieces, or a `Break` of
/// `progress`.
pub fn train(
    counter: Counter,
    options: &TrainOptions,
    progress: &mut Progress<'_>,
) -> Result<Trained> {
    let special = checked_special_tokens(options)?;
    if counter.space_runs() != options.space_runs {
        return Err(Error::argument(format!(
            "the counter cut out runs of {} spaces, the options say {}",
            counter.space_runs(),
            options.space_runs
        )));
    }
    let runs = options.space_runs.saturating_sub(1);
    let size = options.vocab_size.saturating_sub(runs);
    let (vocab, merges) =
        merge::learn(&counter.into_table(), &special, size, options.min_frequency, progress)?;
    let first_run = vocab.len();
    let special = special.into_iter().enumerate();
    let runs = (2..=options.space_runs).rev().enumerate();
    let added = special
        .map(|(id, content)| TrainedToken { content, id: id as u32, special: true })
        .chain(runs.map(|(i, length)| TrainedToken {
            content: " ".repeat(length),
            id: (first_run + i) as u32,
            special: false,
        }))
        .collect();
    Ok(Trained { vocab, merges, added, nfc: options.nfc })
}

/// The special tokens without repetitions.
fn checked_special_tokens(options: &TrainOptions) -> Result<Vec<String>> {
    if options.vocab_size > MOST_IDS {
        return Err(Error::argument(format!(
            "vocab_size is {}, at most {MOST_IDS} is possible",
            options.vocab_size
        )));
    }
    if options.space_runs > LONGEST_RUN {
        return Err(Error::argument(format!(
            "space_runs is {}, at most {LONGEST_RUN} is possible",
            options.space_runs
        )));
    }
    let mut special: Vec<String> = Vec::new();
    for (i, token) in options.special_tokens.iter().enumerate() {
        if token.is_empty() {
            return Err(Error::argument(format!("special_tokens[{i}] is empty")));
        }
        let is_run = token.bytes().all(|byte| byte == b' ');
        if is_run && (2..=options.space_runs).contains(&token.len()) {
            return Err(Error::argument(format!(
                "special_tokens[{i}] is a run of {} spaces, which space_runs adds already",
                token.len()
            )));
        }
        if !special.contains(token) {
            special.push(token.clone());
        }
    }
    Ok(special)
}

impl Trained {
    /// A whole `tokenizer.json` on one line, laid out as the file of GPT-NeoX-20B, which
    /// `tokenizers` reads too.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(&File::of(self))
            .map_err(|error| Error::format("", format!("cannot write the tokenizer: {error}")))
    }
}

#[derive(Serialize)]
struct File<'a> {
    version: &'static str,
    truncation: Option<()>,
    padding: Option<()>,
    added_tokens: Vec<AddedToken<'a>>,
    normalizer: Option<Kind>,
    pre_tokenizer: ByteLevel,
    post_processor: ByteLevel,
    decoder: ByteLevel,
    model: Model<'a>,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the format has them")]
struct AddedToken<'a> {
    id: u32,
    special: bool,
    content: &'a str,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
}

#[derive(Serialize)]
struct Kind {
    r#type: &'static str,
}

#[derive(Clone, Copy, Serialize)]
struct ByteLevel {
    r#type: &'static str,
    add_prefix_space: bool,
    trim_offsets: bool,
    use_regex: bool,
}

#[derive(Serialize)]
struct Model<'a> {
    r#type: &'static str,
    dropout: Option<()>,
    unk_token: Option<()>,
    continuing_subword_prefix: Option<()>,
    end_of_word_suffix: Option<()>,
    fuse_unk: bool,
    byte_fallback: bool,
    ignore_merges: bool,
    vocab: Vocab<'a>,
    merges: Vec<String>,
}

/// Written as an object from entry to id, in order of id.
struct Vocab<'a>(&'a [String]);

impl Serialize for Vocab<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, entry) in self.0.iter().enumerate() {
            map.serialize_entry(entry, &id)?;
        }
        map.end()
    }
}

impl<'a> File<'a> {
    fn of(trained: &'a Trained) -> Self {
        let byte_level = ByteLevel {
            r#type: "ByteLevel",
            add_prefix_space: false,
            trim_offsets: true,
            use_regex: true,
        };
        let entry = |id: u32| trained.vocab[id as usize].as_str();
        Self {
            version: "1.0",
            truncation: None,
            padding: None,
            added_tokens: trained.added.iter().map(AddedToken::of).collect(),
            normalizer: trained.nfc.then_some(Kind { r#type: "NFC" }),
            pre_tokenizer: byte_level,
            post_processor: byte_level,
            decoder: byte_level,
            model: Model {
                r#type: "BPE",
                dropout: None,
                unk_token: None,
                continuing_subword_prefix: None,
                end_of_word_suffix: None,
                fuse_unk: false,
                byte_fallback: false,
                ignore_merges: false,
                vocab: Vocab(&trained.vocab),
                merges: trained
                    .merges
                    .iter()
                    .map(|&(left, right)| format!("{} {}", entry(left), entry(right)))
                    .collect(),
            },
        }
    }
}

impl<'a> AddedToken<'a> {
    fn of(token: &'a TrainedToken) -> Self {
        Self {
            id: token.id,
            special: token.special,
            content: &token.content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: !token.special,
        }
    }
}
