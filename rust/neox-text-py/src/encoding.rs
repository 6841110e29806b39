//! `Encoding`: the ids are there at once, everything else when it is first asked for.

use crate::convert::{NeoxTextError, guard, is_left};
use crate::ids::Ids;
use neox_text::encode::{Encode, Input, Special};
use neox_text::encoding::{Direction, Encoding};
use numpy::{IntoPyArray, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use std::sync::{Arc, OnceLock};

/// A text, or its words, as Python gave it. Python strings do not change, so borrowing is cheap.
pub enum Source {
    Text(Py<PyString>),
    Owned(Arc<str>),
    Words(Vec<Py<PyString>>),
}

impl Source {
    /// Do something with the text as the library takes it.
    pub fn with<T>(&self, py: Python<'_>, work: impl FnOnce(Input) -> T) -> PyResult<T> {
        match self {
            Self::Text(text) => Ok(work(Input::Text(text.bind(py).to_str()?))),
            Self::Owned(text) => Ok(work(Input::Text(text))),
            Self::Words(_) => Ok(work(Input::Words(&self.words(py)?))),
        }
    }

    /// Its words; a text is one.
    pub fn words<'a>(&'a self, py: Python<'a>) -> PyResult<Vec<&'a str>> {
        match self {
            Self::Text(text) => Ok(vec![text.bind(py).to_str()?]),
            Self::Owned(text) => Ok(vec![text]),
            Self::Words(words) => words.iter().map(|word| word.bind(py).to_str()).collect(),
        }
    }
}

/// What `encode` was asked.
pub struct Asked {
    pub first: Source,
    pub pair: Option<Source>,
    pub add_special_tokens: bool,
    pub special: Special,
}

/// The tokens of a text, of a part of it, or of a pair: ids, tokens, offsets, words and masks, as
/// in `tokenizers.Encoding`, one entry a token. Frozen; `truncate` and `pad` give new ones.
#[pyclass(frozen, module = "neox_text", name = "Encoding")]
pub struct PyEncoding {
    tok: Arc<dyn Encode>,
    ids: Vec<u32>,
    asked: Option<Asked>,
    details: OnceLock<Encoding>,
}

fn direction(name: &str) -> PyResult<Direction> {
    Ok(if is_left(name)? { Direction::Left } else { Direction::Right })
}

/// Pairs as an array of two columns.
pub fn pairs_array<'py>(
    py: Python<'py>,
    pairs: &[(u32, u32)],
) -> PyResult<Bound<'py, PyArray2<u32>>> {
    let flat: Vec<u32> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
    flat.into_pyarray(py).reshape([pairs.len(), 2])
}

impl PyEncoding {
    pub fn lazy(tok: Arc<dyn Encode>, ids: Vec<u32>, asked: Asked) -> Self {
        Self { tok, ids, asked: Some(asked), details: OnceLock::new() }
    }

    pub fn whole(tok: Arc<dyn Encode>, details: Encoding) -> Self {
        let ids = details.ids.clone();
        Self { tok, ids, asked: None, details: OnceLock::from(details) }
    }

    fn details(&self, py: Python<'_>) -> PyResult<&Encoding> {
        if let Some(details) = self.details.get() {
            return Ok(details);
        }
        let Some(asked) = &self.asked else {
            return Ok(self.details.get_or_init(Encoding::default));
        };
        let made = asked.first.with(py, |first| {
            let encode = |pair: Option<Input>| {
                guard(py, || {
                    let (add, special) = (asked.add_special_tokens, &asked.special);
                    py.detach(|| self.tok.encode_details(first, pair, add, special, None))
                })
            };
            match &asked.pair {
                None => encode(None),
                Some(pair) => pair.with(py, |pair| encode(Some(pair)))?,
            }
        })??;
        Ok(self.details.get_or_init(|| made))
    }
}

#[pymethods]
impl PyEncoding {
    /// The ids.
    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, &self.ids)
    }

    /// The tokens: of added tokens what stands in the text, white space swallowed included.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let details = self.details(py)?;
        let mut surfaces = details.surfaces.iter().peekable();
        let strings = self.ids.iter().enumerate().map(|(i, id)| {
            match surfaces.next_if(|(at, _)| *at as usize == i) {
                Some((_, surface)) => surface,
                None => self.tok.id_to_token(*id).unwrap_or_default(),
            }
        });
        PyList::new(py, strings.collect::<Vec<_>>())
    }

    /// Start and end of each token in characters, as in `tokenizers`; (0, 0) where no text is.
    #[getter]
    fn offsets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, &self.details(py)?.offsets)
    }

    /// The word of each token; None for what the template or padding added.
    #[getter]
    fn word_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, &self.details(py)?.word_ids)
    }

    /// 0, or 1 for the second text of a pair, or what the template says.
    #[getter]
    fn type_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, &self.details(py)?.type_ids)
    }

    /// 1, or 0 for padding.
    #[getter]
    fn attention_mask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.details(py)?.attention_mask.iter().map(|bit| u32::from(*bit)))
    }

    /// 1 for what the template or padding added, 0 for what stands in the text.
    #[getter]
    fn special_tokens_mask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.details(py)?.special_tokens_mask.iter().map(|bit| u32::from(*bit)))
    }

    /// The number of sequences: 1, or 2 for a pair.
    #[getter]
    fn n_sequences(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.details(py)?.n_sequences())
    }

    /// The sequence of each token; None for what the template or padding added.
    #[getter]
    fn sequence_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.details(py)?.sequence_ids())
    }

    /// The other parts of what was truncated.
    #[getter]
    fn overflowing(&self, py: Python<'_>) -> PyResult<Vec<Self>> {
        let parts = self.details(py)?.overflowing.iter();
        Ok(parts.map(|part| Self::whole(self.tok.clone(), part.clone())).collect())
    }

    /// Give the ids as an array of shape (tokens,), uint16 where every id fits, else uint32.
    fn to_numpy<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        Ids::of(&*self.tok, self.ids.clone()).into_array(py)
    }

    /// Give `offsets` as a uint32 array of shape (tokens, 2).
    fn offsets_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<u32>>> {
        pairs_array(py, &self.details(py)?.offsets)
    }

    /// Give start and end of each token as a uint32 array of shape (tokens, 2): a partition of the
    /// text. `unit` is `"char"` (characters) or `"byte"` (bytes of UTF-8).
    #[pyo3(signature = (unit="char"))]
    fn spans<'py>(&self, py: Python<'py>, unit: &str) -> PyResult<Bound<'py, PyArray2<u32>>> {
        let details = self.details(py)?;
        match unit {
            "char" => pairs_array(py, &details.spans),
            "byte" => pairs_array(py, &details.byte_spans),
            _ => {
                let message = format!("unit={unit:?} is unknown: it must be \"char\" or \"byte\"");
                Err(NeoxTextError::new_err(message))
            }
        }
    }

    /// Give the first token whose offsets hold a character; None where none do.
    #[pyo3(signature = (char_pos, sequence_index=0))]
    fn char_to_token(
        &self,
        py: Python<'_>,
        char_pos: u32,
        sequence_index: usize,
    ) -> PyResult<Option<usize>> {
        Ok(self.details(py)?.char_to_token(char_pos, sequence_index))
    }

    /// Give the word that holds a character; None where none does.
    #[pyo3(signature = (char_pos, sequence_index=0))]
    fn char_to_word(
        &self,
        py: Python<'_>,
        char_pos: u32,
        sequence_index: usize,
    ) -> PyResult<Option<u32>> {
        Ok(self.details(py)?.char_to_word(char_pos, sequence_index))
    }

    /// Give the offsets of a token; None where the template added it, and out of range.
    fn token_to_chars(&self, py: Python<'_>, token_index: usize) -> PyResult<Option<(u32, u32)>> {
        Ok(self.details(py)?.token_to_chars(token_index))
    }

    /// Give the word of a token; None where it has none, and out of range.
    fn token_to_word(&self, py: Python<'_>, token_index: usize) -> PyResult<Option<u32>> {
        Ok(self.details(py)?.token_to_word(token_index))
    }

    /// Give the sequence of a token; None where the template added it, and out of range.
    fn token_to_sequence(&self, py: Python<'_>, token_index: usize) -> PyResult<Option<usize>> {
        Ok(self.details(py)?.token_to_sequence(token_index))
    }

    /// Give the first token of a word and the one behind its last; None for no such word.
    #[pyo3(signature = (word_index, sequence_index=0))]
    fn word_to_tokens(
        &self,
        py: Python<'_>,
        word_index: u32,
        sequence_index: usize,
    ) -> PyResult<Option<(usize, usize)>> {
        Ok(self.details(py)?.word_to_tokens(word_index, sequence_index))
    }

    /// Give start and end of a word in characters; None for no such word.
    #[pyo3(signature = (word_index, sequence_index=0))]
    fn word_to_chars(
        &self,
        py: Python<'_>,
        word_index: u32,
        sequence_index: usize,
    ) -> PyResult<Option<(u32, u32)>> {
        Ok(self.details(py)?.word_to_chars(word_index, sequence_index))
    }

    /// Give a new Encoding of at most `max_length` tokens; the rest is in its `overflowing`, in
    /// parts that share `stride` tokens with the part before. `direction` is the side cut.
    #[pyo3(signature = (max_length, *, stride=0, direction="right"))]
    #[pyo3(text_signature = "($self, max_length, *, stride=0, direction='right')")]
    fn truncate(
        &self,
        py: Python<'_>,
        max_length: usize,
        stride: usize,
        direction: &str,
    ) -> PyResult<Self> {
        let side = self::direction(direction)?;
        let mut made = self.details(py)?.clone();
        guard(py, || made.truncate(max_length, stride, side))?;
        Ok(Self::whole(self.tok.clone(), made))
    }

    /// Give a new Encoding of at least `length` tokens, its overflowing parts filled likewise.
    /// `direction` is the side that is filled.
    #[pyo3(signature = (length, *, direction="right", pad_id=0, pad_token="[PAD]", pad_type_id=0))]
    fn pad(
        &self,
        py: Python<'_>,
        length: usize,
        direction: &str,
        pad_id: u32,
        pad_token: &str,
        pad_type_id: u32,
    ) -> PyResult<Self> {
        let side = self::direction(direction)?;
        let mut made = self.details(py)?.clone();
        guard(py, || made.pad(length, pad_id, pad_type_id, pad_token, side))?;
        Ok(Self::whole(self.tok.clone(), made))
    }

    /// This text and another as the two of a pair, without their overflowing parts.
    fn _with_pair(&self, py: Python<'_>, pair: &Bound<'_, Self>) -> PyResult<Self> {
        let (mut made, mut pair) = (self.details(py)?.clone(), pair.get().details(py)?.clone());
        pair.type_ids.fill(1);
        for (number, text) in [&mut made, &mut pair].into_iter().enumerate() {
            text.overflowing.clear();
            text.set_sequence_id(number);
        }
        made.append(&pair, false);
        Ok(Self::whole(self.tok.clone(), made))
    }

    fn __len__(&self) -> usize {
        self.ids.len()
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Self>() else { return Ok(false) };
        let other = other.get();
        Ok(self.ids == other.ids
            && self.tok.fingerprint() == other.tok.fingerprint()
            && self.details(py)? == other.details(py)?)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut state = DefaultHasher::new();
        self.ids.hash(&mut state);
        state.finish()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __repr__(&self) -> String {
        let shown: Vec<String> = self.ids.iter().take(8).map(ToString::to_string).collect();
        let more = if self.ids.len() > 8 { ", ..." } else { "" };
        format!("Encoding(num_tokens={}, ids=[{}{more}])", self.ids.len(), shown.join(", "))
    }
}
