//! Long pieces in linear time, for regular vocabularies.
//!
//! The encoding is the one sequence of valid tokens whose neighbours are all `adjacent`. It is
//! searched for from the left, the longest token first; where none fits, the last one is taken
//! back and a shorter one tried. A position from which no way led on is never tried again, so
//! each is left at most once, and the work is bounded by the length of the piece times the number
//! of tokens that begin at one place.

use super::merge::Merges;
use super::vocab::NONE;

/// A trie of the valid tokens.
pub(super) struct Linear {
    /// Open addressing from (node, byte) to a node; the root is 0.
    keys: Vec<u64>,
    nodes: Vec<u32>,
    /// By node: the longest valid token that is a prefix of its path.
    best: Vec<u32>,
    /// By id: the longest valid token that is a proper prefix of it, and its length in bytes.
    shorter: Vec<u32>,
    lengths: Vec<u32>,
}

impl Linear {
    pub(super) fn new(merges: &Merges) -> Self {
        let tokens: Vec<(u32, &[u8])> = merges
            .valid_tokens()
            .filter_map(|id| merges.vocab().bytes(id).map(|bytes| (id, bytes)))
            .collect();
        let total: usize = tokens.iter().map(|(_, bytes)| bytes.len()).sum();
        let bound = tokens.iter().map(|(id, _)| *id as usize + 1).max().unwrap_or(0);
        let size = (total * 2).next_power_of_two().max(16);
        let mut made = Self {
            keys: vec![u64::MAX; size],
            nodes: vec![0; size],
            best: vec![NONE],
            shorter: vec![NONE; bound],
            lengths: vec![0; bound],
        };
        let mut ends = Vec::with_capacity(tokens.len());
        let mut parents: Vec<u32> = vec![0];
        for &(id, bytes) in &tokens {
            let mut node = 0;
            for &byte in bytes {
                let slot = made.slot(node, byte);
                if made.keys[slot] == u64::MAX {
                    made.keys[slot] = Self::key(node, byte);
                    made.nodes[slot] = made.best.len() as u32;
                    made.best.push(NONE);
                    parents.push(node);
                }
                node = made.nodes[slot];
            }
            made.best[node as usize] = id;
            made.lengths[id as usize] = bytes.len() as u32;
            ends.push((id, node));
        }
        // A parent has a lower number than its children.
        for (node, parent) in parents.iter().enumerate().skip(1) {
            if made.best[node] == NONE {
                made.best[node] = made.best[*parent as usize];
            }
        }
        for (id, node) in ends {
            made.shorter[id as usize] = made.best[parents[node as usize] as usize];
        }
        made
    }

    fn key(node: u32, byte: u8) -> u64 {
        u64::from(node) << 8 | u64::from(byte)
    }

    #[inline]
    fn slot(&self, node: u32, byte: u8) -> usize {
        let key = Self::key(node, byte);
        let mask = self.keys.len() - 1;
        let mut slot = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24) as usize & mask;
        while self.keys[slot] != key && self.keys[slot] != u64::MAX {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The longest valid token that `text` begins with. Every byte of UTF-8 is one.
    #[inline]
    fn longest(&self, text: &[u8]) -> u32 {
        let mut node = 0;
        for &byte in text {
            let slot = self.slot(node, byte);
            if self.keys[slot] == u64::MAX {
                break;
            }
            node = self.nodes[slot];
        }
        self.best[node as usize]
    }

    pub(super) fn encode(&self, merges: &Merges, piece: &[u8], out: &mut Vec<u32>) {
        let first = out.len();
        // Positions from which no way leads on.
        let mut dead = vec![0u64; piece.len() / 64 + 1];
        let mut at = 0;
        let mut token = self.longest(piece);
        loop {
            if token == NONE {
                dead[at / 64] |= 1 << (at % 64);
                if out.len() == first {
                    return; // never: every piece has an encoding
                }
                let Some(last) = out.pop() else { return };
                at -= self.lengths[last as usize] as usize;
                token = self.shorter[last as usize];
                continue;
            }
            let end = at + self.lengths[token as usize] as usize;
            let open = dead[end / 64] >> (end % 64) & 1 == 0;
            let fits = open && (out.len() == first || merges.adjacent(out[out.len() - 1], token));
            if !fits {
                token = self.shorter[token as usize];
                continue;
            }
            out.push(token);
            at = end;
            if at == piece.len() {
                return;
            }
            token = self.longest(&piece[at..]);
        }
    }
}
