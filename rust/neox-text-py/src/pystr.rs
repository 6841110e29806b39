//! The characters of Python strings where `CPython` keeps them.
//!
//! The only module of the binding with `unsafe`. Asking `CPython` for UTF-8 would leave a second copy
//! of every text that is not ASCII behind, for as long as the string lives.

use neox_text::text::Text;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::types::string::PyStringData;

/// The text of a string, in the width that it has in memory.
pub fn view<'a>(string: &'a Bound<'_, PyString>) -> PyResult<Text<'a>> {
    // SAFETY: a Python string never changes once others can see it, and it lives as long as the
    // borrow. CPython's state bits, which this reads, are as pyo3 expects them for this version.
    let data = unsafe { string.data() }?;
    Ok(match data {
        PyStringData::Ucs1(units) => match units.is_ascii().then(|| std::str::from_utf8(units)) {
            Some(Ok(text)) => Text::Utf8(text),
            _ => Text::Ucs1(units),
        },
        PyStringData::Ucs2(units) => Text::Ucs2(units),
        PyStringData::Ucs4(units) => Text::Ucs4(units),
    })
}
