//! `train_bpe`.

use crate::convert::{NeoxTextError, guard, items, text};
use crate::names::Names;
use crate::tokenizer::PyTokenizer;
use crate::train::{Count, Progress, Training, thread_count};
use neox_text::Result;
use neox_text::bpe::train::{Counter, TrainOptions, train};
use neox_text::bpe::{Edition, Normalizer, Tokenizer, pieces};
use pyo3::prelude::*;
use std::path::PathBuf;

/// A counter with what cuts texts into pieces.
struct Pieces {
    counter: Counter,
    normalizer: Normalizer,
}

impl Count for Pieces {
    fn add_files(
        &mut self,
        paths: &[PathBuf],
        threads: usize,
        tell: &mut Progress<'_>,
    ) -> Result<()> {
        let split = |text: &str, each: &mut dyn FnMut(&[u8])| pieces(text, self.normalizer, each);
        self.counter.add_files(paths, &split, threads, tell)
    }

    fn add_texts(&mut self, texts: &[String], threads: usize) {
        let split = |text: &str, each: &mut dyn FnMut(&[u8])| pieces(text, self.normalizer, each);
        self.counter.add_texts(texts, &split, threads);
    }
}

/// Train a byte-level BPE tokenizer: the merges of `BpeTrainer` of `tokenizers` 0.23.3.
///
/// A list or tuple names UTF-8 files, read line by line; any other iterable gives texts.
/// `progress(done, total, stage)` is told of the stages `"count"` and `"merge"`.
#[pyfunction]
#[pyo3(signature = (files, vocab_size, *, special_tokens=None, min_frequency=0, normalizer=Some("nfc"),
                    space_runs=0, threads=None, progress=None))]
#[pyo3(text_signature = "(files, vocab_size, *, special_tokens=None, min_frequency=0, \
                         normalizer='nfc', space_runs=0, threads=None, progress=None)")]
#[allow(clippy::too_many_arguments, clippy::needless_pass_by_value)] // as Python calls it
pub fn train_bpe<'py>(
    py: Python<'py>,
    files: &Bound<'py, PyAny>,
    vocab_size: usize,
    special_tokens: Option<Bound<'py, PyAny>>,
    min_frequency: u64,
    normalizer: Option<&str>,
    space_runs: usize,
    threads: Option<isize>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Py<PyTokenizer>> {
    let normalizer = match normalizer {
        None => Normalizer::None,
        Some("nfc") => Normalizer::Nfc(Edition::Unicode9),
        Some(other) => {
            let message = format!("normalizer={other:?} is unknown: it must be \"nfc\" or None");
            return Err(NeoxTextError::new_err(message));
        }
    };
    let mut special = Vec::new();
    if let Some(tokens) = special_tokens {
        for token in items(&tokens, "special_tokens must be a list of str")? {
            special.push(text(&token, "a special token")?.to_owned());
        }
    }
    let options = TrainOptions {
        vocab_size,
        special_tokens: special,
        min_frequency,
        space_runs,
        nfc: normalizer != Normalizer::None,
    };
    let threads = thread_count(threads)?;
    let mut training = Training::new(py, progress);
    let mut pieces = Pieces { counter: Counter::new(space_runs), normalizer };
    training.count(files, &mut pieces, threads)?;
    let trained = training.run(|tell| train(pieces.counter, &options, tell))?;
    let tok = guard(py, || Tokenizer::from_json(&trained.to_json()?, Edition::Unicode9))?;
    PyTokenizer::make(py, tok, Names::default())
}
