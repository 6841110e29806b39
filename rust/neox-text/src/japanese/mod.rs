//! Japanese `BPEEncoder` V2: vocab → codes → normalize → emoji → clean → segment → fallback;
//! heterographs; train; tokenizer.

mod added;
mod classes;
pub mod clean;
mod codes;
pub mod emoji;
mod fallback;
mod files;
pub mod heterographs;
mod marks;
mod normalize;
mod options;
mod segment;
pub mod sentences;
mod tokenizer;
pub mod train;
mod trie;
mod vocab;

pub use files::Files;
pub use options::{Match, Options, Profile};
pub use tokenizer::{Rewrite, SURROGATE, Scratch, Tokenizer};
