//! Texts and words as Python keeps them, for the encoder: read where they lie, without the GIL.

use neox_text::encode::Input;
use neox_text::text::Text;
use neox_text::{Error, Result, bpe};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Texts from this size on are encoded without the GIL, in bytes.
const DETACH: usize = 2 << 10;

/// Give a text to the encoder as UTF-8, in a buffer that is kept.
pub fn read<T>(
    text: Text,
    scratch: &mut bpe::Scratch,
    work: impl FnOnce(&str, &mut bpe::Scratch) -> Result<T>,
) -> Result<T> {
    if let Text::Utf8(text) = text {
        return work(text, scratch);
    }
    let mut buffer = scratch.take_text();
    let done = match text.read(&mut buffer) {
        Ok(text) => work(text, scratch),
        Err(none) => Err(Error::argument_at(format!("character {}", none.0), "a lone surrogate")),
    };
    scratch.give_text(buffer);
    done
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

/// The error of a text, which names it where it is one of many.
pub fn in_text(index: usize, count: usize, error: Error) -> Error {
    let Some(place) = error.place().filter(|_| count > 1) else { return error };
    let words = error.to_string();
    let words = words.strip_prefix(&format!("{place}: ")).unwrap_or(&words).to_owned();
    Error::argument_at(format!("text {index}, {place}"), words)
}

/// Where a string holds a lone surrogate, Python's own error for it.
pub fn surrogate(strings: &[Bound<'_, PyString>], error: PyErr) -> PyErr {
    let found = strings.iter().find(|string| has_surrogate(string));
    found.and_then(|string| string.to_str().err()).unwrap_or(error)
}

fn has_surrogate(string: &Bound<'_, PyString>) -> bool {
    match crate::pystr::view(string) {
        Ok(Text::Ucs2(units)) => units.iter().any(|unit| (0xD800..0xE000).contains(unit)),
        Ok(Text::Ucs4(units)) => units.iter().any(|unit| (0xD800..0xE000).contains(unit)),
        _ => false,
    }
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
