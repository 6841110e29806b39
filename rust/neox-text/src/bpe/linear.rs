//! Long pieces in linear time: window by window.
//!
//! A sequence of tokens is the encoding of its bytes exactly when each of its neighbours would stay
//! apart if merged alone (`merge`, module docs). So a window at the front of what is left is merged
//! by itself; its tokens are kept but for those near its end, which may depend on what follows, and
//! the next window begins behind them. Where the last token kept and the first of the next window
//! stay apart, the two encodings joined are that of both. Where they do not, the cut was not a
//! place of the true encoding: tokens are taken back, and the window is doubled. A window as long as
//! the piece always ends it, so the result is exact whatever the vocabulary.

use super::merge::Merges;

/// The first window, in bytes; all but the longest tokens fit into a part of it.
const WINDOW: usize = 384;
/// Tokens that end so near to the end of a window, in bytes, may depend on what follows.
const MARGIN: usize = 48;

impl Merges {
    /// Append the ids of a long piece.
    pub(super) fn merge_windows(&self, piece: &[u8], out: &mut Vec<u32>) {
        self.windows(piece, WINDOW, out);
    }

    fn windows(&self, piece: &[u8], mut size: usize, out: &mut Vec<u32>) {
        let first = out.len();
        let (mut at, mut window) = (0, Vec::new());
        loop {
            let end = piece.len().min(at + size);
            window.clear();
            self.merge_heap(&piece[at..end], &mut window);
            let last = out.get(first..).and_then(<[u32]>::last);
            if let (Some(&last), Some(&next)) = (last, window.first())
                && !self.stay_apart(last, next)
            {
                let back = at.saturating_sub(size);
                while at > back {
                    at -= out.pop().map_or(at, |id| self.len(id));
                }
                size *= 2;
                continue;
            }
            if end == piece.len() {
                out.extend_from_slice(&window);
                return;
            }
            let (mut kept, safe) = (at, at + size - MARGIN.min(size / 4));
            for &id in &window {
                if kept + self.len(id) > safe {
                    break;
                }
                kept += self.len(id);
                out.push(id);
            }
            if kept == at {
                size *= 2;
            }
            at = kept;
        }
    }

    /// Whether two tokens come out as they are when their bytes are merged together.
    fn stay_apart(&self, left: u32, right: u32) -> bool {
        let bytes = |id| self.vocab().bytes(id).unwrap_or_default();
        let (both, mut merged) = ([bytes(left), bytes(right)].concat(), Vec::new());
        self.merge_heap(&both, &mut merged);
        merged == [left, right]
    }

    fn len(&self, id: u32) -> usize {
        self.vocab().bytes(id).map_or(1, <[u8]>::len).max(1)
    }
}

#[cfg(test)]
mod tests {
    use crate::bpe::merge::Merges;
    use crate::bpe::vocab::{VocabBuilder, byte_char};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// All bytes, and merges of pairs of tokens made so far, drawn by `picks`; later ones may
    /// repeat a product or never come to pass.
    fn drawn(picks: &[(usize, usize)]) -> Merges {
        let mut strings: Vec<String> = (0..=255).map(|byte| byte_char(byte).to_string()).collect();
        let mut pool: Vec<u32> = "aaabc".bytes().map(u32::from).collect();
        let mut rules = Vec::new();
        for &(left, right) in picks {
            let (left, right) = (pool[left % pool.len()], pool[right % pool.len()]);
            let joined = format!("{}{}", strings[left as usize], strings[right as usize]);
            if joined.len() > 24
                || rules.iter().any(|rule: &(u32, u32, u32)| rule.0 == left && rule.1 == right)
            {
                continue;
            }
            let product = strings.iter().position(|string| *string == joined).unwrap_or_else(|| {
                strings.push(joined);
                strings.len() - 1
            }) as u32;
            pool.push(product);
            rules.push((left, right, product));
        }
        let mut builder = VocabBuilder::new("vocab");
        for (id, string) in strings.iter().enumerate() {
            builder.insert(string, id as u32).unwrap();
        }
        Merges::new(Arc::new(builder.build().unwrap()), &Arc::new(rules)).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn windows_of_any_size_give_what_one_heap_gives(
            picks in prop::collection::vec((0usize..1000, 0usize..1000), 1..60),
            piece in "[abc]{1,400}|a{1,400}|(ab){1,200}",
            size in 4usize..80,
        ) {
            let merges = drawn(&picks);
            let (mut whole, mut windows) = (Vec::new(), vec![7]);
            merges.merge_heap(piece.as_bytes(), &mut whole);
            merges.windows(piece.as_bytes(), size, &mut windows);
            prop_assert_eq!(&windows[1..], whole.as_slice());
        }
    }
}
