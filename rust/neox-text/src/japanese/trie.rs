//! Sequences of codes and their ids, as a double array.

use super::vocab::NONE;
use std::ops::Range;

/// The number of the first node that is more than one code deep; below are the codes themselves.
const DEEPER: u32 = 1 << 16;
/// Where the children of a node lie that has none: nothing there has it for a parent.
const CHILDLESS: u32 = 0;

/// What a sequence of one code leads to.
#[derive(Clone, Copy, Debug)]
pub struct First {
    /// Its children are at `base` plus their code.
    pub base: u32,
    pub id: u32,
}

/// A longer sequence.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The number of the sequence without its last code.
    parent: u32,
    base: u32,
    id: u32,
}

const FREE: Node = Node { parent: NONE, base: CHILDLESS, id: NONE };

/// All sequences.
#[derive(Clone, Debug)]
pub struct Trie {
    first: Vec<First>,
    nodes: Vec<Node>,
}

impl Trie {
    /// `codes` is one more than the greatest code.
    pub fn new(codes: usize, sequences: impl IntoIterator<Item = (Vec<u16>, u32)>) -> Self {
        let mut sequences: Vec<(Vec<u16>, u32)> = sequences.into_iter().collect();
        sequences.sort_unstable();
        let mut made =
            Self { first: vec![First { base: CHILDLESS, id: NONE }; codes], nodes: Vec::new() };
        // Ranges of sequences that begin alike, with the number of that beginning.
        let mut todo = Vec::new();
        for same in ranges(&sequences, 0..sequences.len(), 0) {
            let code = sequences[same.start].0[0];
            if let Some(id) = id_of(&sequences, &same, 1) {
                made.first[usize::from(code)].id = id;
            }
            todo.push((u32::from(code), same));
        }
        let (mut depth, mut taken) = (1, Taken::default());
        while !todo.is_empty() {
            let mut parents: Vec<(u32, Vec<Range<usize>>)> = todo
                .drain(..)
                .map(|(number, range)| (number, ranges(&sequences, range, depth)))
                .filter(|(_, children)| !children.is_empty())
                .collect();
            // What has most children is placed while there is most room.
            parents.sort_by_key(|(number, children)| (usize::MAX - children.len(), *number));
            for (number, children) in parents {
                let code = |range: &Range<usize>| usize::from(sequences[range.start].0[depth]);
                let codes: Vec<usize> = children.iter().map(code).collect();
                let base = taken.place(&codes);
                made.set_base(number, base as u32);
                if made.nodes.len() < taken.end {
                    made.nodes.resize(taken.end, FREE);
                }
                for (range, code) in children.into_iter().zip(codes) {
                    let at = base + code;
                    let id = id_of(&sequences, &range, depth + 1).unwrap_or(NONE);
                    made.nodes[at] = Node { parent: number, base: CHILDLESS, id };
                    todo.push((DEEPER + at as u32, range));
                }
            }
            depth += 1;
        }
        made
    }

    fn set_base(&mut self, number: u32, base: u32) {
        match number.checked_sub(DEEPER) {
            None => self.first[number as usize].base = base,
            Some(at) => self.nodes[at as usize].base = base,
        }
    }

    /// What one code alone leads to.
    #[inline]
    pub fn first(&self, code: u16) -> First {
        self.first.get(usize::from(code)).copied().unwrap_or(First { base: CHILDLESS, id: NONE })
    }

    /// The longest sequence that the codes begin with, which has an id that `counts`: its length
    /// and id.
    #[inline]
    pub fn longest(&self, codes: &[u16], counts: impl Fn(u32) -> bool) -> Option<(usize, u32)> {
        let mut best = None;
        self.each(codes, |length, id| {
            if counts(id) {
                best = Some((length, id));
            }
        });
        best
    }

    /// Every sequence that the codes begin with, the shortest first.
    #[inline]
    pub fn each(&self, codes: &[u16], mut found: impl FnMut(usize, u32)) {
        let Some((&code, rest)) = codes.split_first() else { return };
        let First { mut base, id } = self.first(code);
        if id != NONE {
            found(1, id);
        }
        let mut parent = u32::from(code);
        for (length, code) in (2..).zip(rest) {
            let at = base + u32::from(*code);
            let Some(node) = self.nodes.get(at as usize).filter(|node| node.parent == parent)
            else {
                return;
            };
            if node.id != NONE {
                found(length, node.id);
            }
            (parent, base) = (DEEPER + at, node.base);
        }
    }

    /// The same as `longest` where all count, for sequences of two codes and more; `id` is the
    /// first code's.
    #[inline]
    pub fn walk(&self, codes: &[u16], first: First) -> (usize, u32) {
        let (mut length, mut id) = (1, first.id);
        let (mut parent, mut base) = (u32::from(codes[0]), first.base);
        for (deep, code) in (2..).zip(&codes[1..]) {
            let at = base + u32::from(*code);
            let Some(node) = self.nodes.get(at as usize) else { break };
            if node.parent != parent {
                break;
            }
            if node.id != NONE {
                (length, id) = (deep, node.id);
            }
            if node.base == CHILDLESS {
                break;
            }
            (parent, base) = (DEEPER + at, node.base);
        }
        (length, id)
    }

    /// Bytes of memory.
    #[cfg(test)]
    fn size(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + self.first.len() * size_of::<First>()
    }
}

/// Which nodes are taken while an array is filled, a bit each.
#[derive(Default)]
struct Taken {
    bits: Vec<u64>,
    /// All words before are full.
    full: usize,
    /// Behind the last node that is taken.
    end: usize,
}

impl Taken {
    /// Take nodes for children with these codes, which are in order, at the first base where all
    /// are free. The base is not [`CHILDLESS`].
    fn place(&mut self, codes: &[usize]) -> usize {
        while self.bits.get(self.full) == Some(&u64::MAX) {
            self.full += 1;
        }
        let mut base = (self.full * 64).saturating_sub(codes[0]).max(1);
        // 64 bases at a time: a bit is set where a child would meet another node.
        loop {
            let mut meets = 0;
            for code in codes {
                meets |= self.window(base + code);
                if meets == u64::MAX {
                    break;
                }
            }
            if meets != u64::MAX {
                base += meets.trailing_ones() as usize;
                break;
            }
            base += 64;
        }
        for code in codes {
            let at = base + code;
            if self.bits.len() <= at / 64 {
                self.bits.resize(at / 64 + 1, 0);
            }
            self.bits[at / 64] |= 1 << (at % 64);
            self.end = self.end.max(at + 1);
        }
        base
    }

    /// The 64 bits from one on.
    fn window(&self, at: usize) -> u64 {
        let word = |index: usize| self.bits.get(index).copied().unwrap_or(0);
        let (index, shift) = (at / 64, at % 64);
        if shift == 0 {
            word(index)
        } else {
            word(index) >> shift | word(index + 1) << (64 - shift)
        }
    }
}

/// The parts of a range of sequences in order that have the same code at `depth`.
fn ranges(sequences: &[(Vec<u16>, u32)], range: Range<usize>, depth: usize) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for at in range {
        let Some(code) = sequences[at].0.get(depth) else { continue };
        match found.last_mut().filter(|_| last == Some(code)) {
            Some(range) => range.end = at + 1,
            None => found.push(at..at + 1),
        }
        last = Some(code);
    }
    found
}

/// The id of the sequence of a range that is no longer than `length`: it comes first.
fn id_of(sequences: &[(Vec<u16>, u32)], range: &Range<usize>, length: usize) -> Option<u32> {
    let (sequence, id) = &sequences[range.start];
    (sequence.len() == length).then_some(*id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn finds_what_a_map_finds(
            sequences in prop::collection::hash_map(
                prop::collection::vec(0u16..6, 1..5), 0u32..100, 0..60),
            text in prop::collection::vec(0u16..7, 1..12),
        ) {
            let trie = Trie::new(7, sequences.clone());
            let mut found = HashMap::new();
            trie.each(&text, |length, id| {
                found.insert(length, id);
            });
            let asked: HashMap<usize, u32> = (1..=text.len())
                .filter_map(|length| sequences.get(&text[..length]).map(|id| (length, *id)))
                .collect();
            prop_assert_eq!(&found, &asked);
            let longest = asked.iter().max().map(|(length, id)| (*length, *id));
            prop_assert_eq!(trie.longest(&text, |_| true), longest);
            prop_assert_eq!(
                trie.walk(&text, trie.first(text[0])),
                longest.unwrap_or((1, NONE))
            );
        }
    }

    #[test]
    fn is_dense() {
        let pairs = (0..4000u16).map(|i| (vec![i % 200, i / 2 % 1900], u32::from(i)));
        let pairs: HashMap<Vec<u16>, u32> = pairs.collect();
        let trie = Trie::new(2000, pairs.clone());
        let least = pairs.len() * size_of::<Node>() + 2000 * size_of::<First>();
        assert!(trie.size() < least * 5 / 4, "{} bytes, at least {least}", trie.size());
    }
}
