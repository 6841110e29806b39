//! `Encoding` against twins written from the definition, over rows of tokens.
#![allow(clippy::unwrap_used)]

use std::ops::Range;

use neox_text::encoding::{Direction, Encoding, MAX_PADDING, Strategy, truncate_pair};
use proptest::prelude::{Just, Strategy as Draw, any, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, option, prop_oneof};

/// What is known of one token: id, type, offsets, spans, word, masks, own string.
type Row =
    (u32, u32, (u32, u32), (u32, u32), (u32, u32), Option<u32>, u8, u8, Option<&'static str>);

const SURFACES: [&str; 4] = ["a", " b", "ééé", "[PAD]"];

fn rows(encoding: &Encoding) -> Vec<Row> {
    let surface = |at| {
        let known = |surface: &str| SURFACES.into_iter().find(|known| *known == surface).unwrap();
        encoding.surface(at).map(known)
    };
    (0..encoding.len())
        .map(|at| {
            (
                encoding.ids[at],
                encoding.type_ids[at],
                encoding.offsets[at],
                encoding.spans[at],
                encoding.byte_spans[at],
                encoding.word_ids[at],
                encoding.special_tokens_mask[at],
                encoding.attention_mask[at],
                surface(at),
            )
        })
        .collect()
}

fn made_of(rows: &[Row]) -> Encoding {
    let mut encoding = Encoding::default();
    for (at, row) in rows.iter().enumerate() {
        encoding.ids.push(row.0);
        encoding.type_ids.push(row.1);
        encoding.offsets.push(row.2);
        encoding.spans.push(row.3);
        encoding.byte_spans.push(row.4);
        encoding.word_ids.push(row.5);
        encoding.special_tokens_mask.push(row.6);
        encoding.attention_mask.push(row.7);
        encoding.surfaces.extend(row.8.map(|surface| (at as u32, surface.into())));
    }
    encoding
}

/// Tokens of a text: spans without a gap, offsets within them, words that do not fall.
fn drawn() -> impl Draw<Value = Encoding> {
    let surface = option::weighted(0.3, proptest::sample::select(&SURFACES[..3]));
    let token = (0..50u32, 0..3u32, 0..2u32, 0..2u32, any::<bool>(), surface);
    collection::vec(token, 0..14).prop_map(|tokens| {
        let (mut at, mut word) = (0, 0);
        let row = |(id, size, trim, next, has_word, surface): (u32, u32, u32, u32, bool, _)| {
            let span = (at, at + size);
            let offsets = (span.0 + trim.min(size), span.1);
            at = span.1;
            word += next;
            let word = has_word.then_some(word);
            (id, 0, offsets, span, (span.0 * 3, span.1 * 3), word, 0, 1, surface)
        };
        made_of(&tokens.into_iter().map(row).collect::<Vec<_>>())
    })
}

fn directions() -> impl Draw<Value = Direction> {
    prop_oneof![Just(Direction::Left), Just(Direction::Right)]
}

/// The windows of a truncation: step by step from the end that is kept.
fn windows(rows: &[Row], max: usize, stride: usize, direction: Direction) -> Vec<Vec<Row>> {
    let mut left = rows.to_vec();
    if direction == Direction::Left {
        left.reverse();
    }
    let mut found = Vec::new();
    while left.len() > max {
        found.push(left[..max].to_vec());
        left.drain(..max - stride);
    }
    found.push(left);
    if direction == Direction::Left {
        for window in &mut found {
            window.reverse();
        }
    }
    found
}

fn all_parts(encoding: &Encoding) -> Vec<Vec<Row>> {
    std::iter::once(encoding).chain(&encoding.overflowing).map(rows).collect()
}

/// `encoding` cut so that it has overflowing parts.
fn cut(mut encoding: Encoding, max: usize) -> Encoding {
    encoding.truncate(max, 0, Direction::Right).unwrap();
    encoding
}

proptest! {
    #[test]
    fn truncation_is_windows(
        encoding in drawn(), max in 1..16usize, stride in 0..16usize, direction in directions(),
    ) {
        let mut made = encoding.clone();
        made.set_sequence_id(1);
        let whole = made.clone();
        let outcome = made.truncate(max, stride, direction);
        if encoding.len() <= max {
            prop_assert!(outcome.is_ok());
            prop_assert_eq!(made, whole);
        } else if stride >= max {
            prop_assert!(outcome.unwrap_err().to_string().contains("stride"));
            prop_assert_eq!(made, whole);
        } else {
            prop_assert_eq!(all_parts(&made), windows(&rows(&encoding), max, stride, direction));
            let bare = |part: &Encoding| part.sequences.is_empty();
            let flat = |part: &Encoding| part.overflowing.is_empty();
            prop_assert!(bare(&made) && made.overflowing.iter().all(|p| bare(p) && flat(p)));
        }
    }

    #[test]
    fn padding_is_rows_at_an_end(
        encoding in drawn(), max in 1..8usize, length in 0..20usize, direction in directions(),
    ) {
        let mut made = cut(encoding, max);
        made.set_sequence_id(0);
        let before = made.clone();
        made.pad(length, 7, 2, "[PAD]", direction).unwrap();
        for (part, old) in std::iter::once(&made).chain(&made.overflowing)
            .zip(std::iter::once(&before).chain(&before.overflowing))
        {
            let count = length.saturating_sub(old.len());
            let edge = |spans: &[(u32, u32)]| match direction {
                Direction::Left => spans.first().map_or((0, 0), |span| (span.0, span.0)),
                Direction::Right => spans.last().map_or((0, 0), |span| (span.1, span.1)),
            };
            let (span, bytes) = (edge(&old.spans), edge(&old.byte_spans));
            let fill = vec![(7, 2, (0, 0), span, bytes, None, 1, 0, Some("[PAD]")); count];
            let due = match direction {
                Direction::Left => [fill, rows(old)].concat(),
                Direction::Right => [rows(old), fill].concat(),
            };
            prop_assert_eq!(rows(part), due);
            let shift = if direction == Direction::Left { count } else { 0 };
            let moved = |tokens: &Range<usize>| tokens.start + shift..tokens.end + shift;
            let due = old.sequences.iter().map(|(id, tokens)| (*id, moved(tokens)));
            prop_assert_eq!(part.sequences.clone(), due.collect());
        }
        let once = made.clone();
        made.pad(length, 8, 1, "a", direction).unwrap();
        prop_assert_eq!(made, once);
    }

    #[test]
    fn merging_joins_rows(encodings in collection::vec(drawn(), 0..4), growing in any::<bool>()) {
        let (mut due, mut sequences) = (Vec::new(), Vec::new());
        let mut numbered = encodings.clone();
        for (number, encoding) in numbered.iter_mut().enumerate() {
            encoding.set_sequence_id(number);
            let last = due.last().copied().filter(|_| growing);
            let by = |pick: fn(Row) -> u32| last.map_or(0, pick);
            let (a, b, c) = (by(|row| row.2.1), by(|row| row.3.1), by(|row| row.4.1));
            sequences.extend(vec![Some(number); encoding.len()]);
            due.extend(rows(encoding).into_iter().map(|mut row| {
                row.2 = (row.2.0 + a, row.2.1 + a);
                row.3 = (row.3.0 + b, row.3.1 + b);
                row.4 = (row.4.0 + c, row.4.1 + c);
                row
            }));
        }
        let made = Encoding::merge(numbered, growing);
        prop_assert_eq!(rows(&made), due);
        prop_assert_eq!(made.sequence_ids(), sequences);
        prop_assert_eq!(made.n_sequences(), encodings.len().max(1));
    }

    #[test]
    fn merging_combines_overflow(a in drawn(), b in drawn(), m in 1..6usize, n in 1..6usize) {
        let (a, b) = (cut(a, m), cut(b, n));
        let mut made = a.clone();
        made.append(&b, false);
        let joined = |x: &Encoding, y: &Encoding| [rows(x), rows(y)].concat();
        let mut due = vec![joined(&a, &b)];
        for x in &a.overflowing {
            due.extend(std::iter::once(&b).chain(&b.overflowing).map(|y| joined(x, y)));
        }
        due.extend(b.overflowing.iter().map(|y| joined(&a, y)));
        prop_assert_eq!(all_parts(&made), due);
        // One level down: what a combination's two sides still carry.
        let (p, q) = (a.overflowing.len(), b.overflowing.len());
        for (number, part) in made.overflowing.iter().enumerate() {
            let (of_a, within) = (number / (q + 1), number % (q + 1));
            let carried = match () {
                () if of_a < p && within == 0 => q,
                () if of_a < p => 0,
                () => p,
            };
            prop_assert_eq!(part.overflowing.len(), carried);
        }
    }

    #[test]
    fn look_ups_are_scans(a in drawn(), b in drawn(), left in 0..4usize) {
        let mut pair = [a, b];
        pair.iter_mut().enumerate().for_each(|(number, one)| one.set_sequence_id(number));
        let mut made = Encoding::merge(pair, false);
        made.pad(made.len() + left, 0, 0, "[PAD]", Direction::Left).unwrap();
        let sequences = made.sequence_ids();
        let table = rows(&made);
        for sequence in 0..2 {
            let tokens = || (0..table.len()).filter(|at| sequences[*at] == Some(sequence));
            for char in 0..40 {
                let found = tokens().find(|at| (table[*at].2.0..table[*at].2.1).contains(&char));
                prop_assert_eq!(made.char_to_token(char, sequence), found);
                prop_assert_eq!(made.char_to_word(char, sequence), found.and_then(|at| table[at].5));
            }
            for word in 0..16 {
                let of_word: Vec<usize> = tokens().filter(|at| table[*at].5 == Some(word)).collect();
                let due = of_word.first().map(|first| (*first, of_word[of_word.len() - 1] + 1));
                prop_assert_eq!(made.word_to_tokens(word, sequence), due);
                let due = due.map(|(first, end)| (table[first].2.0, table[end - 1].2.1));
                prop_assert_eq!(made.word_to_chars(word, sequence), due);
            }
        }
        for at in 0..made.len() {
            prop_assert_eq!(made.token_to_sequence(at), sequences[at]);
            prop_assert_eq!(made.token_to_chars(at), sequences[at].map(|_| table[at].2));
            prop_assert_eq!(made.token_to_word(at), sequences[at].and(table[at].5));
        }
        prop_assert_eq!(made.token_to_chars(made.len()), None);
    }

    #[test]
    fn the_longer_text_gives_first(
        a in drawn(), b in drawn(), max in 1..30usize, direction in directions(),
    ) {
        let (mut first, mut second) = (a.len(), b.len());
        while first + second > max {
            // Where both are as long, the one that was shorter gives (the first, if none was).
            if first > second || (first == second && a.len() <= b.len()) {
                first -= 1;
            } else {
                second -= 1;
            }
        }
        let pair = (a.clone(), Some(b.clone()));
        let made = truncate_pair(pair.0, pair.1, max, Strategy::LongestFirst, 0, direction);
        let (made_a, made_b) = made.unwrap();
        let mut due = (a, b);
        due.0.truncate(first, 0, direction).unwrap();
        due.1.truncate(second, 0, direction).unwrap();
        prop_assert_eq!((made_a, made_b), (due.0, Some(due.1)));
    }

    #[test]
    fn one_text_of_a_pair_gives_all(a in drawn(), b in drawn(), max in 1..30usize) {
        let too_many = (a.len() + b.len()).saturating_sub(max);
        for strategy in [Strategy::OnlyFirst, Strategy::OnlySecond] {
            let only_first = strategy == Strategy::OnlyFirst;
            let (giving, keeping) = if only_first { (&a, &b) } else { (&b, &a) };
            let right = Direction::Right;
            let made = truncate_pair(a.clone(), Some(b.clone()), max, strategy, 0, right);
            if too_many > 0 && giving.len() <= too_many {
                prop_assert!(made.is_err());
                continue;
            }
            let mut due = giving.clone();
            due.truncate(giving.len() - too_many, 0, right).unwrap();
            let (one, other) = made.unwrap();
            let (cut, kept) = if only_first { (one, other.unwrap()) } else { (other.unwrap(), one) };
            prop_assert_eq!((cut, &kept), (due, keeping));
        }
    }
}

fn letters(count: u32) -> Encoding {
    let row = |at| (at, 0, (at, at + 1), (at, at + 1), (at, at + 1), Some(at), 0, 1, None);
    made_of(&(0..count).map(row).collect::<Vec<_>>())
}

#[test]
fn nothing_to_keep_overflows_whole() {
    let mut encoding = letters(3);
    encoding.set_sequence_id(0);
    encoding.overflowing.push(letters(1));
    let whole = encoding.clone();
    encoding.truncate(0, 9, Direction::Left).unwrap();
    assert_eq!(encoding, Encoding { overflowing: vec![whole], ..Encoding::default() });
    let again = encoding.clone();
    encoding.truncate(0, 0, Direction::Right).unwrap();
    assert_eq!(encoding, again);

    for strategy in [Strategy::LongestFirst, Strategy::OnlyFirst, Strategy::OnlySecond] {
        let pair = Some(letters(2));
        let (a, b) = truncate_pair(letters(3), pair, 0, strategy, 5, Direction::Right).unwrap();
        assert_eq!((a.len(), b.as_ref().map(Encoding::len)), (0, Some(0)));
        assert_eq!((a.overflowing, b.unwrap().overflowing), (vec![letters(3)], vec![letters(2)]));
    }
}

#[test]
fn a_missing_pair_has_nothing_to_give() {
    let only_second =
        |max| truncate_pair(letters(3), None, max, Strategy::OnlySecond, 0, Direction::Right);
    assert!(only_second(2).unwrap_err().to_string().contains("only_second"));
    assert_eq!(only_second(3).unwrap(), (letters(3), None));
}

#[test]
fn an_empty_encoding_answers() {
    let empty = Encoding::default();
    assert_eq!((empty.len(), empty.n_sequences(), empty.sequence_ids()), (0, 1, vec![]));
    assert_eq!((empty.char_to_token(0, 0), empty.word_to_tokens(0, 1)), (None, None));
    assert_eq!((empty.token_to_chars(0), empty.token_to_word(0)), (None, None));
    assert_eq!((empty.token_to_sequence(0), empty.token_to_sequence(1)), (Some(0), None));
    assert_eq!(Encoding::merge([], true), empty);
    let mut padded = empty;
    padded.pad(2, 1, 0, "[PAD]", Direction::Left).unwrap();
    assert_eq!(rows(&padded), [(1, 0, (0, 0), (0, 0), (0, 0), None, 1, 0, Some("[PAD]")); 2]);
}

#[test]
fn a_recorded_sequence_hides_no_other() {
    let mut encoding = letters(2);
    encoding.set_sequence_id(1);
    // One sequence is recorded, so sequence 0 is asked for, and it stands for all tokens.
    assert_eq!((encoding.n_sequences(), encoding.sequence_ids()), (1, vec![Some(0); 2]));
    assert_eq!((encoding.token_to_sequence(0), encoding.token_to_sequence(2)), (Some(1), None));
    assert_eq!(encoding.char_to_token(1, 5), Some(1));
}

#[test]
fn padding_has_a_limit() {
    let error = letters(1).pad(MAX_PADDING + 1, 0, 0, "a", Direction::Right).unwrap_err();
    assert!(error.to_string().contains("length"), "{error}");
}
