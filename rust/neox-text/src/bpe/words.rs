//! From pieces to ids: look-up first, merging only for what is met the first time.
//!
//! 1. A static table of all valid tokens of at most 12 bytes (and one for those up to 27), shared
//!    and read-only: a piece that is one token costs one look-up.
//! 2. A small cache of other pieces, of a fixed size, replaced on conflict.
//! 3. Long pieces that are not ASCII are cut into segments (`segments`).
//! 4. What is left is merged (`merge`).

use super::merge::{Merges, SHORT};
use super::segments::Segments;
use super::split::{BATCH, Scanner};
use super::unicode::CharTable;
use super::vocab::NONE;
use crate::encode::Id;
use crate::simd::{Backend, prefetch};
use std::sync::OnceLock;

/// The longest key of the first table, in bytes: with length and id it fills 16.
const KEY: usize = 12;
const KEY_BITS: u32 = 8 * KEY as u32;
/// Key and length, without the id.
const KEY_MASK: u128 = (1 << (KEY_BITS + 8)) - 1;
/// The longest key of the second table.
const LONG_KEY: usize = 27;

/// The longest piece kept in the cache, in bytes.
const CACHED_BYTES: usize = 15;
const CACHE_SLOTS: usize = 1 << 14;

/// A piece with its length above, and its ids with their number above: seven narrow or four wide.
#[derive(Clone, Copy, Default)]
struct Cached {
    key: u128,
    ids: u128,
}

const COUNT_SHIFT: u32 = 120;

#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Line([u128; 4]);

#[derive(Clone, Copy)]
struct LongEntry {
    key: [u8; LONG_KEY],
    len: u8,
    id: u32,
}

/// What one thread needs while it looks up and merges; bounded in size, kept between calls.
pub(super) struct WordScratch {
    starts: [u32; BATCH + 1],
    keys: [u128; BATCH],
    slots: [u32; BATCH],
    cache: Vec<Cached>,
    ids: Vec<u32>,
}

impl WordScratch {
    /// Let go of more than `kept` ids.
    pub(super) fn trim(&mut self, kept: usize) {
        if self.ids.capacity() > kept {
            self.ids = Vec::new();
        }
    }
}

impl Default for WordScratch {
    fn default() -> Self {
        Self {
            starts: [0; BATCH + 1],
            keys: [0; BATCH],
            slots: [0; BATCH],
            cache: vec![Cached::default(); CACHE_SLOTS],
            ids: Vec::new(),
        }
    }
}

/// The look-up tables of one vocabulary.
pub(super) struct Words {
    merges: Merges,
    /// Key bytes, length, id; four to a cache line: the line of a key, or the next where it is
    /// full. Entries are there in the order of the vocabulary, so common ones come first.
    short: Vec<Line>,
    shift: u32,
    long: Vec<LongEntry>,
    /// Ids of the runs of 2, 3... spaces that are added tokens, where the scanner cuts them out.
    runs: Vec<u32>,
    segments: OnceLock<Segments>,
    backend: Backend,
    /// How wide an id is in the cache.
    id_bits: u32,
    id_mask: u32,
}

#[inline]
fn mix(key: u128) -> u64 {
    let product = (key as u64 ^ (key >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 32
}

/// The first `len <= 15` bytes from `at` on, and the length in the 16th.
#[inline]
fn load(text: &[u8], at: usize, len: usize) -> u128 {
    let word = if let Some(bytes) = text.get(at..at + 16) {
        u128::from_le_bytes(bytes.try_into().unwrap_or_default())
    } else {
        let mut bytes = [0; 16];
        bytes[..len].copy_from_slice(&text[at..at + len]);
        u128::from_le_bytes(bytes)
    };
    word & !(u128::MAX << (8 * len))
}

#[inline]
fn short_key(text: &[u8], at: usize, len: usize) -> u128 {
    load(text, at, len) | (len as u128) << KEY_BITS
}

impl Words {
    /// `runs`: ids of the runs of 2, 3... spaces that the scanner cuts out, empty if it does not.
    pub(super) fn new(merges: Merges, backend: Backend, runs: Vec<u32>) -> Self {
        let vocab = merges.vocab().clone();
        let fused = !runs.is_empty();
        let counts = |range: std::ops::RangeInclusive<usize>| {
            vocab.iter_bytes().filter(|(bytes, _)| range.contains(&bytes.len())).count()
        };
        let lines = (counts(1..=KEY) + runs.len()).div_ceil(3).next_power_of_two().max(2);
        let long_size = (counts(KEY + 1..=LONG_KEY) * 2).next_power_of_two().max(16);
        let narrow = vocab.id_bound() <= 1 << 16;
        let mut made = Self {
            id_bits: if narrow { 16 } else { 25 },
            id_mask: if narrow { 0xFFFF } else { 0x1FF_FFFF },
            merges,
            short: vec![Line::default(); lines],
            shift: 64 - lines.trailing_zeros(),
            long: vec![LongEntry { key: [0; LONG_KEY], len: 0, id: NONE }; long_size],
            runs,
            segments: OnceLock::new(),
            backend,
        };
        let spaces = [b' '; KEY];
        for len in 2..=KEY.min(made.runs.len() + 1) {
            made.insert_short(&spaces[..len], made.runs[len - 2]);
        }
        let mut ahead = vocab.iter_bytes().skip(12);
        for (bytes, id) in vocab.iter_bytes() {
            if let Some((next, _)) = ahead.next().filter(|next| next.0.len() <= KEY) {
                prefetch(&made.short, made.short_line(short_key(next, 0, next.len())));
            }
            // Where runs are cut out first, a piece that begins with two spaces is a run.
            if !made.merges.valid(id) || fused && bytes.starts_with(b"  ") {
                continue;
            }
            match bytes.len() {
                1..=KEY => made.insert_short(bytes, id),
                13..=LONG_KEY => made.insert_long(bytes, id),
                _ => {}
            }
        }
        made
    }

    fn insert_long(&mut self, bytes: &[u8], id: u32) {
        let mut at = self.long_slot(bytes);
        while self.long[at].id != NONE {
            at = (at + 1) & (self.long.len() - 1);
        }
        let entry = &mut self.long[at];
        entry.key[..bytes.len()].copy_from_slice(bytes);
        (entry.len, entry.id) = (bytes.len() as u8, id);
    }

    fn insert_short(&mut self, bytes: &[u8], id: u32) {
        if id >> (128 - KEY_BITS - 8) != 0 {
            return; // 2^24 has no room here: the other ways give it
        }
        let key = short_key(bytes, 0, bytes.len());
        let mut at = self.short_line(key);
        loop {
            if let Some(free) = self.short[at].0.iter_mut().find(|entry| **entry == 0) {
                *free = key | u128::from(id) << (KEY_BITS + 8);
                return;
            }
            at = (at + 1) & (self.short.len() - 1);
        }
    }

    #[inline]
    fn short_line(&self, key: u128) -> usize {
        (mix(key) >> self.shift) as usize & (self.short.len() - 1)
    }

    #[inline]
    fn find_short(&self, key: u128, mut at: usize) -> u32 {
        loop {
            let line = &self.short[at & (self.short.len() - 1)].0;
            for entry in line {
                if entry & KEY_MASK == key {
                    return (entry >> (KEY_BITS + 8)) as u32;
                }
            }
            if line[3] == 0 {
                return NONE;
            }
            at += 1;
        }
    }

    fn long_slot(&self, bytes: &[u8]) -> usize {
        let (head, tail) = (load(bytes, 0, 13), load(bytes, bytes.len() - 13, 13));
        let mixed = mix(head ^ tail.rotate_left(29) ^ (bytes.len() as u128) << 120);
        (mixed >> 20) as usize & (self.long.len() - 1)
    }

    fn find_long(&self, bytes: &[u8]) -> u32 {
        let mut slot = self.long_slot(bytes);
        let mut key = [0; LONG_KEY];
        key[..bytes.len()].copy_from_slice(bytes);
        loop {
            let entry = &self.long[slot];
            if entry.id == NONE || (entry.key == key && usize::from(entry.len) == bytes.len()) {
                return entry.id;
            }
            slot = (slot + 1) & (self.long.len() - 1);
        }
    }

    pub(super) fn merges(&self) -> &Merges {
        &self.merges
    }

    pub(super) fn backend(&self) -> Backend {
        self.backend
    }

    pub(super) fn runs(&self) -> &[u32] {
        &self.runs
    }

    /// The longest run of spaces that is one token, 0 where the scanner cuts none out.
    pub(super) fn longest_run(&self) -> usize {
        if self.runs.is_empty() { 0 } else { self.runs.len() + 1 }
    }

    /// Append the ids of one section: text without added tokens other than runs of spaces.
    pub(super) fn encode<I: Id>(
        &self,
        section: &[u8],
        table: &'static CharTable,
        scratch: &mut WordScratch,
        out: &mut Vec<I>,
    ) {
        let mut scanner = Scanner::new(section, table, self.backend, self.longest_run());
        let mut n = 0;
        loop {
            n = scanner.fill(&mut scratch.starts, n);
            if scanner.is_done() {
                scratch.starts[n] = section.len() as u32;
                self.batch(section, n, scratch, out);
                return;
            }
            // The last piece ends where the next batch begins.
            self.batch(section, n - 1, scratch, out);
            scratch.starts[0] = scratch.starts[n - 1];
            n = 1;
        }
    }

    /// Append the ids of the pieces between the first `n + 1` starts.
    #[inline]
    fn batch<I: Id>(&self, section: &[u8], n: usize, scratch: &mut WordScratch, out: &mut Vec<I>) {
        for i in 0..n {
            let (start, end) = (scratch.starts[i] as usize, scratch.starts[i + 1] as usize);
            let len = end - start;
            let key = if len <= KEY { short_key(section, start, len) } else { 0 };
            let slot = self.short_line(key);
            prefetch(&self.short, slot);
            scratch.keys[i] = key;
            scratch.slots[i] = slot as u32;
        }
        out.reserve(n);
        for i in 0..n {
            let key = scratch.keys[i];
            let id = if key == 0 { NONE } else { self.find_short(key, scratch.slots[i] as usize) };
            if id == NONE {
                let (start, end) = (scratch.starts[i] as usize, scratch.starts[i + 1] as usize);
                self.miss(section, start, end, scratch, out);
            } else {
                out.push(I::from_id(id));
            }
        }
    }

    /// Append the ids of a piece that is no short token.
    #[inline(never)]
    fn miss<I: Id>(
        &self,
        section: &[u8],
        start: usize,
        end: usize,
        scratch: &mut WordScratch,
        out: &mut Vec<I>,
    ) {
        let piece = &section[start..end];
        if !self.runs.is_empty() && piece.starts_with(b"  ") {
            self.run(piece.len(), out);
            return;
        }
        let first = if piece[0] == b' ' { piece.get(1).copied().unwrap_or(0) } else { piece[0] };
        // From Greek on, words are seldom one token, and cut points are many.
        if first >= 0xCE || piece.len() > CACHED_BYTES && !piece.is_ascii() {
            // Made without a lock: a process may fork in the middle of it.
            if self.segments.get().is_none() {
                let _ = self.segments.set(Segments::new(&self.merges));
            }
            let Some(segments) = self.segments.get() else { return };
            segments.cut(piece, |range, ids| {
                if ids.is_empty() {
                    self.rest(section, start + range.start, start + range.end, scratch, out);
                } else {
                    out.extend(ids.iter().map(|id| I::from_id(*id)));
                }
            });
        } else {
            self.rest(section, start, end, scratch, out);
        }
    }

    /// Append the ids of a run of spaces.
    fn run<I: Id>(&self, mut len: usize, out: &mut Vec<I>) {
        let longest = self.longest_run();
        while len >= 2 {
            let now = len.min(longest);
            out.push(I::from_id(self.runs[now - 2]));
            len -= now;
        }
    }

    /// Append the ids of a piece or a segment by table, cache or merging.
    fn rest<I: Id>(
        &self,
        section: &[u8],
        start: usize,
        end: usize,
        scratch: &mut WordScratch,
        out: &mut Vec<I>,
    ) {
        let piece = &section[start..end];
        let id = match piece.len() {
            len @ ..=KEY => {
                let key = short_key(section, start, len);
                self.find_short(key, self.short_line(key))
            }
            ..=LONG_KEY => self.find_long(piece),
            _ => NONE,
        };
        if id != NONE {
            out.push(I::from_id(id));
            return;
        }
        if piece.len() > CACHED_BYTES {
            scratch.ids.clear();
            self.merges.merge(piece, &mut scratch.ids);
            out.extend(scratch.ids.iter().map(|id| I::from_id(*id)));
            return;
        }
        let key = load(section, start, piece.len()) | (piece.len() as u128) << 120;
        let place = mix(key) as usize >> 7 & (CACHE_SLOTS - 1);
        let cached = scratch.cache[place];
        if cached.key == key {
            let mut ids = cached.ids;
            for _ in 0..ids >> COUNT_SHIFT {
                out.push(I::from_id((ids as u32) & self.id_mask));
                ids >>= self.id_bits;
            }
            return;
        }
        let mut ids = [0; SHORT];
        let n = self.merges.merge_short(piece, &mut ids);
        out.extend(ids[..n].iter().map(|id| I::from_id(*id)));
        if n as u32 * self.id_bits <= COUNT_SHIFT {
            let packed =
                ids[..n].iter().rev().fold(0, |ids, id| ids << self.id_bits | u128::from(*id));
            scratch.cache[place] = Cached { key, ids: packed | (n as u128) << COUNT_SHIFT };
        }
    }
}
