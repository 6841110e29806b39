//! What both trainers share: texts in, progress out.

use crate::convert::{guard, some_threads, text, to_exception};
use neox_text::{Error, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Bytes of text taken from an iterator before they are counted.
const BLOCK: usize = 16 << 20;

/// Told `(done, total, stage)`.
pub type Progress<'a> = dyn FnMut(u64, u64, &'static str) -> ControlFlow<()> + 'a;

/// What a trainer counts texts with.
pub trait Count: Send {
    fn add_files(
        &mut self,
        paths: &[PathBuf],
        threads: usize,
        tell: &mut Progress<'_>,
    ) -> Result<()>;

    fn add_texts(&mut self, texts: &[String], threads: usize);
}

/// A training that tells Python's callback and keeps the exception that stopped it.
pub struct Training<'py> {
    py: Python<'py>,
    callback: Option<Bound<'py, PyAny>>,
    stopped: Option<PyErr>,
}

impl<'py> Training<'py> {
    pub fn new(py: Python<'py>, callback: Option<Bound<'py, PyAny>>) -> Self {
        Self { py, callback, stopped: None }
    }

    fn tell(&mut self, done: u64, total: u64, stage: &'static str) -> ControlFlow<()> {
        let told = self.py.check_signals().and_then(|()| match &self.callback {
            Some(callback) => callback.call1((done, total, stage)).map(drop),
            None => Ok(()),
        });
        match told {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.stopped = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Do a part of the work. An exception of the callback comes before the error it led to.
    pub fn run<T>(&mut self, work: impl FnOnce(&mut Progress<'_>) -> Result<T>) -> PyResult<T> {
        let py = self.py;
        let mut tell = |done, total, stage| self.tell(done, total, stage);
        let done = guard(py, || Ok(work(&mut tell)))?;
        done.map_err(|error| self.stopped.take().unwrap_or_else(|| to_exception(py, &error)))
    }

    /// Count the lines of files, which a list or tuple names, or the texts of another iterable.
    pub fn count(
        &mut self,
        files: &Bound<'py, PyAny>,
        counter: &mut impl Count,
        threads: usize,
    ) -> PyResult<()> {
        if files.is_instance_of::<PyString>() {
            let message = "files must be a list of paths or an iterable of texts, not one str";
            return Err(PyTypeError::new_err(message));
        }
        if files.is_instance_of::<PyList>() || files.is_instance_of::<PyTuple>() {
            let paths: Vec<PathBuf> =
                files.try_iter()?.map(|path| path?.extract()).collect::<PyResult<_>>()?;
            return self.run(|tell| counter.add_files(&paths, threads, tell));
        }
        let (mut block, mut size, mut done) = (Vec::new(), 0, 0);
        let mut iterator = files.try_iter()?;
        loop {
            let next = iterator.next().transpose()?;
            if let Some(next) = &next {
                let text = text(next, "a text to train on")?.to_owned();
                size += text.len();
                block.push(text);
            }
            if size >= BLOCK || next.is_none() {
                let py = self.py;
                done += size as u64;
                self.run(|tell| {
                    py.detach(|| counter.add_texts(&block, threads));
                    match tell(done, done, "count") {
                        ControlFlow::Continue(()) => Ok(()),
                        ControlFlow::Break(()) => Err(Error::argument("stopped")),
                    }
                })?;
                block.clear();
                size = 0;
            }
            if next.is_none() {
                return Ok(());
            }
        }
    }
}

/// `threads=`: at least one, one a core for None.
pub fn thread_count(threads: Option<isize>) -> PyResult<usize> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(some_threads(threads)?.unwrap_or_else(cores))
}
