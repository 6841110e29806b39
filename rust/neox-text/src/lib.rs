//! Byte-level BPE of GPT-NeoX and GPT-2, exact and fast.

pub mod batch;
pub mod bpe;
pub mod encoding;
pub mod error;
mod simd;
pub mod text;

pub use error::{Error, ErrorKind, MAX_TEXT, Result};
