//! Between Python values and those of the library.

use neox_text::bpe::Edition;
use neox_text::encode::{Encode, Special};
use neox_text::{Error, ErrorKind, Result};
use numpy::{PyArrayDescrMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods, dtype};
use pyo3::exceptions::{
    PyFileNotFoundError, PyIsADirectoryError, PyOSError, PyPermissionError, PyRuntimeError,
    PyTypeError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

pyo3::create_exception!(
    neox_text,
    NeoxTextError,
    PyValueError,
    "Input that is not as it must be. `path` and `where` tell the file and the place in it."
);
pyo3::create_exception!(
    neox_text,
    InternalError,
    PyRuntimeError,
    "A defect of neox-text, never of its input: please report it."
);

/// An error of the library as the exception of its kind.
pub fn to_exception(py: Python<'_>, error: &Error) -> PyErr {
    let message = error.to_string();
    let os_error = |kind: fn((i32, String, String)) -> PyErr| {
        let detail = error.os_code().map(std::io::Error::from_raw_os_error);
        let words = detail.as_ref().map_or(message.clone(), ToString::to_string);
        let words = words.split(" (os error").next().unwrap_or_default().to_owned();
        let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
        kind((error.os_code().unwrap_or(0), words, path))
    };
    match error.kind() {
        ErrorKind::Io(std::io::ErrorKind::NotFound) => os_error(PyFileNotFoundError::new_err),
        ErrorKind::Io(std::io::ErrorKind::PermissionDenied) => os_error(PyPermissionError::new_err),
        ErrorKind::Io(std::io::ErrorKind::IsADirectory) => os_error(PyIsADirectoryError::new_err),
        ErrorKind::Io(_) => os_error(PyOSError::new_err),
        _ => {
            let exception = NeoxTextError::new_err(message);
            let value = exception.value(py);
            let path = error.path().map(|path| path.display().to_string());
            let set = value.setattr("path", path).and(value.setattr("where", error.place()));
            set.map_or_else(|error| error, |()| exception)
        }
    }
}

/// Run library code: its errors and, should it have a defect, its panics become exceptions.
pub fn guard<T>(py: Python<'_>, work: impl FnOnce() -> Result<T>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| to_exception(py, &error)),
        Err(panic) => {
            let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
            let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
            let words = words.unwrap_or_else(|| "no message".to_owned());
            Err(InternalError::new_err(format!("a defect of neox-text: {words}; please report it")))
        }
    }
}

/// A text; `TypeError` otherwise, `UnicodeEncodeError` for a lone surrogate.
pub fn text<'a>(value: &'a Bound<'_, PyAny>, what: &str) -> PyResult<&'a str> {
    if let Ok(string) = value.cast::<PyString>() {
        return string.to_str();
    }
    Err(no_text(value, what))
}

/// The error of a value that should be a text.
pub fn no_text(value: &Bound<'_, PyAny>, what: &str) -> PyErr {
    let kind = value.get_type().name().map_or_else(|_| "this".to_owned(), |kind| kind.to_string());
    PyTypeError::new_err(format!("{what} must be a str, not {kind}"))
}

/// The items of a list, a tuple or another iterable that is not itself a text.
pub fn items<'py>(value: &Bound<'py, PyAny>, what: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if let Ok(list) = value.cast::<PyList>() {
        return Ok(list.iter().collect());
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return Ok(tuple.iter().collect());
    }
    let wrong = value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>();
    match value.try_iter() {
        Ok(iterator) if !wrong => iterator.collect(),
        _ => {
            let kind = value.get_type().name()?;
            Err(PyTypeError::new_err(format!("{what}, not {kind}")))
        }
    }
}

/// `special=`: a mode, or a set of special tokens.
pub fn special(tok: &dyn Encode, value: Option<&Bound<'_, PyAny>>) -> PyResult<Special> {
    let Some(value) = value else { return Ok(Special::Parse) };
    if let Ok(mode) = value.cast::<PyString>() {
        return match mode.to_str()? {
            "parse" => Ok(Special::Parse),
            "text" => Ok(Special::Text),
            "error" => Ok(Special::Error),
            other => Err(NeoxTextError::new_err(format!(
                "special={other:?} is unknown: it must be \"parse\", \"text\", \"error\" or a set \
                 of special tokens"
            ))),
        };
    }
    let sets = value.py().import("collections.abc")?.getattr("Set")?;
    if !value.is_instance(&sets)? {
        let kind = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("special must be a str or a set, not {kind}")));
    }
    let mut ids = HashSet::new();
    for name in value.try_iter()? {
        let name = name?;
        let name = text(&name, "a special token")?;
        match tok.token_to_id(name).filter(|id| tok.is_control(*id)) {
            Some(id) => ids.insert(id),
            None => {
                return Err(NeoxTextError::new_err(format!(
                    "special={{{name:?}}}: there is no such special token"
                )));
            }
        };
    }
    Ok(if ids.is_empty() { Special::Text } else { Special::Only(ids) })
}

/// Whether a side is the left one.
pub fn is_left(side: &str) -> PyResult<bool> {
    match side {
        "left" => Ok(true),
        "right" => Ok(false),
        _ => Err(NeoxTextError::new_err(format!("{side:?} is no side: \"left\" or \"right\""))),
    }
}

/// `nfc=`.
pub fn edition(name: &str) -> PyResult<Edition> {
    match name {
        "unicode9" => Ok(Edition::Unicode9),
        "unicode17" => Ok(Edition::Unicode17),
        _ => Err(NeoxTextError::new_err(format!(
            "nfc={name:?} is unknown: it must be \"unicode9\" or \"unicode17\""
        ))),
    }
}

pub fn edition_name(edition: Edition) -> &'static str {
    match edition {
        Edition::Unicode9 => "unicode9",
        Edition::Unicode17 => "unicode17",
    }
}

/// The error of an id that is no id of any tokenizer.
fn no_id(id: impl std::fmt::Display) -> PyErr {
    NeoxTextError::new_err(format!("id {id} is not in this vocabulary"))
}

/// An id out of Python.
fn id(value: &Bound<'_, PyAny>) -> PyResult<u32> {
    if let Ok(id) = value.extract::<u32>() {
        return Ok(id);
    }
    // numpy and torch integers answer to `__index__`.
    let index = value.call_method0("__index__").map_err(|_| {
        let kind = value.get_type().name().map_or_else(|_| "this".to_owned(), |n| n.to_string());
        PyTypeError::new_err(format!("an id must be an int, not {kind}"))
    })?;
    index.extract::<u32>().map_err(|_| no_id(&index))
}

fn narrow<T: Copy + Into<i64>>(ids: &[T]) -> PyResult<Vec<u32>> {
    ids.iter().map(|id| u32::try_from((*id).into()).map_err(|_| no_id((*id).into()))).collect()
}

/// Ids in a list, an array, a tensor or one int.
pub fn ids(value: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let py = value.py();
    if let Ok(list) = value.cast::<PyList>() {
        return list.iter().map(|value| id(&value)).collect();
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(vec![id(value)?]);
    }
    if value.hasattr("dtype")? && value.hasattr("tolist")? {
        if let Ok(array) = value.cast::<PyUntypedArray>()
            && array.ndim() == 1
            && array.is_contiguous()
        {
            let kind = array.dtype();
            if kind.is_equiv_to(&dtype::<u16>(py)) {
                let array: PyReadonlyArray1<u16> = value.extract()?;
                return narrow(array.as_slice()?);
            } else if kind.is_equiv_to(&dtype::<u32>(py)) {
                let array: PyReadonlyArray1<u32> = value.extract()?;
                return Ok(array.as_slice()?.to_vec());
            } else if kind.is_equiv_to(&dtype::<i64>(py)) {
                let array: PyReadonlyArray1<i64> = value.extract()?;
                return narrow(array.as_slice()?);
            }
        }
        let list = value.call_method0("tolist")?;
        if list.is_instance_of::<PyList>() || list.is_instance_of::<PyInt>() {
            return ids(&list);
        }
    }
    items(value, "ids must be a list of int, an array or a tensor")?.iter().map(id).collect()
}

/// What Python's `str.strip` takes off.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The text of bytes, with `errors=` of decoding; `strips` takes white space off both ends.
pub fn decoded<'py>(
    py: Python<'py>,
    bytes: &[u8],
    errors: &str,
    strips: bool,
) -> PyResult<Bound<'py, PyString>> {
    let decoded = match errors {
        "replace" => {
            let text = String::from_utf8_lossy(bytes);
            return Ok(PyString::new(py, if strips { text.trim_matches(is_space) } else { &text }));
        }
        "strict" | "ignore" => PyBytes::new(py, bytes).call_method1("decode", ("utf-8", errors))?,
        _ => {
            return Err(NeoxTextError::new_err(format!(
                "errors={errors:?} is unknown: it must be \"replace\", \"strict\" or \"ignore\""
            )));
        }
    };
    let decoded = if strips { decoded.call_method0("strip")? } else { decoded };
    Ok(decoded.cast_into::<PyString>()?)
}

/// UTF-8 out of bytes; `errors` is `"strict"` or `"replace"`.
pub fn utf8<'b>(
    py: Python<'_>,
    bytes: &'b [u8],
    errors: &str,
) -> PyResult<std::borrow::Cow<'b, str>> {
    match errors {
        "strict" => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(error) => {
                let place = format!("byte {}", error.valid_up_to());
                let message = "invalid UTF-8; errors=\"replace\" reads it as U+FFFD";
                Err(to_exception(py, &Error::argument_at(place, message)))
            }
        },
        "replace" => Ok(String::from_utf8_lossy(bytes)),
        _ => Err(NeoxTextError::new_err(format!(
            "errors={errors:?} is unknown: it must be \"strict\" or \"replace\""
        ))),
    }
}

/// Bytes of `bytes`, `bytearray` or `memoryview`; `TypeError` for anything else.
pub fn bytes<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.clone());
    }
    let py = value.py();
    let builtins = py.import("builtins")?;
    for kind in ["bytearray", "memoryview"] {
        if value.is_instance(&builtins.getattr(kind)?)? {
            return Ok(builtins.getattr("bytes")?.call1((value,))?.cast_into::<PyBytes>()?);
        }
    }
    let kind = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("data must be bytes, not {kind}")))
}

/// `threads=`: at least one, or None for all cores.
pub fn some_threads(threads: Option<isize>) -> PyResult<Option<usize>> {
    let Some(asked) = threads else { return Ok(None) };
    let count = usize::try_from(asked).ok().filter(|count| *count > 0);
    count.map(Some).ok_or_else(|| {
        let message = format!("threads={asked}: it must be at least 1, or None for all cores");
        NeoxTextError::new_err(message)
    })
}
