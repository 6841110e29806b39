//! The merges: again and again the pair that occurs most often, of equal ones the pair with the
//! lowest ids, becomes an entry.
//!
//! All words lie in one array of cells, a cell a byte, with a wall after each word. A symbol has
//! its id in its first and its last cell, so that both neighbours are found in one step, and a
//! place is the first cell of a pair. A merge touches its own places alone, however long the words
//! are.
//!
//! An entry has one derivation: until a symbol is whole no merge crosses its ends, so that equal
//! bytes go through equal merges wherever they stand (of a run of equal symbols, left to right, an
//! even number lies before it). So one merge makes all the places of a pair at once, and later
//! merges can only take some away: a pair waits in the queue once, and when its count has fallen
//! it goes back with the present one.
//!
//! Counts have 64 bits, where the reference has 32.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::count::Table;
use crate::bpe::byte_char;
use crate::corpus::{Progress, told};
use crate::{Error, Result};

/// The cell after a word.
const WALL: u32 = u32::MAX;
/// A cell inside a symbol.
const INSIDE: u32 = u32::MAX - 1;
/// Merges between two calls of the progress.
const TELL_EVERY: usize = 64;

type Pair = (u32, u32);
/// Count, pair and its places; the heap gives the greatest.
type Waiting = (u64, Reverse<Pair>, Places);

/// A range of `State::places`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Places {
    start: usize,
    length: u32,
}

/// The vocabulary in order of id and the merges in order of rank.
pub(super) fn learn(
    table: &Table,
    special: &[String],
    size: usize,
    min_frequency: u64,
    progress: &mut Progress<'_>,
) -> Result<(Vec<String>, Vec<Pair>)> {
    let (mut entries, byte_ids) = Entries::first(special);
    let first = entries.texts.len();
    let mut state = State::new(Words::new(table, &byte_ids)?, &byte_ids, &entries);
    let total = size.saturating_sub(first) as u64;
    told(progress, 0, total, "merge")?;
    let mut merges: Vec<Pair> = Vec::new();
    while entries.texts.len() < size {
        let Some((count, Reverse(pair), places)) = state.queue.pop() else { break };
        let now = state.counts[&pair];
        if count != now {
            state.queue.push((now, Reverse(pair), places));
            continue;
        }
        if count < min_frequency.max(1) {
            break;
        }
        let product = entries.product(pair);
        merges.push(pair);
        state.merge(pair, product, places, &entries.lengths);
        if merges.len().is_multiple_of(TELL_EVERY) {
            told(progress, (entries.texts.len() - first) as u64, total, "merge")?;
        }
    }
    let done = (entries.texts.len() - first) as u64;
    told(progress, done, done, "merge")?;
    Ok((entries.texts, merges))
}

/// The entries of the vocabulary so far.
struct Entries {
    texts: Vec<String>,
    /// Characters of an entry, which are bytes of text for all but special tokens.
    lengths: Vec<u32>,
    ids: HashMap<String, u32>,
}

impl Entries {
    /// Special tokens, then the byte-level alphabet in order of code point; and each byte's id.
    fn first(special: &[String]) -> (Self, [u32; 256]) {
        let mut entries = Self { texts: Vec::new(), lengths: Vec::new(), ids: HashMap::new() };
        for token in special {
            entries.id(token.clone());
        }
        let mut alphabet: Vec<(char, u8)> = (0..=255).map(|byte| (byte_char(byte), byte)).collect();
        alphabet.sort_unstable();
        let mut byte_ids = [0; 256];
        for (letter, byte) in alphabet {
            byte_ids[usize::from(byte)] = entries.id(letter.to_string());
        }
        (entries, byte_ids)
    }

    /// The id of an entry, new or there already.
    fn id(&mut self, text: String) -> u32 {
        let next = self.texts.len() as u32;
        *self.ids.entry(text).or_insert_with_key(|text| {
            self.lengths.push(text.chars().count() as u32);
            self.texts.push(text.clone());
            next
        })
    }

    fn product(&mut self, (left, right): Pair) -> u32 {
        self.id(format!("{}{}", self.texts[left as usize], self.texts[right as usize]))
    }
}

/// The words.
struct Words {
    cells: Vec<Cell>,
    times: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Cell {
    id: u32,
    word: u32,
}

impl Words {
    fn new(table: &Table, byte_ids: &[u32; 256]) -> Result<Self> {
        let wall = |word| Cell { id: WALL, word };
        let mut words = Self { cells: vec![wall(0)], times: Vec::new() };
        for (piece, times) in table.pieces().filter(|(piece, _)| piece.len() > 1) {
            let word = words.times.len() as u32;
            words.times.push(times);
            let cell = |&byte: &u8| Cell { id: byte_ids[usize::from(byte)], word };
            words.cells.extend(piece.iter().map(cell));
            words.cells.push(wall(word));
            if words.cells.len() > u32::MAX as usize {
                return Err(Error::argument(
                    "the corpus has more than 4 GiB of distinct pieces; train on a part of it",
                ));
            }
        }
        Ok(words)
    }

    fn times(&self, cell: Cell) -> u64 {
        self.times[cell.word as usize]
    }
}

/// What lies beside the symbols that one merge makes: the pairs it breaks and makes.
#[derive(Default)]
struct Beside {
    neighbours: Vec<Neighbour>,
    /// Twice the id, plus one on the right side: index in `neighbours` plus one.
    index: Vec<u32>,
    /// Index of the neighbour and place of each new pair.
    places: Vec<(u32, u32)>,
}

struct Neighbour {
    id: u32,
    is_right: bool,
    /// Occurrences.
    times: u64,
    /// How many of `Beside::places` are its own.
    places: u32,
}

impl Neighbour {
    /// The new pair.
    fn with(&self, product: u32) -> Pair {
        if self.is_right { (product, self.id) } else { (self.id, product) }
    }

    /// The pair that was there before the merge of `left` and `right`.
    fn without(&self, (left, right): Pair) -> Pair {
        if self.is_right { (right, self.id) } else { (self.id, left) }
    }
}

impl Beside {
    fn note(&mut self, id: u32, is_right: bool, times: u64, place: u32) {
        let index = &mut self.index[id as usize * 2 + usize::from(is_right)];
        if *index == 0 {
            self.neighbours.push(Neighbour { id, is_right, times: 0, places: 0 });
            *index = self.neighbours.len() as u32;
        }
        let neighbour = &mut self.neighbours[*index as usize - 1];
        neighbour.times += times;
        neighbour.places += 1;
        self.places.push((*index - 1, place));
    }

    fn clear(&mut self) {
        for neighbour in self.neighbours.drain(..) {
            self.index[neighbour.id as usize * 2 + usize::from(neighbour.is_right)] = 0;
        }
        self.places.clear();
    }
}

struct State {
    words: Words,
    counts: HashMap<Pair, u64, BuildHasherDefault<PairHasher>>,
    queue: BinaryHeap<Waiting>,
    /// Those of one pair lie together, ascending.
    places: Vec<u32>,
    beside: Beside,
}

impl State {
    fn new(words: Words, byte_ids: &[u32; 256], entries: &Entries) -> Self {
        let mut state = Self {
            words,
            counts: HashMap::default(),
            queue: BinaryHeap::new(),
            places: Vec::new(),
            beside: Beside::default(),
        };
        state.first_pairs(byte_ids, entries.texts.len());
        state
    }

    /// The pairs of bytes.
    fn first_pairs(&mut self, byte_ids: &[u32; 256], entries: usize) {
        let mut byte_of = vec![0; entries];
        for (byte, &id) in byte_ids.iter().enumerate() {
            byte_of[id as usize] = byte;
        }
        let words = &self.words;
        let pairs = || {
            let windows = words.cells.windows(2).enumerate();
            let within = windows.filter(|(_, pair)| pair[0].id != WALL && pair[1].id != WALL);
            within.map(|(at, pair)| {
                (at, byte_of[pair[0].id as usize] << 8 | byte_of[pair[1].id as usize])
            })
        };
        let mut counts = vec![(0u64, 0usize); 1 << 16];
        for (at, pair) in pairs() {
            counts[pair].0 += words.times(words.cells[at]);
            counts[pair].1 += 1;
        }
        let mut ends = Vec::with_capacity(counts.len());
        let mut end = 0;
        for &(_, places) in &counts {
            ends.push(end);
            end += places;
        }
        self.places = vec![0; end];
        for (at, pair) in pairs() {
            self.places[ends[pair]] = at as u32;
            ends[pair] += 1;
        }
        for (i, (count, length)) in counts.into_iter().enumerate().filter(|(_, (_, n))| *n > 0) {
            let pair = (byte_ids[i >> 8], byte_ids[i & 255]);
            let places = Places { start: ends[i] - length, length: length as u32 };
            self.counts.insert(pair, count);
            self.queue.push((count, Reverse(pair), places));
        }
    }

    /// Merges a pair at its places.
    fn merge(&mut self, pair: Pair, product: u32, places: Places, lengths: &[u32]) {
        self.beside.index.resize(lengths.len() * 2, 0);
        for i in places.start..places.start + places.length as usize {
            self.merge_at(self.places[i], pair, product, lengths);
        }
        self.count_neighbours(pair, product);
    }

    /// Merges one place, unless an earlier merge took it, and notes its neighbours.
    fn merge_at(&mut self, place: u32, (left, right): Pair, product: u32, lengths: &[u32]) {
        let cells = &mut self.words.cells;
        let at = place as usize;
        let middle = at + lengths[left as usize] as usize;
        // No cell inside a symbol has an id, and a last cell has that of a longer symbol.
        if cells[at].id != left || cells[middle].id != right {
            return;
        }
        let end = middle + lengths[right as usize] as usize;
        cells[middle - 1].id = INSIDE;
        cells[middle].id = INSIDE;
        cells[at].id = product;
        cells[end - 1].id = product;
        let (before, after) = (cells[at - 1].id, cells[end].id);
        let cell = cells[at];
        let times = self.words.times(cell);
        if before != WALL {
            self.beside.note(before, false, times, place - lengths[before as usize]);
        }
        if after != WALL {
            self.beside.note(after, true, times, place);
        }
    }

    /// Moves the counts from the pairs that were broken to those that were made, and puts these in
    /// the queue.
    fn count_neighbours(&mut self, merged: Pair, product: u32) {
        let mut beside = std::mem::take(&mut self.beside);
        for neighbour in &beside.neighbours {
            *self.counts.entry(neighbour.with(product)).or_default() += neighbour.times;
        }
        for neighbour in &beside.neighbours {
            *self.counts.entry(neighbour.without(merged)).or_default() -= neighbour.times;
        }
        let mut end = self.places.len();
        let mut ends = Vec::with_capacity(beside.neighbours.len());
        for neighbour in &beside.neighbours {
            ends.push(end);
            end += neighbour.places as usize;
        }
        self.places.resize(end, 0);
        for &(i, place) in &beside.places {
            self.places[ends[i as usize]] = place;
            ends[i as usize] += 1;
        }
        for (neighbour, end) in beside.neighbours.iter().zip(ends) {
            let pair = neighbour.with(product);
            let length = neighbour.places;
            let places = Places { start: end - length as usize, length };
            self.queue.push((self.counts[&pair], Reverse(pair), places));
        }
        beside.clear();
        self.beside = beside;
    }
}

/// Hashes a pair of ids, which nobody chooses to collide.
#[derive(Default)]
struct PairHasher(u64);

impl Hasher for PairHasher {
    fn write_u32(&mut self, id: u32) {
        self.0 = self.0 << 32 | u64::from(id);
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn finish(&self) -> u64 {
        let product = u128::from(self.0) * 0x9e37_79b9_7f4a_7c15;
        (product >> 64) as u64 ^ product as u64
    }
}
