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
mod tokenizer;
pub mod train;
mod unicode;
#[rustfmt::skip]
mod unicode_tables;
mod vocab;
mod words;

pub use crate::encode::{AddedToken, Id, Input, Special, Truncation};
pub use config::{FromFiles, MAX_FILE};
pub use normalize::Normalizer;
pub use pieces::pieces;
pub use tokenizer::{Scratch, Tokenizer};
pub use unicode::Edition;
pub use vocab::{byte_char, char_byte};
