//! Characters that have no line: a tag for signs and symbols, else their bytes.

/// What stands for a character that no line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// `<KIGOU>`.
    Sign,
    /// `<U2000U2BFF>`.
    Symbol,
    /// One byte token for each byte of its UTF-8.
    Bytes,
}

/// The ranges of the reference, which gives them as bytes: C2A1-C2BF, C780-C783, CAB9-CBBF,
/// CC80-CDA2 and E28080-E2B07F.
pub fn fallback(c: char) -> Fallback {
    match u32::from(c) {
        0xA1..=0xBF | 0x1C0..=0x1C3 | 0x2B9..=0x2FF | 0x300..=0x362 => Fallback::Sign,
        0x2000..=0x2BFF => Fallback::Symbol,
        _ => Fallback::Bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_are_those_of_the_bytes() {
        for c in (0..0x11_0000).filter_map(char::from_u32) {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            let number = bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
            let asked = match (bytes.len(), number) {
                (2, 0xC2A1..=0xC2BF | 0xC780..=0xC783 | 0xCAB9..=0xCBBF | 0xCC80..=0xCDA2) => {
                    Fallback::Sign
                }
                (3, 0xE2_8080..=0xE2_B07F) => Fallback::Symbol,
                _ => Fallback::Bytes,
            };
            assert_eq!(fallback(c), asked, "{c:?}");
        }
    }
}
