//! The first stages alone: what training counts.

use super::normalize::Normalizer;
use super::split::{BATCH, Scanner};
use super::unicode::{CharTable, Edition};
use crate::simd::Backend;

/// Normalize a text and give its pieces, in bytes.
pub fn pieces(text: &str, normalizer: Normalizer, each: &mut dyn FnMut(&[u8])) {
    let edition = match normalizer {
        Normalizer::None => Edition::default(),
        Normalizer::Nfc(edition) => edition,
    };
    let backend = Backend::get().unwrap_or_default();
    let mut buffer = String::new();
    let bytes = normalizer.normalize(text, &mut buffer).as_bytes();
    let mut scanner = Scanner::new(bytes, CharTable::of(edition), backend, 0);
    let mut starts = [0; BATCH + 1];
    let mut from = 0;
    while !scanner.is_done() {
        let n = scanner.fill(&mut starts, 0);
        for &start in &starts[..n] {
            if start > 0 {
                each(&bytes[from..start as usize]);
            }
            from = start as usize;
        }
    }
    if from < bytes.len() {
        each(&bytes[from..]);
    }
}
