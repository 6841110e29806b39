//! Characters that are written in more than one way, in layers.
//!
//! A text is written anew character by character: of the layers asked for, the first in the order of
//! [`LAYERS`] that knows a character replaces it, until none does. Two rules look at the character
//! written before: [`Layer::Width`] joins a kana and a voicing mark, and [`Layer::Ivs`] and
//! [`Layer::Canonical`] drop the variation selectors they know. So one pass is enough, and a second
//! changes nothing.
//!
//! The pairs lie in `heterographs/table.tsv`, each with its layer and its sources. Some of them serve
//! to compare texts but are no *surfaces* of one word: ① is more than 1, Ａ keeps its width, and of
//! the official old forms those that are kanji of JIS level 1 (龍) are alive. [`normalize`] and
//! [`same`] use all pairs; [`fold`], [`alternates`] and [`same_surface`] leave those out.

mod rewrite;
mod table;

use crate::{Error, Result};
use rewrite::Rewriter;
use table::table;

/// A group of pairs with one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Compatibility ideographs (神 U+FA19) and standardized variation sequences.
    Canonical,
    /// Variation selectors after an ideograph: U+FE00 to U+FE0F, U+E0100 to U+E01EF.
    Ivs,
    /// Half-width kana and full-width letters, kana with a voicing mark apart, radicals, circled,
    /// squared and parenthesized forms. The canonical letter is half-width, the kana full-width.
    Width,
    /// Old and new forms of the jōyō and jinmeiyō lists, and of the simplified forms beside them.
    Shinjitai,
    /// Forms of family registers and of names of firms.
    Koseki,
    /// `kZVariant` and `kSemanticVariant` of Unihan, where another source agrees.
    Unihan,
}

/// All layers, in the order in which they work.
pub const LAYERS: [Layer; 6] =
    [Layer::Canonical, Layer::Ivs, Layer::Width, Layer::Shinjitai, Layer::Koseki, Layer::Unihan];

impl Layer {
    /// Its name in the interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::Ivs => "ivs",
            Self::Width => "width",
            Self::Shinjitai => "shinjitai",
            Self::Koseki => "koseki",
            Self::Unihan => "unihan",
        }
    }

    /// The layer of a name.
    pub fn named(name: &str) -> Result<Self> {
        let found = LAYERS.into_iter().find(|layer| layer.name() == name);
        found.ok_or_else(|| {
            let names = LAYERS.map(Self::name).join(", ");
            Error::argument(format!("there is no layer {name:?}; the layers are {names}"))
        })
    }
}

/// The text with each character as the layers write it, in whatever order they are named.
///
/// Takes time linear in the text; doing so twice changes nothing more.
///
/// ```
/// use neox_text::japanese::heterographs::{LAYERS, Layer, normalize};
///
/// assert_eq!(normalize("慶應のｶﾞｷﾞ", &LAYERS), "慶応のガギ");
/// assert_eq!(normalize("慶應のｶﾞｷﾞ", &[Layer::Width]), "慶應のガギ");
/// ```
pub fn normalize(text: &str, layers: &[Layer]) -> String {
    let mut out = String::with_capacity(text.len());
    Rewriter::new(layers).write(text, &mut out);
    out
}

/// Whether two texts are the same to all layers together.
pub fn same(a: &str, b: &str) -> bool {
    Rewriter::new(&LAYERS).same(a, b)
}

/// Whether a vocabulary may have `alternate` beside the surface `canonical`, which it prints for both:
/// whether a reader loses nothing but a form of the characters, and not the more usual one.
pub fn same_surface(alternate: &str, canonical: &str) -> bool {
    let rewriter = Rewriter::surface(&LAYERS);
    let usual = |(one, other): (char, char)| one != other && rewriter.fold(other) == one;
    rewriter.same(alternate, canonical) && !alternate.chars().zip(canonical.chars()).any(usual)
}

/// The character that all layers together write for this one, surfaces alone; itself where none does.
pub fn fold(c: char) -> char {
    fold_in(c, &LAYERS)
}

/// [`fold`] by some layers.
pub fn fold_in(c: char, layers: &[Layer]) -> char {
    Rewriter::surface(layers).fold(c)
}

/// The characters that [`fold`] writes as `canonical`, in order of code point; without itself.
pub fn alternates(canonical: char) -> Vec<char> {
    table().alternates(canonical).collect()
}
