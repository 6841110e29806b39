//! Counts the runs of texts over threads, a table a thread; they are put together in the end.

use super::reader::{Reader, Room, Sink};
use super::sample::Sample;
use crate::Result;
use crate::corpus::{Progress, read_files, shares};
use crate::japanese::emoji::EmojiTable;
use crate::japanese::heterographs::Layer;
use std::collections::HashMap;
use std::path::Path;

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
        let shares = shares(&lines, threads);
        if self.tallies.len() < shares.len() {
            self.tallies.resize_with(shares.len(), Tally::default);
        }
        let reader = &self.reader;
        if let [all] = shares[..] {
            return self.tallies[0].add(all, reader);
        }
        std::thread::scope(|scope| {
            for (share, tally) in shares.into_iter().zip(&mut self.tallies) {
                scope.spawn(move || tally.add(share, reader));
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
        read_files(paths, |lines| self.add_texts(&[lines], threads), progress)
    }

    /// All counts in one, and how the lines were read.
    pub(super) fn into_tally(self) -> (Tally, Reader) {
        let mut all = Tally::default();
        self.tallies.into_iter().for_each(|tally| all.merge(tally));
        (all, self.reader)
    }
}
