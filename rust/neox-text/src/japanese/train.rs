//! Training: the characters that every vocabulary has, and the n-grams that save most tokens.
//!
//! Lines are read as the tokenizer will read them and counted in runs of one script. N-grams never
//! cross scripts, nor are they longer than their script allows. Of the forms that the layers hold
//! to be the same, one is counted for all and the line of an entry names the others.

mod characters;
mod count;
mod forms;
mod grams;
mod jis;
mod learn;
mod lines;
mod reader;
mod report;
mod sample;

use std::collections::{HashMap, HashSet};

pub use count::Counter;
pub use report::Report;

use super::fallback::{Fallback, fallback};
pub use crate::corpus::Progress;
use crate::{Error, Result};
use count::Tally;
use forms::Script;
use grams::Grams;
use learn::learn;
use sample::Sample;

/// The largest vocabulary, as for every one read from a file.
const MOST_IDS: usize = 1 << 20;
/// The longest n-gram of any script.
const MOST_CHARACTERS: usize = 16;

/// The most characters of an n-gram, by script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxLength {
    pub hiragana: usize,
    /// With the long vowel.
    pub katakana: usize,
    pub kanji: usize,
    /// Letters of ASCII, and their wide forms.
    pub latin: usize,
    pub digits: usize,
    /// Punctuation.
    pub symbols: usize,
}

impl Default for MaxLength {
    /// The limits of the published vocabularies, which have no n-grams of the last three; those
    /// have what the references can find.
    fn default() -> Self {
        Self { hiragana: 3, katakana: 3, kanji: 2, latin: 3, digits: 3, symbols: 3 }
    }
}

impl MaxLength {
    fn of(&self, script: Script) -> usize {
        match script {
            Script::Hiragana => self.hiragana,
            Script::Katakana => self.katakana,
            Script::Kanji => self.kanji,
            Script::Latin | Script::WideLatin => self.latin,
            Script::Digit | Script::WideDigit => self.digits,
            Script::Symbol => self.symbols,
            Script::Other => 1,
        }
    }

    fn check(&self) -> Result<()> {
        let Self { hiragana, katakana, kanji, latin, digits, symbols } = *self;
        let all = [
            ("hiragana", hiragana),
            ("katakana", katakana),
            ("kanji", kanji),
            ("latin", latin),
            ("digits", digits),
            ("symbols", symbols),
        ];
        match all.into_iter().find(|(_, most)| !(1..=MOST_CHARACTERS).contains(most)) {
            None => Ok(()),
            Some((script, most)) => Err(Error::argument(format!(
                "max_length of {script} is {most}: it must be 1 to {MOST_CHARACTERS}"
            ))),
        }
    }
}

/// What to train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainOptions {
    /// Entries in all: n-grams, characters, 256 bytes and tags.
    pub vocab_size: usize,
    pub max_length: MaxLength,
    /// An n-gram, or a character that no list names, seen less often is no entry.
    pub min_frequency: u64,
    /// Threads at most.
    pub threads: usize,
}

impl TrainOptions {
    /// The options for a vocabulary of this size.
    pub fn new(vocab_size: usize) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { vocab_size, max_length: MaxLength::default(), min_frequency: 2, threads }
    }
}

/// What was trained.
pub struct Trained {
    /// A whole `vocab.txt`.
    pub vocab: String,
    /// Entries of several characters.
    pub ngrams: usize,
    /// Entries of one character.
    pub characters: usize,
    /// Lines that were read, without empty ones.
    pub lines: u64,
    /// Characters of these lines, without their ends.
    pub text_characters: u64,
    /// The tokens that these lines become.
    pub text_tokens: u64,
    sample: Sample,
}

/// Learns a vocabulary from what was counted.
///
/// Errors: an option out of its range, a vocabulary too small for what each must hold, or a `Break`
/// of `progress`.
pub fn train(
    counter: Counter,
    options: &TrainOptions,
    progress: &mut Progress<'_>,
) -> Result<Trained> {
    options.max_length.check()?;
    let (tally, reader) = counter.into_tally();
    let tags = characters::tags();
    let mut singles = characters::required(&reader);
    let room = room(options.vocab_size, singles.len() + tags.len())?;
    let times = times(&tally);
    let optional = characters::optional(&reader, &times, options.min_frequency);
    // Where not all have room, half of it is for n-grams.
    let chosen = optional.len().min(room / 2);
    singles.extend(&optional[..chosen]);
    let known: HashSet<char> = singles.iter().copied().collect();
    let cost = |c: char| if known.contains(&c) { 1 } else { tokens_of(c) };

    let limit = |script| options.max_length.of(script);
    let (grams, runs) = Grams::new(&tally.runs, &limit, options.min_frequency.max(1));
    let may = |text: &str| !reader.is_taken(text);
    let learnt =
        learn((&grams, &runs), room - chosen, &cost, &may, options.threads.max(1), progress)?;
    let mut ngrams: Vec<(String, u64)> =
        learnt.entries.iter().map(|(number, used)| (grams.text(*number), *used)).collect();
    // Where ids decide, the longest must have the smallest.
    ngrams.sort_by_cached_key(|(text, used)| (usize::MAX - text.chars().count(), u64::MAX - used));
    let left = room - chosen - ngrams.len();
    singles.extend(optional[chosen..].iter().take(left));

    let alone: u64 = tally.alone.iter().map(|(c, times)| cost(*c) * times).sum();
    let mut entries: Vec<String> = ngrams.into_iter().map(|(text, _)| text).collect();
    let ngrams = entries.len();
    entries.extend(singles.iter().map(char::to_string));
    entries.extend(tags);
    Ok(Trained {
        vocab: lines::lines(&entries, &reader),
        ngrams,
        characters: singles.len(),
        lines: tally.lines,
        text_characters: tally.characters,
        text_tokens: learnt.tokens + alone + tally.emoji,
        sample: tally.sample,
    })
}

/// What a vocabulary has room for beside what it must hold.
fn room(size: usize, least: usize) -> Result<usize> {
    if size > MOST_IDS {
        return Err(Error::argument(format!(
            "vocab_size is {size}, at most {MOST_IDS} is possible"
        )));
    }
    size.checked_sub(least).ok_or_else(|| {
        Error::argument(format!(
            "vocab_size is {size}: at least {least} are needed for the bytes, the tags, kana, \
             punctuation and ASCII"
        ))
    })
}

/// How often each character occurs.
fn times(tally: &Tally) -> HashMap<char, u64> {
    let mut all = tally.alone.clone();
    for (run, times) in &tally.runs {
        for c in run.chars() {
            *all.entry(c).or_default() += times;
        }
    }
    all
}

/// How many tokens a character becomes that has no entry.
fn tokens_of(c: char) -> u64 {
    match (c, fallback(c)) {
        (' ' | '\t', _) | (_, Fallback::Sign | Fallback::Symbol) => 1,
        (c, Fallback::Bytes) => c.len_utf8() as u64,
    }
}
