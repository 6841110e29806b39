//! The door: convert, release the GIL, call the library, convert.

mod added;
mod base;
mod batch;
mod convert;
mod encoding;
mod explain;
mod files;
mod ids;
mod japanese;
mod names;
mod options;
mod pystr;
mod rows;
mod stream;
mod tokenizer;
mod train;
mod train_bpe;
mod train_japanese;
mod wing;

use pyo3::prelude::*;

/// The compiled part of `neox_text`, which has all of its names.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::added::PyAddedToken;
    #[pymodule_export]
    use super::base::BaseTokenizer;
    #[pymodule_export]
    use super::batch::PyBatch;
    #[pymodule_export]
    use super::convert::{InternalError, NeoxTextError};
    #[pymodule_export]
    use super::encoding::PyEncoding;
    #[pymodule_export]
    use super::explain::PyRewrite;
    #[pymodule_export]
    use super::japanese::{
        PyJapaneseTokenizer, japanese_clean_text, japanese_emoji_classes, japanese_normalize,
        japanese_split_sentences, of_files,
    };
    #[pymodule_export]
    use super::stream::PyDecodeStream;
    #[pymodule_export]
    use super::tokenizer::{PyTokenizer, restore};
    #[pymodule_export]
    use super::train_bpe::train_bpe;
    #[pymodule_export]
    use super::train_japanese::{PyTrainReport, train_japanese};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let error = module.getattr("NeoxTextError")?;
        error.setattr("path", module.py().None())?;
        error.setattr("where", module.py().None())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
