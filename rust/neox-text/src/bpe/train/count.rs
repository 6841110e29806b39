//! Counts the pieces of texts over threads, a table a thread; they are put together in the end.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use crate::Result;
use crate::corpus::{Progress, read_files, shares};

/// Normalizes a text, cuts it and hands each piece, in bytes, to its second argument.
pub type Split<'a> = dyn Fn(&str, &mut dyn FnMut(&[u8])) + Sync + 'a;

/// How often each piece occurs in the texts added so far.
pub struct Counter {
    space_runs: usize,
    tables: Vec<Table>,
}

impl Counter {
    /// Counts nothing yet. Runs of 2 to `space_runs` spaces are cut out before a text is split.
    pub fn new(space_runs: usize) -> Self {
        Self { space_runs, tables: vec![Table::new(RandomState::new().hash_one(0))] }
    }

    /// The longest run of spaces that is cut out.
    pub fn space_runs(&self) -> usize {
        self.space_runs
    }

    /// Counts one piece, as `split` would give it, `times` more often.
    pub fn add_piece(&mut self, piece: &[u8], times: u64) {
        self.tables[0].add(piece, times);
    }

    /// Counts the pieces of texts, each on its own, on at most `threads` threads.
    pub fn add_texts<T: AsRef<str> + Sync>(
        &mut self,
        texts: &[T],
        split: &Split<'_>,
        threads: usize,
    ) {
        let shares = shares(texts, threads);
        while self.tables.len() < shares.len() {
            self.tables.push(Table::new(self.tables[0].seed));
        }
        let runs = self.space_runs;
        if let [all] = shares[..] {
            return count(all, split, runs, &mut self.tables[0]);
        }
        std::thread::scope(|scope| {
            for (share, table) in shares.into_iter().zip(&mut self.tables) {
                scope.spawn(move || count(share, split, runs, table));
            }
        });
    }

    /// Counts the pieces of files, line by line with line ends kept, in little memory beyond the
    /// longest line.
    ///
    /// Errors: a file that cannot be read, invalid UTF-8 (with its byte offset), or a `Break` of
    /// `progress`, which is told the bytes read, `"count"`.
    pub fn add_files<P: AsRef<Path>>(
        &mut self,
        paths: &[P],
        split: &Split<'_>,
        threads: usize,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let count_block = |lines: &str| {
            let lines: Vec<&str> = lines.split_inclusive('\n').collect();
            self.add_texts(&lines, split, threads);
        };
        read_files(paths, count_block, progress)
    }

    /// All counts in one table.
    pub(super) fn into_table(self) -> Table {
        let mut tables = self.tables.into_iter();
        let mut all = tables.next().unwrap_or_else(|| Table::new(0));
        for table in tables {
            table.pieces().for_each(|(piece, times)| all.add(piece, times));
        }
        all
    }
}

/// Counts the pieces of texts into one table.
fn count<T: AsRef<str>>(texts: &[T], split: &Split<'_>, runs: usize, table: &mut Table) {
    let mut add = |piece: &[u8]| table.add(piece, 1);
    for text in texts {
        if runs < 2 {
            split(text.as_ref(), &mut add);
        } else {
            between_runs(text.as_ref(), runs, &mut |part| split(part, &mut add));
        }
    }
}

/// Gives what is left of a text when runs of 2 to `longest` spaces are cut out, the longest first;
/// a single space left over begins the next part.
fn between_runs(text: &str, longest: usize, part: &mut dyn FnMut(&str)) {
    let mut start = 0;
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text.as_bytes()[from..], b"  ") {
        let begin = from + at;
        let length = text.as_bytes()[begin..].iter().take_while(|&&byte| byte == b' ').count();
        if start < begin {
            part(&text[start..begin]);
        }
        from = begin + length;
        start = from - usize::from(length % longest == 1);
    }
    if start < text.len() {
        part(&text[start..]);
    }
}

/// A hash table from pieces to counts. The bytes of all pieces lie in one array.
pub(super) struct Table {
    seed: u64,
    /// Indices of `entries` plus one; a power of two of them, at most half in use.
    slots: Vec<u32>,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

struct Entry {
    start: usize,
    length: u32,
    /// The upper half of the hash, so that few pieces are compared in vain.
    tag: u32,
    times: u64,
}

impl Table {
    fn new(seed: u64) -> Self {
        Self { seed, slots: vec![0; 1 << 12], entries: Vec::new(), bytes: Vec::new() }
    }

    fn add(&mut self, piece: &[u8], times: u64) {
        let hash = hash(self.seed, piece);
        let tag = (hash >> 32) as u32;
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            let entry = &mut self.entries[self.slots[slot] as usize - 1];
            if entry.tag == tag && &self.bytes[entry.start..][..entry.length as usize] == piece {
                entry.times += times;
                return;
            }
            slot = (slot + 1) & mask;
        }
        let entry = Entry { start: self.bytes.len(), length: piece.len() as u32, tag, times };
        self.bytes.extend_from_slice(piece);
        self.entries.push(entry);
        self.slots[slot] = self.entries.len() as u32;
        if self.entries.len() * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        self.slots = vec![0; mask + 1];
        for (i, entry) in self.entries.iter().enumerate() {
            let piece = &self.bytes[entry.start..][..entry.length as usize];
            let mut slot = hash(self.seed, piece) as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = i as u32 + 1;
        }
    }

    /// Every piece with its count, in an order that depends on the threads.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.entries
            .iter()
            .map(|entry| (&self.bytes[entry.start..][..entry.length as usize], entry.times))
    }
}

/// Multiplies and folds eight bytes at a time; the seed keeps made-up texts from colliding.
fn hash(seed: u64, piece: &[u8]) -> u64 {
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        (product >> 64) as u64 ^ product as u64
    };
    let chunks = piece.chunks_exact(8);
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    let mut state = seed ^ piece.len() as u64;
    for chunk in chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = fold(state ^ u64::from_le_bytes(word), 0x9e37_79b9_7f4a_7c15);
    }
    fold(state ^ u64::from_le_bytes(last), 0xd6e8_feb8_6659_fd93)
}
