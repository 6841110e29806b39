//! `Rewrite`.

use neox_text::japanese::Rewrite;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// A part of a text that tokens write in another way; `JapaneseTokenizer.explain` gives them.
#[pyclass(frozen, eq, hash, module = "neox_text", name = "Rewrite")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PyRewrite {
    start: usize,
    end: usize,
    source: String,
    target: String,
    kind: String,
}

impl From<Rewrite> for PyRewrite {
    fn from(rewrite: Rewrite) -> Self {
        let Rewrite { start, end, source, target, kind } = rewrite;
        Self { start, end, source, target, kind: kind.to_owned() }
    }
}

#[pymethods]
impl PyRewrite {
    #[new]
    fn new(start: usize, end: usize, source: String, target: String, kind: String) -> Self {
        Self { start, end, source, target, kind }
    }

    /// Where it begins, in characters of the text.
    #[getter]
    fn start(&self) -> usize {
        self.start
    }

    /// Where it ends.
    #[getter]
    fn end(&self) -> usize {
        self.end
    }

    /// What stands in the text.
    #[getter]
    fn source(&self) -> &str {
        &self.source
    }

    /// What takes its place.
    #[getter]
    fn target(&self) -> &str {
        &self.target
    }

    /// `"space"`, `"dash"`, `"emoji"`, `"url"`, `"email"`, `"tel"`, `"date"`, `"price"`, `"block"`,
    /// `"heterograph"`, `"symbol"` or `"bytes"`.
    #[getter]
    fn kind(&self) -> &str {
        &self.kind
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let (source, target) = (slf.getattr("source")?.repr()?, slf.getattr("target")?.repr()?);
        let Self { start, end, kind, .. } = slf.get();
        Ok(format!(
            "Rewrite(start={start}, end={end}, source={source}, target={target}, kind='{kind}')"
        ))
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        (self.start, self.end, &self.source, &self.target, &self.kind).into_pyobject(py)
    }
}
