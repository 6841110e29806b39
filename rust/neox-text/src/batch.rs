//! Many texts over threads.
//!
//! Threads are started for the call and joined before it ends: there is no pool, so a process may
//! fork whenever it likes. Results do not depend on how many there are.

use crate::error::Result;
use crate::spans::Stretch;
use std::num::NonZero;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of text that are worth a thread's turn.
const TURN: usize = 128 << 10;

/// More would only wait for each other.
const MOST_THREADS: usize = 256;

/// Rows of values, end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The values of all rows.
    pub flat: Vec<T>,
    /// Where each row begins, and after them where the last one ends.
    pub offsets: Vec<i64>,
    /// Values that are tokens whose sources are longer than the least for their ids, in order.
    pub stretches: Vec<Stretch>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { flat: Vec::new(), offsets: vec![0], stretches: Vec::new() }
    }
}

impl<T> Rows<T> {
    /// What was appended since the last row ended is a row.
    pub fn end_row(&mut self) {
        self.offsets.push(self.flat.len() as i64);
    }

    fn append(&mut self, other: Self) {
        let base = self.flat.len();
        let shifted = |one: Stretch| Stretch { token: one.token + base, ..one };
        self.stretches.extend(other.stretches.into_iter().map(shifted));
        let base = base as i64;
        if self.flat.is_empty() {
            self.flat = other.flat;
        } else {
            self.flat.extend(other.flat);
        }
        self.offsets.extend(other.offsets[1..].iter().map(|offset| offset + base));
    }
}

/// Do `work` for every item, over at most `threads` threads (all cores where `None`).
///
/// `work(state, index, item, out)` appends what belongs to the item; `size` says how much of it
/// there is to do, in bytes. The error is the first in the order of the items that were reached.
pub fn map_rows<I: Sync, S, T: Send>(
    items: &[I],
    threads: Option<usize>,
    size: impl Fn(&I) -> usize + Sync,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize, &I, &mut Vec<T>) -> Result<()> + Sync,
) -> Result<Rows<T>> {
    map_ranges(items, threads, size, state, |state, range, rows| {
        for index in range {
            work(state, index, &items[index], &mut rows.flat)?;
            rows.end_row();
        }
        Ok(())
    })
}

/// The same for neighbouring items at a time: `work(state, range, rows)` appends their rows.
pub fn map_ranges<I: Sync, S, T: Send>(
    items: &[I],
    threads: Option<usize>,
    size: impl Fn(&I) -> usize + Sync,
    state: impl Fn() -> S + Sync,
    run: impl Fn(&mut S, Range<usize>, &mut Rows<T>) -> Result<()> + Sync,
) -> Result<Rows<T>> {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or_else(cores).max(1);
    let turns = if threads == 1 { Vec::new() } else { turns(items, &size) };
    if turns.len() <= 1 {
        let mut rows = Rows::default();
        run(&mut state(), 0..items.len(), &mut rows)?;
        return Ok(rows);
    }
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done: Mutex<Vec<(usize, Result<Rows<T>>)>> = Mutex::new(Vec::with_capacity(turns.len()));
    let worker = || {
        let mut state = state();
        while !failed.load(Ordering::Relaxed) {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let Some(range) = turns.get(turn) else { return };
            let mut rows = Rows::default();
            let result = run(&mut state, range.clone(), &mut rows).map(|()| rows);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            if let Ok(mut done) = done.lock() {
                done.push((turn, result));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(turns.len()).min(MOST_THREADS) {
            // Where the system has no more threads to give, those that run do it all.
            if std::thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(turn, _)| *turn);
    let mut all = Rows::default();
    for (_, rows) in done {
        all.append(rows?);
    }
    Ok(all)
}

/// Neighbouring items that make a turn's work together.
fn turns<I>(items: &[I], size: impl Fn(&I) -> usize) -> Vec<Range<usize>> {
    let (mut turns, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (i, item) in items.iter().enumerate() {
        bytes += size(item);
        if bytes >= TURN {
            turns.push(start..i + 1);
            (start, bytes) = (i + 1, 0);
        }
    }
    if start < items.len() {
        turns.push(start..items.len());
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn lengths(items: &[usize], threads: usize) -> Result<Rows<usize>> {
        let work = |calls: &mut usize, index: usize, item: &usize, out: &mut Vec<usize>| {
            *calls += 1;
            if *item == 13 {
                return Err(Error::argument(format!("item {index}")));
            }
            out.extend(std::iter::repeat_n(index, *item % 4));
            Ok(())
        };
        map_rows(items, Some(threads), |item| item * 1000, || 0, work)
    }

    #[test]
    fn rows_do_not_depend_on_threads() {
        let items: Vec<usize> = (0..500).map(|i| i * 7 % 13).collect();
        let one = lengths(&items, 1).unwrap();
        assert_eq!(one.offsets.len(), 501);
        for threads in [2, 3, 16] {
            assert_eq!(lengths(&items, threads).unwrap(), one);
        }
        assert_eq!(lengths(&[], 4).unwrap(), Rows::default());
    }

    #[test]
    fn errors_come_back() {
        let items = vec![13; 300];
        for threads in [1, 4] {
            assert_eq!(lengths(&items, threads).unwrap_err().to_string(), "item 0");
        }
    }
}
