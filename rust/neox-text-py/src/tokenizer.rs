//! `Tokenizer`.

#![allow(clippy::needless_pass_by_value, clippy::too_many_arguments)] // as Python calls it

use crate::added::PyAddedToken;
use crate::batch::{Flat, PyBatch};
use crate::convert::{
    self, NeoxTextError, decoded, edition, edition_name, guard, items, text, to_exception, utf8,
};
use crate::encoding::{Asked, PyEncoding, Source};
use crate::files;
use crate::names::Names;
use crate::pystr;
use crate::rows::{detached, input_len, read, rows, strings, surrogate};
use crate::stream::PyDecodeStream;
use neox_text::Error;
use neox_text::bpe::{
    AddedToken, FromFiles, Id, Input, Normalizer, Special, Tokenizer, Truncation,
};
use neox_text::encoding::{Direction, Strategy};
use neox_text::text::Text;
use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A byte-level BPE tokenizer, as GPT-NeoX, Pythia, GPT-J and GPT-2 use; its ids, offsets and masks
/// are those of `tokenizers` 0.23.3. Read one with `default()`, `from_file`, `from_pretrained` and
/// their kin, or train one with `train_bpe`; `tok(...)` is the call of `transformers` 5.23.
///
/// Frozen: options are arguments of a call, and one object may be used by many threads, copied,
/// pickled, compared and hashed.
#[pyclass(frozen, module = "neox_text", name = "Tokenizer")]
pub struct PyTokenizer {
    tok: Arc<Tokenizer>,
    names: Names,
}

fn side(name: &str) -> PyResult<bool> {
    match name {
        "left" => Ok(true),
        "right" => Ok(false),
        _ => Err(NeoxTextError::new_err(format!("{name:?} is no side: \"left\" or \"right\""))),
    }
}

/// One input of `encode`: a text, or words.
fn source(value: &Bound<'_, PyAny>, words: bool, what: &str) -> PyResult<Source> {
    if !words {
        text(value, what)?;
        return Ok(Source::Text(value.cast::<PyString>()?.clone().unbind()));
    }
    let mut found = Vec::new();
    for word in items(value, "with is_split_into_words, a text must be a list of str")? {
        text(&word, "a word")?;
        found.push(word.cast_into::<PyString>()?.unbind());
    }
    Ok(Source::Words(found))
}

impl PyTokenizer {
    pub fn new(tok: Tokenizer, names: Names) -> Self {
        Self { tok: Arc::new(tok), names }
    }

    fn ids<I: Id>(&self, py: Python<'_>, text: &str, special: &Special) -> PyResult<Vec<I>> {
        self.ids_of(py, Text::Utf8(text), special)
    }

    /// The ids of a Python string, read where it lies.
    fn string_ids<I: Id>(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        special: &Special,
    ) -> PyResult<Vec<I>> {
        convert::text(text, "text")?;
        let string = text.cast::<PyString>()?;
        self.ids_of(py, pystr::view(string)?, special)
            .map_err(|error| surrogate(std::slice::from_ref(string), error))
    }

    fn ids_of<I: Id>(&self, py: Python<'_>, text: Text, special: &Special) -> PyResult<Vec<I>> {
        guard(py, || {
            detached(py, text.len(), || {
                self.tok.with_scratch(|scratch| {
                    let mut ids = Vec::with_capacity(text.len() / 6 + 8);
                    read(text, scratch, |text, scratch| {
                        self.tok.encode_ids(text, special, scratch, &mut ids)
                    })
                    .map(|()| ids)
                })
            })
        })
    }

    /// The ids of a string or of bytes.
    fn any_ids<I: Id>(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        special: &Special,
        errors: &str,
    ) -> PyResult<Vec<I>> {
        if text.is_instance_of::<PyString>() {
            return self.string_ids(py, text, special);
        }
        let bytes = convert::bytes(text)?;
        self.ids(py, &utf8(py, bytes.as_bytes(), errors)?, special)
    }

    fn asked(&self, py: Python<'_>, asked: Asked) -> PyResult<PyEncoding> {
        let ids = asked.first.with(py, |first| match &asked.pair {
            None => self.input_ids(py, first, None, &asked),
            Some(pair) => pair.with(py, |pair| self.input_ids(py, first, Some(pair), &asked))?,
        })??;
        Ok(PyEncoding::lazy(self.tok.clone(), ids, asked))
    }

    fn input_ids(
        &self,
        py: Python<'_>,
        first: Input,
        pair: Option<Input>,
        asked: &Asked,
    ) -> PyResult<Vec<u32>> {
        let (add, special) = (asked.add_special_tokens, &asked.special);
        guard(py, || {
            let size = input_len(&first) + pair.as_ref().map_or(0, input_len);
            detached(py, size, || {
                self.tok.with_scratch(|scratch| {
                    let mut ids = Vec::new();
                    self.tok.encode_input(first, pair, add, special, scratch, &mut ids)?;
                    Ok(ids)
                })
            })
        })
    }

    fn token_id(&self, token: Option<&String>) -> Option<u32> {
        token.and_then(|token| self.tok.token_to_id(token))
    }

    /// A batch of texts that are words.
    fn encode_words(
        &self,
        py: Python<'_>,
        texts: &[Bound<'_, PyAny>],
        add_special_tokens: bool,
        special: Special,
        threads: Option<usize>,
    ) -> PyResult<PyBatch> {
        let (tok, mut sources, mut words) = (&*self.tok, Vec::new(), Vec::new());
        for text in texts {
            sources.push(source(text, true, "")?);
        }
        for source in &sources {
            if let Source::Words(found) = source {
                let found = found.iter().map(|word| word.bind(py).to_str());
                words.push(found.collect::<PyResult<Vec<&str>>>()?);
            }
        }
        let size = |words: &Vec<&str>| words.iter().map(|word| word.len()).sum();
        let add = add_special_tokens;
        let rows = rows(py, tok, &words, threads, size, |words, scratch, out| {
            tok.encode_input(Input::Words(words), None, add, &special, scratch, out)
        })?;
        let (flat, tok) = (Flat::of(tok, rows.flat), self.tok.clone());
        Ok(PyBatch::new(tok, flat, rows.offsets, sources, add_special_tokens, special))
    }

    /// Names as given, else as a `tokenizer_config.json` beside the file has them.
    fn named(
        cls: &Bound<'_, PyType>,
        tok: Tokenizer,
        names: [Option<String>; 4],
        file: Option<&Path>,
    ) -> PyResult<Py<Self>> {
        let py = cls.py();
        let [bos_token, eos_token, unk_token, pad_token] = names;
        for (what, name) in [
            ("bos_token", &bos_token),
            ("eos_token", &eos_token),
            ("unk_token", &unk_token),
            ("pad_token", &pad_token),
        ] {
            if let Some(name) = name.as_ref().filter(|name| tok.token_to_id(name).is_none()) {
                return Err(NeoxTextError::new_err(format!(
                    "{what}={name:?} is not in the vocabulary; add it with with_added_tokens"
                )));
            }
        }
        let names = Names { bos_token, eos_token, unk_token, pad_token, ..Names::default() };
        let made = Py::new(py, Self::new(tok, names))?;
        let config = file.map(|file| file.with_file_name("tokenizer_config.json"));
        let Some(config) = config.filter(|config| config.is_file()) else { return Ok(made) };
        let hub = py.import("neox_text._hub")?;
        let made = hub.call_method1("with_names_beside", (made, config))?;
        Ok(made.cast_into::<Self>()?.unbind())
    }
}

#[pymethods]
impl PyTokenizer {
    // Reading and writing

    /// Read a `tokenizer.json`.
    ///
    /// `nfc` names the tables of NFC: `"unicode9"` (those of `tokenizers` 0.23.3) or `"unicode17"`.
    /// Tokens are named as given, else as in a `tokenizer_config.json` beside the file.
    #[classmethod]
    #[pyo3(signature = (path, *, nfc="unicode9", bos_token=None, eos_token=None, unk_token=None,
                        pad_token=None))]
    fn from_file(
        cls: &Bound<'_, PyType>,
        path: PathBuf,
        nfc: &str,
        bos_token: Option<String>,
        eos_token: Option<String>,
        unk_token: Option<String>,
        pad_token: Option<String>,
    ) -> PyResult<Py<Self>> {
        let edition = edition(nfc)?;
        let tok = guard(cls.py(), || {
            let bytes = files::read(&path)?;
            Tokenizer::from_bytes(&bytes, edition).map_err(|error| error.with_path(&path))
        })?;
        Self::named(cls, tok, [bos_token, eos_token, unk_token, pad_token], Some(&path))
    }

    /// Read the text of a `tokenizer.json`; see `from_file`.
    #[classmethod]
    #[pyo3(signature = (json, *, nfc="unicode9", bos_token=None, eos_token=None, unk_token=None,
                        pad_token=None))]
    fn from_str(
        cls: &Bound<'_, PyType>,
        json: &str,
        nfc: &str,
        bos_token: Option<String>,
        eos_token: Option<String>,
        unk_token: Option<String>,
        pad_token: Option<String>,
    ) -> PyResult<Py<Self>> {
        let edition = edition(nfc)?;
        let tok = guard(cls.py(), || Tokenizer::from_json(json, edition))?;
        Self::named(cls, tok, [bos_token, eos_token, unk_token, pad_token], None)
    }

    /// Read the bytes of a `tokenizer.json`; see `from_file`.
    #[classmethod]
    #[pyo3(signature = (buffer, *, nfc="unicode9", bos_token=None, eos_token=None, unk_token=None,
                        pad_token=None))]
    fn from_buffer(
        cls: &Bound<'_, PyType>,
        buffer: &Bound<'_, PyAny>,
        nfc: &str,
        bos_token: Option<String>,
        eos_token: Option<String>,
        unk_token: Option<String>,
        pad_token: Option<String>,
    ) -> PyResult<Py<Self>> {
        let edition = edition(nfc)?;
        let bytes = convert::bytes(buffer)?;
        let tok = guard(cls.py(), || Tokenizer::from_bytes(bytes.as_bytes(), edition))?;
        Self::named(cls, tok, [bos_token, eos_token, unk_token, pad_token], None)
    }

    /// Read a `vocab.json` and a `merges.txt`, with the options of `GPTNeoXTokenizerFast`.
    /// `normalizer` is `"nfc"` as for GPT-NeoX, or None as for GPT-2.
    #[classmethod]
    #[pyo3(signature = (vocab_file, merges_file, *, normalizer=Some("nfc"), nfc="unicode9",
                        unk_token=None, bos_token=None, eos_token=None, pad_token=None,
                        add_prefix_space=false, trim_offsets=true))]
    #[pyo3(text_signature = "($cls, vocab_file, merges_file, *, normalizer='nfc', \
                             nfc='unicode9', unk_token=None, bos_token=None, eos_token=None, \
                             pad_token=None, add_prefix_space=False, trim_offsets=True)")]
    fn from_files(
        cls: &Bound<'_, PyType>,
        vocab_file: PathBuf,
        merges_file: PathBuf,
        normalizer: Option<&str>,
        nfc: &str,
        unk_token: Option<String>,
        bos_token: Option<String>,
        eos_token: Option<String>,
        pad_token: Option<String>,
        add_prefix_space: bool,
        trim_offsets: bool,
    ) -> PyResult<Py<Self>> {
        let edition = edition(nfc)?;
        let normalizer = match normalizer {
            None => Normalizer::None,
            Some("nfc") => Normalizer::Nfc(edition),
            Some(other) => {
                let message =
                    format!("normalizer={other:?} is unknown: it must be \"nfc\" or None");
                return Err(NeoxTextError::new_err(message));
            }
        };
        let names = [bos_token, eos_token, unk_token, pad_token];
        let options = FromFiles {
            normalizer,
            special_tokens: names.iter().flatten().cloned().collect(),
            add_prefix_space,
            trim_offsets,
        };
        let tok = guard(cls.py(), || {
            let text = |path: &Path| {
                let bytes = files::read(path)?;
                String::from_utf8(bytes)
                    .map_err(|error| Error::utf8(error.utf8_error().valid_up_to()).with_path(path))
            };
            let (vocab, merges) = (text(&vocab_file)?, text(&merges_file)?);
            Tokenizer::from_vocab_and_merges(&vocab, &merges, &options).map_err(|error| {
                let of_merges = error.place().is_some_and(|place| {
                    place.starts_with("line ") && !place.contains("column")
                        || place.contains("merges")
                });
                error.with_path(if of_merges { &merges_file } else { &vocab_file })
            })
        })?;
        Self::named(cls, tok, names, None)
    }

    /// Read the tokenizer of a directory, or of a repository on the Hugging Face hub, with the
    /// configuration beside it.
    #[classmethod]
    #[pyo3(signature = (dir_or_repo, revision=None, *, nfc="unicode9"))]
    fn from_pretrained<'py>(
        cls: &Bound<'py, PyType>,
        dir_or_repo: &Bound<'py, PyAny>,
        revision: Option<&str>,
        nfc: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        let kwargs = PyDict::new(py);
        kwargs.set_item("revision", revision)?;
        kwargs.set_item("nfc", nfc)?;
        let hub = py.import("neox_text._hub")?;
        hub.call_method("from_pretrained", (cls, dir_or_repo), Some(&kwargs))
    }

    /// Give the tokenizer that is shipped: 32k entries, NFC, runs of spaces, read once.
    #[classmethod]
    fn default<'py>(cls: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("neox_text._default")?.call_method1("tokenizer", (cls,))
    }

    /// Read a file that `compile` wrote: quicker than `tokenizer.json`, and all is kept.
    #[classmethod]
    fn from_cache(cls: &Bound<'_, PyType>, path: PathBuf) -> PyResult<Py<Self>> {
        let (tok, names) = guard(cls.py(), || {
            let bytes = files::read(&path)?;
            let loaded = Tokenizer::from_compiled(&bytes);
            loaded.map_err(|error| error.with_path(&path))
        })?;
        let names = Names::unpack(&names).ok_or_else(|| {
            let error = Error::format("names", "not a compiled tokenizer: compile it again");
            to_exception(cls.py(), &error.with_path(&path))
        })?;
        Py::new(cls.py(), Self::new(tok, names))
    }

    /// Write a file for `from_cache`. It is checked by SHA-256 when it is read.
    fn compile(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        guard(py, || {
            let bytes = self.tok.compile(&self.names.pack());
            files::write(&path, &bytes)
        })
    }

    /// Write a `tokenizer.json`, which `tokenizers` reads too, with the same ids.
    #[pyo3(signature = (path, pretty=true))]
    fn save(&self, py: Python<'_>, path: PathBuf, pretty: bool) -> PyResult<()> {
        guard(py, || files::write(&path, self.tok.to_json(pretty)?.as_bytes()))
    }

    /// Write `tokenizer.json` and `tokenizer_config.json`, which `transformers` reads too.
    fn save_pretrained(slf: &Bound<'_, Self>, directory: &Bound<'_, PyAny>) -> PyResult<()> {
        let hub = slf.py().import("neox_text._hub")?;
        hub.call_method1("save_pretrained", (slf, directory)).map(drop)
    }

    /// Give the text of a `tokenizer.json`; see `save`.
    #[pyo3(signature = (pretty=false))]
    fn to_str(&self, py: Python<'_>, pretty: bool) -> PyResult<String> {
        guard(py, || self.tok.to_json(pretty))
    }

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
        let special = convert::special(&self.tok, special)?;
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
        threads: Option<usize>,
    ) -> PyResult<PyBatch> {
        let special = convert::special(&self.tok, special)?;
        if threads == Some(0) {
            return Err(NeoxTextError::new_err(
                "threads must be at least 1, or None for all cores",
            ));
        }
        let texts = items(texts, "texts must be a list of str")?;
        if is_split_into_words {
            return self.encode_words(py, &texts, add_special_tokens, special, threads);
        }
        let strings = strings(texts, "texts")?;
        let texts: Vec<Text> = strings.iter().map(pystr::view).collect::<PyResult<_>>()?;
        let tok = &*self.tok;
        // Ids of a template may be few and wide; texts alone may be narrow.
        let encoded = if tok.is_narrow() && tok.adds_nothing(add_special_tokens) {
            rows(py, tok, &texts, threads, Text::len, |text, scratch, out| {
                read(*text, scratch, |text, scratch| tok.encode_ids(text, &special, scratch, out))
            })
            .map(|rows| (Flat::Narrow(rows.flat), rows.offsets))
        } else {
            rows(py, tok, &texts, threads, Text::len, |text, scratch, out| {
                read(*text, scratch, |text, scratch| {
                    let (input, add) = (Input::Text(text), add_special_tokens);
                    tok.encode_input(input, None, add, &special, scratch, out)
                })
            })
            .map(|rows| (Flat::of(tok, rows.flat), rows.offsets))
        };
        let (flat, row_offsets) = encoded.map_err(|error| surrogate(&strings, error))?;
        let sources = strings.into_iter().map(|string| Source::Text(string.unbind())).collect();
        let tok = self.tok.clone();
        Ok(PyBatch::new(tok, flat, row_offsets, sources, add_special_tokens, special))
    }

    /// Give the ids of a text in which special tokens are text; the template adds none.
    fn encode_ordinary<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.string_ids::<u32>(py, text, &Special::Text)?)
    }

    /// Give the ids of a text as an array of shape (tokens,), uint16 where every id of the
    /// tokenizer fits, else uint32; the template adds none.
    #[pyo3(signature = (text, *, special=None, errors="strict"))]
    #[pyo3(text_signature = "($self, text, *, special='parse', errors='strict')")]
    fn encode_to_numpy<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        special: Option<&Bound<'py, PyAny>>,
        errors: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let special = convert::special(&self.tok, special)?;
        if self.tok.is_narrow() {
            Ok(self.any_ids::<u16>(py, text, &special, errors)?.into_pyarray(py).into_any())
        } else {
            Ok(self.any_ids::<u32>(py, text, &special, errors)?.into_pyarray(py).into_any())
        }
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

    /// Count the ids of a text, or of each text of a list; the template adds none.
    fn count<'py>(&self, py: Python<'py>, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if text.is_instance_of::<PyString>() {
            let ids = self.string_ids::<u32>(py, text, &Special::Parse)?;
            return Ok(ids.len().into_pyobject(py)?.into_any());
        }
        let strings = strings(items(text, "text must be a str or a list of str")?, "text")?;
        let texts: Vec<Text> = strings.iter().map(pystr::view).collect::<PyResult<_>>()?;
        let counts = rows(py, &self.tok, &texts, None, Text::len, |text, scratch, out| {
            let mut ids = Vec::<u32>::with_capacity(text.len() / 4 + 8);
            read(*text, scratch, |text, scratch| {
                self.tok.encode_ids(text, &Special::Parse, scratch, &mut ids)
            })?;
            out.push(ids.len());
            Ok(())
        });
        let counts = counts.map_err(|error| surrogate(&strings, error))?;
        Ok(PyList::new(py, counts.flat)?.into_any())
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
        let special = convert::special(&self.tok, special)?;
        let Some((max_length, strategy, stride, from, overflow)) = truncation else {
            return self.asked(py, Asked { first, pair, add_special_tokens, special });
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
        let direction = if side(&from)? { Direction::Left } else { Direction::Right };
        let cut = Some(Truncation { max_length, strategy, stride, direction, overflow });
        let details = first.with(py, |first| {
            let run = |pair: Option<Input>| {
                guard(py, || {
                    let size = input_len(&first) + pair.as_ref().map_or(0, input_len);
                    detached(py, size, || {
                        self.tok.encode_details(first, pair, add_special_tokens, &special, cut)
                    })
                })
            };
            match &pair {
                None => run(None),
                Some(pair) => pair.with(py, |pair| run(Some(pair)))?,
            }
        })??;
        Ok(PyEncoding::whole(self.tok.clone(), details))
    }

    fn _num_added_tokens(&self, is_pair: bool) -> usize {
        self.tok.num_added_tokens(is_pair)
    }

    // Decoding

    /// Give the text of ids: their bytes joined and read as UTF-8. `errors` is `"replace"`,
    /// `"strict"` or `"ignore"`.
    #[pyo3(signature = (ids, *, skip_special_tokens=false, errors="replace"))]
    fn decode(
        &self,
        py: Python<'_>,
        ids: &Bound<'_, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
    ) -> PyResult<Py<PyString>> {
        let ids = convert::ids(&self.tok, ids)?;
        decoded(py, &self.bytes(py, &ids, skip_special_tokens)?, errors)
    }

    /// Give the texts of many rows of ids, or of a Batch; see `decode`.
    #[pyo3(signature = (ids, *, skip_special_tokens=false, errors="replace"))]
    fn decode_batch<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        let texts = PyList::empty(py);
        let decode = |ids: &[u32]| {
            texts.append(decoded(py, &self.bytes(py, ids, skip_special_tokens)?, errors)?)
        };
        if let Ok(batch) = ids.cast::<PyBatch>() {
            batch.get().rows().try_for_each(|row| decode(&row))?;
            return Ok(texts);
        }
        for row in ids.try_iter()? {
            decode(&convert::ids(&self.tok, &row?)?)?;
        }
        Ok(texts)
    }

    /// Do what `decode_batch` does; this is the name that `transformers` has for it.
    #[pyo3(signature = (ids, *, skip_special_tokens=false, errors="replace"))]
    fn batch_decode<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        self.decode_batch(py, ids, skip_special_tokens, errors)
    }

    /// Give the bytes of ids, which lose nothing where they are no UTF-8.
    fn decode_bytes<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let ids = convert::ids(&self.tok, ids)?;
        Ok(PyBytes::new(py, &self.bytes(py, &ids, false)?))
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

    /// The number of merges.
    #[getter]
    fn num_merges(&self) -> usize {
        self.tok.merges_len()
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

    /// Give a new tokenizer that has these added tokens too; this one stays as it is.
    fn with_added_tokens(&self, py: Python<'_>, tokens: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut added = Vec::new();
        for token in items(tokens, "tokens must be a list of str or AddedToken")? {
            added.push(match token.cast::<PyAddedToken>() {
                Ok(token) => token.get().0.clone(),
                Err(_) => AddedToken::new(text(&token, "an added token")?, false),
            });
        }
        let tok = guard(py, || self.tok.with_added_tokens(&added))?;
        Ok(Self::new(tok, self.names.clone()))
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
        if self.names.pads_left { "left" } else { "right" }
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

    /// The tables of NFC, None where texts are not normalized.
    #[getter]
    fn nfc(&self) -> Option<&'static str> {
        self.tok.edition().map(edition_name)
    }

    /// SHA-256, 64 hexadecimal digits, of all that decides ids.
    #[getter]
    fn fingerprint(&self) -> &str {
        self.tok.fingerprint()
    }

    /// The same tokenizer with other names and settings.
    #[pyo3(signature = (*, bos_token=None, eos_token=None, unk_token=None, pad_token=None,
                        padding_side="right", truncation_side="right", model_max_length=None))]
    fn _with_settings(
        &self,
        bos_token: Option<String>,
        eos_token: Option<String>,
        unk_token: Option<String>,
        pad_token: Option<String>,
        padding_side: &str,
        truncation_side: &str,
        model_max_length: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let names = Names {
            bos_token,
            eos_token,
            unk_token,
            pad_token,
            pads_left: side(padding_side)?,
            truncates_left: side(truncation_side)?,
            model_max_length: model_max_length.and_then(|length| length.extract().ok()),
        };
        Ok(Self { tok: self.tok.clone(), names })
    }

    // As an object

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            self.names == other.names && *self.tok == *other.tok
        })
    }

    fn __hash__(&self) -> u64 {
        u64::from_str_radix(&self.tok.fingerprint()[..16], 16).unwrap_or(0)
    }

    fn __repr__(&self) -> String {
        let nfc = self
            .tok
            .edition()
            .map_or("None".to_owned(), |edition| format!("'{}'", edition_name(edition)));
        let added = self.tok.added_tokens().count();
        let size = self.tok.vocab_size(true);
        format!("Tokenizer(kind='bpe', vocab_size={size}, added_tokens={added}, nfc={nfc})")
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let this = slf.get();
        let restore = py.import("neox_text._core")?.getattr("_restore")?;
        let compiled = guard(py, || Ok(this.tok.compile(&this.names.pack())))?;
        let state = (PyBytes::new(py, &compiled),);
        Ok((restore, state).into_pyobject(py)?.into_any())
    }
}

impl PyTokenizer {
    fn bytes(&self, py: Python<'_>, ids: &[u32], skip_special: bool) -> PyResult<Vec<u8>> {
        guard(py, || {
            detached(py, ids.len(), || {
                let mut bytes = Vec::with_capacity(ids.len() * 5);
                self.tok.decode_bytes(ids, skip_special, &mut bytes)?;
                Ok(bytes)
            })
        })
    }
}

/// What `pickle` calls.
#[pyfunction]
#[pyo3(name = "_restore")]
pub fn restore(py: Python<'_>, compiled: &[u8]) -> PyResult<PyTokenizer> {
    let (tok, names) = guard(py, || Tokenizer::from_compiled(compiled))?;
    let names = Names::unpack(&names)
        .ok_or_else(|| NeoxTextError::new_err("this pickle is not of a tokenizer"))?;
    Ok(PyTokenizer::new(tok, names))
}
