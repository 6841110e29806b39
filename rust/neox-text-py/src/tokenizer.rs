//! `Tokenizer`.

#![allow(clippy::needless_pass_by_value, clippy::too_many_arguments)] // as Python calls it

use crate::added::added_tokens;
use crate::base::BaseTokenizer;
use crate::convert::{self, NeoxTextError, edition, edition_name, guard, is_left, to_exception};
use crate::files;
use crate::names::Names;
use neox_text::Error;
use neox_text::bpe::{FromFiles, Normalizer, Tokenizer};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A byte-level BPE tokenizer, as GPT-NeoX, Pythia, GPT-J and GPT-2 use; its ids, offsets and masks
/// are those of `tokenizers` 0.23.3. Read one with `default()`, `from_file`, `from_pretrained` and
/// their kin, or train one with `train_bpe`; `tok(...)` is the call of `transformers` 5.23.
///
/// Frozen: options are arguments of a call, and one object may be used by many threads, copied,
/// pickled, compared and hashed.
#[pyclass(frozen, extends = BaseTokenizer, module = "neox_text", name = "Tokenizer")]
pub struct PyTokenizer {
    tok: Arc<Tokenizer>,
}

impl PyTokenizer {
    pub fn make(py: Python<'_>, tok: Tokenizer, names: Names) -> PyResult<Py<Self>> {
        Self::with_names(py, Arc::new(tok), names)
    }

    fn with_names(py: Python<'_>, tok: Arc<Tokenizer>, names: Names) -> PyResult<Py<Self>> {
        Py::new(py, (Self { tok: tok.clone() }, BaseTokenizer::new(tok, names)))
    }

    /// What `from_cache` and `pickle` read.
    fn compiled(slf: &Bound<'_, Self>) -> Vec<u8> {
        slf.get().tok.compile(&slf.as_super().get().names().pack())
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
        let made = Self::make(py, tok, names)?;
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
        Self::make(cls.py(), tok, names)
    }

    /// Write a file for `from_cache`. It is checked by SHA-256 when it is read.
    fn compile(slf: &Bound<'_, Self>, path: PathBuf) -> PyResult<()> {
        guard(slf.py(), || files::write(&path, &Self::compiled(slf)))
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

    // The vocabulary

    /// The number of merges.
    #[getter]
    fn num_merges(&self) -> usize {
        self.tok.merges_len()
    }

    /// Give a new tokenizer that has these added tokens too; this one stays as it is.
    fn with_added_tokens(slf: &Bound<'_, Self>, tokens: &Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        let added = added_tokens(tokens)?;
        let tok = guard(slf.py(), || slf.get().tok.with_added_tokens(&added))?;
        Self::make(slf.py(), tok, slf.as_super().get().names())
    }

    /// The tables of NFC, None where texts are not normalized.
    #[getter]
    fn nfc(&self) -> Option<&'static str> {
        self.tok.edition().map(edition_name)
    }

    /// The same tokenizer with other names and settings.
    #[pyo3(signature = (*, bos_token=None, eos_token=None, unk_token=None, pad_token=None,
                        padding_side="right", truncation_side="right", model_max_length=None))]
    fn _with_settings(
        &self,
        py: Python<'_>,
        bos_token: Option<String>,
        eos_token: Option<String>,
        unk_token: Option<String>,
        pad_token: Option<String>,
        padding_side: &str,
        truncation_side: &str,
        model_max_length: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<Self>> {
        let names = Names {
            bos_token,
            eos_token,
            unk_token,
            pad_token,
            pads_left: is_left(padding_side)?,
            truncates_left: is_left(truncation_side)?,
            model_max_length: model_max_length.and_then(|length| length.extract().ok()),
        };
        Self::with_names(py, self.tok.clone(), names)
    }

    // As an object

    fn __repr__(&self) -> String {
        let nfc = self
            .tok
            .edition()
            .map_or("None".to_owned(), |edition| format!("'{}'", edition_name(edition)));
        let added = self.tok.added_tokens().count();
        let size = self.tok.vocab_size(true);
        format!("Tokenizer(kind='bpe', vocab_size={size}, added_tokens={added}, nfc={nfc})")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let restore = py.import("neox_text._core")?.getattr("_restore")?;
        let compiled = guard(py, || Ok(Self::compiled(slf)))?;
        Ok((restore, (PyBytes::new(py, &compiled),)).into_pyobject(py)?.into_any())
    }
}

/// What `pickle` calls.
#[pyfunction]
#[pyo3(name = "_restore")]
pub fn restore(py: Python<'_>, compiled: &[u8]) -> PyResult<Py<PyTokenizer>> {
    let (tok, names) = guard(py, || Tokenizer::from_compiled(compiled))?;
    let names = Names::unpack(&names)
        .ok_or_else(|| NeoxTextError::new_err("this pickle is not of a tokenizer"))?;
    PyTokenizer::make(py, tok, names)
}
