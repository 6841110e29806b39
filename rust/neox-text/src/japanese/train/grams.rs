//! The n-grams of runs that occur often enough, as a tree, and which of them begin where.

use super::forms::Script;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// No n-gram.
pub(super) const NONE: u32 = u32::MAX;

/// The n-grams by number: those of one character first, then the longer ones, length by length,
/// each length in the order of the texts.
pub(super) struct Grams {
    /// Without the last character.
    pub(super) parent: Vec<u32>,
    /// Without the first character.
    pub(super) rest: Vec<u32>,
    /// In characters.
    pub(super) length: Vec<u8>,
    pub(super) last: Vec<char>,
    /// How often each occurs.
    pub(super) times: Vec<u64>,
}

/// The runs, one behind the other.
pub(super) struct Runs {
    /// The longest n-gram that begins at each character.
    pub(super) longest: Vec<u32>,
    /// Where each run begins, and the last ends.
    starts: Vec<usize>,
    times: Vec<u64>,
}

/// A run of n-grams and how often it occurs.
pub(super) type Run<'r> = (&'r [u32], u64);

impl Runs {
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn get(&self, index: usize) -> Run<'_> {
        (&self.longest[self.starts[index]..self.starts[index + 1]], self.times[index])
    }
}

impl Grams {
    /// Find those of up to `limit` characters of a script that occur at least `least` times.
    ///
    /// An n-gram is counted only where both parts that lack a character of it are there already,
    /// so that what is rare costs no memory.
    pub(super) fn new(
        runs: &HashMap<Box<str>, u64>,
        limit: &dyn Fn(Script) -> usize,
        least: u64,
    ) -> (Self, Runs) {
        let mut sorted: Vec<(&str, u64)> = runs.iter().map(|(run, n)| (&**run, *n)).collect();
        sorted.sort_unstable();
        let mut singles: HashMap<char, u64> = HashMap::new();
        for (run, times) in &sorted {
            for c in run.chars() {
                *singles.entry(c).or_default() += times;
            }
        }
        let mut singles: Vec<(char, u64)> = singles.into_iter().collect();
        singles.sort_unstable();
        let mut made = Self {
            parent: vec![NONE; singles.len()],
            rest: vec![NONE; singles.len()],
            length: vec![1; singles.len()],
            last: singles.iter().map(|(c, _)| *c).collect(),
            times: singles.iter().map(|(_, times)| *times).collect(),
        };
        let mut placed = Runs { longest: Vec::new(), starts: vec![0], times: Vec::new() };
        let mut limits = Vec::new();
        for (run, times) in sorted {
            let numbers = run.chars().filter_map(|c| made.last.binary_search(&c).ok());
            placed.longest.extend(numbers.map(|number| number as u32));
            placed.starts.push(placed.longest.len());
            placed.times.push(times);
            limits.push(run.chars().next().map_or(0, |c| limit(Script::of(c))));
        }
        for length in 2..=limits.iter().copied().max().unwrap_or(0) {
            made.grow(&mut placed, &limits, length, least);
        }
        (made, placed)
    }

    /// Find those of one length more.
    fn grow(&mut self, runs: &mut Runs, limits: &[usize], length: usize, least: u64) {
        let mut counts: HashMap<(u32, u32), u64, BuildHasherDefault<Mix>> = HashMap::default();
        let long = |number: u32| usize::from(self.length[number as usize]) == length - 1;
        for index in (0..runs.len()).filter(|index| limits[*index] >= length) {
            let (run, times) = runs.get(index);
            for pair in run.windows(2).filter(|pair| long(pair[0]) && long(pair[1])) {
                *counts.entry((pair[0], pair[1])).or_default() += times;
            }
        }
        counts.retain(|_, times| *times >= least);
        let mut found: Vec<((u32, u32), u64)> = counts.into_iter().collect();
        found.sort_unstable();
        let first = self.parent.len() as u32;
        let numbers: HashMap<(u32, u32), u32, BuildHasherDefault<Mix>> =
            found.iter().map(|(parts, _)| *parts).zip(first..).collect();
        for index in (0..runs.len()).filter(|index| limits[*index] >= length) {
            let run = &mut runs.longest[runs.starts[index]..runs.starts[index + 1]];
            for at in 1..run.len() {
                // Of the same length as they were: what is found at a place changes no other.
                if let Some(number) = numbers.get(&(run[at - 1], run[at])) {
                    run[at - 1] = *number;
                }
            }
        }
        for ((parent, rest), times) in found {
            self.parent.push(parent);
            self.rest.push(rest);
            self.length.push(length as u8);
            self.last.push(self.last[rest as usize]);
            self.times.push(times);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.parent.len()
    }

    pub(super) fn text(&self, number: u32) -> String {
        let mut chars = Vec::new();
        let mut at = number;
        while at != NONE {
            chars.push(self.last[at as usize]);
            at = self.parent[at as usize];
        }
        chars.iter().rev().collect()
    }
}

/// Mixes the two numbers of a pair.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0.rotate_left(32) ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
