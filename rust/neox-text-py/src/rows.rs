//! One text or many to the encoder: read where Python keeps them, without the GIL.

use crate::convert::guard;
use neox_text::batch::{Rows, map_rows};
use neox_text::bpe::{Input, Scratch, Tokenizer};
use neox_text::text::Text;
use neox_text::{Error, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Texts from this size on are encoded without the GIL, in bytes.
const DETACH: usize = 2 << 10;

/// What a text with no UTF-8 is refused with, until Python's own error takes its place.
const SURROGATE: &str = "the text holds a lone surrogate";

/// Give a text to the encoder as UTF-8, in a buffer that is kept.
pub fn read<T>(
    text: Text,
    scratch: &mut Scratch,
    work: impl FnOnce(&str, &mut Scratch) -> Result<T>,
) -> Result<T> {
    if let Text::Utf8(text) = text {
        return work(text, scratch);
    }
    let mut buffer = scratch.take_text();
    let done = match text.read(&mut buffer) {
        Ok(text) => work(text, scratch),
        Err(none) => Err(Error::argument_at(format!("character {}", none.0), SURROGATE)),
    };
    scratch.give_text(buffer);
    done
}

/// Do `work` for each of many inputs of `size` bytes, over threads; an error names its input.
pub fn rows<I: Sync, T: Send>(
    py: Python<'_>,
    tok: &Tokenizer,
    inputs: &[I],
    threads: Option<usize>,
    size: impl Fn(&I) -> usize + Sync + Send,
    work: impl Fn(&I, &mut Scratch, &mut Vec<T>) -> Result<()> + Sync + Send,
) -> PyResult<Rows<T>> {
    let each = |(): &mut (), index: usize, input: &I, out: &mut Vec<T>| {
        let done = tok.with_scratch(|scratch| work(input, scratch, out));
        done.map_err(|error| if inputs.len() > 1 { in_text(index, error) } else { error })
    };
    guard(py, || py.detach(|| map_rows(inputs, threads, size, || (), each)))
}

/// The strings of a list.
pub fn strings<'py>(
    items: Vec<Bound<'py, PyAny>>,
    what: &str,
) -> PyResult<Vec<Bound<'py, PyString>>> {
    let string = |(i, item): (usize, Bound<'py, PyAny>)| {
        item.cast_into::<PyString>().map_err(|error| {
            let kind = error.into_inner().get_type();
            PyTypeError::new_err(format!("{what}[{i}] must be a str, not {kind}"))
        })
    };
    items.into_iter().enumerate().map(string).collect()
}

/// The error of one text of many.
fn in_text(index: usize, error: Error) -> Error {
    let Some(place) = error.place() else { return error };
    let words = error.to_string();
    let words = words.strip_prefix(&format!("{place}: ")).unwrap_or(&words).to_owned();
    Error::argument_at(format!("text {index}, {place}"), words)
}

/// Where a string holds a lone surrogate, Python's own error for it.
pub fn surrogate(strings: &[Bound<'_, PyString>], error: PyErr) -> PyErr {
    if !error.to_string().contains(SURROGATE) {
        return error;
    }
    strings.iter().find_map(|string| string.to_str().err()).unwrap_or(error)
}

/// About how much work an input is.
pub fn input_len(input: &Input) -> usize {
    match input {
        Input::Text(text) => text.len(),
        Input::Words(words) => words.iter().map(|word| word.len()).sum(),
    }
}

/// Run without the GIL where it is worth it.
pub fn detached<T: Send>(py: Python<'_>, size: usize, work: impl FnOnce() -> T + Send) -> T {
    if size >= DETACH { py.detach(work) } else { work() }
}
