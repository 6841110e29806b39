//! `BaseTokenizer`: what `Tokenizer` and `JapaneseTokenizer` have in common.

#![allow(clippy::needless_pass_by_value, clippy::too_many_arguments)] // as Python calls it

use crate::added::PyAddedToken;
use crate::batch::PyBatch;
use crate::convert::{self, NeoxTextError, decoded, guard, is_left, items, text, utf8};
use crate::encoding::{Asked, PyEncoding, Source};
use crate::ids::Ids;
use crate::names::Names;
use crate::pystr;
use crate::rows::{detached, input_len, strings, surrogate};
use crate::stream::PyDecodeStream;
use crate::wing::Wing;
use neox_text::encode::{Input, Special, Truncation};
use neox_text::encoding::{Direction, Encoding, Strategy};
use neox_text::text::Text;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What every tokenizer does, whatever its algorithm.
///
/// Frozen: options are arguments of a call, and one object may be used by many threads, copied,
/// pickled, compared and hashed. `padding_side` alone can be set, since pipelines of transformers
/// set it; it decides no ids.
#[pyclass(frozen, subclass, module = "neox_text._core", name = "BaseTokenizer")]
pub struct BaseTokenizer {
    tok: Arc<dyn Wing>,
    names: Names,
    pads_left: AtomicBool,
}

/// One input of `encode`: a text, or words.
fn source(value: &Bound<'_, PyAny>, words: bool, what: &str) -> PyResult<Source> {
    if !words {
        return Ok(Source::Text(string(value, what)?.clone().unbind()));
    }
    let mut found = Vec::new();
    for word in items(value, "with is_split_into_words, a text must be a list of str")? {
        text(&word, "a word")?;
        found.push(word.cast_into::<PyString>()?.unbind());
    }
    Ok(Source::Words(found))
}

/// A string that stays where it is.
fn string<'a, 'py>(value: &'a Bound<'py, PyAny>, what: &str) -> PyResult<&'a Bound<'py, PyString>> {
    match value.cast::<PyString>() {
        Ok(string) => Ok(string),
        Err(_) => Err(convert::no_text(value, what)),
    }
}

/// Do something with a Python string where it lies.
fn on_string<T: Send>(
    text: &Bound<'_, PyString>,
    work: impl FnOnce(Text) -> neox_text::Result<T> + Send,
) -> PyResult<T> {
    let (py, view) = (text.py(), pystr::view(text)?);
    guard(py, || detached(py, view.len(), || work(view)))
        .map_err(|error| surrogate(std::slice::from_ref(text), error))
}

/// `clean_up_tokenization_spaces` of transformers, which pipelines always give, mostly as None.
fn keep_spaces(clean_up: Option<bool>) -> PyResult<()> {
    if clean_up == Some(true) {
        return Err(NeoxTextError::new_err(
            "clean_up_tokenization_spaces would change the text that was encoded: leave it out",
        ));
    }
    Ok(())
}

impl BaseTokenizer {
    pub fn new(tok: Arc<dyn Wing>, names: Names) -> Self {
        let pads_left = AtomicBool::new(names.pads_left);
        Self { tok, names, pads_left }
    }

    /// Names and settings as they are now.
    pub fn names(&self) -> Names {
        Names { pads_left: self.pads_left.load(Ordering::Relaxed), ..self.names.clone() }
    }

    /// The ids of a string or of bytes.
    fn any_ids(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        special: &Special,
        errors: &str,
    ) -> PyResult<Ids> {
        if let Ok(string) = text.cast::<PyString>() {
            return on_string(string, |text| self.tok.ids(text, special));
        }
        let bytes = convert::bytes(text)?;
        let text = utf8(py, bytes.as_bytes(), errors)?;
        guard(py, || detached(py, text.len(), || self.tok.ids(Text::Utf8(&text), special)))
    }

    fn asked(&self, py: Python<'_>, asked: Asked) -> PyResult<PyEncoding> {
        let ids = match &asked {
            Asked { first: Source::Text(text), pair: None, add_special_tokens: add, special }
                if self.tok.adds_nothing(*add) =>
            {
                on_string(text.bind(py), |text| self.tok.wide_ids(text, special))?
            }
            _ => asked.first.with(py, |first| match &asked.pair {
                None => self.input_ids(py, first, None, &asked),
                Some(pair) => {
                    pair.with(py, |pair| self.input_ids(py, first, Some(pair), &asked))?
                }
            })??,
        };
        Ok(PyEncoding::lazy(self.tok.clone(), ids, asked))
    }

    fn input_ids(
        &self,
        py: Python<'_>,
        first: Input,
        pair: Option<Input>,
        asked: &Asked,
    ) -> PyResult<Vec<u32>> {
        let size = input_len(&first) + pair.as_ref().map_or(0, input_len);
        let (add, special) = (asked.add_special_tokens, &asked.special);
        guard(py, || detached(py, size, || self.tok.encode_input(first, pair, add, special)))
    }

    fn details(
        &self,
        py: Python<'_>,
        first: Input,
        pair: Option<Input>,
        asked: &Asked,
        cut: Truncation,
    ) -> PyResult<Encoding> {
        let size = input_len(&first) + pair.as_ref().map_or(0, input_len);
        let (add, special) = (asked.add_special_tokens, &asked.special);
        guard(py, || {
            detached(py, size, || self.tok.encode_details(first, pair, add, special, Some(cut)))
        })
    }

    fn token_id(&self, token: Option<&String>) -> Option<u32> {
        token.and_then(|token| self.tok.token_to_id(token))
    }

    fn text_of<'py>(
        &self,
        py: Python<'py>,
        ids: &[u32],
        skip_special_tokens: bool,
        errors: &str,
    ) -> PyResult<Bound<'py, PyString>> {
        let bytes = self.bytes_of(py, ids, skip_special_tokens, false)?;
        decoded(py, &bytes, errors, self.tok.strips())
    }

    fn bytes_of(&self, py: Python<'_>, ids: &[u32], skip: bool, raw: bool) -> PyResult<Vec<u8>> {
        guard(py, || {
            detached(py, ids.len(), || {
                let mut bytes = Vec::with_capacity(ids.len() * 5);
                self.tok.append_bytes(ids, skip, raw, &mut bytes)?;
                Ok(bytes)
            })
        })
    }
}

#[pymethods]
impl BaseTokenizer {
    // Encoding

    /// Encode a text, or two that belong together; with `is_split_into_words`, lists of words.
    /// `special` says what special tokens in the text become: `"parse"` their ids, `"text"` text,
    /// `"error"` a `ValueError`, a set those to parse.
    #[pyo3(signature = (text, pair=None, *, add_special_tokens=true, is_split_into_words=false,
                        special=None))]
    #[pyo3(text_signature = "($self, text, pair=None, *, add_special_tokens=True, \
                             is_split_into_words=False, special='parse')")]
    fn encode(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        pair: Option<&Bound<'_, PyAny>>,
        add_special_tokens: bool,
        is_split_into_words: bool,
        special: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyEncoding> {
        let first = source(text, is_split_into_words, "text")?;
        let pair = pair.map(|pair| source(pair, is_split_into_words, "pair")).transpose()?;
        let special = convert::special(&*self.tok, special)?;
        self.asked(py, Asked { first, pair, add_special_tokens, special })
    }

    /// Encode many texts, a row of the Batch each, on at most `threads` threads (None: one a
    /// core) and without the GIL; options as for `encode`.
    #[pyo3(signature = (texts, *, add_special_tokens=true, is_split_into_words=false, special=None,
                        threads=None))]
    #[pyo3(text_signature = "($self, texts, *, add_special_tokens=True, \
                             is_split_into_words=False, special='parse', threads=None)")]
    fn encode_batch(
        &self,
        py: Python<'_>,
        texts: &Bound<'_, PyAny>,
        add_special_tokens: bool,
        is_split_into_words: bool,
        special: Option<&Bound<'_, PyAny>>,
        threads: Option<isize>,
    ) -> PyResult<PyBatch> {
        let (tok, add) = (&*self.tok, add_special_tokens);
        let special = convert::special(tok, special)?;
        let threads = convert::some_threads(threads)?;
        let texts = items(texts, "texts must be a list of str")?;
        let (rows, sources) = if is_split_into_words {
            let sources: Vec<Source> =
                texts.iter().map(|text| source(text, true, "")).collect::<PyResult<_>>()?;
            let words: Vec<Vec<&str>> =
                sources.iter().map(|source| source.words(py)).collect::<PyResult<_>>()?;
            let rows = guard(py, || py.detach(|| tok.word_rows(&words, add, &special, threads)))?;
            (rows, sources)
        } else {
            let strings = strings(texts, "texts")?;
            let texts: Vec<Text> = strings.iter().map(pystr::view).collect::<PyResult<_>>()?;
            let rows = guard(py, || py.detach(|| tok.rows(&texts, add, &special, threads)));
            let rows = rows.map_err(|error| surrogate(&strings, error))?;
            let sources = strings.into_iter().map(|string| Source::Text(string.unbind()));
            (rows, sources.collect())
        };
        Ok(PyBatch::new(self.tok.clone(), rows, sources, add, special))
    }

    /// Give the ids of a text in which special tokens are text; a template adds none.
    fn encode_ordinary<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let text = string(text, "text")?;
        let ids = on_string(text, |text| self.tok.ids(text, &Special::Text))?;
        ids.list(py, 0, ids.len())
    }

    /// Give the ids of a text as an array of shape (tokens,), uint16 where every id of the
    /// tokenizer fits, else uint32; a template adds none.
    #[pyo3(signature = (text, *, special=None, errors="strict"))]
    #[pyo3(text_signature = "($self, text, *, special='parse', errors='strict')")]
    fn encode_to_numpy<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        special: Option<&Bound<'py, PyAny>>,
        errors: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let special = convert::special(&*self.tok, special)?;
        Ok(self.any_ids(py, text, &special, errors)?.into_array(py))
    }

    /// Encode a text given as UTF-8; what is none is an error with its byte offset, or U+FFFD with
    /// `errors="replace"`.
    #[pyo3(signature = (data, *, errors="strict"))]
    fn encode_bytes(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        errors: &str,
    ) -> PyResult<PyEncoding> {
        let bytes = convert::bytes(data)?;
        let text = utf8(py, bytes.as_bytes(), errors)?;
        let first = Source::Owned(text.as_ref().into());
        let special = Special::Parse;
        self.asked(py, Asked { first, pair: None, add_special_tokens: true, special })
    }

    /// Count the ids of a text, or of each text of a list; a template adds none.
    fn count<'py>(&self, py: Python<'py>, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(string) = text.cast::<PyString>() {
            let ids = on_string(string, |text| self.tok.ids(text, &Special::Parse))?;
            return Ok(ids.len().into_pyobject(py)?.into_any());
        }
        let strings = strings(items(text, "text must be a str or a list of str")?, "text")?;
        let texts: Vec<Text> = strings.iter().map(pystr::view).collect::<PyResult<_>>()?;
        let counts = guard(py, || py.detach(|| self.tok.counts(&texts)));
        let counts = counts.map_err(|error| surrogate(&strings, error))?;
        Ok(PyList::new(py, counts)?.into_any())
    }

    /// Encode as a tokenizer of `transformers` 5.23 does when it is called: `text`, `text_pair`,
    /// `padding`, `truncation`, `max_length`, `return_tensors`, its other options, and `special`.
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = slf.py().import("neox_text._call")?.getattr("call")?;
        let mut all = vec![slf.clone().into_any()];
        all.extend(args.iter());
        call.call(PyTuple::new(slf.py(), all)?, kwargs)
    }

    /// What `__call__` needs beyond the public methods.
    #[pyo3(signature = (text, pair, *, add_special_tokens, is_split_into_words, special, truncation))]
    fn _encode_full(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        pair: Option<&Bound<'_, PyAny>>,
        add_special_tokens: bool,
        is_split_into_words: bool,
        special: Option<&Bound<'_, PyAny>>,
        truncation: Option<(usize, String, usize, String, bool)>,
    ) -> PyResult<PyEncoding> {
        let first = source(text, is_split_into_words, "text")?;
        let pair = pair.map(|pair| source(pair, is_split_into_words, "pair")).transpose()?;
        let special = convert::special(&*self.tok, special)?;
        let asked = Asked { first, pair, add_special_tokens, special };
        let Some((max_length, strategy, stride, from, overflow)) = truncation else {
            return self.asked(py, asked);
        };
        let strategy = match strategy.as_str() {
            "longest_first" => Strategy::LongestFirst,
            "only_first" => Strategy::OnlyFirst,
            "only_second" => Strategy::OnlySecond,
            other => {
                let message = format!("truncation={other:?} is unknown");
                return Err(NeoxTextError::new_err(message));
            }
        };
        let direction = if is_left(&from)? { Direction::Left } else { Direction::Right };
        let cut = Truncation { max_length, strategy, stride, direction, overflow };
        let details = asked.first.with(py, |first| match &asked.pair {
            None => self.details(py, first, None, &asked, cut),
            Some(pair) => pair.with(py, |pair| self.details(py, first, Some(pair), &asked, cut))?,
        })??;
        Ok(PyEncoding::whole(self.tok.clone(), details))
    }

    fn _num_added_tokens(&self, is_pair: bool) -> usize {
        self.tok.num_added_tokens(is_pair)
    }

    // Decoding

    /// Give the text of ids: their bytes joined and read as UTF-8. `errors` is `"replace"`,
    /// `"strict"` or `"ignore"`.
    #[pyo3(signature = (ids, *, skip_special_tokens=false, errors="replace",
                        clean_up_tokenization_spaces=None))]
    fn decode<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'_, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
        clean_up_tokenization_spaces: Option<bool>,
    ) -> PyResult<Bound<'py, PyString>> {
        keep_spaces(clean_up_tokenization_spaces)?;
        self.text_of(py, &convert::ids(ids)?, skip_special_tokens, errors)
    }

    /// Give the texts of many rows of ids, or of a Batch; see `decode`.
    #[pyo3(signature = (ids, *, skip_special_tokens=false, errors="replace",
                        clean_up_tokenization_spaces=None))]
    fn decode_batch<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
        clean_up_tokenization_spaces: Option<bool>,
    ) -> PyResult<Bound<'py, PyList>> {
        keep_spaces(clean_up_tokenization_spaces)?;
        let texts = PyList::empty(py);
        let decode =
            |ids: &[u32]| texts.append(self.text_of(py, ids, skip_special_tokens, errors)?);
        if let Ok(batch) = ids.cast::<PyBatch>() {
            batch.get().rows().try_for_each(|row| decode(&row))?;
            return Ok(texts);
        }
        for row in ids.try_iter()? {
            decode(&convert::ids(&row?)?)?;
        }
        Ok(texts)
    }

    /// Do what `decode_batch` does; this is the name that `transformers` has for it.
    #[pyo3(signature = (ids, *, skip_special_tokens=false, errors="replace",
                        clean_up_tokenization_spaces=None))]
    fn batch_decode<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
        clean_up_tokenization_spaces: Option<bool>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.decode_batch(py, ids, skip_special_tokens, errors, clean_up_tokenization_spaces)
    }

    /// Give the bytes of ids, which lose nothing where they are no UTF-8.
    fn decode_bytes<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.bytes_of(py, &convert::ids(ids)?, false, true)?))
    }

    /// Give an object that decodes an id at a time.
    #[pyo3(signature = (*, skip_special_tokens=false))]
    fn decode_stream(&self, skip_special_tokens: bool) -> PyDecodeStream {
        PyDecodeStream::new(self.tok.clone(), skip_special_tokens)
    }

    // The vocabulary

    /// Give the id of a token, added or not; None where there is no such token.
    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.tok.token_to_id(token)
    }

    /// Give the token of an id, added or not; None where there is no such id.
    fn id_to_token(&self, id: i64) -> Option<&str> {
        u32::try_from(id).ok().and_then(|id| self.tok.id_to_token(id))
    }

    /// Give a new dict from token to id, with or without the added tokens.
    #[pyo3(signature = (with_added_tokens=true))]
    fn get_vocab<'py>(
        &self,
        py: Python<'py>,
        with_added_tokens: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let vocab = PyDict::new(py);
        for (token, id) in self.tok.vocab(with_added_tokens) {
            vocab.set_item(token, id)?;
        }
        Ok(vocab)
    }

    /// Give the number of tokens, with or without the added ones.
    #[pyo3(signature = (with_added_tokens=true))]
    fn get_vocab_size(&self, with_added_tokens: bool) -> usize {
        self.tok.vocab_size(with_added_tokens)
    }

    fn __len__(&self) -> usize {
        self.tok.vocab_size(true)
    }

    /// The number of tokens without the added ones, as in `transformers`.
    #[getter(vocab_size)]
    fn own_vocab_size(&self) -> usize {
        self.tok.vocab_size(false)
    }

    /// The added tokens by id: a new dict, in order of ids.
    #[getter]
    fn added_tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tokens = PyDict::new(py);
        for (id, token) in self.tok.added_tokens() {
            tokens.set_item(id, Py::new(py, PyAddedToken(token.clone()))?)?;
        }
        Ok(tokens)
    }

    // Names and settings

    /// The token that begins a text, None where none is named.
    #[getter]
    fn bos_token(&self) -> Option<&str> {
        self.names.bos_token.as_deref()
    }

    /// The token that ends a text, None where none is named.
    #[getter]
    fn eos_token(&self) -> Option<&str> {
        self.names.eos_token.as_deref()
    }

    /// The token for what is unknown, None where none is named; encoding never needs it.
    #[getter]
    fn unk_token(&self) -> Option<&str> {
        self.names.unk_token.as_deref()
    }

    /// The token that fills rows, None where none is named.
    #[getter]
    fn pad_token(&self) -> Option<&str> {
        self.names.pad_token.as_deref()
    }

    /// The id of `bos_token`.
    #[getter]
    fn bos_token_id(&self) -> Option<u32> {
        self.token_id(self.names.bos_token.as_ref())
    }

    /// The id of `eos_token`.
    #[getter]
    fn eos_token_id(&self) -> Option<u32> {
        self.token_id(self.names.eos_token.as_ref())
    }

    /// The id of `unk_token`.
    #[getter]
    fn unk_token_id(&self) -> Option<u32> {
        self.token_id(self.names.unk_token.as_ref())
    }

    /// The id of `pad_token`.
    #[getter]
    fn pad_token_id(&self) -> Option<u32> {
        self.token_id(self.names.pad_token.as_ref())
    }

    /// The ids of the named tokens and of the special added tokens, in order, each once.
    #[getter]
    fn all_special_ids(&self) -> Vec<u32> {
        let names = &self.names;
        let mut ids: Vec<u32> =
            [&names.bos_token, &names.eos_token, &names.unk_token, &names.pad_token]
                .into_iter()
                .filter_map(|name| self.token_id(name.as_ref()))
                .chain(self.tok.added_tokens().filter(|(_, token)| token.special).map(|(id, _)| id))
                .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The side on which `tok(...)` fills rows unless told otherwise.
    #[getter]
    fn padding_side(&self) -> &'static str {
        if self.pads_left.load(Ordering::Relaxed) { "left" } else { "right" }
    }

    #[setter]
    fn set_padding_side(&self, side: &str) -> PyResult<()> {
        self.pads_left.store(is_left(side)?, Ordering::Relaxed);
        Ok(())
    }

    /// The side on which `tok(...)` cuts rows unless told otherwise.
    #[getter]
    fn truncation_side(&self) -> &'static str {
        if self.names.truncates_left { "left" } else { "right" }
    }

    /// The tokens that the model takes at most; `int(1e30)` where that is not told.
    #[getter]
    fn model_max_length<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.names.model_max_length {
            Some(length) => Ok(length.into_pyobject(py)?.into_any()),
            // What transformers has where a directory says nothing.
            None => py.import("builtins")?.getattr("int")?.call1((1e30,)),
        }
    }

    /// Always true: pipelines of transformers ask for it before they ask for offsets.
    #[getter]
    #[expect(clippy::unused_self, reason = "a property of Python has one")]
    fn is_fast(&self) -> bool {
        true
    }

    /// Always None: there are no templates of chats.
    #[getter]
    #[expect(clippy::unused_self, reason = "a property of Python has one")]
    fn chat_template(&self) -> Option<&str> {
        None
    }

    /// SHA-256, 64 hexadecimal digits, of all that decides ids.
    #[getter]
    fn fingerprint(&self) -> &str {
        self.tok.fingerprint()
    }

    // As an object

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let (one, other) = (slf.get(), other.get());
            one.names() == other.names() && one.tok.same(&*other.tok)
        })
    }

    fn __hash__(&self) -> u64 {
        u64::from_str_radix(self.tok.fingerprint().get(..16).unwrap_or_default(), 16).unwrap_or(0)
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}
