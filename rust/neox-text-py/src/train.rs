//! `train_bpe`.

use crate::convert::{NeoxTextError, guard, text, to_exception};
use crate::names::Names;
use crate::tokenizer::PyTokenizer;
use neox_text::bpe::train::{Counter, TrainOptions, train};
use neox_text::bpe::{Edition, Normalizer, Tokenizer, pieces};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Bytes of text taken from an iterator before they are counted.
const BLOCK: usize = 16 << 20;

/// Tells Python's callback, and keeps the exception that stopped it.
struct Teller<'py> {
    py: Python<'py>,
    callback: Option<Bound<'py, PyAny>>,
    stopped: Option<PyErr>,
}

impl Teller<'_> {
    fn tell(&mut self, done: u64, total: u64, stage: &'static str) -> ControlFlow<()> {
        let told = self.py.check_signals().and_then(|()| match &self.callback {
            Some(callback) => callback.call1((done, total, stage)).map(drop),
            None => Ok(()),
        });
        match told {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.stopped = Some(error);
                ControlFlow::Break(())
            }
        }
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
    threads: Option<usize>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<PyTokenizer> {
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
        for token in crate::convert::items(&tokens, "special_tokens must be a list of str")? {
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
    if threads == Some(0) {
        return Err(NeoxTextError::new_err("threads must be at least 1, or None for all cores"));
    }
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = threads.unwrap_or_else(cores);
    let split = |text: &str, each: &mut dyn FnMut(&[u8])| pieces(text, normalizer, each);
    let mut teller = Teller { py, callback: progress, stopped: None };
    let mut counter = Counter::new(space_runs);

    if files.is_instance_of::<PyString>() {
        let message = "files must be a list of paths or an iterable of texts, not one str";
        return Err(PyTypeError::new_err(message));
    }
    if files.is_instance_of::<PyList>() || files.is_instance_of::<PyTuple>() {
        let paths: Vec<PathBuf> =
            files.try_iter()?.map(|path| path?.extract()).collect::<PyResult<_>>()?;
        let mut tell = |done, total, stage| teller.tell(done, total, stage);
        let counted = guard(py, || Ok(counter.add_files(&paths, &split, threads, &mut tell)))?;
        finish(py, counted, &mut teller)?;
    } else {
        let (mut block, mut size, mut done) = (Vec::new(), 0, 0);
        let mut iterator = files.try_iter()?;
        loop {
            let next = iterator.next().transpose()?;
            if let Some(next) = &next {
                let text = text(next, "a text to train on")?.to_owned();
                size += text.len();
                block.push(text);
            }
            if size >= BLOCK || next.is_none() {
                guard(py, || {
                    py.detach(|| counter.add_texts(&block, &split, threads));
                    Ok(())
                })?;
                done += size as u64;
                let told = teller.tell(done, done, "count");
                finish(py, told.is_continue().then_some(()).ok_or_else(stopped), &mut teller)?;
                block.clear();
                size = 0;
            }
            if next.is_none() {
                break;
            }
        }
    }
    let mut tell = |done, total, stage| teller.tell(done, total, stage);
    let trained = guard(py, || Ok(train(counter, &options, &mut tell)))?;
    let trained = finish(py, trained, &mut teller)?;
    let tok = guard(py, || Tokenizer::from_json(&trained.to_json()?, Edition::Unicode9))?;
    Ok(PyTokenizer::new(tok, Names::default()))
}

fn stopped() -> neox_text::Error {
    neox_text::Error::argument("stopped")
}

/// An exception of the callback comes before the error that it led to.
fn finish<T>(py: Python<'_>, result: neox_text::Result<T>, teller: &mut Teller<'_>) -> PyResult<T> {
    result.map_err(|error| teller.stopped.take().unwrap_or_else(|| to_exception(py, &error)))
}
