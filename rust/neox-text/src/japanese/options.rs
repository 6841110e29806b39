//! What may be asked of a tokenizer beyond its files.

use super::clean::{Price, Rules};
use super::emoji::Matching;

/// A set of options with a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// As `GPTNeoXJapaneseTokenizer` of transformers from 4.50 on.
    #[default]
    Hf,
    /// As `SWEEncoder_ja` of `Japanese-BPEEncoder_V2`.
    Original,
    /// With every flaw mended.
    Modern,
}

/// Which of the surfaces that begin at a place is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Match {
    /// Of those up to three characters, the one with the smallest id.
    #[default]
    Smallest,
    /// The longest.
    Longest,
}

/// What decides ids and text, beside the files.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub profile: Profile,
    /// Whether texts are cleaned.
    pub clean: bool,
    /// Which pattern finds prices, where cleaning is the reference's.
    pub price: Price,
    /// Whether the line `,` is the comma's.
    pub comma: bool,
    /// Whether byte tokens are decoded together.
    pub lossless: bool,
    /// Whether decoding takes white space off both ends.
    pub strip: bool,
    /// Whether the size counts every line, so that new ids follow the last one.
    pub distinct_ids: bool,
    pub emoji: Matching,
    pub matching: Match,
    /// Whether cleaning follows our own rules.
    pub better_cleaning: bool,
    /// Whether a voicing mark joins the kana before it.
    pub compose: bool,
    /// Whether variation selectors behind an ideograph are passed over.
    pub strip_ivs: bool,
    /// Whether an alternate counts only where a layer of heterographs knows it.
    pub layers: bool,
    /// The probability with which a place drops its best candidate.
    pub dropout: f64,
    /// What the chances of `dropout` are drawn from.
    pub seed: u64,
    pub unk_token: Option<String>,
    pub pad_token: Option<String>,
    pub bos_token: Option<String>,
    pub eos_token: Option<String>,
}

impl Options {
    /// The options of a profile.
    pub fn of(profile: Profile) -> Self {
        let original = profile == Profile::Original;
        let modern = profile == Profile::Modern;
        let end = Some("<|endoftext|>".to_owned());
        Self {
            profile,
            clean: false,
            price: if original { Price::Original } else { Price::Hf },
            comma: original || modern,
            lossless: original || modern,
            strip: !(original || modern),
            distinct_ids: original || modern,
            emoji: if modern { Matching::Grapheme } else { Matching::Rank },
            matching: if modern { Match::Longest } else { Match::Smallest },
            better_cleaning: modern,
            compose: modern,
            strip_ivs: modern,
            layers: modern,
            dropout: 0.0,
            seed: 0,
            unk_token: end.clone(),
            pad_token: end.clone(),
            bos_token: Some("<|startoftext|>".to_owned()),
            eos_token: end,
        }
    }

    /// The rules of cleaning.
    pub fn rules(&self) -> Rules {
        if self.better_cleaning { Rules::Better } else { Rules::Reference(self.price) }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::of(Profile::Hf)
    }
}
