//! Which of the occurrences that overlap are found.

use super::EmojiFound;

/// A place where a sequence stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) rank: u32,
    pub(super) class: u8,
}

/// What a search needs; kept between searches.
#[derive(Debug, Default)]
pub struct EmojiScratch {
    pub(super) pending: Vec<Occurrence>,
    order: Vec<u32>,
    taken: Vec<bool>,
}

/// The rank of an occurrence that was found.
const FOUND: u32 = u32::MAX;

fn append(found: &mut Vec<EmojiFound>, one: &Occurrence) {
    found.push(EmojiFound { start: one.start, end: one.end, class: one.class });
}

impl EmojiScratch {
    /// Find in the order of rank and place what overlaps nothing found before it.
    pub(super) fn settle_by_rank(&mut self, found: &mut Vec<EmojiFound>) {
        let Self { pending, order, taken } = self;
        if let [one] = pending[..] {
            append(found, &one);
            pending.clear();
            return;
        }
        pending.sort_unstable_by_key(|one| (one.start, one.rank));
        // Groups that do not overlap each other are settled by themselves.
        let mut from = 0;
        while let Some(first) = pending.get(from) {
            let (base, mut end) = (first.start, first.end);
            let more = pending[from + 1..].iter().take_while(|one| {
                let joins = one.start < end;
                end = end.max(if joins { one.end } else { 0 });
                joins
            });
            let to = from + 1 + more.count();
            let group = &mut pending[from..to];
            from = to;
            if let [one] = group {
                append(found, one);
                continue;
            }
            order.clear();
            order.extend(0..group.len() as u32);
            // Stable, so that equal ranks stay in the order of their places; with k sequences in
            // play this takes n log k.
            order.sort_by_key(|&at| group[at as usize].rank);
            taken.clear();
            taken.resize((end - base) as usize, false);
            for &at in &*order {
                let one = &mut group[at as usize];
                let place = &mut taken[(one.start - base) as usize..(one.end - base) as usize];
                if !place.contains(&true) {
                    place.fill(true);
                    one.rank = FOUND;
                }
            }
            group.iter().filter(|one| one.rank == FOUND).for_each(|one| append(found, one));
        }
        pending.clear();
    }

    /// Find from left to right the longest at each place; of equal ones the lowest rank.
    pub(super) fn settle_by_place(&mut self, found: &mut Vec<EmojiFound>) {
        self.pending.sort_unstable_by_key(|one| (one.start, u32::MAX - one.end, one.rank));
        let mut free = 0;
        for one in &self.pending {
            if one.start >= free {
                append(found, one);
                free = one.end;
            }
        }
        self.pending.clear();
    }
}
