//! The pairs: read once from the table, found by two look-ups.

use super::{LAYERS, Layer, Rewriter};
use std::sync::OnceLock;

/// One way to write a character.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub layer: Layer,
    /// Whether only texts are normalized so.
    pub text_only: bool,
    /// One character, or the characters of a squared form.
    pub canonical: &'static str,
}

/// All pairs, and the selectors of standardized variation sequences.
pub(super) struct Table {
    /// The pairs of each alternate are neighbours, in the order of their layers.
    pairs: Vec<(char, Pair)>,
    /// For each block of 64 code points, where in `places` it begins; 0 is an empty block.
    blocks: Vec<u16>,
    /// For each code point of a block the place of its first pair, plus 1; 0 has none.
    places: Vec<u16>,
    /// Ideographs and marks that a selector follows, in order.
    sequences: Vec<(char, char)>,
    /// Canonical form and alternate of each one-to-one surface, in order.
    surfaces: OnceLock<Vec<(char, char)>>,
}

const BLOCK: u32 = 64;

/// The table of the library.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::read(include_str!("table.tsv")))
}

/// The characters of a column: written as they are, or as code points after `U+`.
fn characters(column: &str) -> impl Iterator<Item = char> + '_ {
    let (codes, plain) = if column.starts_with("U+") { (column, "") } else { ("", column) };
    let codes = codes.split(' ').filter_map(|code| char_of(code.strip_prefix("U+")?));
    codes.chain(plain.chars())
}

fn char_of(hexadecimal: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(hexadecimal, 16).ok()?)
}

impl Table {
    fn read(text: &'static str) -> Self {
        let (mut pairs, mut sequences) = (Vec::with_capacity(4_400), Vec::with_capacity(1_100));
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let mut next = || columns.next().unwrap_or_default();
            let (alternate, canonical, layer, _, note) = (next(), next(), next(), next(), next());
            let Some(layer) = LAYERS.into_iter().find(|known| known.name() == layer) else {
                continue;
            };
            let mut characters = characters(alternate);
            let Some(first) = characters.next() else { continue };
            if let Some(selector) = characters.next() {
                sequences.push((first, selector));
                continue;
            }
            if let (Some(base), Some(selector)) = (canonical.chars().next(), char_of(note)) {
                sequences.push((base, selector));
            }
            pairs.push((first, Pair { layer, text_only: note == "text", canonical }));
        }
        pairs.sort_by_key(|(alternate, pair)| (*alternate, pair.layer));
        sequences.sort_unstable();
        let end = pairs.last().map_or(0, |(alternate, _)| u32::from(*alternate) + 1);
        let mut blocks = vec![0; end.div_ceil(BLOCK) as usize];
        let mut places = vec![0; BLOCK as usize];
        for (place, (alternate, _)) in pairs.iter().enumerate().rev() {
            let code = u32::from(*alternate);
            let block: &mut u16 = &mut blocks[(code / BLOCK) as usize];
            if *block == 0 {
                *block = (places.len() / BLOCK as usize) as u16;
                places.resize(places.len() + BLOCK as usize, 0);
            }
            places[usize::from(*block) * BLOCK as usize + (code % BLOCK) as usize] =
                place as u16 + 1;
        }
        Self { pairs, blocks, places, sequences, surfaces: OnceLock::new() }
    }

    /// The pairs of a character, in the order of their layers.
    #[inline]
    pub fn pairs(&self, c: char) -> impl Iterator<Item = &Pair> {
        let code = u32::from(c);
        let block = self.blocks.get((code / BLOCK) as usize).copied().unwrap_or(0);
        let place = self.places[usize::from(block) * BLOCK as usize + (code % BLOCK) as usize];
        let known = if place == 0 { &[] } else { &self.pairs[usize::from(place) - 1..] };
        known.iter().take_while(move |(alternate, _)| *alternate == c).map(|(_, pair)| pair)
    }

    /// Whether these two are a standardized variation sequence.
    pub fn is_sequence(&self, base: char, selector: char) -> bool {
        self.sequences.binary_search(&(base, selector)).is_ok()
    }

    /// The characters that are written as `canonical` where surfaces are.
    pub fn alternates(&self, canonical: char) -> impl Iterator<Item = char> + '_ {
        let surfaces = self.surfaces.get_or_init(|| {
            let rewriter = Rewriter::surface(&LAYERS);
            let folded =
                self.pairs.iter().map(|(alternate, _)| (rewriter.fold(*alternate), *alternate));
            let mut surfaces: Vec<_> =
                folded.filter(|(canonical, alternate)| canonical != alternate).collect();
            surfaces.sort_unstable();
            surfaces.dedup();
            surfaces
        });
        let from = surfaces.partition_point(|(known, _)| *known < canonical);
        surfaces[from..].iter().take_while(move |(known, _)| *known == canonical).map(|(_, c)| *c)
    }
}
