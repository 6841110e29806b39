//! The search: from each trigger back to where its sequences would begin, and on by trie.

use super::grapheme::{Role, emoji_end};
use super::sequences::{Sequence, Sequences};
use super::settle::{EmojiScratch, Occurrence};
use super::trie::Trie;
use super::{EmojiFound, EmojiTable, Matching};
use std::collections::HashMap;
use std::ops::Range;

/// What is known of a code.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Its node below the root of the trie, 0 for none.
    node: u32,
    /// Its number among the triggers, 0 for none.
    trigger: u16,
    role: Role,
    class: u8,
}

/// A code that is the rarest of some sequences.
#[derive(Clone, Debug, Default)]
struct Trigger {
    /// Which codes can stand before and behind it, a bit for all that are equal modulo 64.
    before: u64,
    behind: u64,
    /// Where in its sequences it can stand.
    offsets: Vec<u8>,
}

const ANY: u64 = u64::MAX;

fn bit(code: u16) -> u64 {
    1 << (code & 63)
}

impl Trigger {
    fn add(&mut self, before: Option<u16>, behind: Option<u16>, offset: u8) {
        self.before |= before.map_or(ANY, bit);
        self.behind |= behind.map_or(ANY, bit);
        if let Err(at) = self.offsets.binary_search(&offset) {
            self.offsets.insert(at, offset);
        }
    }

    /// Whether its neighbours allow any sequence.
    fn may(&self, codes: &[u16], at: usize) -> bool {
        let allows = |mask: u64, code: Option<&u16>| match code {
            Some(&code) => mask & bit(code) != 0,
            None => mask == ANY,
        };
        let before = at.checked_sub(1).and_then(|at| codes.get(at));
        allows(self.before, before) && allows(self.behind, codes.get(at + 1))
    }
}

#[derive(Clone, Copy, Debug)]
struct Key {
    rank: u32,
    class: u8,
    trigger: u8,
}

/// The sequences of a table, compiled to the codes in which a text is searched.
#[derive(Clone, Debug, Default)]
pub struct EmojiMatcher {
    matching: Matching,
    trie: Trie,
    keys: Vec<Key>,
    /// By code.
    slots: Vec<Slot>,
    triggers: Vec<Trigger>,
    /// The most that a sequence reaches back from its trigger.
    reach: u32,
}

impl EmojiMatcher {
    /// The characters that must have a code of their own, and whether one is a trigger: each
    /// sequence has one, and a search begins there.
    ///
    /// U+3000 has the code of the space, U+2014 and U+2212 that of U+30FC; they are not listed.
    pub fn alphabet(table: &EmojiTable, matching: Matching) -> Vec<(char, bool)> {
        Sequences::new(table, matching).alphabet().into_iter().collect()
    }

    /// `code` gives the code of each character of the alphabet.
    pub fn new(table: &EmojiTable, matching: Matching, code: &dyn Fn(char) -> u16) -> Self {
        Self::compile(&Sequences::new(table, matching), matching, code)
    }

    pub(super) fn compile(
        sequences: &Sequences,
        matching: Matching,
        code: &dyn Fn(char) -> u16,
    ) -> Self {
        let codes: HashMap<char, u16> =
            sequences.alphabet().into_keys().map(|c| (c, code(c))).collect();
        let code_of = |c: &char| codes.get(c).copied().unwrap_or_default();
        let top = codes.values().max().map_or(0, |&code| usize::from(code) + 1);
        let mut made = Self {
            matching,
            slots: vec![Slot::default(); top],
            triggers: vec![Trigger::default()],
            ..Self::default()
        };
        for (c, role, class) in sequences.grammar.roles() {
            let slot = &mut made.slots[usize::from(code_of(&c))];
            (slot.role, slot.class) = (role, class);
        }
        let mut keys = Vec::with_capacity(sequences.list.len());
        for (number, sequence) in sequences.list.iter().enumerate() {
            let key: Vec<u16> = sequence.chars.iter().map(code_of).collect();
            let at = usize::from(sequence.trigger);
            let slot = &mut made.slots[usize::from(key[at])];
            if slot.trigger == 0 {
                slot.trigger = made.triggers.len() as u16;
                made.triggers.push(Trigger::default());
            }
            let before = at.checked_sub(1).map(|at| key[at]);
            let trigger = &mut made.triggers[usize::from(slot.trigger)];
            trigger.add(before, key.get(at + 1).copied(), sequence.trigger);
            made.reach = made.reach.max(u32::from(sequence.trigger));
            let Sequence { rank, class, trigger, .. } = *sequence;
            made.keys.push(Key { rank, class, trigger });
            keys.push((key.into_iter().map(u32::from).collect(), number as u32));
        }
        made.trie = Trie::new(keys);
        for &(code, node) in made.trie.roots() {
            made.slots[code as usize].node = node;
        }
        made
    }

    /// Append what stands in `codes` to `found`, in the order of the text, without overlap.
    ///
    /// `triggers` are the places of triggers, in order.
    pub fn find(
        &self,
        codes: &[u16],
        triggers: &[u32],
        scratch: &mut EmojiScratch,
        found: &mut Vec<EmojiFound>,
    ) {
        let (mut limit, mut chain) = (0, 0..0);
        for &at in triggers {
            if at >= limit + self.reach && !scratch.pending.is_empty() {
                self.settle(scratch, found);
            }
            let known = scratch.pending.len();
            self.occurrences(codes, at, &mut chain, &mut scratch.pending);
            let ends = scratch.pending[known..].iter().map(|one| one.end);
            limit = ends.fold(limit, u32::max);
        }
        self.settle(scratch, found);
    }

    fn settle(&self, scratch: &mut EmojiScratch, found: &mut Vec<EmojiFound>) {
        match self.matching {
            Matching::Rank => scratch.settle_by_rank(found),
            Matching::Grapheme => scratch.settle_by_place(found),
        }
    }

    fn slot(&self, codes: &[u16], at: usize) -> Slot {
        let slot = codes.get(at).and_then(|&code| self.slots.get(usize::from(code)));
        slot.copied().unwrap_or_default()
    }

    /// Collect the sequences that have their trigger here, and the emoji that begins here.
    fn occurrences(
        &self,
        codes: &[u16],
        trigger: u32,
        chain: &mut Range<usize>,
        pending: &mut Vec<Occurrence>,
    ) {
        let at = trigger as usize;
        let slot = self.slot(codes, at);
        if let Some(end) = self.grapheme_end(codes, at, slot.role, chain) {
            let rank = u32::MAX; // a sequence of a table goes first
            pending.push(Occurrence { start: trigger, end: end as u32, rank, class: slot.class });
        }
        let Some(rarest) = self.triggers.get(usize::from(slot.trigger)) else { return };
        if slot.trigger == 0 || !rarest.may(codes, at) {
            return;
        }
        for &offset in &rarest.offsets {
            let Some(start) = at.checked_sub(usize::from(offset)) else { break };
            let node = self.slot(codes, start).node;
            if node == 0 {
                continue;
            }
            let rest = codes[start + 1..].iter().map(|&code| u32::from(code));
            let short = self.trie.key(node).map(|key| (0, key));
            for (more, key) in short.into_iter().chain(self.trie.beginnings(node, rest)) {
                let Key { rank, class, trigger } = self.keys[key as usize];
                if trigger == offset {
                    let end = (start + 1 + more) as u32;
                    pending.push(Occurrence { start: start as u32, end, rank, class });
                }
            }
        }
    }

    /// Where the emoji of the grammar ends that begins here, if one does; `chain` is the last one
    /// that joiners hold together.
    fn grapheme_end(
        &self,
        codes: &[u16],
        at: usize,
        role: Role,
        chain: &mut Range<usize>,
    ) -> Option<usize> {
        if !role.begins() {
            return None;
        }
        let end = || emoji_end(|at| self.slot(codes, at).role, at);
        if role == Role::Region {
            return end();
        }
        // An emoji inside a chain ends where the chain does, so each chain is walked once.
        if !chain.contains(&at) {
            *chain = at..end()?;
        }
        Some(chain.end)
    }
}
