//! Counts the runs of texts over threads, a table a thread; they are put together in the end.

use super::Progress;
use super::reader::{Reader, Room, Sink};
use super::sample::Sample;
use crate::japanese::emoji::EmojiTable;
use crate::japanese::heterographs::Layer;
use crate::{Error, Result};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

/// Bytes of a file that are counted at once.
const BLOCK: usize = 8 << 20;
/// Bytes of text for which another thread is worth its start.
const THREAD_SHARE: usize = 1 << 16;
/// More would only wait for each other.
const MOST_THREADS: usize = 64;

/// What the lines added so far hold. Nothing depends on their order, on how they were grouped or
/// on threads.
pub struct Counter {
    pub(super) reader: Reader,
    tallies: Vec<Tally>,
}

/// Counts.
#[derive(Default)]
pub(super) struct Tally {
    /// Runs of one script.
    pub(super) runs: HashMap<Box<str>, u64>,
    /// Characters that no entry joins to others.
    pub(super) alone: HashMap<char, u64>,
    pub(super) emoji: u64,
    pub(super) characters: u64,
    pub(super) lines: u64,
    pub(super) sample: Sample,
}

impl Sink for Tally {
    fn run(&mut self, run: &str) {
        match self.runs.get_mut(run) {
            Some(times) => *times += 1,
            None => drop(self.runs.insert(run.into(), 1)),
        }
    }

    fn alone(&mut self, c: char) {
        *self.alone.entry(c).or_default() += 1;
    }

    fn emoji(&mut self) {
        self.emoji += 1;
    }
}

impl Tally {
    fn add(&mut self, lines: &[&str], reader: &Reader) {
        let mut room = Room::default();
        for line in lines {
            self.characters += reader.read(line, &mut room, self) as u64;
            self.lines += 1;
            self.sample.add(line);
        }
    }

    fn merge(&mut self, other: Self) {
        for (run, times) in other.runs {
            *self.runs.entry(run).or_default() += times;
        }
        for (c, times) in other.alone {
            *self.alone.entry(c).or_default() += times;
        }
        self.emoji += other.emoji;
        self.characters += other.characters;
        self.lines += other.lines;
        self.sample.merge(other.sample);
    }
}

impl Counter {
    /// Counts nothing yet. What emoji take is no part of a run, and of the forms that `layers`
    /// hold to be the same one stands for all.
    pub fn new(emoji: &EmojiTable, layers: &[Layer]) -> Self {
        Self { reader: Reader::new(emoji, layers), tallies: vec![Tally::default()] }
    }

    /// Counts the lines of texts on at most `threads` threads.
    pub fn add_texts<T: AsRef<str>>(&mut self, texts: &[T], threads: usize) {
        let lines = texts.iter().flat_map(|text| text.as_ref().split(['\n', '\r']));
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let total: usize = lines.iter().map(|line| line.len()).sum();
        let threads = threads.min(total / THREAD_SHARE).clamp(1, MOST_THREADS);
        if self.tallies.len() < threads {
            self.tallies.resize_with(threads, Tally::default);
        }
        let reader = &self.reader;
        if threads == 1 {
            return self.tallies[0].add(&lines, reader);
        }
        std::thread::scope(|scope| {
            let (mut rest, mut given) = (lines.as_slice(), 0);
            for (i, tally) in self.tallies[..threads].iter_mut().enumerate() {
                let mut size = 0;
                while size < rest.len() && (given < total / threads * (i + 1) || i + 1 == threads) {
                    given += rest[size].len();
                    size += 1;
                }
                let (part, after) = rest.split_at(size);
                rest = after;
                scope.spawn(move || tally.add(part, reader));
            }
        });
    }

    /// Counts the lines of files, in little memory beyond the counts and the longest line.
    ///
    /// Errors: a file that cannot be read, invalid UTF-8 (with its byte offset), or a `Break` of
    /// `progress`, which is told the bytes read, `"count"`.
    pub fn add_files<P: AsRef<Path>>(
        &mut self,
        paths: &[P],
        threads: usize,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let mut total = 0;
        for path in paths {
            let path = path.as_ref();
            total += std::fs::metadata(path).map_err(|error| Error::io(path, &error))?.len();
        }
        let mut done = 0;
        told(progress, done, total, "count")?;
        for path in paths {
            let mut count = |lines: &str| self.add_texts(&[lines], threads);
            let mut tell = |bytes: usize| {
                done += bytes as u64;
                told(progress, done, total, "count")
            };
            read_blocks(path.as_ref(), &mut count, &mut tell)?;
        }
        Ok(())
    }

    /// All counts in one, and how the lines were read.
    pub(super) fn into_tally(self) -> (Tally, Reader) {
        let mut all = Tally::default();
        self.tallies.into_iter().for_each(|tally| all.merge(tally));
        (all, self.reader)
    }
}

/// Tells the progress; a `Break` becomes an error. A file may have grown since it was measured.
pub(super) fn told(
    progress: &mut Progress<'_>,
    done: u64,
    total: u64,
    stage: &'static str,
) -> Result<()> {
    match progress(done, total.max(done), stage) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::argument("training was stopped by its progress")),
    }
}

/// Gives whole lines of a file, many at once, each block followed by a call of `tell`.
fn read_blocks(
    path: &Path,
    block: &mut dyn FnMut(&str),
    tell: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<()> {
    let failed = |error: std::io::Error| Error::io(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let (mut buffer, mut offset) = (Vec::new(), 0);
    loop {
        let old = buffer.len();
        let read = (&mut file).take(BLOCK as u64).read_to_end(&mut buffer).map_err(failed)?;
        let newline = buffer[old..].iter().rposition(|&byte| byte == b'\n');
        let end = match newline {
            Some(at) if read > 0 => old + at + 1,
            None if read > 0 => continue,
            _ => buffer.len(),
        };
        let lines = std::str::from_utf8(&buffer[..end])
            .map_err(|error| Error::utf8(offset + error.valid_up_to()).with_path(path))?;
        block(lines);
        tell(end)?;
        if read == 0 {
            return Ok(());
        }
        buffer.drain(..end);
        offset += end;
    }
}
