//! NFC, touching only the clusters that need it.
//!
//! A *suspect* is a character that NFC may change, move or join to the one before it
//! (`unicode_tables`). Where a run of suspects ends, and before the character in front of it, NFC
//! has a boundary; so a text is normalized cluster by cluster: that character and its run.
//!
//! Alignments follow `NormalizedString` of `tokenizers`: every byte of the normal form knows the
//! bytes of the original that it stands for; a composed character stands for its first part alone.

use super::unicode::{CharTable, Edition, SUSPECT, decode};

/// What is done to a text before it is split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Normalizer {
    /// Nothing.
    #[default]
    None,
    /// Canonical composition.
    Nfc(Edition),
}

/// Original bytes `start..end` behind each byte of a normalized text.
pub(super) type Alignment = Vec<(u32, u32)>;

impl Normalizer {
    /// The normal form of `text`: `text` itself where nothing changes, else `buffer` holds it.
    pub(super) fn normalize<'a>(self, text: &'a str, buffer: &'a mut String) -> &'a str {
        let Self::Nfc(edition) = self else { return text };
        let table = CharTable::of(edition);
        let mut done = 0;
        buffer.clear();
        let (mut from, mut parts) = (0, Vec::new());
        while let Some((start, end)) = next_cluster(table, text, from) {
            from = end;
            let cluster = &text[start..end];
            compose(edition, cluster, &mut parts, None);
            if !parts.iter().map(|part| character(*part)).eq(cluster.chars()) {
                buffer.push_str(&text[done..start]);
                buffer.extend(parts.iter().map(|part| character(*part)));
                done = end;
            }
        }
        if done == 0 && buffer.is_empty() {
            return text;
        }
        buffer.push_str(&text[done..]);
        buffer
    }

    /// The normal form and where each of its bytes comes from; `None` where nothing changes.
    pub(super) fn align(self, text: &str) -> Option<(String, Alignment)> {
        let Self::Nfc(edition) = self else { return None };
        let table = CharTable::of(edition);
        let (mut normal, mut alignment) = (String::new(), Alignment::new());
        let (mut done, mut from, mut changed) = (0, 0, false);
        let (mut parts, mut changes) = (Vec::new(), Vec::new());
        let keep = |range: &str, at: usize, normal: &mut String, alignment: &mut Alignment| {
            for (i, c) in range.char_indices() {
                let (start, end) = ((at + i) as u32, (at + i + c.len_utf8()) as u32);
                alignment.extend((start..end).map(|_| (start, end)));
            }
            normal.push_str(range);
        };
        while let Some((start, end)) = next_cluster(table, text, from) {
            from = end;
            let cluster = &text[start..end];
            compose(edition, cluster, &mut parts, Some(&mut changes));
            if parts.iter().map(|part| character(*part)).eq(cluster.chars()) {
                continue;
            }
            changed = true;
            keep(&text[done..start], done, &mut normal, &mut alignment);
            done = end;
            // `at`: the next original character that is neither replaced nor removed.
            let mut originals = cluster.char_indices().map(|(i, c)| (start + i, c.len_utf8()));
            let mut last = start.checked_sub(1).map_or((0, 0), |_| {
                let before = text[..start].chars().next_back().map_or(0, char::len_utf8);
                ((start - before) as u32, start as u32)
            });
            for (part, &change) in parts.iter().zip(&changes) {
                let c = character(*part);
                let mut align = last;
                if change <= 0 {
                    if let Some((at, len)) = originals.next() {
                        align = (at as u32, (at + len) as u32);
                        last = align;
                    }
                    for (at, len) in originals.by_ref().take(change.unsigned_abs() as usize) {
                        last = (at as u32, (at + len) as u32);
                    }
                }
                alignment.extend((0..c.len_utf8()).map(|_| align));
                normal.push(c);
            }
        }
        changed.then(|| {
            keep(&text[done..], done, &mut normal, &mut alignment);
            (normal, alignment)
        })
    }
}

/// The next run of suspects from `from` on, with the character in front of it.
fn next_cluster(table: &CharTable, text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut at, mut before) = (from, from);
    loop {
        // Eight bytes of ASCII at a time: none of them is a suspect.
        while let Some(eight) = bytes.get(at..at + 8) {
            let word = u64::from_le_bytes(eight.try_into().unwrap_or_default());
            if word & 0x8080_8080_8080_8080 != 0 {
                break;
            }
            at += 8;
            before = at - 1;
        }
        if at >= bytes.len() {
            return None;
        }
        if bytes[at] < 0x80 {
            before = at;
            at += 1;
            continue;
        }
        let (code, len) = decode(bytes, at);
        if table.get(code) & SUSPECT == 0 {
            before = at;
            at += len;
            continue;
        }
        let mut end = at + len;
        while end < bytes.len() {
            let (code, len) = decode(bytes, end);
            if table.get(code) & SUSPECT == 0 {
                break;
            }
            end += len;
        }
        // The character in front, unless it ended the cluster before (then it is no suspect and
        // this run begins right at `from`, which cannot be) or the text begins here.
        return Some((before.min(at), end));
    }
}

fn ccc(edition: Edition, c: char) -> u8 {
    match edition {
        Edition::Unicode9 => unicode_normalization_alignments::char::canonical_combining_class(c),
        Edition::Unicode17 => unicode_normalization::char::canonical_combining_class(c),
    }
}

fn pair(edition: Edition, a: char, b: char) -> Option<char> {
    match edition {
        Edition::Unicode9 => unicode_normalization_alignments::char::compose(a, b),
        Edition::Unicode17 => unicode_normalization::char::compose(a, b),
    }
}

/// A character with its combining class above it, and whether it was inserted in between.
type Part = u32;

const CLASS_SHIFT: u32 = 24;
const INSERTED: u32 = 1 << 23;

fn character(part: Part) -> char {
    char::from_u32(part & 0x1F_FFFF).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Canonical composition of one cluster into `parts`; and for each the *change*: 0 replaces one
/// original character, `-n` also removes the `n` after it, 1 is inserted.
///
/// Unicode Standard Annex #15; in place, and linear also in a run of many marks.
fn compose(
    edition: Edition,
    cluster: &str,
    parts: &mut Vec<Part>,
    mut changes: Option<&mut Vec<i32>>,
) {
    parts.clear();
    for c in cluster.chars() {
        let mut inserted = 0;
        let part = |d: char| {
            parts.push(u32::from(ccc(edition, d)) << CLASS_SHIFT | inserted | u32::from(d));
            inserted = INSERTED;
        };
        match edition {
            Edition::Unicode9 => {
                unicode_normalization_alignments::char::decompose_canonical(c, part);
            }
            Edition::Unicode17 => unicode_normalization::char::decompose_canonical(c, part),
        }
    }
    let mut at = 0;
    while at < parts.len() {
        let run = parts[at..].iter().take_while(|part| **part >> CLASS_SHIFT != 0).count();
        order(&mut parts[at..at + run]);
        at += run.max(1);
    }
    if let Some(changes) = &mut changes {
        changes.clear();
        changes.extend(parts.iter().map(|part| i32::from(part & INSERTED != 0)));
    }

    let (mut kept, mut starter, mut last_class) = (0, None, None);
    for at in 0..parts.len() {
        let part = parts[at];
        let class = part >> CLASS_SHIFT;
        if let Some(starter) = starter {
            let blocked = last_class.is_some_and(|last| last >= class);
            let head = character(parts[starter]);
            if let (false, Some(joined)) = (blocked, pair(edition, head, character(part))) {
                parts[starter] = u32::from(joined);
                if let Some(changes) = &mut changes {
                    changes[starter] += changes[at] - 1;
                }
                continue;
            }
        }
        if class == 0 {
            starter = Some(kept);
            last_class = None;
        } else {
            last_class = Some(class);
        }
        parts[kept] = part;
        if let Some(changes) = &mut changes {
            changes[kept] = changes[at];
        }
        kept += 1;
    }
    parts.truncate(kept);
    if let Some(changes) = changes {
        changes.truncate(kept);
    }
}

/// Stable order by combining class; counted where there is much to sort.
fn order(run: &mut [Part]) {
    if run.len() < 64 {
        run.sort_by_key(|part| part >> CLASS_SHIFT);
        return;
    }
    let mut next = [0usize; 257];
    for part in run.iter() {
        next[(part >> CLASS_SHIFT) as usize + 1] += 1;
    }
    for i in 0..256 {
        next[i + 1] += next[i];
    }
    let unsorted = run.to_vec();
    for part in unsorted {
        let place = &mut next[(part >> CLASS_SHIFT) as usize];
        run[*place] = part;
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hard() -> impl Strategy<Value = String> {
        let marks = "\u{301}\u{323}\u{327}\u{308}\u{338}\u{334}\u{3099}\u{344}\u{897}\u{5b0}";
        let heads = "aeE<か\u{ac00}\u{1112}\u{1161}\u{11ab}\u{212b}\u{958}é日\u{fb1d}\u{1e69} ";
        let pool: Vec<char> = marks.chars().chain(heads.chars()).collect();
        prop::collection::vec(
            prop_oneof![4 => prop::sample::select(pool), 1 => any::<char>()],
            0..24,
        )
        .prop_map(|chars| chars.into_iter().collect())
    }

    /// `transform` of tokenizers, from its definition: changes against original characters.
    fn twin(text: &str, changes: &[(char, isize)]) -> Alignment {
        let bytes: Vec<(u32, u32)> = text
            .char_indices()
            .flat_map(|(i, c)| {
                let span = (i as u32, (i + c.len_utf8()) as u32);
                vec![span; c.len_utf8()]
            })
            .collect();
        let mut originals = text.chars().map(char::len_utf8);
        let (mut offset, mut out) = (0, Alignment::new());
        for &(c, change) in changes {
            let align = match change {
                1.. if offset == 0 => (0, 0),
                1.. => bytes[offset - 1],
                _ => bytes[offset],
            };
            if change <= 0 {
                offset += originals.by_ref().take(1 + change.unsigned_abs()).sum::<usize>();
            }
            out.extend(vec![align; c.len_utf8()]);
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn equals_the_crates(text in hard()) {
            let nine: Vec<(char, isize)> =
                unicode_normalization_alignments::UnicodeNormalization::nfc(text.as_str()).collect();
            let seventeen: String =
                unicode_normalization::UnicodeNormalization::nfc(text.as_str()).collect();
            let normal: String = nine.iter().map(|(c, _)| c).collect();
            let mut buffer = String::new();
            let nfc = Normalizer::Nfc(Edition::Unicode9);
            prop_assert_eq!(nfc.normalize(&text, &mut buffer), &normal);
            let newer = Normalizer::Nfc(Edition::Unicode17);
            prop_assert_eq!(newer.normalize(&text, &mut buffer), &seventeen);
            match nfc.align(&text) {
                None => prop_assert_eq!(&normal, &text),
                Some((aligned, alignment)) => {
                    prop_assert_eq!(&aligned, &normal);
                    prop_assert_eq!(alignment, twin(&text, &nine));
                }
            }
            if let Some((aligned, _)) = newer.align(&text) {
                prop_assert_eq!(aligned, seventeen);
            }
        }
    }

    #[test]
    fn many_marks_are_counted_not_compared() {
        let text = format!("e{}", "\u{301}\u{323}".repeat(5000));
        let mut buffer = String::new();
        let due: String = unicode_normalization::UnicodeNormalization::nfc(text.as_str()).collect();
        assert_eq!(Normalizer::Nfc(Edition::Unicode17).normalize(&text, &mut buffer), due);
    }

    #[test]
    fn nothing_is_copied_where_nothing_changes() {
        let mut buffer = String::new();
        let text = "plain, é, 日本, \u{e38}\u{e48}";
        let same = Normalizer::Nfc(Edition::Unicode9).normalize(text, &mut buffer);
        assert!(std::ptr::eq(same, text));
        assert!(Normalizer::None.align("e\u{301}").is_none());
    }
}
