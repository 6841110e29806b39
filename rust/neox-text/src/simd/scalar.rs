//! The classifier that every machine can run: a table, eight bytes at a time.

use super::Masks;

const LETTER: u8 = 1;
const NUMBER: u8 = 2;
const SPACE: u8 = 4;
const WHITE: u8 = 8;
const QUOTE: u8 = 16;
const LEAD: u8 = 32;
const HIGH: u8 = 64;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => NUMBER,
            b' ' => SPACE | WHITE,
            9..=13 => WHITE,
            b'\'' => QUOTE,
            0x80..=0xBF => HIGH,
            0xC0.. => HIGH | LEAD,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// Bit 0 of each of eight bytes, as eight bits.
#[inline]
fn gather(bytes: u64) -> u64 {
    (bytes & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[inline]
pub(super) fn classify(block: &[u8; 64]) -> Masks {
    let mut masks = Masks::default();
    for (i, eight) in block.chunks_exact(8).enumerate() {
        let mut classes = [0; 8];
        for (class, byte) in classes.iter_mut().zip(eight) {
            *class = CLASSES[usize::from(*byte)];
        }
        let classes = u64::from_le_bytes(classes);
        let at = i * 8;
        masks.letters |= gather(classes) << at;
        masks.numbers |= gather(classes >> 1) << at;
        masks.spaces |= gather(classes >> 2) << at;
        masks.white |= gather(classes >> 3) << at;
        masks.quotes |= gather(classes >> 4) << at;
        masks.leads |= gather(classes >> 5) << at;
        masks.high |= gather(classes >> 6) << at;
    }
    masks
}
