//! The door: convert, release the GIL, call the library, convert.

mod added;
mod batch;
mod convert;
mod encoding;
mod files;
mod names;
mod pystr;
mod rows;
mod stream;
mod tokenizer;
mod train;

use pyo3::prelude::*;

/// The compiled part of `neox_text`, which has all of its names.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::added::PyAddedToken;
    #[pymodule_export]
    use super::batch::PyBatch;
    #[pymodule_export]
    use super::convert::{InternalError, NeoxTextError};
    #[pymodule_export]
    use super::encoding::PyEncoding;
    #[pymodule_export]
    use super::stream::PyDecodeStream;
    #[pymodule_export]
    use super::tokenizer::{PyTokenizer, restore};
    #[pymodule_export]
    use super::train::train_bpe;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let error = module.getattr("NeoxTextError")?;
        error.setattr("path", module.py().None())?;
        error.setattr("where", module.py().None())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
