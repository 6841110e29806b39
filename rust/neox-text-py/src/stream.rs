//! `DecodeStream`.

use crate::convert::{guard, ids};
use neox_text::encode::Encode;
use neox_text::stream::Utf8Stream;
use pyo3::prelude::*;
use std::sync::Arc;

/// Decodes an id at a time: each character is given the moment its last byte is there, and the
/// pieces join to `decode` of all ids (but for white space at the ends, where `decode` strips it).
#[pyclass(module = "neox_text", name = "DecodeStream")]
pub struct PyDecodeStream {
    tok: Arc<dyn Encode>,
    skip_special_tokens: bool,
    stream: Utf8Stream,
}

impl PyDecodeStream {
    pub fn new(tok: Arc<dyn Encode>, skip_special_tokens: bool) -> Self {
        Self { tok, skip_special_tokens, stream: Utf8Stream::default() }
    }
}

#[pymethods]
impl PyDecodeStream {
    /// Take an id (or several) and give the text that is now certain; it may be empty.
    fn step(&mut self, py: Python<'_>, id: &Bound<'_, PyAny>) -> PyResult<String> {
        let mut text = String::new();
        for id in ids(id)? {
            let bytes = guard(py, || self.tok.token_bytes(id))?;
            if !(self.skip_special_tokens && self.tok.is_special(id)) {
                text += &self.stream.push(bytes);
            }
        }
        Ok(text)
    }

    /// Give what is left at the end: U+FFFD for an unfinished character, else nothing. The stream
    /// then begins anew.
    fn finish(&mut self) -> String {
        self.stream.finish()
    }

    fn __repr__(&self) -> String {
        let skip = if self.skip_special_tokens { "True" } else { "False" };
        format!("DecodeStream(skip_special_tokens={skip})")
    }
}
