//! Offsets out of ids: what each token's source is, from the fewest characters that its id can
//! stand for and the tokens that stand for more.

use std::num::NonZero;
use std::ops::Range;
use std::sync::Mutex;

/// A token whose source is longer than the least for its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its number among the tokens.
    pub token: usize,
    /// So many characters longer.
    pub more: u32,
}

/// What offsets follow from, beside ids.
#[derive(Clone, Copy, Debug)]
pub struct Lengths<'l> {
    /// The fewest characters that each id can stand for; 0 for one that goes on with the character
    /// of the token before.
    pub least: &'l [u8],
    /// In the order of their tokens.
    pub stretches: &'l [Stretch],
}

impl Lengths<'_> {
    /// Give start and end of each token of a text, in characters: those of the tokens before it
    /// and behind it touch. A token that goes on with a character has an empty span behind it.
    ///
    /// `tokens` are the numbers of its tokens, whose ids are `ids`.
    #[inline]
    pub fn spans<I: Copy + Into<u32>>(
        &self,
        ids: &[I],
        tokens: Range<usize>,
        mut give: impl FnMut(u32, u32),
    ) {
        let from = self.stretches.partition_point(|one| one.token < tokens.start);
        let mut stretches = self.stretches[from..].iter();
        let (mut start, mut done) = (0, tokens.start);
        let mut plain = |range: Range<usize>, start: &mut u32, more: u32| {
            for id in &ids[range.start - tokens.start..range.end - tokens.start] {
                let id: u32 = (*id).into();
                let end = *start + u32::from(self.least[id as usize]) + more;
                give(*start, end);
                *start = end;
            }
        };
        for one in stretches.by_ref().take_while(|one| one.token < tokens.end) {
            plain(done..one.token, &mut start, 0);
            plain(one.token..one.token + 1, &mut start, one.more);
            done = one.token + 1;
        }
        plain(done..tokens.end, &mut start, 0);
    }
}

/// Spans in which an empty one is that of the token before: the bytes of a character share it.
pub fn shared(spans: impl Iterator<Item = (u32, u32)>) -> impl Iterator<Item = (u32, u32)> {
    let mut source = (0, 0);
    spans.map(move |span| {
        source = if span.0 < span.1 { span } else { source };
        source
    })
}

/// Ids that are worth a thread's turn.
const TURN: usize = 1 << 17;

impl Lengths<'_> {
    /// Start and end of the source of each token of many texts, two numbers each, in characters of
    /// its text. `rows` has where the ids of each text begin, and where the last ones end.
    pub fn offsets<I: Copy + Into<u32> + Sync>(&self, ids: &[I], rows: &[i64]) -> Vec<u32> {
        let mut out = vec![0; ids.len() * 2];
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = (ids.len() / cores).max(TURN) as i64;
        let (mut rest, mut first, mut parts) = (out.as_mut_slice(), 0, Vec::new());
        while first + 1 < rows.len() {
            let last = rows.partition_point(|end| *end < rows[first] + share);
            let last = last.clamp(first + 1, rows.len() - 1);
            let (part, more) = rest.split_at_mut((rows[last] - rows[first]) as usize * 2);
            parts.push((&rows[first..=last], part));
            (rest, first) = (more, last);
        }
        let count = parts.len();
        let parts = Mutex::new(parts);
        let next = || parts.lock().ok().and_then(|mut parts| parts.pop());
        let worker = || {
            while let Some((rows, part)) = next() {
                self.offsets_of(ids, rows, part);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..count.min(cores) {
                // Where the system has no more threads to give, those that run do it all.
                if std::thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                    break;
                }
            }
            worker();
        });
        out
    }

    fn offsets_of<I: Copy + Into<u32>>(&self, ids: &[I], rows: &[i64], out: &mut [u32]) {
        let mut out = out.chunks_exact_mut(2);
        for ends in rows.windows(2) {
            let tokens = ends[0] as usize..ends[1] as usize;
            let mut source = (0, 0);
            self.spans(&ids[tokens.clone()], tokens, |start, end| {
                source = if start < end { (start, end) } else { source };
                if let Some(out) = out.next() {
                    (out[0], out[1]) = source;
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_tokens_that_are_longer_or_go_on() {
        // An id is the least length of its token here.
        let least: Vec<u8> = (0..4).collect();
        let ids: Vec<u16> = vec![1, 3, 1, 0, 0, 2, 2, 1, 0];
        let more = [(2, 5), (5, 1), (8, 4)].map(|(token, more)| Stretch { token, more });
        let lengths = Lengths { least: &least, stretches: &more };
        let rows = [0, 1, 1, 5, 9];
        let due = [
            [0, 1], // a row
            [0, 3],
            [3, 9],
            [3, 9],
            [3, 9],
            [0, 3],
            [3, 5],
            [5, 6],
            [6, 10],
        ];
        assert_eq!(lengths.offsets(&ids, &rows), due.concat());
        assert_eq!(lengths.offsets::<u16>(&[], &[0]), Vec::<u32>::new());

        let many: Vec<u16> = ids.iter().copied().cycle().take(9 * 50_000).collect();
        let stretches: Vec<Stretch> = (0..50_000)
            .flat_map(|round| more.map(|one| Stretch { token: one.token + 9 * round, ..one }))
            .collect();
        let ends =
            (0..50_000i64).flat_map(|round| rows[..4].iter().map(move |end| end + 9 * round));
        let ends: Vec<i64> = ends.chain([450_000]).collect();
        let lengths = Lengths { least: &least, stretches: &stretches };
        assert_eq!(lengths.offsets(&many, &ends), due.concat().repeat(50_000));
    }
}
