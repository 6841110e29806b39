//! What a rule reads and writes.

use super::kinds::OTHER;
use super::{Found, Tag};

/// The kinds of a chunk, and what was found in it.
pub(super) struct Page<'p> {
    pub(super) kinds: &'p mut [u8],
    pub(super) found: &'p mut Vec<Found>,
}

/// Pairs looked at together.
const STEP: usize = 32;

impl Page<'_> {
    /// The kind at a place; [`OTHER`] beyond either end, where `0.wrapping_sub(1)` lies too.
    pub(super) fn at(&self, place: usize) -> u8 {
        self.kinds.get(place).copied().unwrap_or(OTHER)
    }

    pub(super) fn starts(&self, place: usize, word: &[u8]) -> bool {
        self.kinds.get(place..).is_some_and(|rest| rest.starts_with(word))
    }

    /// The next place of which, and of the one behind it, something holds. Said without a branch
    /// (`&`, `|`), many places are asked at once.
    #[inline]
    pub(super) fn next_pair(&self, from: usize, holds: impl Fn(u8, u8) -> bool) -> Option<usize> {
        let mut at = from;
        while let Some(block) = self.kinds.get(at..=at + STEP) {
            let hit = |i: usize| holds(block[i], block[i + 1]);
            if (0..STEP).fold(false, |any, i| any | hit(i)) {
                let hits: [u8; STEP] = std::array::from_fn(|i| hit(i).into());
                return memchr::memchr(1, &hits).map(|i| at + i);
            }
            at += STEP;
        }
        (at..self.kinds.len()).find(|&at| holds(self.kinds[at], self.at(at + 1)))
    }

    /// The end of the run that begins at a place.
    pub(super) fn run(&self, place: usize, of: impl Fn(u8) -> bool) -> usize {
        let rest = self.kinds.get(place..).unwrap_or_default();
        place + rest.iter().take_while(|&&kind| of(kind)).count()
    }

    /// The start of the run that ends at a place.
    pub(super) fn back(&self, place: usize, of: impl Fn(u8) -> bool) -> usize {
        place - self.kinds[..place].iter().rev().take_while(|&&kind| of(kind)).count()
    }

    /// Something was found: no later rule sees it.
    pub(super) fn take(&mut self, start: usize, end: usize, tag: Tag) {
        self.kinds[start..end].fill(OTHER);
        self.found.push(Found { start: start as u32, end: end as u32, tag });
    }
}
