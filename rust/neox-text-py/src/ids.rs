//! Ids on their way to Python.

use neox_text::encode::Encode;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Up to so many ids, copying them into a new array is quicker than handing over their memory.
const FEW: usize = 1 << 10;

/// Ids of one text or of many; narrow ones take half the room.
pub enum Ids {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Ids {
    /// Narrow where every id of the tokenizer is.
    pub fn of(tok: &(impl Encode + ?Sized), ids: Vec<u32>) -> Self {
        if tok.is_narrow() {
            Self::Narrow(ids.into_iter().map(|id| id as u16).collect())
        } else {
            Self::Wide(ids)
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(ids) => ids.len(),
            Self::Wide(ids) => ids.len(),
        }
    }

    pub fn row(&self, start: usize, end: usize) -> Vec<u32> {
        match self {
            Self::Narrow(ids) => ids[start..end].iter().map(|id| u32::from(*id)).collect(),
            Self::Wide(ids) => ids[start..end].to_vec(),
        }
    }

    pub fn list<'py>(
        &self,
        py: Python<'py>,
        start: usize,
        end: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        match self {
            Self::Narrow(ids) => PyList::new(py, &ids[start..end]),
            Self::Wide(ids) => PyList::new(py, &ids[start..end]),
        }
    }

    /// A copy of them all as an array.
    pub fn array<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Self::Narrow(ids) => PyArray1::from_slice(py, ids).into_any(),
            Self::Wide(ids) => PyArray1::from_slice(py, ids).into_any(),
        }
    }

    pub fn into_array(self, py: Python<'_>) -> Bound<'_, PyAny> {
        match self {
            few if few.len() <= FEW => few.array(py),
            Self::Narrow(ids) => ids.into_pyarray(py).into_any(),
            Self::Wide(ids) => ids.into_pyarray(py).into_any(),
        }
    }
}
