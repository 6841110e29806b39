//! `AddedToken`.

use crate::convert::{items, text};
use neox_text::encode::AddedToken;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// A token that is matched whole, before the text is cut into pieces. Flags and defaults are those
/// of `tokenizers.AddedToken`; `normalized=None` means `not special`.
#[pyclass(frozen, eq, hash, module = "neox_text", name = "AddedToken")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PyAddedToken(pub AddedToken);

/// The added tokens of a list of them and of strings.
pub fn added_tokens(tokens: &Bound<'_, PyAny>) -> PyResult<Vec<AddedToken>> {
    let token = |token: Bound<'_, PyAny>| {
        Ok(match token.cast::<PyAddedToken>() {
            Ok(token) => token.get().0.clone(),
            Err(_) => AddedToken::new(text(&token, "an added token")?, false),
        })
    };
    items(tokens, "tokens must be a list of str or AddedToken")?.into_iter().map(token).collect()
}

#[pymethods]
impl PyAddedToken {
    #[new]
    #[pyo3(signature = (content, *, single_word=false, lstrip=false, rstrip=false,
                        normalized=None, special=false))]
    fn new(
        content: String,
        single_word: bool,
        lstrip: bool,
        rstrip: bool,
        normalized: Option<bool>,
        special: bool,
    ) -> Self {
        let normalized = normalized.unwrap_or(!special);
        Self(AddedToken { content, single_word, lstrip, rstrip, normalized, special })
    }

    /// The text to match.
    #[getter]
    fn content(&self) -> &str {
        &self.0.content
    }

    /// Whether it matches only where no word character touches it.
    #[getter]
    fn single_word(&self) -> bool {
        self.0.single_word
    }

    /// Whether it swallows the white space to its left.
    #[getter]
    fn lstrip(&self) -> bool {
        self.0.lstrip
    }

    /// Whether it swallows the white space to its right.
    #[getter]
    fn rstrip(&self) -> bool {
        self.0.rstrip
    }

    /// Whether its normal form is looked for in the normalized text.
    #[getter]
    fn normalized(&self) -> bool {
        self.0.normalized
    }

    /// Whether it is for control rather than text.
    #[getter]
    fn special(&self) -> bool {
        self.0.special
    }

    fn __str__(&self) -> &str {
        &self.0.content
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let token = &slf.get().0;
        let content = slf.getattr("content")?.repr()?;
        let mut flags = String::new();
        for (name, on) in [
            ("single_word", token.single_word),
            ("lstrip", token.lstrip),
            ("rstrip", token.rstrip),
            ("normalized", token.normalized),
            ("special", token.special),
        ] {
            for part in [", ", name, "=", if on { "True" } else { "False" }] {
                flags += part;
            }
        }
        Ok(format!("AddedToken({content}{flags})"))
    }

    /// Arguments by name, as `pickle` wants them.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let token = &slf.get().0;
        let kwargs = pyo3::types::PyDict::new(py);
        kwargs.set_item("content", &token.content)?;
        kwargs.set_item("single_word", token.single_word)?;
        kwargs.set_item("lstrip", token.lstrip)?;
        kwargs.set_item("rstrip", token.rstrip)?;
        kwargs.set_item("normalized", token.normalized)?;
        kwargs.set_item("special", token.special)?;
        let partial = py.import("functools")?.getattr("partial")?;
        let make = partial.call((slf.get_type(),), Some(&kwargs))?;
        (make, PyTuple::empty(py)).into_pyobject(py)
    }
}
