//! The miss path: merging the bytes of one piece, lowest rank first, leftmost first.
//!
//! Three ways to the same ids, by length: an array without branches on the length, an array, and for
//! long pieces windows (`linear`), each merged with a heap.
//!
//! **Valid tokens.** A token is valid when merging its own bytes gives just it. Merging is local:
//! as long as no merge crosses a boundary, both sides evolve as if alone. So every token that ever
//! appears is valid, and a sequence of valid tokens is the encoding of its bytes exactly when no
//! merge would cross any of its boundaries, which two neighbours alone decide.
//!
//! **Regular vocabularies.** Where both parts of every merge that makes a valid token were made by
//! merges of lower rank, merging goes through the ranks in order, and whether a token is valid is
//! read off the trees of its two parts. Every trained vocabulary is regular; in others, written by
//! hand, each token is merged to see.

use super::vocab::{NONE, Vocab};
use crate::error::{Error, Result};
use crate::simd;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// The longest piece merged in an array, in bytes.
pub(super) const SHORT: usize = 32;
/// The longest piece merged without a branch on its length.
const TINY: usize = 16;
/// How many merges ahead a table is asked for while it is built.
const AHEAD: usize = 12;
/// An id that no token has: pairs with it never merge.
const NO_ID: u32 = u32::MAX;

/// Left part, right part, product.
pub(super) type Merge = (u32, u32, u32);

/// Eight pairs in a cache line: the line of a pair, or the next one where it is full.
///
/// A tag is the pair itself where ids fit into 16 bits, else bits of its hash that spare a look at
/// `merges`.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    tags: [u32; 8],
    ranks: [u32; 8],
}

const FREE: Line = Line { tags: [0; 8], ranks: [NONE; 8] };

#[inline]
fn hash(left: u32, right: u32) -> u64 {
    let key = u64::from(left) << 32 | u64::from(right);
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The merges of a vocabulary, ready to be looked up.
pub(super) struct Merges {
    vocab: Arc<Vocab>,
    /// By rank: the two parts and what they make.
    rules: Arc<Vec<Merge>>,
    /// The id of each byte; `NONE` for bytes that never occur in UTF-8 and have no entry.
    byte_ids: [u32; 256],
    /// From a pair of ids to a rank.
    lines: Vec<Line>,
    shift: u32,
    /// A bit for the hash of each pair: most pairs that do not merge are told apart by it.
    seen: Vec<u64>,
    /// Whether a tag is the whole pair.
    exact: bool,
    /// The id of the first product, where each is one more than the one before.
    base: Option<u32>,
    /// The rank of the merge of two bytes, `left << 8 | right`.
    byte_pairs: Vec<u32>,
    /// By id: the rank of the merge that makes a valid token; `NONE` for bytes and invalid ones.
    made: Vec<u32>,
    valid: Vec<bool>,
}

impl Merges {
    /// `rules` are by rank. A pair that occurs twice is an error.
    pub(super) fn new(vocab: Arc<Vocab>, rules: &Arc<Vec<Merge>>) -> Result<Self> {
        let mut byte_ids = [NONE; 256];
        for byte in 0..=255u8 {
            let mut utf8 = [0; 4];
            let string = super::vocab::byte_char(byte).encode_utf8(&mut utf8);
            byte_ids[usize::from(byte)] = vocab.id(string).unwrap_or(NONE);
        }
        // At most seven of eight places are taken.
        let size = rules.len().div_ceil(7).next_power_of_two().max(2);
        let first = rules.first().map_or(0, |merge| merge.2);
        let in_order = (first..).zip(rules.iter()).all(|(id, merge)| merge.2 == id);
        let mut made = Self {
            rules: rules.clone(),
            byte_ids,
            lines: vec![FREE; size],
            seen: vec![0; size.max(4)],
            shift: 64 - size.trailing_zeros(),
            exact: vocab.id_bound() < 1 << 16,
            base: in_order.then_some(first),
            byte_pairs: vec![NONE; 1 << 16],
            made: vec![NONE; vocab.id_bound() as usize],
            valid: vec![false; vocab.id_bound() as usize],
            vocab,
        };
        let mut bytes = vec![NONE; made.valid.len()];
        for (byte, id) in (0..).zip(made.byte_ids).filter(|(_, id)| *id != NONE) {
            bytes[id as usize] = byte;
        }
        for (rank, &(left, right, _)) in rules.iter().enumerate() {
            if let Some(&(left, right, _)) = rules.get(rank + AHEAD) {
                simd::prefetch(&made.lines, made.first_line(hash(left, right)));
            }
            if !made.insert(left, right, rank as u32) {
                let message = "this merge is there twice; remove one";
                return Err(Error::format(format!("model.merges[{rank}]"), message));
            }
            let (first, second) = (bytes[left as usize], bytes[right as usize]);
            if first != NONE && second != NONE {
                made.byte_pairs[(first << 8 | second) as usize] = rank as u32;
            }
        }
        made.validate();
        Ok(made)
    }

    /// Find the valid tokens, and whether the vocabulary is regular.
    fn validate(&mut self) {
        for id in self.byte_ids.into_iter().filter(|id| *id != NONE) {
            self.valid[id as usize] = true;
        }
        let mut late: Vec<u32> = Vec::new();
        for rank in 0..self.rules.len() as u32 {
            let (left, right, product) = self.rules[rank as usize];
            let product = product as usize;
            if !self.valid[left as usize] || !self.valid[right as usize] {
                late.push(rank);
            } else if !self.valid[product] && !self.crossed(left, right) {
                self.valid[product] = true;
                self.made[product] = rank;
            }
        }
        let regular = late.iter().all(|&rank| {
            let (left, right, _) = self.rules[rank as usize];
            !self.valid[left as usize] || !self.valid[right as usize]
        });
        if !regular {
            self.made.fill(NONE);
            let (mut ids, vocab) = (Vec::new(), self.vocab.clone());
            for (_, id) in vocab.iter() {
                ids.clear();
                let bytes = vocab.bytes(id).unwrap_or_default();
                if bytes.iter().all(|byte| self.byte_ids[usize::from(*byte)] != NONE) {
                    self.merge_heap(bytes, &mut ids);
                }
                self.valid[id as usize] = ids == [id];
            }
        }
    }

    #[inline]
    fn tag(&self, hash: u64, left: u32, right: u32) -> u32 {
        if self.exact { left << 16 | right & 0xFFFF } else { hash as u32 }
    }

    #[inline]
    fn first_line(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize & (self.lines.len() - 1)
    }

    /// Where the bit of a pair is: other bits of the hash than those that name the line.
    #[inline]
    fn seen_bit(&self, hash: u64) -> (usize, u32) {
        ((hash >> 20) as usize & (self.seen.len() - 1), (hash >> 14) as u32 & 63)
    }

    /// `rank` where most pairs are expected not to merge.
    #[inline]
    fn rare_rank(&self, left: u32, right: u32) -> u32 {
        let (word, bit) = self.seen_bit(hash(left, right));
        if self.seen[word] >> bit & 1 == 0 { NONE } else { self.rank(left, right) }
    }

    /// Whether the pair was new.
    fn insert(&mut self, left: u32, right: u32, rank: u32) -> bool {
        let hash = hash(left, right);
        let tag = self.tag(hash, left, right);
        let (word, bit) = self.seen_bit(hash);
        self.seen[word] |= 1 << bit;
        let mut at = self.first_line(hash);
        loop {
            let same = simd::equal8(&self.lines[at].tags, tag);
            if same != 0 && self.proven(&self.lines[at], same, left, right) != 0 {
                return false;
            }
            let line = &mut self.lines[at];
            if let Some(free) = line.ranks.iter().position(|rank| *rank == NONE) {
                (line.tags[free], line.ranks[free]) = (tag, rank);
                return true;
            }
            at = (at + 1) & (self.lines.len() - 1);
        }
    }

    /// The rank of a pair, `NONE` where it does not merge.
    #[inline]
    pub(super) fn rank(&self, left: u32, right: u32) -> u32 {
        let hash = hash(left, right);
        let tag = self.tag(hash, left, right);
        let mut at = self.first_line(hash);
        loop {
            let line = &self.lines[at];
            let mut same = simd::equal8(&line.tags, tag);
            if !self.exact {
                same = self.proven(line, same, left, right);
            }
            // Whether a pair merges is hard to foretell: no branch on it.
            let rank = line.ranks[same.trailing_zeros() as usize % 8];
            let rank = if same == 0 { NONE } else { rank };
            // The last place of a line is taken last.
            if (same != 0) | (line.ranks[7] == NONE) {
                return rank;
            }
            at = (at + 1) & (self.lines.len() - 1);
        }
    }

    /// Of the places with the same tag those that hold the pair.
    fn proven(&self, line: &Line, mut same: u32, left: u32, right: u32) -> u32 {
        let mut proven = 0;
        while same != 0 {
            let place = same.trailing_zeros();
            let known = self.rules.get(line.ranks[place as usize % 8] as usize);
            proven |= u32::from(known.is_some_and(|m| (m.0, m.1) == (left, right))) << place;
            same &= same - 1;
        }
        proven
    }

    #[inline]
    fn product(&self, rank: u32) -> u32 {
        match self.base {
            Some(base) => base + rank,
            None => self.rules[rank as usize].2,
        }
    }

    pub(super) fn byte_id(&self, byte: u8) -> u32 {
        self.byte_ids[usize::from(byte)]
    }

    pub(super) fn valid(&self, id: u32) -> bool {
        self.valid.get(id as usize).copied().unwrap_or(false)
    }

    /// Whether a merge across the boundary comes before the two tokens are whole.
    ///
    /// Goes back in time: of the two tokens at the boundary, the one made later falls apart first.
    /// `left_ends` and `right_ends` are the ranks at which the two are taken by their own side. At
    /// equal ranks the leftmost merge comes first.
    fn crossed(&self, mut left: u32, mut right: u32) -> bool {
        let (mut left_ends, mut right_ends) = (NONE, NONE);
        loop {
            let (left_made, right_made) = (self.made[left as usize], self.made[right as usize]);
            let later = |rank: u32| if rank == NONE { -1 } else { i64::from(rank) };
            if left_made == NONE && right_made == NONE {
                return false;
            }
            if later(left_made) > later(right_made) {
                left_ends = left_made;
                left = self.rules[left_made as usize].1;
            } else {
                right_ends = right_made;
                right = self.rules[right_made as usize].0;
            }
            let rank = self.rare_rank(left, right);
            if rank < left_ends && rank <= right_ends && rank != NONE {
                return true;
            }
        }
    }

    /// Append the ids of one piece. Its bytes are those of valid UTF-8.
    pub(super) fn merge(&self, piece: &[u8], out: &mut Vec<u32>) {
        if piece.len() <= SHORT {
            let mut ids = [0; SHORT];
            let n = self.merge_short(piece, &mut ids);
            out.extend_from_slice(&ids[..n]);
        } else {
            self.merge_windows(piece, out);
        }
    }

    /// At most `SHORT` bytes, in an array.
    ///
    /// Ranks and ids are moved down by hand: the runs are too short for `memmove` to pay.
    #[inline]
    pub(super) fn merge_short(&self, piece: &[u8], ids: &mut [u32; SHORT]) -> usize {
        if piece.len() <= TINY && self.rules.len() < 1 << 27 {
            return self.merge_tiny(piece, ids);
        }
        let mut ranks = [NONE; SHORT];
        let mut n = piece.len().min(SHORT);
        for i in 0..n {
            ids[i] = self.byte_ids[usize::from(piece[i])];
        }
        for i in 1..n {
            ranks[i - 1] = self.byte_pairs[usize::from(piece[i - 1]) << 8 | usize::from(piece[i])];
        }
        while n > 1 {
            let (mut best, mut at) = (NONE, 0);
            for (i, &rank) in ranks[..n - 1].iter().enumerate() {
                if rank < best {
                    (best, at) = (rank, i);
                }
            }
            if best == NONE {
                break;
            }
            n -= 1;
            ids[at] = self.product(best);
            for i in at + 1..n {
                ids[i] = ids[(i + 1) % SHORT];
                ranks[i - 1] = ranks[i];
            }
            ranks[n - 1] = NONE;
            if at > 0 {
                ranks[at - 1] = self.rank(ids[at - 1], ids[at]);
            }
            if at + 1 < n {
                ranks[at] = self.rank(ids[at], ids[at + 1]);
            }
        }
        n
    }

    /// At most `TINY` bytes: a list of tokens in place, and for each the rank of its pair with the
    /// next one, with its place in the low bits so that the least one tells both.
    fn merge_tiny(&self, piece: &[u8], out: &mut [u32; SHORT]) -> usize {
        const END: usize = TINY;
        let n = piece.len().min(TINY);
        // Place `END` stands before the first and behind the last.
        let mut ids = [NO_ID; 2 * TINY];
        // Signed, for the least of them is found without a detour on every processor.
        let mut keys = [i32::MAX; 2 * TINY];
        let key = |rank: u32, place: usize| {
            if rank == NONE { i32::MAX } else { (rank << 4 | place as u32).cast_signed() }
        };
        let mut next = [END as u8; 2 * TINY];
        let mut before = [END as u8; 2 * TINY];
        for i in 0..n {
            ids[i] = self.byte_ids[usize::from(piece[i])];
        }
        for i in 1..n {
            let rank = self.byte_pairs[usize::from(piece[i - 1]) << 8 | usize::from(piece[i])];
            keys[i - 1] = key(rank, i - 1);
            next[i - 1] = i as u8;
            before[i] = (i - 1) as u8;
        }
        loop {
            let best = keys[..TINY].iter().fold(i32::MAX, |best, key| best.min(*key));
            if best == i32::MAX {
                break;
            }
            let best = best.cast_unsigned();
            let at = best as usize % TINY;
            let right = usize::from(next[at]) % (2 * TINY);
            let after = usize::from(next[right]) % (2 * TINY);
            let left = usize::from(before[at]) % (2 * TINY);
            ids[at] = self.product(best >> 4);
            next[at] = after as u8;
            before[after] = at as u8;
            keys[right] = i32::MAX;
            keys[at] = key(self.rank(ids[at], ids[after]), at);
            keys[left] = key(self.rank(ids[left], ids[at]), left % TINY);
        }
        let (mut at, mut count) = (0, 0);
        while at != END {
            out[count % SHORT] = ids[at];
            count += 1;
            at = usize::from(next[at]) % (2 * TINY);
        }
        count
    }

    /// The ids of a character of two or three bytes, and how many there are.
    pub(super) fn merge_char(&self, bytes: &[u8]) -> ([u32; 3], u32) {
        let id = |i: usize| bytes.get(i).map_or(0, |byte| self.byte_id(*byte));
        let mut ids = [id(0), id(1), id(2)];
        let rank = |i: usize| match bytes.get(i..i + 2) {
            Some(pair) => self.byte_pairs[usize::from(pair[0]) << 8 | usize::from(pair[1])],
            None => NONE,
        };
        let (first, second) = (rank(0), rank(1));
        if first == NONE && second == NONE {
            return (ids, bytes.len() as u32);
        }
        ids = if first <= second {
            [self.product(first), ids[2], 0]
        } else {
            [ids[0], self.product(second), 0]
        };
        if bytes.len() == 2 {
            return (ids, 1);
        }
        match self.rank(ids[0], ids[1]) {
            NONE => (ids, 2),
            rank => ([self.product(rank), 0, 0], 1),
        }
    }

    /// Any length, n log n.
    pub(super) fn merge_heap(&self, piece: &[u8], out: &mut Vec<u32>) {
        let mut ids: Vec<u32> = piece.iter().map(|byte| self.byte_id(*byte)).collect();
        let n = ids.len() as u32;
        // For each place with a token the places of its neighbours.
        let mut links: Vec<(u32, u32)> = (0..n).map(|i| (i.wrapping_sub(1), i + 1)).collect();
        // Rank above, place below: the least is the next merge.
        let mut heap = Vec::with_capacity(piece.len());
        for (at, pair) in (0u64..).zip(piece.windows(2)) {
            let rank = self.byte_pairs[usize::from(pair[0]) << 8 | usize::from(pair[1])];
            if rank != NONE {
                heap.push(Reverse(u64::from(rank) << 32 | at));
            }
        }
        let mut heap = BinaryHeap::from(heap);
        while let Some(Reverse(next)) = heap.pop() {
            let (rank, at) = ((next >> 32) as u32, next as u32);
            let (left, right) = links[at as usize];
            let second = ids.get(right as usize).copied().unwrap_or(NO_ID);
            let rule = self.rules[rank as usize];
            if (ids[at as usize], second) != (rule.0, rule.1) {
                continue; // one of the two has gone into another merge
            }
            let after = links[right as usize].1;
            ids[at as usize] = rule.2;
            ids[right as usize] = NO_ID;
            links[at as usize].1 = after;
            if let Some(link) = links.get_mut(after as usize) {
                link.0 = at;
            }
            for (left, right) in [(left, at), (at, after)] {
                if left < n && right < n {
                    let rank = self.rank(ids[left as usize], ids[right as usize]);
                    if rank != NONE {
                        heap.push(Reverse(u64::from(rank) << 32 | u64::from(left)));
                    }
                }
            }
        }
        out.extend(ids.into_iter().filter(|id| *id != NO_ID));
    }

    pub(super) fn vocab(&self) -> &Arc<Vocab> {
        &self.vocab
    }

    /// The bytes of what merges make.
    pub(super) fn products(&self) -> impl Iterator<Item = &[u8]> {
        self.rules.iter().filter_map(|merge| self.vocab.bytes(merge.2))
    }
}
