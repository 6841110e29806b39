//! `JapaneseTokenizer`, and what of the Japanese wing needs no tokenizer.

#![allow(clippy::needless_pass_by_value)] // as Python calls it

use crate::added::added_tokens;
use crate::base::BaseTokenizer;
use crate::convert::{self, guard, is_left};
use crate::explain::PyRewrite;
use crate::files;
use crate::names::Names;
use crate::options;
use neox_text::japanese::heterographs::{LAYERS, Layer};
use neox_text::japanese::{Files, Options, Tokenizer, clean, emoji, heterographs, sentences};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Japanese tokenizer, `BPEEncoder` V2, as GPT-NeoX-Japanese uses; its ids are those of
/// `GPTNeoXJapaneseTokenizer` of `transformers` 5.23 (`profile="hf"`), those of the original
/// (`"original"`), or with every flaw of both mended (`"modern"`). Read one with `default()`,
/// `from_files`, `from_pretrained` and their kin, or train one with `train_japanese`; `tok(...)` is
/// the call of `transformers`.
///
/// Frozen: options are arguments of a call, and one object may be used by many threads, copied,
/// pickled, compared and hashed.
#[pyclass(frozen, extends = BaseTokenizer, module = "neox_text", name = "JapaneseTokenizer")]
pub struct PyJapaneseTokenizer {
    tok: Arc<Tokenizer>,
}

impl PyJapaneseTokenizer {
    /// Sides and length are those of `settings`; names are options.
    pub fn make(py: Python<'_>, tok: Tokenizer, settings: &Names) -> PyResult<Py<Self>> {
        Self::with_settings(py, Arc::new(tok), settings)
    }

    fn with_settings(py: Python<'_>, tok: Arc<Tokenizer>, settings: &Names) -> PyResult<Py<Self>> {
        let Options { bos_token, eos_token, unk_token, pad_token, .. } = tok.options().clone();
        let names = Names { bos_token, eos_token, unk_token, pad_token, ..settings.clone() };
        Py::new(py, (Self { tok: tok.clone() }, BaseTokenizer::new(tok, names)))
    }
}

#[pymethods]
impl PyJapaneseTokenizer {
    // Reading and writing

    /// Read a `vocab.txt` and an `emoji.json`.
    ///
    /// `profile` is `"hf"`, `"original"` or `"modern"`. The options from `price` to `heterographs`
    /// are the profile's own where they are None. Unknown options are a `TypeError`, unknown values a
    /// `ValueError` that names the choices.
    #[classmethod]
    #[pyo3(signature = (vocab_file, emoji_file, **options))]
    #[pyo3(text_signature = "($cls, vocab_file, emoji_file, *, profile='hf', \
                             do_clean_text=False, price=None, comma=None, lossless=None, \
                             strip=None, distinct_ids=None, emoji=None, match=None, \
                             cleaning=None, compose=None, ivs=None, heterographs=None, \
                             dropout=0.0, seed=0, unk_token='<|endoftext|>', \
                             pad_token='<|endoftext|>', bos_token='<|startoftext|>', \
                             eos_token='<|endoftext|>')")]
    fn from_files(
        cls: &Bound<'_, PyType>,
        vocab_file: PathBuf,
        emoji_file: PathBuf,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<Self>> {
        let (py, options) = (cls.py(), options::read(None, options)?);
        let tok = guard(py, || {
            py.detach(|| {
                let (vocab, emoji) = (files::read(&vocab_file)?, files::read(&emoji_file)?);
                let files = Files::new(vocab, emoji, Some((&vocab_file, &emoji_file)))?;
                Tokenizer::new(Arc::new(files), options)
            })
        })?;
        Self::make(py, tok, &Names::default())
    }

    /// Read the tokenizer of a directory, or of a repository on the Hugging Face hub: `vocab.txt`,
    /// `emoji.json` and the configuration beside them.
    #[classmethod]
    #[pyo3(signature = (dir_or_repo, revision=None))]
    fn from_pretrained<'py>(
        cls: &Bound<'py, PyType>,
        dir_or_repo: &Bound<'py, PyAny>,
        revision: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let hub = cls.py().import("neox_text._hub_japanese")?;
        hub.call_method1("from_pretrained", (cls, dir_or_repo, revision))
    }

    /// Give the tokenizer that is shipped: 32,000 ids, the profile `"modern"`, read once.
    #[classmethod]
    fn default<'py>(cls: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("neox_text._default")?.call_method1("japanese_tokenizer", (cls,))
    }

    /// Read a file that `save` wrote.
    #[classmethod]
    fn from_file<'py>(
        cls: &Bound<'py, PyType>,
        path: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let hub = cls.py().import("neox_text._hub_japanese")?;
        hub.call_method1("from_file", (cls, path))
    }

    /// Write one file for `from_file` with all that the tokenizer is.
    fn save(slf: &Bound<'_, Self>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let hub = slf.py().import("neox_text._hub_japanese")?;
        hub.call_method1("save", (slf, path)).map(drop)
    }

    /// Write `vocab.txt` and `emoji.json`, byte for byte as they were read, and
    /// `tokenizer_config.json`; `transformers` reads the directory too.
    fn save_pretrained(slf: &Bound<'_, Self>, directory: &Bound<'_, PyAny>) -> PyResult<()> {
        let hub = slf.py().import("neox_text._hub_japanese")?;
        hub.call_method1("save_pretrained", (slf, directory)).map(drop)
    }

    // Options

    /// `"hf"`, `"original"` or `"modern"`.
    #[getter]
    fn profile(&self) -> &'static str {
        options::profile_name(self.tok.options().profile)
    }

    /// All options by name, as `from_files` and `with_options` take them: a new dict.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        options::show(py, self.tok.options())
    }

    /// Give a new tokenizer with other options; those that are not given stay as they are. With
    /// `profile=`, the options from `price` to `heterographs` become that profile's own.
    #[pyo3(signature = (**options))]
    #[pyo3(text_signature = "($self, *, profile=None, do_clean_text=None, price=None, \
                             comma=None, lossless=None, strip=None, distinct_ids=None, \
                             emoji=None, match=None, cleaning=None, compose=None, ivs=None, \
                             heterographs=None, dropout=None, seed=None, unk_token=..., \
                             pad_token=..., bos_token=..., eos_token=...)")]
    fn with_options(
        slf: &Bound<'_, Self>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<Self>> {
        let (py, tok) = (slf.py(), &slf.get().tok);
        let options = options::read(Some(tok.options()), options)?;
        let tok = guard(py, || py.detach(|| tok.with_options(options)))?;
        Self::make(py, tok, &slf.as_super().get().names())
    }

    /// Give a new tokenizer that has these added tokens too; this one stays as it is. A token whose
    /// id would be another's is a `ValueError`, which `distinct_ids=True` mends.
    fn with_added_tokens(slf: &Bound<'_, Self>, tokens: &Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        let (py, tok, added) = (slf.py(), &slf.get().tok, added_tokens(tokens)?);
        let tok = guard(py, || py.detach(|| tok.with_added_tokens(&added)))?;
        Self::make(py, tok, &slf.as_super().get().names())
    }

    /// Give what becomes of a text on its way to tokens, in order: with these rewrites in place it
    /// is the canonical surfaces of its ids, joined.
    fn explain(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<Vec<PyRewrite>> {
        let text = convert::text(text, "text")?;
        let rewrites = guard(py, || py.detach(|| self.tok.explain(text)))?;
        Ok(rewrites.into_iter().map(PyRewrite::from).collect())
    }

    /// The bytes of `vocab.txt` and of `emoji.json`.
    fn _files<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, Bound<'py, PyBytes>) {
        let files = self.tok.files();
        (PyBytes::new(py, files.vocab_bytes()), PyBytes::new(py, files.emoji_bytes()))
    }

    /// The same tokenizer with other settings.
    #[pyo3(signature = (*, padding_side="right", truncation_side="right", model_max_length=None))]
    fn _with_settings(
        &self,
        py: Python<'_>,
        padding_side: &str,
        truncation_side: &str,
        model_max_length: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<Self>> {
        let settings = Names {
            pads_left: is_left(padding_side)?,
            truncates_left: is_left(truncation_side)?,
            model_max_length: model_max_length.and_then(|length| length.extract().ok()),
            ..Names::default()
        };
        Self::with_settings(py, self.tok.clone(), &settings)
    }

    // As an object

    fn __repr__(&self) -> String {
        let (profile, size) = (self.profile(), self.tok.vocab_size(true));
        let cleans = if self.tok.options().clean { "True" } else { "False" };
        let added = self.tok.added_tokens().count();
        format!(
            "JapaneseTokenizer(profile='{profile}', vocab_size={size}, added_tokens={added}, \
             do_clean_text={cleans})"
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let hub = slf.py().import("neox_text._hub_japanese")?;
        hub.call_method1("reduce", (slf,))
    }
}

/// A tokenizer of the bytes of both files.
#[pyfunction]
#[pyo3(name = "_japanese_of_files")]
pub fn of_files(
    py: Python<'_>,
    vocab: &[u8],
    emoji: &[u8],
    options: &Bound<'_, PyDict>,
) -> PyResult<Py<PyJapaneseTokenizer>> {
    let options = options::read(None, Some(options))?;
    let tok = guard(py, || {
        py.detach(|| {
            let paths = (Path::new("vocab"), Path::new("emoji"));
            let files = Files::new(vocab.to_vec(), emoji.to_vec(), Some(paths))?;
            Tokenizer::new(Arc::new(files), options)
        })
    })?;
    PyJapaneseTokenizer::make(py, tok, &Names::default())
}

/// Clean a text: web and e-mail addresses, telephone numbers, dates, prices and box drawing become
/// tags. `profile` is as for `JapaneseTokenizer`.
#[pyfunction]
#[pyo3(signature = (text, *, profile="hf"))]
pub fn japanese_clean_text(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
    profile: &str,
) -> PyResult<String> {
    let rules = Options::of(options::profile_named(profile)?).rules();
    let text = convert::text(text, "text")?;
    guard(py, || py.detach(|| clean::clean_text(text, rules)))
}

/// The layers of heterographs that a list names.
pub fn named_layers(names: &Bound<'_, PyAny>) -> PyResult<Vec<Layer>> {
    let layer = |name: Bound<'_, PyAny>| {
        let name = convert::text(&name, "a layer")?;
        guard(names.py(), || Layer::named(name))
    };
    let names = convert::items(names, "layers must be a list of names of layers")?;
    names.into_iter().map(layer).collect()
}

/// Write a text as the layers of heterographs write it; None means all layers.
#[pyfunction]
#[pyo3(signature = (text, *, layers=None))]
pub fn japanese_normalize(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    let chosen = layers.map_or(Ok(LAYERS.to_vec()), named_layers)?;
    let text = convert::text(text, "text")?;
    guard(py, || Ok(py.detach(|| heterographs::normalize(text, &chosen))))
}

/// The emoji and kaomoji of a text: start and end in characters, and class (1 to 12).
#[pyfunction]
pub fn japanese_emoji_classes(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
) -> PyResult<Vec<(usize, usize, u8)>> {
    let text = convert::text(text, "text")?;
    guard(py, || Ok(py.detach(|| emoji::emoji_classes(text))))
}

/// The sentences of a text; joined they give the text.
#[pyfunction]
pub fn japanese_split_sentences<'py>(
    py: Python<'py>,
    text: &'py Bound<'py, PyAny>,
) -> PyResult<Vec<&'py str>> {
    let text = convert::text(text, "text")?;
    guard(py, || Ok(py.detach(|| sentences::split_sentences(text))))
}
