//! Byte-level BPE of GPT-NeoX and GPT-2, and the Japanese `BPEEncoder` V2, exact and fast.

pub mod batch;
pub mod bpe;
mod corpus;
pub mod encode;
pub mod encoding;
pub mod error;
pub mod japanese;
mod pool;
mod simd;
pub mod spans;
pub mod stream;
pub mod text;

pub use error::{Error, ErrorKind, MAX_TEXT, Result};
