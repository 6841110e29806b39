//! Byte-level BPE: config → vocab → added → normalize → split → words → merge → stream; train.

mod added;
mod config;
mod linear;
mod merge;
mod normalize;
mod pieces;
pub mod post;
mod segments;
mod split;
pub mod stream;
mod tokenizer;
pub mod train;
mod unicode;
#[rustfmt::skip]
mod unicode_tables;
mod vocab;
mod words;

pub use added::{AddedToken, Special};
pub use config::{FromFiles, MAX_FILE};
pub use normalize::Normalizer;
pub use pieces::pieces;
pub use tokenizer::{Input, Scratch, Tokenizer, Truncation};
pub use unicode::Edition;
pub use vocab::{byte_char, char_byte};
pub use words::Id;
