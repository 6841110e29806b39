//! `Batch`: many encodings without a Python object a token.

use crate::convert::{NeoxTextError, guard, is_left};
use crate::encoding::{Asked, PyEncoding, Source};
use crate::ids::Ids;
use crate::wing::IdRows;
use neox_text::Error;
use neox_text::batch::{Rows, map_rows};
use neox_text::encode::{Encode, Input, Special};
use neox_text::spans::{Lengths, Stretch};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::sync::{Arc, OnceLock};

/// The encodings of many texts: all ids in one array, and where each row of it begins. `batch[i]`
/// is the Encoding of row i.
#[pyclass(frozen, module = "neox_text", name = "Batch")]
pub struct PyBatch {
    tok: Arc<dyn Encode>,
    flat: Ids,
    /// Made of `flat` when it is first asked for.
    array: OnceLock<Py<PyAny>>,
    row_offsets: Vec<i64>,
    /// What offsets need beside ids, where they follow from these.
    stretches: Option<Vec<Stretch>>,
    sources: Arc<Vec<Source>>,
    add_special_tokens: bool,
    special: Special,
}

impl PyBatch {
    pub fn new(
        tok: Arc<dyn Encode>,
        rows: IdRows,
        sources: Vec<Source>,
        add_special_tokens: bool,
        special: Special,
    ) -> Self {
        let sources = Arc::new(sources);
        Self {
            tok,
            flat: rows.ids,
            array: OnceLock::new(),
            row_offsets: rows.offsets,
            stretches: rows.stretches,
            sources,
            add_special_tokens,
            special,
        }
    }

    fn bounds(&self, row: usize) -> (usize, usize) {
        (self.row_offsets[row] as usize, self.row_offsets[row + 1] as usize)
    }

    fn encoding(&self, py: Python<'_>, row: usize) -> PyEncoding {
        let (start, end) = self.bounds(row);
        let first = match &self.sources[row] {
            Source::Text(text) => Source::Text(text.clone_ref(py)),
            Source::Owned(text) => Source::Owned(text.clone()),
            Source::Words(words) => {
                Source::Words(words.iter().map(|word| word.clone_ref(py)).collect())
            }
        };
        let asked = Asked {
            first,
            pair: None,
            add_special_tokens: self.add_special_tokens,
            special: self.special.clone(),
        };
        PyEncoding::lazy(self.tok.clone(), self.flat.row(start, end), asked)
    }

    /// All ids, row by row; also for decoding.
    pub fn rows(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        (0..self.row_offsets.len() - 1).map(|row| {
            let (start, end) = self.bounds(row);
            self.flat.row(start, end)
        })
    }
}

#[pymethods]
impl PyBatch {
    /// The ids of all rows, one behind the other: an array of shape (total,), read-only, uint16 or
    /// uint32.
    #[getter]
    fn flat_ids(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if let Some(array) = self.array.get() {
            return Ok(array.clone_ref(py));
        }
        let array = self.flat.array(py);
        array.getattr("setflags")?.call1((false,))?;
        Ok(self.array.get_or_init(|| array.unbind()).clone_ref(py))
    }

    /// Where rows begin in `flat_ids`, and the last one ends: an int64 array of shape (rows + 1,).
    #[getter]
    fn row_offsets<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_slice(py, &self.row_offsets)
    }

    /// The number of ids of each row.
    #[getter]
    fn lengths<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(
            py,
            self.row_offsets.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>(),
        )
    }

    /// `Encoding.offsets` of all rows as a uint32 array of shape (total, 2); made at each access.
    #[getter]
    fn offsets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<u32>>> {
        let count = self.flat.len();
        if let (Some(least), Some(stretches)) = (self.tok.least_lengths(), &self.stretches) {
            let lengths = Lengths { least, stretches };
            let rows = &self.row_offsets;
            let offsets = guard(py, || {
                py.detach(|| {
                    Ok::<_, Error>(match &self.flat {
                        Ids::Narrow(ids) => lengths.offsets(ids, rows),
                        Ids::Wide(ids) => lengths.offsets(ids, rows),
                    })
                })
            })?;
            return offsets.into_pyarray(py).reshape([count, 2]);
        }
        let mut inputs = Vec::with_capacity(self.sources.len());
        let words: Vec<Vec<&str>> =
            self.sources.iter().map(|source| source.words(py)).collect::<PyResult<_>>()?;
        for (source, words) in self.sources.iter().zip(&words) {
            inputs.push(match source {
                Source::Words(_) => Input::Words(words),
                _ => Input::Text(words[0]),
            });
        }
        let rows: Rows<u32> = guard(py, || {
            py.detach(|| {
                map_rows(
                    &inputs,
                    None,
                    |input| match input {
                        Input::Text(text) => text.len(),
                        Input::Words(words) => words.iter().map(|word| word.len()).sum(),
                    },
                    || (),
                    |(), _, input, out| {
                        let (add, special) = (self.add_special_tokens, &self.special);
                        self.tok.encode_offsets(*input, add, special, out)
                    },
                )
            })
        })?;
        rows.flat.into_pyarray(py).reshape([count, 2])
    }

    /// Give the ids of each row as a list.
    fn to_lists<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        for row in 0..self.row_offsets.len() - 1 {
            let (start, end) = self.bounds(row);
            rows.append(self.flat.list(py, start, end)?)?;
        }
        Ok(rows)
    }

    /// Give the ids as a uint32 array of shape (rows, width), filled with `pad_id`; the width is
    /// `length` or that of the longest row, rounded up to `multiple_of`.
    #[pyo3(signature = (length=None, *, pad_id, side="right", multiple_of=None))]
    fn pad<'py>(
        &self,
        py: Python<'py>,
        length: Option<usize>,
        pad_id: u32,
        side: &str,
        multiple_of: Option<usize>,
    ) -> PyResult<Bound<'py, PyArray2<u32>>> {
        let left = is_left(side)?;
        let longest = self.row_offsets.windows(2).map(|pair| (pair[1] - pair[0]) as usize).max();
        let longest = longest.unwrap_or(0);
        let mut width = length.unwrap_or(longest);
        if width < longest {
            let message = format!("length={width}, but a row has {longest} ids: truncate first");
            return Err(NeoxTextError::new_err(message));
        }
        match multiple_of {
            Some(0) => return Err(NeoxTextError::new_err("multiple_of must be at least 1")),
            Some(multiple) => width = width.div_ceil(multiple) * multiple,
            None => {}
        }
        let count = self.row_offsets.len() - 1;
        if width > neox_text::encoding::MAX_PADDING {
            let message = format!("rows of {width} ids are over the limit of 2**24");
            return Err(NeoxTextError::new_err(message));
        }
        let mut flat = vec![pad_id; count * width];
        for (row, filled) in self.rows().zip(flat.chunks_mut(width.max(1))) {
            let from = if left { width - row.len() } else { 0 };
            filled[from..from + row.len()].copy_from_slice(&row);
        }
        flat.into_pyarray(py).reshape([count, width])
    }

    fn __len__(&self) -> usize {
        self.row_offsets.len() - 1
    }

    fn __getitem__(&self, py: Python<'_>, index: isize) -> PyResult<PyEncoding> {
        let count = self.__len__();
        let row = if index < 0 { index + count as isize } else { index };
        match usize::try_from(row) {
            Ok(row) if row < count => Ok(self.encoding(py, row)),
            _ => Err(PyIndexError::new_err(format!("row {index} of a batch of {count}"))),
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> PyBatchIterator {
        PyBatchIterator { batch: slf.unbind(), next: 0 }
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __repr__(&self) -> String {
        let tokens = self.row_offsets.last().copied().unwrap_or(0);
        format!("Batch(num_rows={}, num_tokens={tokens})", self.__len__())
    }
}

/// Goes over the rows of a batch.
#[pyclass(module = "neox_text")]
pub struct PyBatchIterator {
    batch: Py<PyBatch>,
    next: usize,
}

#[pymethods]
impl PyBatchIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> Option<PyEncoding> {
        let batch = self.batch.get();
        let row = self.next;
        self.next += 1;
        (row < batch.__len__()).then(|| batch.encoding(py, row))
    }
}
