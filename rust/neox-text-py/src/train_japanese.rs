//! `train_japanese`.

use crate::convert::{NeoxTextError, guard, text};
use crate::files;
use crate::japanese::{PyJapaneseTokenizer, named_layers};
use crate::names::Names;
use crate::train::{Count, Progress, Training, thread_count};
use neox_text::Result;
use neox_text::japanese::emoji::EmojiTable;
use neox_text::japanese::heterographs::{LAYERS, Layer};
use neox_text::japanese::train::{Counter, MaxLength, Report, TrainOptions, train};
use neox_text::japanese::{Files, Options, Profile, Tokenizer};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use std::path::PathBuf;
use std::sync::Arc;

/// What a training came to, measured on the texts it was given.
#[pyclass(frozen, eq, module = "neox_text", name = "TrainReport")]
#[derive(PartialEq)]
pub struct PyTrainReport(Report);

#[pymethods]
impl PyTrainReport {
    /// Entries whose text does not become their id; tags are not counted.
    #[getter]
    fn dead_ids(&self) -> Vec<u32> {
        self.0.dead_ids.clone()
    }

    /// Characters of the lines for each token, ends of lines not counted.
    #[getter]
    fn chars_per_token(&self) -> f64 {
        self.0.chars_per_token
    }

    /// The share of lines that `japanese.normalize` finds unchanged after encoding and decoding, of
    /// up to 8,192 lines.
    #[getter]
    fn round_trip_rate(&self) -> f64 {
        self.0.round_trip_rate
    }

    /// Lines that were read, without empty ones.
    #[getter]
    fn lines(&self) -> u64 {
        self.0.lines
    }

    /// Characters of these lines.
    #[getter]
    fn characters(&self) -> u64 {
        self.0.characters
    }

    /// Tokens of these lines.
    #[getter]
    fn tokens(&self) -> u64 {
        self.0.tokens
    }

    /// Entries of several characters.
    #[getter]
    fn ngrams(&self) -> usize {
        self.0.ngrams
    }

    /// Entries of one character.
    #[getter]
    fn single_characters(&self) -> usize {
        self.0.single_characters
    }

    fn __repr__(&self) -> String {
        let Report { dead_ids, chars_per_token, round_trip_rate, .. } = &self.0;
        format!(
            "TrainReport(dead_ids={dead_ids:?}, chars_per_token={chars_per_token:.4}, \
             round_trip_rate={round_trip_rate:.4}, lines={}, characters={}, tokens={}, ngrams={}, \
             single_characters={})",
            self.0.lines, self.0.characters, self.0.tokens, self.0.ngrams, self.0.single_characters
        )
    }
}

impl Count for Counter {
    fn add_files(
        &mut self,
        paths: &[PathBuf],
        threads: usize,
        tell: &mut Progress<'_>,
    ) -> Result<()> {
        self.add_files(paths, threads, tell)
    }

    fn add_texts(&mut self, texts: &[String], threads: usize) {
        self.add_texts(texts, threads);
    }
}

/// Train a Japanese tokenizer of the profile `"modern"`.
///
/// A list or tuple names UTF-8 files, read line by line; any other iterable gives texts, whose lines
/// are trained on one by one.
#[pyfunction]
#[pyo3(signature = (files, vocab_size, *, emoji=None, heterographs=None, max_length=None,
                    min_frequency=2, threads=None, progress=None))]
#[allow(clippy::too_many_arguments, clippy::needless_pass_by_value)] // as Python calls it
pub fn train_japanese<'py>(
    py: Python<'py>,
    files: &Bound<'py, PyAny>,
    vocab_size: usize,
    emoji: Option<PathBuf>,
    heterographs: Option<&Bound<'py, PyAny>>,
    max_length: Option<&Bound<'py, PyDict>>,
    min_frequency: u64,
    threads: Option<isize>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Py<PyJapaneseTokenizer>, PyTrainReport)> {
    let emoji = if let Some(path) = emoji {
        path
    } else {
        let assets: PathBuf = py.import("neox_text._default")?.getattr("ASSETS")?.extract()?;
        assets.join("japanese").join("emoji.json")
    };
    let layers = layers(heterographs)?;
    let mut options = TrainOptions::new(vocab_size);
    options.min_frequency = min_frequency;
    options.threads = thread_count(threads)?;
    for (script, most) in max_length.into_iter().flat_map(PyDictMethods::iter) {
        let limit = limit(&mut options.max_length, text(&script, "a script")?)?;
        *limit = most.extract().map_err(|_| {
            PyTypeError::new_err(format!("max_length of {script} must be an int of 1 or more"))
        })?;
    }
    let (emoji, table) = guard(py, || {
        let bytes = files::read(&emoji)?;
        let table = EmojiTable::from_bytes(&bytes).map_err(|error| error.with_path(&emoji))?;
        Ok((bytes, table))
    })?;
    let mut counter = Counter::new(&table, &layers);
    let mut training = Training::new(py, progress);
    training.count(files, &mut counter, options.threads)?;
    let trained = training.run(|tell| train(counter, &options, tell))?;
    let (tok, report) = guard(py, || {
        py.detach(|| {
            let files = Files::new(trained.vocab.clone().into_bytes(), emoji, None)?;
            let tok = Tokenizer::new(Arc::new(files), Options::of(Profile::Modern))?;
            let report = trained.report(&tok)?;
            Ok((tok, report))
        })
    })?;
    Ok((PyJapaneseTokenizer::make(py, tok, &Names::default())?, PyTrainReport(report)))
}

/// The layers of heterographs that are folded: all, none, or those named.
fn layers(asked: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Layer>> {
    let Some(asked) = asked else { return Ok(LAYERS.to_vec()) };
    match asked.cast::<PyBool>() {
        Ok(all) if all.is_true() => Ok(LAYERS.to_vec()),
        Ok(_) => Ok(Vec::new()),
        Err(_) => named_layers(asked),
    }
}

fn limit<'m>(limits: &'m mut MaxLength, script: &str) -> PyResult<&'m mut usize> {
    Ok(match script {
        "hiragana" => &mut limits.hiragana,
        "katakana" => &mut limits.katakana,
        "kanji" => &mut limits.kanji,
        "latin" => &mut limits.latin,
        "digits" => &mut limits.digits,
        "symbols" => &mut limits.symbols,
        other => {
            return Err(NeoxTextError::new_err(format!(
                "max_length has no key {other:?}; the keys are hiragana, katakana, kanji, latin, \
                 digits, symbols"
            )));
        }
    })
}
